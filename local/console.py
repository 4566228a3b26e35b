"""What the runner prints: a banner, a line for each request, a line for each error."""

import sys
from pathlib import Path

from local.gateway.answer import Answer
from local.gateway.definition import Api
from local.gateway.request import Request

_COLOURS = {2: "32", 3: "36", 4: "33", 5: "31"}


class Console:
    """Standard output; coloured only when a person looks at it."""

    def __init__(self) -> None:
        self._has_colours = sys.stdout.isatty()

    def request(self, request: Request, answer: Answer, seconds: float) -> None:
        """One line for one request."""
        status = self._coloured(str(answer.status), _COLOURS.get(answer.status // 100, "0"))
        target = request.target.encode("ascii", "backslashreplace").decode()
        self.line(f"{request.method:<7} {target} {status} {seconds * 1000:.0f} ms {request.id}")

    def error(self, message: str) -> None:
        """One line for something that went wrong inside."""
        self.line(self._coloured(f"error   {message}", "31"))

    def line(self, text: str) -> None:
        """Print one line at once."""
        print(text, flush=True)

    def banner(self, variables: dict[str, str], api: Api, env_file: Path) -> None:
        """What a person needs to begin: where it is, keys, routes."""
        base_url = variables["DIFY_BASE_URL"]
        self.line(self._coloured("Lambdify", "1"))
        self.line(f"  {base_url}   also {base_url.replace('/v1', '/api/v1')}")
        for name, value in variables.items():
            self.line(f"  {name:<16} {value}")
        for path in sorted(api.resources):
            self.line(f"  {'|'.join(sorted(api.resources[path])):<16} {path}")
        self.line(f"  in another shell: source {env_file}")

    def _coloured(self, text: str, colour: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._has_colours else text
