"""Uploads documents and lets them be processed, for tests."""

import base64
import json
import secrets
from typing import Any
from urllib.parse import quote_plus

from lambdify.aws.clients import client as aws_client
from lambdify.settings import settings
from tests.gateway import Answer, Client, LambdaContext

BOUNDARY = "----------------------------tests"


def form(files: list[tuple[str, bytes]], metadata: Any = None, *, raw_metadata: str | None = None) -> bytes:
    """A form as browsers write it."""
    text = raw_metadata if raw_metadata is not None else None if metadata is None else json.dumps(metadata)
    parts = [
        f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n'.encode()
        + content
        for name, content in files
    ]
    if text is not None:
        parts.append(f'Content-Disposition: form-data; name="metadata"\r\n\r\n{text}'.encode())
    delimiter = f"--{BOUNDARY}".encode()
    return b"".join(delimiter + b"\r\n" + part + b"\r\n" for part in parts) + delimiter + b"--\r\n"


def post_form(client: Client, body: bytes, headers: dict[str, str] | None = None) -> Answer:
    """POST /documents, as API Gateway gives it to the function."""
    from documents.app import handler

    sent = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", **(headers or {})}
    event = client.event("POST", "/documents", raw="x", headers=sent)
    event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    answer = handler(event, LambdaContext())
    return Answer(answer["statusCode"], {k.lower(): v for k, v in answer["headers"].items()}, answer["body"])


def upload(client: Client, name: str, content: bytes, metadata: Any = None) -> dict[str, Any]:
    """Upload one file; the document."""
    answer = post_form(client, form([(name, content)], metadata))
    assert answer.status == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


def notification(document: dict[str, Any], workspace_id: str, *, mode: str = "test", version: str | None = None) -> Any:
    """What S3 says when the document's file is there."""
    key = f"uploads/{workspace_id}/{mode}/{document['app_id'] or 'unbound'}/{document['id']}"
    versioned = {"versionId": version} if version else {}
    entry = {"bucket": {"name": settings.documents_bucket}, "object": {"key": quote_plus(key), **versioned}}
    return {"Records": [{"eventName": "ObjectCreated:Put", "s3": entry}]}


def deliver(*bodies: Any, receive_count: int = 1) -> dict[str, Any]:
    """Let the processor handle messages, as Lambda gives them to it."""
    from document_processor.app import handler

    records = [
        {
            "messageId": secrets.token_hex(8),
            "body": body if isinstance(body, str) else json.dumps(body),
            "attributes": {"ApproximateReceiveCount": str(receive_count)},
        }
        for body in bodies
    ]
    return handler({"Records": records}, LambdaContext(180))


def processed(client: Client, name: str, content: bytes, metadata: Any = None) -> dict[str, Any]:
    """Upload a file and have it processed; the document as it ended."""
    document = upload(client, name, content, metadata)
    assert deliver(notification(document, client.authorizer["workspaceId"])) == {"batchItemFailures": []}
    ended: dict[str, Any] = client.get(f"/documents/{document['id']}").json()
    return ended


def versions_of(document: dict[str, Any]) -> list[str]:
    """The versions of the document's file that are in the bucket."""
    pages = aws_client("s3").get_paginator("list_object_versions").paginate(Bucket=settings.documents_bucket)
    return [
        entry["VersionId"] for page in pages for entry in page.get("Versions", []) if document["id"] in entry["Key"]
    ]
