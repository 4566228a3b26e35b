"""What was used recently, kept in the environment up to a number."""

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recently(Generic[Value]):
    """A mapping that forgets what was not used for longest."""

    def __init__(self, count_max: int) -> None:
        self._count_max = count_max
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._lock = Lock()

    def find(self, name: str) -> Value | None:
        """What was kept under `name`, if it still is."""
        with self._lock:
            if name in self._values:
                self._values.move_to_end(name)
            return self._values.get(name)

    def keep(self, name: str, value: Value) -> None:
        """Keep `value` in the place of what was there."""
        with self._lock:
            self._values[name] = value
            self._values.move_to_end(name)
            if len(self._values) > self._count_max:
                self._values.popitem(last=False)
