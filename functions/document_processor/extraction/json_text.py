"""JSON: one line per value, with the path that leads to it."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from .parts import Part, Unreadable, broken
from .plain_text import decoded

DEPTH_MAX = 100


def read_json(path: str) -> Iterator[Part]:
    """One part per entry of the outermost object, whose name is its section; of anything else, one part."""
    try:
        # Numbers stay as they are written: they are text here.
        value = json.loads(decoded(path).removeprefix("\ufeff"), parse_int=str, parse_float=str)
    except RecursionError:
        _too_deep()
    except ValueError:
        broken("JSON")
    if not isinstance(value, dict):
        yield Part("\n".join(_lines("", value, 1)))
        return
    for name, child in value.items():
        yield Part("\n".join(_lines(name, child, 2)), section=name or None)


def _lines(path: str, value: Any, depth: int) -> Iterator[str]:
    if depth > DEPTH_MAX:
        _too_deep()
    if not isinstance(value, dict | list):
        text = _scalar(value)
        yield f"{path}: {text}" if path else text
        return
    for name, child in _entries(value):
        nested = isinstance(value, list) and not isinstance(child, dict | list)
        yield from _lines(path if nested else f"{path} {name}".strip(), child, depth + 1)


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from ((str(number), child) for number, child in enumerate(value, 1))
    else:
        yield "", value


def _scalar(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _too_deep() -> NoReturn:
    raise Unreadable("too_deep", f"The JSON is nested deeper than {DEPTH_MAX} levels.")
