"""What each provider posts to a webhook: pure functions from an Inbound to request bodies, one file per provider."""
