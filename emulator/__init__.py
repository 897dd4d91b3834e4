"""The providers, played over HTTP for sandbox tenants, tests and demos: start with app.py."""
