"""Words that every other package shares: messages, money, errors, settings, clock, keys. No I/O."""
