"""Alembic revisions and their helpers."""
