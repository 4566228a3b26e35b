"""The local stack is made from the template itself, and knows every resource in it."""

from pathlib import Path
from typing import Any

import pytest

from local import template
from local.intrinsics import Made, Resolver, Resources
from local.resources import Created, UnknownResource


class Two(Resources):
    def made(self, logical_id: str) -> Made:
        return {"Queue": Made("https://queue", {"Arn": "arn:queue"})}[logical_id]


RESOLVER = Resolver(
    {"Stage": "local", "Empty": ""}, {"HasEmpty": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Empty"}, ""]}]}}
)


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"Ref": "Stage"}, "local"),
        ({"Ref": "Queue"}, "https://queue"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "arn:queue"),
        ({"Fn::GetAtt": "Queue.Arn"}, "arn:queue"),
        ({"Fn::Sub": "x-${Stage}-${Queue.Arn}-${AWS::Region}-${!kept}"}, "x-local-arn:queue-us-east-1-${kept}"),
        ({"Fn::Sub": ["${a}-${Stage}", {"a": {"Ref": "Queue"}}]}, "https://queue-local"),
        ({"Fn::If": ["HasEmpty", 1, 2]}, 2),
        ([1, {"Fn::If": ["HasEmpty", 1, {"Ref": "AWS::NoValue"}]}], [1]),
        ({"a": {"Ref": "AWS::NoValue"}, "b": {"Ref": "Stage"}}, {"b": "local"}),
        ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}]]}, "a-local"),
        ({"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]}, "b"),
    ],
)
def test_intrinsic_functions_give_what_cloudformation_gives(node: Any, value: Any) -> None:
    assert RESOLVER.over(Two()).value(node) == value


@pytest.mark.parametrize("node", [{"Ref": "Nobody"}, {"Fn::GetAtt": ["Queue", "Nothing"]}, {"Fn::Cidr": ["a", 1, 2]}])
def test_what_cannot_be_resolved_is_an_error(node: Any) -> None:
    with pytest.raises((KeyError, ValueError)):
        RESOLVER.over(Two()).value(node)


def test_every_resource_of_the_template_is_known_to_the_local_stack() -> None:
    read = template.read(overrides={"Environment": "local"})
    translated = read.translated()

    Created(lambda service: None, translated, read.resolver())
    assert any(resource["Type"] == "AWS::Lambda::Function" for resource in translated.values())


def test_an_unknown_resource_type_is_refused_by_name() -> None:
    odd = {"Cluster": {"Type": "AWS::Neptune::DBCluster"}}

    with pytest.raises(UnknownResource, match=r"AWS::Neptune::DBCluster \(resource Cluster\)"):
        Created(lambda service: None, odd, RESOLVER)


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(ValueError, match="no parameter Typo"):
        template.read(overrides={"Typo": "1"})


def test_resources_whose_condition_is_false_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(
        "Parameters: {Wish: {Type: String, Default: 'no'}}\n"
        "Conditions: {IsOn: !Equals [!Ref Wish, 'yes']}\n"
        "Resources:\n"
        "  Sometimes: {Type: 'AWS::SQS::Queue', Condition: IsOn}\n"
        "  Always: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Sub 'q-${Wish}'}}\n"
    )

    assert set(template.read(path).resources()) == {"Always"}
    assert set(template.read(path, {"Wish": "yes"}).resources()) == {"Always", "Sometimes"}
