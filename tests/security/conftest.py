from tests.integration.cli_world import cli, company  # noqa: F401 - a home, and one that is connected
from tests.integration.endpoint_world import hr  # noqa: F401 - an application of one's own
