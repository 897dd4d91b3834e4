"""One file per agent; an agent imports only core."""
