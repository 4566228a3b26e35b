"""What webhooks are, without input or output: signatures, the retry schedule, the catalogue of events."""
