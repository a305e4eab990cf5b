"""The REST API: a door like the command line, for browsers and programs."""
