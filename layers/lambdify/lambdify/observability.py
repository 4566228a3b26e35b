"""One logger for all functions: JSON lines that carry the request id. Never log keys, prompts or file contents."""

from aws_lambda_powertools.logging import Logger

from .settings import settings

logger = Logger(service="lambdify", level=settings.log_level, use_rfc3339=True)
