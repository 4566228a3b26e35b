"""The one place that reads the environment. Every variable that `template.yaml` sets is a field here."""

import os
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Settings:
    """What a function was deployed with. A field named `x` comes from the variable `X`; all are text."""

    environment: str = "default"
    """Name of the deployed stack: `default`, `sandbox` or `prod`; `local` on a laptop."""
    allow_loopback: str = "false"
    """`true`, on a laptop only, lets webhooks reach this machine."""
    applications_table: str = "applications"
    bedrock_enabled: str = "false"
    """`true` offers the account's Bedrock models to live keys."""
    cleanup_queue_url: str = ""
    conversations_table: str = "conversations"
    counters_table: str = "counters"
    documents_bucket: str = "documents"
    documents_table: str = "documents"
    idempotency_table: str = "idempotency"
    embedding_model: str = ""
    """A model of the provider below; empty turns search by meaning off."""
    embedding_provider: str = "bedrock"
    """`bedrock` or `openai_compatible`."""
    gateway_keys_queue_url: str = ""
    gateway_keys_pause_seconds: str = "0"
    """Between two keys that are made in API Gateway."""
    index_bucket: str = "index"
    """Holds the search indexes of documents."""
    keys_table: str = "keys"
    openai_compatible_base_url: str = ""
    """Such as `https://host/v1`; empty turns the provider off."""
    openai_compatible_api_key: str = ""
    """The server's key, on a laptop only; a deployed stack keeps it in a secret."""
    openai_compatible_key_secret_arn: str = ""
    """Of a Secrets Manager secret or an SSM parameter whose text is the key."""
    openai_compatible_models: str = ""
    """Comma-separated; empty offers what the server lists."""
    outbox_table: str = "outbox"
    overflow_key: str = ""
    """The gateway key that workspaces share until they have their own."""
    describes_api: str = ""
    """Not empty only while `openapi.json` is being written: routes then carry their response models."""
    limiter_failure: str = "open"
    """`open` or `closed`: what becomes of a request that cannot be counted."""
    log_level: str = "INFO"
    usage_plan_enterprise: str = ""
    usage_plan_free: str = ""
    usage_plan_pro: str = ""
    """Usage plans' ids."""
    vector_bucket: str = ""
    """Of S3 Vectors."""
    webhook_deliveries_queue_url: str = ""
    webhook_retry_machine_arn: str = ""
    webhook_time_factor: str = "1"
    """How many times faster the retry schedule runs."""
    webhook_timeout_seconds: str = "15"
    webhooks_table: str = "webhooks"
    aws_region: str = "us-east-1"

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read every field from the environment; an unset or empty variable leaves the default."""
        found = {field.name: os.environ.get(field.name.upper()) for field in fields(cls)}
        return cls(**{name: value for name, value in found.items() if value})


settings = Settings.from_environment()
