"""Finds the resource of a path as API Gateway does: literal segments before `{name}`, and those before `{name+}`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote


@dataclass
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    variable: tuple[str, "_Node"] | None = None
    greedy: tuple[str, str] | None = None
    """The name of the rest of the path, and the resource."""
    resource: str | None = None


@dataclass(frozen=True)
class Match:
    """A resource, and what the path gave for its variables."""

    resource: str
    parameters: dict[str, str]


class Routes:
    """The resources of an API by path template, such as `/messages/{id}`."""

    def __init__(self, resources: Iterable[str]):
        self._root = _Node()
        for resource in resources:
            self._add(resource)

    def find(self, path: str) -> Match | None:
        """The resource for `path`, which is still percent-encoded and starts with a slash."""
        return _find(self._root, [part for part in path.split("/")[1:] if part], {})

    def _add(self, resource: str) -> None:
        node = self._root
        for part in [part for part in resource.split("/") if part]:
            if part.endswith("+}"):
                node.greedy = (part[1:-2], resource)
                return
            if part.startswith("{"):
                node.variable = node.variable or (part[1:-1], _Node())
                node = node.variable[1]
            else:
                node = node.literals.setdefault(part, _Node())
        node.resource = resource


def _find(node: _Node, parts: list[str], parameters: dict[str, str]) -> Match | None:
    if not parts:
        return Match(node.resource, parameters) if node.resource else None
    first, *rest = parts
    if (literal := node.literals.get(unquote(first))) and (found := _find(literal, rest, parameters)):
        return found
    if node.variable:
        name, following = node.variable
        if found := _find(following, rest, {**parameters, name: unquote(first)}):
            return found
    if node.greedy:
        name, resource = node.greedy
        return Match(resource, {**parameters, name: unquote("/".join(parts))})
    return None
