"""What webhooks are: signatures and their secrets, the retry schedule, the catalogue of events, the queue's tasks."""
