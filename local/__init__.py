"""The laptop's stack: `template.yaml` on moto, without Docker and without an account. Never deployed."""
