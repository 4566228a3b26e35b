"""Promises of template.yaml that no linter knows."""

import importlib
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from lambdify.settings import Settings
from local import template
from local.gateway.routes import Routes
from scripts.build.artifacts import group_of
from scripts.build.interpreter import TARGET_VERSION

STACK = template.read()
RESOURCES = STACK.resources()
GLOBALS = STACK.document["Globals"]["Function"]

# Neither action knows resources: AWS's service authorization reference.
WITHOUT_RESOURCES = {"bedrock:ListFoundationModels", "bedrock:ListInferenceProfiles"}


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of a type, by logical id."""
    return {name: each["Properties"] for name, each in RESOURCES.items() if each["Type"] == f"AWS::{kind}"}


FUNCTIONS = of_type("Serverless::Function")
QUEUES = of_type("SQS::Queue")
MACHINES = of_type("Serverless::StateMachine")


def group(logical_id: str) -> str:
    """The group that a function's handler is in."""
    return str(FUNCTIONS[logical_id]["Handler"].partition(".")[0])


def api_paths(logical_id: str) -> list[str]:
    """The paths that API Gateway sends to a function, whatever the method."""
    events = FUNCTIONS[logical_id].get("Events", {}).values()
    return [event["Properties"]["Path"] for event in events if event["Type"] == "Api"]


def routes() -> Iterator[tuple[str, str]]:
    """Each route of each group that has some: the function's logical id and the route's path."""
    for logical_id in FUNCTIONS:
        module = importlib.import_module(f"{group(logical_id)}.app")
        if hasattr(module, "app"):
            router = importlib.import_module(f"{group(logical_id)}.routes").router
            yield from ((logical_id, route.path) for route in router.routes)


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each statement of each function's and machine's policies, those under a condition too."""
    for logical_id, properties in (FUNCTIONS | MACHINES).items():
        for statement in _statements_in(properties.get("Policies", [])):
            yield logical_id, statement


def _statements_in(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict) and "Effect" in node:
        yield node
    elif isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from _statements_in(child)


def listed(value: Any) -> list[Any]:
    """IAM lets a list of one be written without the list."""
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("logical_id", FUNCTIONS)
def test_a_functions_handler_exists(logical_id: str) -> None:
    module, _, name = FUNCTIONS[logical_id]["Handler"].rpartition(".")

    assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize("logical_id", FUNCTIONS)
def test_a_functions_artifact_holds_its_group(logical_id: str) -> None:
    """The build goes by the logical id, Lambda by the handler."""
    assert RESOURCES[logical_id]["Metadata"] == {"BuildMethod": "makefile"}
    assert group_of(logical_id) == group(logical_id)


def test_artifacts_are_compiled_for_the_deployed_version() -> None:
    assert GLOBALS["Runtime"] == f"python{TARGET_VERSION}"


def test_every_variable_is_a_setting() -> None:
    environments = [GLOBALS, *FUNCTIONS.values()]
    variables = {name for each in environments for name in each.get("Environment", {}).get("Variables", {})}

    assert variables <= {field.name.upper() for field in fields(Settings)}


@pytest.mark.parametrize(("logical_id", "path"), sorted(set(routes())))
def test_api_gateway_sends_each_route_to_its_function(logical_id: str, path: str) -> None:
    owners = {resource: owner for owner in FUNCTIONS for resource in api_paths(owner)}
    match = Routes(owners).find(re.sub(r"\{\w+\}", "x", path))

    assert match is not None
    assert owners[match.resource] == logical_id


def test_no_action_is_a_pattern_or_a_scan() -> None:
    actions = {action for _, statement in statements() for action in listed(statement["Action"])}

    assert [action for action in actions if "*" in action or action == "dynamodb:Scan"] == []


def test_every_resource_is_named() -> None:
    """A `*` alone stands only where AWS knows nothing narrower."""
    open_actions = {
        action
        for _, statement in statements()
        for action in listed(statement["Action"])
        if "*" in listed(statement["Resource"])
    }

    assert open_actions <= WITHOUT_RESOURCES


def test_every_queue_has_a_dead_letter_queue_that_keeps_messages_for_two_weeks() -> None:
    dead = {name: queue for name, queue in QUEUES.items() if "DeadLetter" in name}
    targets = {
        name: queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for name, queue in QUEUES.items()
        if name not in dead
    }

    assert set(targets.values()) <= set(dead)
    assert {queue["MessageRetentionPeriod"] for queue in dead.values()} == {1_209_600}


def test_a_message_is_invisible_for_six_times_as_long_as_its_consumer_may_take() -> None:
    """AWS's advice: a throttled consumer tries again within the visibility."""
    for consumer in FUNCTIONS.values():
        for event in consumer.get("Events", {}).values():
            if event["Type"] == "SQS":
                queue = QUEUES[event["Properties"]["Queue"]["Fn::GetAtt"][0]]
                assert queue["VisibilityTimeout"] >= 6 * consumer.get("Timeout", GLOBALS["Timeout"])


@pytest.mark.parametrize("logical_id", MACHINES)
def test_a_machine_gets_what_its_definition_names_and_no_more(logical_id: str) -> None:
    machine = MACHINES[logical_id]
    text = (STACK.root / machine["DefinitionUri"]).read_text()

    assert json.loads(text)["StartAt"]
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(machine["DefinitionSubstitutions"])


def test_no_log_is_kept_for_ever() -> None:
    log_group = RESOURCES[GLOBALS["LoggingConfig"]["LogGroup"]["Ref"]]

    assert log_group["Properties"]["RetentionInDays"] == 30
