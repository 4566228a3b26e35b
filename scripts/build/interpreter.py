"""Compiles artifacts with an interpreter of the deployed version.

Lambda's folders are read-only: code that comes uncompiled is compiled again at every cold start, which takes longer
than all the rest of it.
"""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

TARGET_VERSION = "3.13"
"""As `Runtime` in template.yaml."""


class InterpreterMissing(Exception):
    """No interpreter of the deployed version is on this machine."""


def compile_all(folder: Path, deployed_as: str) -> None:
    """Compile all that is below `folder`, which will be `deployed_as`, such as `/opt`.

    The compiled files hold their sources' hashes, unchecked: times do not survive packing, and nothing changes later.
    """
    options = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", deployed_as]
    subprocess.run([find_interpreter(), "-m", "compileall", *options, str(folder)], check=True)


@cache
def find_interpreter() -> str:
    """The path of a Python of the deployed version. Raises InterpreterMissing when there is none."""
    name = f"python{TARGET_VERSION}"
    pyenv = Path.home().glob(f".pyenv/versions/{TARGET_VERSION}*/bin/python")
    candidates = [sys.executable, shutil.which(name), *map(str, sorted(pyenv))]
    for candidate in candidates:
        if candidate is not None and _version(candidate) == TARGET_VERSION:
            return candidate
    raise InterpreterMissing(f"The build needs Python {TARGET_VERSION}: install it so that `{name}` is on the PATH.")


def _version(interpreter: str) -> str:
    """Empty when it does not run, as pyenv's stand-ins for versions that are not chosen."""
    program = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([interpreter, "-c", program], capture_output=True, text=True, check=False)
    return done.stdout.strip()
