"""One file per model tier; the ladder tries them in order."""
