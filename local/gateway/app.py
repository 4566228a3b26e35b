"""The gateway as an ASGI application: each request takes the steps that it takes on AWS, in the same order."""

import asyncio
import json
import time
from collections.abc import Callable

from local.functions import Functions, RequestTooLarge, TooManyRequests
from local.gateway import answer as answers
from local.gateway.answer import Answer
from local.gateway.authorizer import authorize
from local.gateway.definition import Api, Method
from local.gateway.event import proxy_event
from local.gateway.failures import Failure
from local.gateway.plans import UsagePlans
from local.gateway.request import Message, Receive, Request, Send, begin, check_headers, read_body
from local.gateway.routes import Match, Routes

Report = Callable[[Request, Answer, float], None]


class Gateway:
    """Serves one API under `/<stage>` and `/api/<stage>`; the latter is what a custom domain would map."""

    def __init__(self, api: Api, functions: Functions, plans: UsagePlans, report: Report):
        self._api = api
        self._functions = functions
        self._plans = plans
        self._report = report
        self._routes = Routes(api.resources)
        self._bases = (f"/{api.stage}", f"/api/{api.stage}")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        request = begin(scope)
        if request.target == "/health":
            answer = Answer(200, [("Content-Type", "application/json")], b'{"status":"ok"}')
        else:
            answer = await self._answer(request, receive)
        await _send(answer, request, send)
        self._report(request, answer, time.perf_counter() - started)

    async def _answer(self, request: Request, receive: Receive) -> Answer:
        try:
            check_headers(request)
            path = self._path(request)
            match, method = self._method(request, path)
            await read_body(request, receive)
            key = await self._authorize(request, path, method)
            await self._admit(method, key)
            return await self._integrate(request, path, match, method, key)
        except Failure as failure:
            return answers.from_failure(self._api, request, failure)

    def _path(self, request: Request) -> str:
        for base in self._bases:
            if request.target == base or request.target.startswith(f"{base}/"):
                return request.target.removeprefix(base) or "/"
        raise Failure("MISSING_AUTHENTICATION_TOKEN")

    def _method(self, request: Request, path: str) -> tuple[Match, Method]:
        match = self._routes.find(path)
        if not match:
            raise Failure("MISSING_AUTHENTICATION_TOKEN")
        methods = self._api.resources[match.resource]
        method = methods.get(request.method) or methods.get("ANY")
        if not method:
            raise Failure("MISSING_AUTHENTICATION_TOKEN")
        return match, method

    async def _authorize(self, request: Request, path: str, method: Method) -> str | None:
        """Fill in the caller; returns the value of the usage plan's key."""
        if method.authorizer is None:
            return None
        authorizer = self._api.authorizers[method.authorizer]
        decision = await authorize(self._functions, authorizer, self._api, request, path)
        request.authorizer = decision.context
        if not decision.is_allowed:
            raise Failure("ACCESS_DENIED")
        return decision.usage_key

    async def _admit(self, method: Method, key: str | None) -> None:
        if not method.needs_api_key:
            return
        try:
            is_admitted = key is not None and await self._plans.admits(key)
        except KeyError:
            raise Failure("INVALID_API_KEY") from None
        if key is None:
            raise Failure("INVALID_API_KEY")
        if not is_admitted:
            raise Failure("THROTTLED")

    async def _integrate(self, request: Request, path: str, match: Match, method: Method, key: str | None) -> Answer:
        event = proxy_event(self._api, request, path, match, key)
        invocation = self._functions[method.function_arn].invoke(json.dumps(event).encode())
        try:
            # The function goes on after the gateway has given up, as it does on AWS.
            outcome = await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(invocation)), method.timeout_seconds)
        except TimeoutError:
            raise Failure("INTEGRATION_TIMEOUT") from None
        except RequestTooLarge:
            raise Failure("REQUEST_TOO_LARGE") from None
        except TooManyRequests:
            raise Failure("INTEGRATION_FAILURE") from None
        return answers.from_function(self._api, request, outcome)


async def _send(answer: Answer, request: Request, send: Send) -> None:
    has_body = request.method != "HEAD" and answer.status not in {204, 304} and answer.status >= 200
    headers = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in answer.headers]
    if answer.status not in {204, 304}:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body if has_body else b""})
