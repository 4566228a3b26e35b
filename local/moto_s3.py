"""Makes moto's S3 atomic, as S3 is.

As it comes, moto checks a conditional write and writes in two steps that other threads can come between, and a listing
fails while others delete.
"""

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Any

from moto.s3.responses import S3Response

_lock = RLock()  # One request at a time: the interpreter runs one at a time anyway.
_installed = False


def install() -> None:
    """Mend moto in this process. A second call does nothing."""
    global _installed
    if _installed:
        return
    _installed = True
    for name in ("_bucket_response", "_key_response"):
        setattr(S3Response, name, _one_at_a_time(getattr(S3Response, name)))


def _one_at_a_time(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def locked(*arguments: Any, **options: Any) -> Any:
        with _lock:
            return original(*arguments, **options)

    return locked
