"""An index's objects in S3, whose conditional writes make concurrent changes safe."""

from typing import Any

from botocore.exceptions import ClientError

from lambdify.aws.clients import client

from .objects import Changed, Missing, Stored

_ABSENT = frozenset({"NoSuchKey", "404"})
_NOT_MODIFIED = frozenset({"304", "NotModified"})
# 409 is S3's answer to writes that meet, and 404 to If-Match on an object that is gone.
_CHANGED = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}) | _ABSENT


class S3Objects:
    """The objects of one bucket. See `Objects` for what each method promises."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def read(self, key: str, known_tag: str | None) -> Stored | None:
        """See Objects."""
        known = {"IfNoneMatch": known_tag} if known_tag else {}
        try:
            answer = client("s3").get_object(Bucket=self._bucket, Key=key, **known)
        except ClientError as error:
            if _code(error) in _NOT_MODIFIED:
                return None
            raise _missing_or(error) from error
        return Stored(answer["Body"].read(), answer["ETag"])

    def read_span(self, key: str, first: int, end: int) -> bytes:
        """See Objects."""
        try:
            answer = client("s3").get_object(Bucket=self._bucket, Key=key, Range=f"bytes={first}-{end - 1}")
        except ClientError as error:
            raise _missing_or(error) from error
        content: bytes = answer["Body"].read()
        return content

    def write(self, key: str, content: bytes) -> None:
        """See Objects."""
        client("s3").put_object(Bucket=self._bucket, Key=key, Body=content)

    def replace(self, key: str, content: bytes, known_tag: str | None) -> str:
        """See Objects."""
        condition = {"IfMatch": known_tag} if known_tag else {"IfNoneMatch": "*"}
        try:
            answer: dict[str, Any] = client("s3").put_object(Bucket=self._bucket, Key=key, Body=content, **condition)
        except ClientError as error:
            if _code(error) in _CHANGED:
                raise Changed from error
            raise
        return str(answer["ETag"])

    def delete(self, key: str) -> None:
        """See Objects."""
        client("s3").delete_object(Bucket=self._bucket, Key=key)


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def _missing_or(error: ClientError) -> Exception:
    return Missing() if _code(error) in _ABSENT else error
