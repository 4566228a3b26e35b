"""CloudFormation's intrinsic functions, as far as our templates use them. An unknown one is an error."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REGION = "us-east-1"
ACCOUNT = "123456789012"  # moto's.
_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com",
}
_NO_VALUE = object()
_VARIABLE = re.compile(r"\$\{([^!}]+)\}")


@dataclass(frozen=True)
class Made:
    """A resource that exists: what `Ref` and `GetAtt` give for it."""

    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)


class Resources:
    """Finds what a template's resources became. The resolver of a template without resources finds none."""

    def made(self, logical_id: str) -> Made:
        """The resource called `logical_id`; `KeyError` when there is none."""
        raise KeyError(f"the template has no parameter or resource {logical_id}")


class Resolver:
    """Replaces intrinsic functions by their values."""

    def __init__(
        self, parameters: Mapping[str, str], conditions: Mapping[str, Any], resources: Resources | None = None
    ):
        self._parameters = parameters
        self._conditions = conditions
        self._resources = resources or Resources()

    def over(self, resources: Resources) -> "Resolver":
        """The same, knowing `resources` too."""
        return Resolver(self._parameters, self._conditions, resources)

    def holds(self, condition: str) -> bool:
        """Whether the template's condition of that name is true."""
        return bool(self.value(self._conditions[condition]))

    def value(self, node: Any) -> Any:
        """`node` with all intrinsic functions replaced; what is `AWS::NoValue` is left out."""
        if isinstance(node, list):
            return [value for item in node if (value := self.value(item)) is not _NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            [(name, argument)] = node.items()
            if name in {"Ref", "Condition"} or name.startswith("Fn::"):
                return self._call(name.removeprefix("Fn::"), argument)
        return {name: value for name, item in node.items() if (value := self.value(item)) is not _NO_VALUE}

    def _call(self, name: str, argument: Any) -> Any:
        match name:
            case "Ref":
                return self._ref(argument)
            case "Condition":
                return self.holds(argument)
            case "GetAtt":
                return self._attribute(*(argument if isinstance(argument, list) else argument.split(".", 1)))
            case "Sub":
                return self._sub(argument)
            case "If":
                condition, yes, no = argument
                return self.value(yes if self.holds(condition) else no)
            case _:
                return _plain(name, self.value(argument))

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name in {"AWS::StackName", "AWS::StackId"}:
            return f"lambdify-{self._parameters.get('Environment', 'local')}"
        known = {**_PSEUDO, **self._parameters}
        return known[name] if name in known else self._resources.made(name).ref

    def _attribute(self, logical_id: str, attribute: str) -> str:
        attributes = self._resources.made(logical_id).attributes
        if attribute not in attributes:
            raise KeyError(f"the local stack does not know the attribute {logical_id}.{attribute}")
        return attributes[attribute]

    def _sub(self, argument: Any) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})

        def replaced(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name in variables:
                return str(self.value(variables[name]))
            return str(self._attribute(*name.split(".", 1)) if "." in name else self._ref(name))

        return _VARIABLE.sub(replaced, text).replace("${!", "${")


def _plain(name: str, argument: Any) -> Any:
    """The functions whose arguments are values."""
    match name, argument:
        case "Join", [separator, parts]:
            return separator.join(map(str, parts))
        case "Select", [index, choices]:
            return choices[int(index)]
        case "Split", [separator, text]:
            return text.split(separator)
        case "Equals", [left, right]:
            return left == right
        case "Not", [condition]:
            return not condition
        case "And", conditions:
            return all(conditions)
        case "Or", conditions:
            return any(conditions)
    raise ValueError(f"the local stack does not know the intrinsic function {name}")
