"""How a function starts: keeps from it what would be done at each cold start for nothing. Import it first."""

# ruff: noqa: E402 - what is imported depends on what is set before.
import gc

# All that is imported from here on stays, so looking for what could go is in vain.
gc.disable()

from pydantic import BaseModel

# FastAPI has some 40 models of OpenAPI's own words. Functions use none, so none is built before it is used.
BaseModel.model_config["defer_build"] = True
import fastapi  # noqa: F401

del BaseModel.model_config["defer_build"]


def started() -> None:
    """The function is ready: from now on the collector runs, and passes by what the start has made."""
    gc.freeze()
    gc.enable()
