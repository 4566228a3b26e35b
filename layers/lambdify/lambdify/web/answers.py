"""Answers: JSON written directly, entity tags, pages."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from pydantic_core import to_json

from lambdify.errors import PreconditionFailed

PAGE_MAX = 1_000_000_000
KEPT_BODY = "lambdify.kept_body"


def json_answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`content`, made of JSON's own types, as an answer."""
    return Response(to_json(content), status, headers, media_type="application/json")


def no_content() -> Response:
    """204, the answer to a deletion."""
    return Response(status_code=204)


def object_answer(request: Request, content: Mapping[str, Any], version: int, status: int = 200) -> Response:
    """A single object with its entity tag; 304 without a body when `If-None-Match` names this version."""
    headers = {"ETag": entity_tag(version)}
    known = request.headers.get("if-none-match")
    if request.method == "GET" and known is not None and _matches(known, version):
        return Response(status_code=304, headers=headers)
    return json_answer(content, status, headers)


def secret_answer(
    request: Request, content: Mapping[str, Any], secrets: Mapping[str, str], version: int, status: int = 200
) -> Response:
    """A single object with secrets that are shown this once: what is kept for replays has null in their place."""
    request.scope[KEPT_BODY] = to_json({**content, **dict.fromkeys(secrets)})
    headers = {"ETag": entity_tag(version), "Cache-Control": "no-store"}
    return json_answer({**content, **secrets}, status, headers)


def entity_tag(version: int) -> str:
    """The strong entity tag of an object's version."""
    return f'"{version}"'


class Precondition:
    """The request's `If-Match`, if any."""

    def __init__(self, if_match: str | None) -> None:
        self._if_match = if_match

    def demand(self, version: int) -> None:
        """Raise PreconditionFailed (412) unless `If-Match` is absent or names `version`."""
        if self._if_match is not None and not _matches(self._if_match, version):
            raise PreconditionFailed("The object has changed since: If-Match names another version. Read it again.")


def _matches(header: str, version: int) -> bool:
    return any(tag.strip() in ("*", entity_tag(version)) for tag in header.split(","))


class Paging:
    """Which page of a list is asked for."""

    def __init__(self, page: int, limit: int) -> None:
        self.page = page
        self.limit = limit

    def answer(self, data: list[dict[str, Any]], total: int) -> Response:
        """The contract's list: `data`, `total`, `page`, `limit`, `has_more`."""
        has_more = self.page * self.limit < total
        return json_answer({"data": data, "total": total, "page": self.page, "limit": self.limit, "has_more": has_more})


# FastAPI sends whatever is not `async` to a thread, classes too, which takes longer than all of the route.
async def _asked_page(
    page: Annotated[int, Query(ge=1, le=PAGE_MAX, description="Page number, from 1.")] = 1,
    limit: Annotated[int, Query(ge=1, le=100, description="Items per page.")] = 20,
) -> Paging:
    return Paging(page, limit)


async def _precondition(request: Request) -> Precondition:
    return Precondition(request.headers.get("if-match"))


AskedPage = Annotated[Paging, Depends(_asked_page)]
IfMatch = Annotated[Precondition, Depends(_precondition)]
