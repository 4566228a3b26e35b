"""The models group's operations."""

from dataclasses import asdict
from typing import Annotated

from fastapi import Response

from lambdify.caller import Caller
from lambdify.models import registry
from lambdify.web.answers import json_answer
from lambdify.web.dependencies import requires
from lambdify.web.router import Router

from .schemas import ModelList

router = Router(tags=["models"])

Reader = Annotated[Caller, requires("models:read")]


@router.get("/models", response_model=ModelList)
async def list_models(caller: Reader) -> Response:
    """List the models that this key may use. Test keys see only the deterministic `sandbox` models."""
    return json_answer({"data": [asdict(model) for model in registry.catalogue(caller.mode)]})
