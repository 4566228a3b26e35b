"""Leaves out of installed packages what no function imports."""

import shutil
from pathlib import Path

# email_validator and multipart: FastAPI imports them only for what we do not use. pydantic/v1: a whole older Pydantic.
_UNUSED = ["bin", "email_validator*", "multipart*", "python_multipart*", "pydantic/v1", "boto3/examples"]
_UNUSED_ANYWHERE = ["**/tests", "**/*.pyi", "**/py.typed", "**/__pycache__"]
_KEPT_METADATA = {"METADATA", "entry_points.txt", "licenses", "LICENSE", "LICENSE.txt", "NOTICE"}


def trim_packages(packages: Path) -> None:
    """Remove files from a folder that packages were installed into."""
    for pattern in _UNUSED + _UNUSED_ANYWHERE:
        for path in list(packages.glob(pattern)):
            _remove(path)
    for information in packages.glob("*.dist-info"):
        _trim_information(information)


def _trim_information(information: Path) -> None:
    """Keep name, version and entry points, which are looked up at run time, and the licence."""
    for path in list(information.iterdir()):
        if path.name not in _KEPT_METADATA:
            _remove(path)
    metadata = information / "METADATA"
    headers, _, _ = metadata.read_text().partition("\n\n")
    metadata.write_text(headers + "\n")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
