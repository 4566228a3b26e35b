"""One logger for all functions: JSON lines that carry the request id. Never log keys, prompts or file contents."""

import logging

from aws_lambda_powertools.logging import Logger

from .settings import settings

logger = Logger(service="lambdify", level=settings.log_level, use_rfc3339=True)

# Lambda lets every library's lines through from INFO on: these would say again, for money, what ours say.
for name in ("botocore", "mangum"):
    logging.getLogger(name).setLevel(logging.WARNING)
