"""Performance figures of the whole system beside baselines of the same run: `make bench`."""
