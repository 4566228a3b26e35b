"""Field types with bounds, so that every input has one."""

import math
from typing import Annotated, Any

from annotated_types import Len
from pydantic import AfterValidator, StringConstraints

JSON_DEPTH_MAX = 20
JSON_BYTES_MAX = 65_536


def bounded_json(value: dict[str, Any]) -> dict[str, Any]:
    """A JSON object of bounded size and depth that DynamoDB can keep. Raises ValueError when it is not."""
    size = _size(value, 1)
    if size > JSON_BYTES_MAX:
        raise ValueError(f"is over {JSON_BYTES_MAX} bytes")
    return value


def _size(value: object, depth: int) -> int:
    if depth > JSON_DEPTH_MAX:
        raise ValueError(f"is nested deeper than {JSON_DEPTH_MAX} levels")
    if isinstance(value, str):
        return len(storable(value).encode()) + 2
    if isinstance(value, dict):
        return 2 + sum(_size(key, depth) + _size(item, depth + 1) for key, item in value.items())
    if isinstance(value, list):
        return 2 + sum(1 + _size(item, depth + 1) for item in value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("holds a number that JSON has no word for")
    return len(str(value))


def storable(text: str) -> str:
    """Text that is valid Unicode. Raises ValueError for half a surrogate pair, which JSON's escapes can smuggle in."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("holds half of a surrogate pair")
    return text


JsonObject = Annotated[dict[str, Any], AfterValidator(bounded_json)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(storable)]
Description = Annotated[str, StringConstraints(max_length=2000), AfterValidator(storable)]
UserName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255), AfterValidator(storable)
]
Question = Annotated[str, StringConstraints(min_length=1, max_length=20_000), AfterValidator(storable)]
DocumentId = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(storable)]
DocumentIds = Annotated[list[DocumentId], Len(max_length=20)]
