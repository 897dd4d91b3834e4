"""One file per channel: signature, parse, deliver. No database."""
