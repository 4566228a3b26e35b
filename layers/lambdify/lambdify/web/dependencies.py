"""What routes ask for: the caller, once it is known to be allowed."""

from typing import Any

from fastapi import Depends, Request

from lambdify.caller import Caller

CALLER = "lambdify.caller"


def requires(permission: str) -> Any:
    """The caller, if it holds `permission`, such as `applications:write`; 403 otherwise."""

    async def allowed_caller(request: Request) -> Caller:
        caller: Caller = request.scope[CALLER]
        caller.require(permission)
        return caller

    return Depends(allowed_caller)
