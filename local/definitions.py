"""From the template's functions to what a process needs: paths, variables, limits."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.environment import Definition
from local.intrinsics import REGION
from local.resources import Created, function_name
from local.template import Template

_TIMEOUT_SECONDS = 3  # Lambda's own default.
_MEMORY_MB = 128
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
"""moto asks for some, and takes any."""


def define(
    template: Template,
    created: Created,
    logical_id: str,
    *,
    endpoint: str,
    passed: Mapping[str, str],
    log: Path,
    environments_max: int,
) -> Definition:
    """One of the template's functions. `endpoint` is moto's address; `passed` are variables beside its own."""
    properties = created.properties(logical_id)
    return Definition(
        logical_id=logical_id,
        name=function_name(logical_id, properties),
        arn=created.made(logical_id).attributes["Arn"],
        handler=properties["Handler"],
        timeout_seconds=float(properties.get("Timeout", _TIMEOUT_SECONDS)),
        variables=_variables(template, logical_id, properties, endpoint) | dict(passed),
        log=log,
        environments_max=environments_max,
    )


def code_folders(template: Template) -> list[Path]:
    """Every folder that holds code of functions or layers: what a change in should reload."""
    functions = [name for name, resource in template.resources().items() if _is_function(resource)]
    return sorted({folder for name in functions for folder in _folders(template, name)})


def _is_function(resource: dict[str, Any]) -> bool:
    return bool(resource["Type"] == "AWS::Serverless::Function")


def _folders(template: Template, logical_id: str) -> list[Path]:
    """The function's code, then its layers, as Python would search them in Lambda.

    Layers without Python files of their own, such as the one of pinned dependencies, are the virtual environment here.
    """
    defaults = template.document.get("Globals", {}).get("Function", {})
    resources = template.document["Resources"]
    own = resources[logical_id].get("Properties", {})
    layers = [entry["Ref"] for entry in defaults.get("Layers", []) + own.get("Layers", [])]
    locations = [own.get("CodeUri", defaults.get("CodeUri", "."))]
    locations += [resources[layer]["Properties"]["ContentUri"] for layer in layers if layer in resources]
    return [template.root / location for location in locations]


def _variables(template: Template, logical_id: str, properties: dict[str, Any], endpoint: str) -> dict[str, str]:
    folders = _folders(template, logical_id)
    name = function_name(logical_id, properties)
    logging = properties.get("LoggingConfig", {})
    declared = properties.get("Environment", {}).get("Variables", {})
    return {
        "AWS_CONFIG_FILE": os.devnull,  # The laptop's own profiles are none of a function's business.
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{properties.get('Runtime', 'python3.13')}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(properties.get("MemorySize", _MEMORY_MB)),
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": logging.get("LogFormat", "Text").upper(),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_LEVEL": logging.get("ApplicationLogLevel", "INFO"),
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_REGION": REGION,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "LAMBDA_TASK_ROOT": str(folders[0]),
        "LANG": "en_US.UTF-8",
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
        "TZ": ":UTC",
        "_HANDLER": properties["Handler"],
        **CREDENTIALS,
        **{variable: str(value) for variable, value in declared.items()},
    }
