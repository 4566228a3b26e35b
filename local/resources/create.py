"""Creates resources in the order in which they refer to each other."""

from collections.abc import Callable, Mapping
from typing import Any

from local.intrinsics import ACCOUNT, REGION, Made, Resolver, Resources
from local.resources import buckets, keys, machines, plans, queues, tables

Properties = dict[str, Any]
ClientFactory = Callable[[str], Any]
Creator = Callable[[ClientFactory, str, Properties], Made]

_CREATORS: dict[str, Creator] = {
    "AWS::ApiGateway::ApiKey": plans.create_key,
    "AWS::ApiGateway::UsagePlan": plans.create_plan,
    "AWS::ApiGateway::UsagePlanKey": plans.create_plan_key,
    "AWS::DynamoDB::Table": tables.create,
    "AWS::KMS::Alias": keys.create_alias,
    "AWS::KMS::Key": keys.create_key,
    "AWS::S3::Bucket": buckets.create,
    "AWS::SQS::Queue": queues.create,
    "AWS::SecretsManager::Secret": keys.create_secret,
    "AWS::StepFunctions::StateMachine": machines.create,
}


def _names(kind: str) -> Creator:
    """For what the laptop needs only the name and the ARN of."""

    def named(_client: ClientFactory, logical_id: str, _properties: Properties) -> Made:
        arn = f"arn:aws:{kind}/{logical_id}" if kind.endswith("role") else f"arn:aws:{kind}:{logical_id}"
        return Made(logical_id, {"Arn": arn})

    return named


def function_name(logical_id: str, properties: Properties) -> str:
    """The name that a function has in AWS's calls."""
    return str(properties.get("FunctionName", f"lambdify-local-{logical_id}"))


def _function(_client: ClientFactory, logical_id: str, properties: Properties) -> Made:
    name = function_name(logical_id, properties)
    return Made(name, {"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"})


def _alias(_client: ClientFactory, _logical_id: str, properties: Properties) -> Made:
    # There is one version of a function here, the one on the disk.
    return Made(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{properties['FunctionName']}")


def _stage(_client: ClientFactory, _logical_id: str, properties: Properties) -> Made:
    return Made(properties["StageName"])


def _rest_api(_client: ClientFactory, _logical_id: str, _properties: Properties) -> Made:
    return Made("local", {"RootResourceId": "root"})


# The runner itself plays these, or a laptop has no use for them: no permission is checked, nothing is uploaded or kept.
_PLAYED: dict[str, Creator] = {
    "AWS::ApiGateway::Account": _names("apigateway"),
    "AWS::ApiGateway::Deployment": _names("apigateway"),
    "AWS::ApiGateway::RestApi": _rest_api,
    "AWS::ApiGateway::Stage": _stage,
    "AWS::CloudWatch::Alarm": _names("cloudwatch"),
    "AWS::IAM::ManagedPolicy": _names(f"iam::{ACCOUNT}:policy"),
    "AWS::IAM::Policy": _names(f"iam::{ACCOUNT}:policy"),
    "AWS::IAM::Role": _names(f"iam::{ACCOUNT}:role"),
    "AWS::Lambda::Alias": _alias,
    "AWS::Lambda::EventInvokeConfig": _names("lambda"),
    "AWS::Lambda::EventSourceMapping": _names("lambda"),
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::LayerVersion": _names(f"lambda:{REGION}:{ACCOUNT}:layer"),
    "AWS::Lambda::Permission": _names("lambda"),
    "AWS::Lambda::Version": _alias,
    "AWS::Logs::LogGroup": _names(f"logs:{REGION}:{ACCOUNT}:log-group"),
    "AWS::S3::BucketPolicy": _names("s3"),
    "AWS::SQS::QueuePolicy": _names("sqs"),
}
KNOWN = _CREATORS | _PLAYED


class UnknownResource(ValueError):
    """The template has a resource that the local stack cannot stand in for."""


class Created(Resources):
    """A template's resources in moto. A resource is created when it is first asked for, so references order themselves.

    `client` gives the botocore client of a service. A resource of an unknown type raises `UnknownResource` at once.
    """

    def __init__(self, client: ClientFactory, resources: Mapping[str, Properties], resolver: Resolver):
        for name, resource in resources.items():
            if resource["Type"] not in KNOWN:
                raise UnknownResource(f"the local stack does not know {resource['Type']} (resource {name})")
        self._client = client
        self._resources = resources
        self._made: dict[str, Made] = {}
        self._under_way: set[str] = set()
        self.resolver = resolver.over(self)

    def made(self, logical_id: str) -> Made:
        """The resource `logical_id`, created when it is not there yet."""
        if logical_id not in self._made:
            self._made[logical_id] = self._create(logical_id)
        return self._made[logical_id]

    def properties(self, logical_id: str) -> Properties:
        """The resolved properties of a resource."""
        values: Properties = self.resolver.value(self._resources[logical_id].get("Properties", {}))
        return values

    def named(self, kind: str) -> list[str]:
        """The logical ids of the resources of one type."""
        return [name for name, resource in self._resources.items() if resource["Type"] == kind]

    def create_all(self, *kinds: str) -> "Created":
        """Create the resources of the given types, or all that live in moto."""
        for kind in kinds or _CREATORS:
            for name in self.named(kind):
                self.made(name)
        return self

    def _create(self, logical_id: str) -> Made:
        if logical_id not in self._resources:
            return super().made(logical_id)
        kind = self._resources[logical_id]["Type"]
        # The name and ARN of what is only played depend on little; its properties may refer back to who asks.
        raw = self._resources[logical_id].get("Properties", {})
        if kind in _PLAYED:
            wanted = {name: raw[name] for name in ("FunctionName", "StageName") if name in raw}
            return _PLAYED[kind](self._client, logical_id, self.resolver.value(wanted))
        if logical_id in self._under_way:
            raise ValueError(f"{logical_id} refers to itself")
        self._under_way.add(logical_id)
        return _CREATORS[kind](self._client, logical_id, self.properties(logical_id))
