"""Cuts botocore's descriptions of 400 services to those that the code calls: reading them is half of a cold start."""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any


def trim_botocore_data(data: Path, services: set[str]) -> None:
    """Keep `services` below botocore's folder `data`. Raises ValueError when botocore does not know one."""
    unknown = sorted(service for service in services if not (data / service).is_dir())
    if unknown:
        raise ValueError(f"botocore does not know {', '.join(unknown)}.")
    for folder in (path for path in data.iterdir() if path.is_dir()):
        if folder.name in services:
            _trim_service(folder)
        else:
            shutil.rmtree(folder)
    _trim_endpoints(data / "endpoints.json", services)


def _trim_service(folder: Path) -> None:
    """Keep the newest version, the one that botocore takes; unpacked and without documentation, it is read faster."""
    *older, newest = sorted(path for path in folder.iterdir() if path.is_dir())
    for version in older:
        shutil.rmtree(version)
    for path in list(newest.iterdir()):
        content = _read(path)
        path.unlink()
        if not path.name.startswith("examples"):
            _write(path.with_name(path.name.removesuffix(".gz")), _without_documentation(content))


def _trim_endpoints(path: Path, services: set[str]) -> None:
    endpoints = _read(path)
    for partition in endpoints["partitions"]:
        known = partition["services"].items()
        partition["services"] = {name: service for name, service in known if name in services}
    _write(path, endpoints)


def _without_documentation(node: Any) -> Any:
    """A description without its texts. A member that is itself named `documentation` is an object, and stays."""
    if isinstance(node, dict):
        kept = ((key, value) for key, value in node.items() if key != "documentation" or not isinstance(value, str))
        # botocore reads the texts of these few parameters; S3 has some.
        return {key: value if key == "clientContextParams" else _without_documentation(value) for key, value in kept}
    if isinstance(node, list):
        return [_without_documentation(value) for value in node]
    return node


def _read(path: Path) -> Any:
    content = path.read_bytes()
    return json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, separators=(",", ":")))
