"""The request path: verify, store, ring; and the client API."""
