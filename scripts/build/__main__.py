"""`python -m scripts.build LOGICAL_ID SOURCE TARGET`: makes one artifact; called by scripts/build/rules.mk."""

import argparse
import sys
from pathlib import Path

from .artifacts import dependencies_layer, function, package_layer
from .interpreter import InterpreterMissing


def main() -> None:
    """Build the artifact; the exit status is 1 when it cannot be built."""
    parser = argparse.ArgumentParser(prog="python -m scripts.build", description="Build one artifact.")
    parser.add_argument("logical_id", help="in the template, such as ModelsFunction")
    parser.add_argument("source", type=Path, help="folder of the functions, or of one layer")
    parser.add_argument("target", type=Path, help="folder that is deployed")
    parser.add_argument("--architecture", choices=["arm64", "x86_64"], default="arm64")
    arguments = parser.parse_args()
    try:
        _build(arguments)
    except InterpreterMissing as error:
        sys.exit(str(error))


def _build(arguments: argparse.Namespace) -> None:
    if arguments.logical_id.endswith("Function"):
        function(arguments.logical_id, arguments.source, arguments.target)
    elif (arguments.source / "requirements.txt").exists():
        dependencies_layer(arguments.source, arguments.target, arguments.architecture)
    else:
        package_layer(arguments.source, arguments.target)


if __name__ == "__main__":
    main()
