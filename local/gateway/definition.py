"""What the template says of the REST API: routes, authorizer, gateway responses, limits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.resources import Created

_ANY = "x-amazon-apigateway-any-method"
_METHODS = frozenset({"delete", "get", "head", "options", "patch", "post", "put", _ANY})
_FUNCTION = re.compile(r"functions/(arn:[^/]+)/(?:invocations|response-streaming-invocations)$")


@dataclass(frozen=True)
class Method:
    """What happens to requests of one method on one resource."""

    function_arn: str
    authorizer: str | None
    """Name of the authorizer that runs first."""
    needs_api_key: bool
    timeout_seconds: float


@dataclass(frozen=True)
class Authorizer:
    """A Lambda authorizer of type TOKEN."""

    function_arn: str
    header: str
    validation: re.Pattern[str] | None


@dataclass(frozen=True)
class GatewayResponse:
    """How the gateway answers one kind of failure by itself."""

    status: int | None
    headers: Mapping[str, str]
    template: str | None


@dataclass(frozen=True)
class Api:
    """A REST API and its stage."""

    stage: str
    stage_variables: Mapping[str, str] | None
    resources: Mapping[str, Mapping[str, Method]]
    """By path template, then by method in capitals; `ANY` stands for the methods that are not named."""
    authorizers: Mapping[str, Authorizer]
    responses: Mapping[str, GatewayResponse]
    binary_media_types: frozenset[str]
    compression_bytes_min: int | None


_INTEGRATION_SECONDS = 29.0


def read_api(created: Created) -> Api:
    """The template's only REST API."""
    [api_id] = created.named("AWS::ApiGateway::RestApi")
    [stage_id] = created.named("AWS::ApiGateway::Stage")
    api, stage = created.properties(api_id), created.properties(stage_id)
    body = api["Body"]
    return Api(
        stage=stage["StageName"],
        stage_variables=stage.get("Variables"),
        resources={path: _methods(item) for path, item in body["paths"].items()},
        authorizers=_authorizers(body),
        responses={
            kind: _response(response)
            for kind, response in body.get("x-amazon-apigateway-gateway-responses", {}).items()
        },
        binary_media_types=frozenset(name.replace("~1", "/") for name in api.get("BinaryMediaTypes", [])),
        compression_bytes_min=api.get("MinimumCompressionSize"),
    )


def _methods(item: dict[str, Any]) -> dict[str, Method]:
    return {
        "ANY" if name == _ANY else name.upper(): _method(operation)
        for name, operation in item.items()
        if name in _METHODS
    }


def _method(operation: dict[str, Any]) -> Method:
    integration = operation["x-amazon-apigateway-integration"]
    required = [name for requirement in operation.get("security", []) for name in requirement]
    authorizers = [name for name in required if name not in {"api_key", "NONE"}]
    return Method(
        function_arn=_function_arn(integration["uri"]),
        authorizer=authorizers[0] if authorizers else None,
        needs_api_key="api_key" in required,
        timeout_seconds=integration.get("timeoutInMillis", _INTEGRATION_SECONDS * 1000) / 1000,
    )


def _authorizers(body: dict[str, Any]) -> dict[str, Authorizer]:
    schemes = body.get("components", {}).get("securitySchemes", {}) | body.get("securityDefinitions", {})
    return {name: _authorizer(scheme) for name, scheme in schemes.items() if "x-amazon-apigateway-authorizer" in scheme}


def _authorizer(scheme: dict[str, Any]) -> Authorizer:
    details = scheme["x-amazon-apigateway-authorizer"]
    if details["type"] != "token" or details.get("authorizerResultTtlInSeconds", 300) != 0:
        raise ValueError("the local gateway has authorizers of type TOKEN without a cache only")
    validation = details.get("identityValidationExpression")
    return Authorizer(
        function_arn=_function_arn(details["authorizerUri"]),
        header=scheme["name"],
        validation=re.compile(validation) if validation else None,
    )


def _response(response: dict[str, Any]) -> GatewayResponse:
    prefix = "gatewayresponse.header."
    return GatewayResponse(
        status=int(response["statusCode"]) if "statusCode" in response else None,
        headers={
            name.removeprefix(prefix): source
            for name, source in response.get("responseParameters", {}).items()
            if name.startswith(prefix)
        },
        template=response.get("responseTemplates", {}).get("application/json"),
    )


def _function_arn(uri: str) -> str:
    found = _FUNCTION.search(uri)
    if not found:
        raise ValueError(f"the local gateway integrates with functions only, not with {uri}")
    return found[1]
