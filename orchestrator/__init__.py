"""From a message to an answer: intents, graph, turn."""
