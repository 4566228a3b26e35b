"""An inbox for webhooks: makes a webhook of the local stack, then verifies and prints what arrives until Ctrl-C.

Source `.lambdify/env` first, or name the API with DIFY_BASE_URL and DIFY_API_KEY.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import standardwebhooks

_ENV = Path(".lambdify/env")


def main() -> None:
    """Listen until Ctrl-C."""
    settings = {**_written_by_the_stack(), **os.environ}
    if "DIFY_API_KEY" not in settings:
        sys.exit("There is no local stack: run `make serve` in another terminal first.")
    headers = {"Authorization": f"Bearer {settings['DIFY_API_KEY']}"}
    with (
        httpx.Client(base_url=settings["DIFY_BASE_URL"], headers=headers, timeout=30) as api,
        ThreadingHTTPServer(("127.0.0.1", 0), Inbox) as server,
        _webhook(api, f"http://127.0.0.1:{server.server_port}/") as secret,
    ):
        Inbox.verifier = standardwebhooks.Webhook(secret)
        print(f"Listening on port {server.server_port}. Create something, and its events appear here.")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


class Inbox(BaseHTTPRequestHandler):
    """Answers 204 to what is signed, and 400 to anything else."""

    verifier: standardwebhooks.Webhook

    def do_POST(self) -> None:
        """Verify and print one delivery."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            event = self.verifier.verify(body, dict(self.headers.items()))
        except standardwebhooks.WebhookVerificationError as error:
            print(f"REFUSED  {error}")
            self._answer(400)
        else:
            print(f"{event['created_at']}  {event['event']}  {event['id']}")
            print(json.dumps(event["data"], indent=2, ensure_ascii=False))
            self._answer(204)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """The events are the log."""


@contextmanager
def _webhook(api: httpx.Client, url: str) -> Iterator[str]:
    """A webhook for all events, while the block runs; its secret."""
    created = api.post("/webhooks", json={"url": url, "description": "make inbox"}).raise_for_status().json()
    try:
        yield created["secret"]
    finally:
        api.delete(f"/webhooks/{created['id']}")


def _written_by_the_stack() -> dict[str, str]:
    if not _ENV.exists():
        return {}
    exports = (line.removeprefix("export ") for line in _ENV.read_text().splitlines())
    return dict(line.split("=", 1) for line in exports)


if __name__ == "__main__":
    main()
