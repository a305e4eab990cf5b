from tests.integration.cli_world import company  # noqa: F401 - a fixture of pages about commands
