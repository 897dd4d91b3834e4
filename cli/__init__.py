"""The command line: `orkesta …`."""
