"""The only place that makes AWS clients: botocore's, one per service and environment."""
