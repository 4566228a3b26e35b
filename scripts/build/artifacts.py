"""The three kinds of artifacts: a function, a layer of our own code, a layer of dependencies."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import get_args

from lambdify.aws.clients import Service

from .botocore_data import trim_botocore_data
from .interpreter import TARGET_VERSION, compile_all
from .trimming import trim_packages

ROOT = Path(__file__).parents[2]
_PLATFORMS = {"arm64": "aarch64-manylinux2014", "x86_64": "x86_64-manylinux2014"}
_CODE = shutil.ignore_patterns("__pycache__", "*.pyc")


def function(logical_id: str, source: Path, target: Path) -> None:
    """Copy the function's group and nothing else, so that a change updates the functions that it concerns."""
    group = group_of(logical_id)
    _copy(source / group, target / group)
    compile_all(target, "/var/task")


def group_of(logical_id: str) -> str:
    """The folder of a function's code: `event_relay` for `EventRelayFunction`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", logical_id.removesuffix("Function")).lower()


def package_layer(source: Path, target: Path) -> None:
    """Copy the layer's packages; Lambda puts a layer's `python` folder on the path."""
    for package in sorted(path.parent for path in source.glob("*/__init__.py")):
        _copy(package, target / "python" / package.name)
    compile_all(target, "/opt")


def dependencies_layer(source: Path, target: Path, architecture: str) -> None:
    """Install the layer's requirements for Lambda's platform, without what no function needs."""
    packages = target / "python"
    shutil.rmtree(packages, ignore_errors=True)
    _install(source / "requirements.txt", packages, architecture)
    trim_packages(packages)
    if (packages / "botocore").exists():
        trim_botocore_data(packages / "botocore" / "data", set(get_args(Service)))
    compile_all(target, "/opt")


def _install(requirements: Path, packages: Path, architecture: str) -> None:
    command: list[str | Path] = [ROOT / ".venv/bin/uv", "pip", "install", "--quiet", "--no-deps", "--link-mode", "copy"]
    command += ["--python-platform", _PLATFORMS[architecture], "--python-version", TARGET_VERSION]
    command += ["--only-binary", ":all:", "--target", packages, "--requirement", requirements]
    subprocess.run(command, check=True)


def _copy(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=_CODE)
