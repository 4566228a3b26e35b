"""One execution environment: a process of the real runtime client, with its own variables, one event at a time."""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from local import errors
from local.runtime_api import Invocation, Outcome, RuntimeApi

_INIT_SECONDS = 10.0  # Lambda's own limit.


@dataclass(frozen=True)
class Definition:
    """A function as the template describes it."""

    logical_id: str
    name: str
    arn: str
    handler: str
    timeout_seconds: float
    variables: Mapping[str, str]
    """All that the process gets, and nothing of what the runner was started with."""
    log: Path
    environments_max: int


class Environment:
    """A process that polls for events. `ready` is called each time it does, `gone` once when it ended."""

    def __init__(
        self,
        definition: Definition,
        ready: Callable[["Environment"], None],
        gone: Callable[["Environment", Outcome | None], None],
    ):
        self._definition = definition
        self._ready = ready
        self._gone = gone
        self._api = RuntimeApi(self._poll, self._finish, self._fail_to_start)
        self._given: asyncio.Future[Invocation] | None = None
        self._outcome: asyncio.Future[Outcome] | None = None
        self._init_error: Outcome | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._has_polled = False
        self.is_retired = False
        """Set when the code changed: it ends after the event that it has."""

    async def run(self) -> None:
        """Start the process and stay until it ends; whoever started this awaits or cancels it."""
        address = await self._api.start()
        try:
            self._process = await self._spawn(address)
            expiry = asyncio.get_running_loop().call_later(_INIT_SECONDS, self._end_slow_start)
            status = await self._process.wait()
            expiry.cancel()
            self._report_end(status)
        finally:
            self.kill()
            if self._given and not self._given.done():
                self._given.set_exception(ConnectionAbortedError())
            self._api.stop()

    async def invoke(self, request_id: str, event: bytes) -> Outcome:
        """Give the waiting process one event. It is killed when it needs longer than its timeout."""
        assert self._given
        assert self._process
        if self._process.returncode is not None:
            return errors.exited(self._process.returncode)
        timeout = self._definition.timeout_seconds
        deadline_ms = int((time.time() + timeout) * 1000)
        self._outcome = asyncio.get_running_loop().create_future()
        self._given.set_result(Invocation(request_id, event, deadline_ms, self._definition.arn))
        self._given = None
        try:
            return await asyncio.wait_for(asyncio.shield(self._outcome), timeout)
        except TimeoutError:
            self.kill()
            return errors.timed_out(request_id, timeout)

    def retire(self) -> None:
        """End the process, now or after the event that it has."""
        self.is_retired = True
        if self._given or not self._has_polled:
            self.kill()

    def kill(self) -> None:
        """End the process at once."""
        if self._process and self._process.returncode is None:
            with suppress(ProcessLookupError):  # It may have ended this moment.
                self._process.kill()

    async def _spawn(self, address: str) -> asyncio.subprocess.Process:
        definition = self._definition
        with definition.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "awslambdaric", definition.handler),
                env={**definition.variables, "AWS_LAMBDA_RUNTIME_API": address},
                cwd=definition.variables["LAMBDA_TASK_ROOT"],
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the runner, which ends this in its turn.
            )

    async def _poll(self) -> Invocation:
        self._has_polled = True
        self._given = asyncio.get_running_loop().create_future()
        given = self._given
        if self.is_retired:
            self.kill()
        else:
            self._ready(self)
        return await given

    def _finish(self, outcome: Outcome) -> None:
        if self._outcome and not self._outcome.done():
            self._outcome.set_result(outcome)

    def _fail_to_start(self, outcome: Outcome) -> None:
        self._init_error = outcome

    def _end_slow_start(self) -> None:
        if not self._has_polled:
            self._init_error = errors.timed_out("init", _INIT_SECONDS)
            self.kill()

    def _report_end(self, status: int) -> None:
        if self._outcome and not self._outcome.done():
            self._outcome.set_result(errors.exited(status))
        never_started = not self._has_polled and not self.is_retired
        self._gone(self, (self._init_error or errors.exited(status)) if never_started else None)
