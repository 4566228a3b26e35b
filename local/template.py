"""Reads a SAM template and turns it into plain CloudFormation, with SAM's own translator."""

import hashlib
import json
import logging
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from local.intrinsics import REGION, Resolver

ROOT = Path(__file__).resolve().parent.parent
Node = Any
"""A piece of a template: what JSON can hold."""

# SAM looks only at the shape of these, and uploads are none of the laptop's business.
_UPLOADED = "s3://local/artifact.zip"


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags."""


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> Node:
    if isinstance(node, yaml.ScalarNode):
        value: Node = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix: value} if suffix in {"Ref", "Condition"} else {f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_tag)


@dataclass(frozen=True)
class Template:
    """A template and the values of its parameters."""

    path: Path
    document: dict[str, Node]
    """As written, with the short tags spelled out."""
    parameters: Mapping[str, str]

    @property
    def root(self) -> Path:
        """The folder that `CodeUri` and its like are relative to."""
        return self.path.parent

    def resolver(self) -> Resolver:
        """A resolver that knows the parameters and the conditions, and no resource yet."""
        return Resolver(self.parameters, self.document.get("Conditions", {}))

    def resources(self) -> dict[str, dict[str, Node]]:
        """The resources as written whose condition holds."""
        return _existing(self.document, self.resolver())

    def translated(self) -> dict[str, dict[str, Node]]:
        """The resources as CloudFormation would get them from SAM, whose condition holds."""
        return _existing(_remembered(self), self.resolver())


def read(path: Path = ROOT / "template.yaml", overrides: Mapping[str, str] | None = None) -> Template:
    """Read the template at `path`. `overrides` are values of parameters, which otherwise have their defaults."""
    # The round trip through JSON parts what YAML's anchors share: SAM changes what it translates.
    document = json.loads(json.dumps(yaml.load(path.read_text(), _Loader)))
    declared: dict[str, Node] = document.get("Parameters", {})
    if unknown := set(overrides or {}) - set(declared):
        raise ValueError(f"{path.name} has no parameter {', '.join(sorted(unknown))}")
    values = {name: str(declaration.get("Default", "")) for name, declaration in declared.items()}
    return Template(path.resolve(), document, values | dict(overrides or {}))


def _existing(document: dict[str, Node], resolver: Resolver) -> dict[str, dict[str, Node]]:
    resources: dict[str, dict[str, Node]] = document["Resources"]
    return {
        name: resource
        for name, resource in resources.items()
        if "Condition" not in resource or resolver.holds(resource["Condition"])
    }


def _remembered(template: Template) -> dict[str, Node]:
    """The translation, kept from one start to the next: SAM's translator takes longer to import than all else."""
    definitions = [path.read_text() for path in sorted(template.root.glob("statemachines/*.json"))]
    source = json.dumps([metadata.version("aws-sam-translator"), template.document, template.parameters, definitions])
    path = ROOT / ".lambdify" / "translated" / f"{hashlib.sha256(source.encode()).hexdigest()}.json"
    if path.exists():
        remembered: dict[str, Node] = json.loads(path.read_text())
        return remembered
    translated = _translate(template)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two may start at once; a rename is never seen half done.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        json.dump(translated, file)
    Path(file.name).replace(path)
    return translated


def _translate(template: Template) -> dict[str, Node]:
    # Imported here: it is needed only when the template has changed.
    from boto3.session import Session
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)  # It reports its own feature flags as errors.
    document = json.loads(json.dumps(template.document))
    _replace_upload(document.get("Globals", {}).get("Function", {}), "CodeUri")
    for resource in document["Resources"].values():
        properties = resource.get("Properties", {})
        _replace_upload(properties, "CodeUri")
        _replace_upload(properties, "ContentUri")
        if "DefinitionUri" in properties:
            definition = template.root / properties.pop("DefinitionUri")
            properties["Definition"] = json.loads(definition.read_text())
    session = Session(region_name=REGION)  # type: ignore[no-untyped-call]
    translator = Translator({}, Parser(), boto_session=session)
    translated: dict[str, Node] = translator.translate(document, dict(template.parameters))
    return translated


def _replace_upload(properties: dict[str, Node], name: str) -> None:
    if name in properties:
        properties[name] = _UPLOADED
