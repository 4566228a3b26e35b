"""Lists and keys are read rarely, and never long after they changed."""

from itertools import count

import pytest

from lambdify import clock
from lambdify.models.cached import Cached


class TestCached:
    def test_is_read_once_in_five_minutes(self) -> None:
        now = 1_000.0
        reads = count()
        value = Cached(lambda: next(reads))

        with clock.reading(lambda: now):
            assert [value.get(), value.get()] == [0, 0]
            now += 299
            assert value.get() == 0
            now += 1
            assert value.get() == 1

    def test_what_is_forgotten_is_read_anew(self) -> None:
        reads = count()
        value = Cached(lambda: next(reads))
        value.get()

        value.forget()

        assert value.get() == 1

    def test_a_failed_read_is_not_kept(self) -> None:
        outcomes = iter([0, 1])
        value = Cached(lambda: 1 / next(outcomes))

        with pytest.raises(ZeroDivisionError):
            value.get()
        assert value.get() == 1
