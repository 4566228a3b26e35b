"""Documents' files in S3."""

from typing import Any
from urllib.parse import quote

from lambdify import clock
from lambdify.aws.clients import client
from lambdify.settings import settings

from .multipart import ViewReader

FILE_BYTES_MAX = 50 * 1024 * 1024
_UPLOAD_SECONDS = 900
_DOWNLOAD_SECONDS = 300
_TYPE = "application/octet-stream"


def store(key: str, content: memoryview) -> str:
    """Keep the file, streamed from where it lies. The version of the object."""
    answer = client("s3").put_object(
        Bucket=settings.documents_bucket,
        Key=key,
        Body=ViewReader(content),
        ContentLength=len(content),
        ContentType=_TYPE,
    )
    return str(answer["VersionId"])


def upload_form(key: str) -> dict[str, Any]:
    """A form that anybody who has it can upload the file with, once or more, until it expires."""
    form = client("s3").generate_presigned_post(
        settings.documents_bucket,
        key,
        Fields={"Content-Type": _TYPE},
        Conditions=[["content-length-range", 1, FILE_BYTES_MAX], {"Content-Type": _TYPE}],
        ExpiresIn=_UPLOAD_SECONDS,
    )
    expires_at = clock.timestamp(clock.epoch() + _UPLOAD_SECONDS)
    return {**form, "size_bytes_max": FILE_BYTES_MAX, "expires_at": expires_at}


def download_url(key: str, version: str, name: str) -> str:
    """Where anybody who has it can download the file for five minutes; browsers save it, and do not show it."""
    return str(
        client("s3").generate_presigned_url(
            "get_object",
            Params={
                "Bucket": settings.documents_bucket,
                "Key": key,
                "VersionId": version,
                "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
                "ResponseContentType": _TYPE,
            },
            ExpiresIn=_DOWNLOAD_SECONDS,
        )
    )
