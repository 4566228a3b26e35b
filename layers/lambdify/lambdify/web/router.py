"""The router of a group. Response models describe; they are not run."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter

from lambdify.settings import settings


class Router(APIRouter):
    """An APIRouter whose response models reach FastAPI only while `openapi.json` is being written.

    Routes write their own JSON, so at run time a response model would only be built, at each cold start, for nothing.
    """

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """As APIRouter's. `response_model` and `responses` are for the document."""
        if not settings.describes_api:
            options.update(response_model=None, responses=None)
        super().add_api_route(path, endpoint, **options)
