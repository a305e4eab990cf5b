"""The client of a server: the questions of the command line, asked over the REST API."""
