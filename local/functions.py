"""The template's functions: each a small pool of environments, started lazily, more of them under load."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from uuid import uuid4

from local import errors
from local.environment import Definition, Environment
from local.runtime_api import Outcome

_WAITING_MAX = 1000
# A busy environment is usually free again sooner than a new one has started.
_PATIENCE_SECONDS = 0.1


class RequestTooLarge(Exception):
    """The event is over Lambda's limit of 6 MB."""


class TooManyRequests(Exception):
    """More events wait for the function than the laptop cares to hold."""


class Function:
    """One function. Events wait in order for the next free environment."""

    def __init__(self, definition: Definition, report: Callable[[str], None]):
        self.definition = definition
        self._report = report
        self._idle: deque[Environment] = deque()
        self._running: dict[Environment, asyncio.Task[None]] = {}
        self._waiting: deque[asyncio.Future[Environment | Outcome]] = deque()

    @property
    def has_environment(self) -> bool:
        """Whether one is running or starting."""
        return bool(self._running)

    async def invoke(self, event: bytes, request_id: str | None = None) -> Outcome:
        """Run the function on `event`, a JSON text. Raises `RequestTooLarge` and `TooManyRequests`."""
        if len(event) > errors.PAYLOAD_BYTES_MAX:
            raise RequestTooLarge
        found = self._idle.popleft() if self._idle else await self._next_free()
        if isinstance(found, Outcome):
            outcome = found
        else:
            outcome = await found.invoke(request_id or str(uuid4()), event)
        if len(outcome.payload) > errors.PAYLOAD_BYTES_MAX:
            outcome = errors.answer_too_large(len(outcome.payload))
        if outcome.is_error:
            self._report(f"{self.definition.logical_id}: {_summary(outcome)}")
        return outcome

    def start_environment(self) -> None:
        """Start one more environment, unless there are as many as there may be."""
        if len(self._running) < self.definition.environments_max:
            environment = Environment(self.definition, self._free, self._gone)
            self._running[environment] = asyncio.create_task(environment.run())

    def reload(self) -> None:
        """Let go of all environments: the next event finds new code."""
        self._idle.clear()
        for environment in list(self._running):
            environment.retire()

    async def stop(self) -> None:
        """End all environments now."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _next_free(self) -> Environment | Outcome:
        if len(self._waiting) >= _WAITING_MAX:
            raise TooManyRequests
        turn: asyncio.Future[Environment | Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        alive = [environment for environment in self._running if not environment.is_retired]
        patience = _PATIENCE_SECONDS if alive else 0
        more = asyncio.get_running_loop().call_later(patience, self._start_if_waiting, turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and isinstance(found := turn.result(), Environment):
                self._free(found)
            raise
        finally:
            more.cancel()

    def _start_if_waiting(self, turn: asyncio.Future[Environment | Outcome]) -> None:
        if not turn.done():
            self.start_environment()

    def _free(self, environment: Environment) -> None:
        if not self._give(environment):
            self._idle.append(environment)

    def _gone(self, environment: Environment, init_error: Outcome | None) -> None:
        self._running.pop(environment, None)
        if environment in self._idle:
            self._idle.remove(environment)
        if init_error and not self._give(init_error):
            self._report(f"{self.definition.logical_id} did not start: {_summary(init_error)}")
        if self._waiting:
            self.start_environment()

    def _give(self, found: Environment | Outcome) -> bool:
        """Hand `found` to the first who still waits; whether there was one."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(found)
                return True
        return False


class Functions(Mapping[str, Function]):
    """All functions, found by logical id, by name or by ARN."""

    def __init__(self, report: Callable[[str], None]):
        self._report = report
        self._by_id: dict[str, Function] = {}
        self._ids: dict[str, str] = {}

    def add(self, definition: Definition) -> None:
        """Add one function."""
        self._by_id[definition.logical_id] = Function(definition, self._report)
        self._ids[definition.name] = definition.logical_id

    def __getitem__(self, name: str) -> Function:
        # arn:aws:lambda:region:account:function:name[:qualifier]
        short = name.split(":")[6] if name.startswith("arn:") else name.split(":")[0]
        return self._by_id[self._ids.get(short, short)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def start(self, names: Iterable[str]) -> None:
        """Start an environment of each of these functions, as far as they exist and have none."""
        for name in names:
            if name in self and not self[name].has_environment:
                self[name].start_environment()

    def reload(self) -> None:
        """Let all functions find new code."""
        for function in self._by_id.values():
            function.reload()

    async def stop(self) -> None:
        """End all environments of all functions."""
        await asyncio.gather(*(function.stop() for function in self._by_id.values()))


def _summary(outcome: Outcome) -> str:
    """An error in one line."""
    try:
        error = json.loads(outcome.payload)
        return f"{error.get('errorType', 'Error')}: {error.get('errorMessage', '')}".splitlines()[0]
    except (ValueError, AttributeError):
        return outcome.payload[:200].decode(errors="replace")
