from tests.integration.cli_world import cli, company  # noqa: F401 - fixtures of pages about commands
