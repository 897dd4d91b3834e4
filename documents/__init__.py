"""Papers that customers get, made of records: pure functions from a quote to the bytes of a file."""
