"""The only place with SQL and Redis data."""
