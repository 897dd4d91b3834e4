"""Payment providers and the dunning cadence."""
