"""Who gives a command, for the audit log."""

import getpass
import os


def actor() -> str:
    """The user of this machine, such as `cli:ana`."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container may run under a number that has no name
        return f"cli:{os.getuid()}"
