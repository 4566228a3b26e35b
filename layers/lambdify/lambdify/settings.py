"""The one place that reads the environment. Every variable that `template.yaml` sets is a field here."""

import os
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Settings:
    """What a function was deployed with. A field named `x` comes from the variable `X`; all are text."""

    environment: str = "default"
    """Name of the deployed stack: `default`, `sandbox` or `prod`; `local` on a laptop."""
    applications_table: str = "applications"
    conversations_table: str = "conversations"
    counters_table: str = "counters"
    idempotency_table: str = "idempotency"
    keys_table: str = "keys"
    outbox_table: str = "outbox"
    describes_api: str = ""
    """Not empty only while `openapi.json` is being written: routes then carry their response models."""
    log_level: str = "INFO"
    aws_region: str = "us-east-1"

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read every field from the environment; an unset or empty variable leaves the default."""
        found = {field.name: os.environ.get(field.name.upper()) for field in fields(cls)}
        return cls(**{name: value for name, value in found.items() if value})


settings = Settings.from_environment()
