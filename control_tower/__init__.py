"""The ops web application."""
