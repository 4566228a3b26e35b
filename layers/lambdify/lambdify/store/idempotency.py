"""First answers, kept 24 hours by `Idempotency-Key`."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from pynamodb.attributes import BinaryAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DeleteError, PutError

from lambdify import clock
from lambdify.caller import Caller
from lambdify.errors import IdempotencyInProgress, IdempotencyKeyReused
from lambdify.observability import logger
from lambdify.settings import settings

from .base import Item, tenant_key
from .transaction import Transaction

_KEPT_SECONDS = 24 * 3600
# Longer than any function that serves a POST may run: when it is over, the first attempt is surely dead.
_LOCK_SECONDS = 35


class Record(Item):
    """One use of a key. It is running until `status` is set; a lock that has run out belongs to a dead attempt."""

    class Meta:
        table_name = settings.idempotency_table

    fingerprint = UnicodeAttribute()
    attempt = UnicodeAttribute()
    locked_until = NumberAttribute()
    status = NumberAttribute(null=True)
    headers = JSONAttribute(null=True)
    body = BinaryAttribute(legacy_encoding=False, null=True)
    purge_at = NumberAttribute()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it went out; headers by name."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Use:
    """One request's use of a key: whose, for what, with which body."""

    workspace_id: str
    mode: str
    key_id: str
    operation: str
    """Method and path, such as `POST /messages`."""
    idempotency_key: str
    fingerprint: str
    """SHA-256 of the body, in hexadecimal."""
    attempt: str
    """The request's id."""

    @property
    def token(self) -> str:
        """Names this use: the same for every retry, different for anything else."""
        return hashlib.sha256(f"{self.operation}\n{self.idempotency_key}".encode()).hexdigest()

    def claim(self) -> Answer | None:
        """Begin, or get the first answer. Raises IdempotencyKeyReused, IdempotencyInProgress."""
        now = clock.epoch()
        free = Record.pk.does_not_exist() | (Record.purge_at < int(now))
        abandoned = Record.status.does_not_exist() & (Record.locked_until < int(now))
        abandoned &= Record.fingerprint == self.fingerprint
        try:
            self._record(now).save(condition=free | abandoned)
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            return self._first_answer()
        return None

    def complete(self, answer: Answer) -> None:
        """Keep the answer. An attempt that lost its lock meanwhile changes nothing."""
        record = self._record(clock.epoch())
        record.status, record.headers, record.body = answer.status, answer.headers, answer.body
        self._ours(lambda: record.save(condition=Record.attempt == self.attempt))

    def release(self) -> None:
        """Forget the use, so that the same key may be tried again."""
        record = self._record(clock.epoch())
        self._ours(lambda: record.delete(condition=Record.attempt == self.attempt))

    def _record(self, now: float) -> Record:
        return Record(
            pk=tenant_key(self.workspace_id, self.mode, self.key_id),
            sk=self.token,
            fingerprint=self.fingerprint,
            attempt=self.attempt,
            locked_until=int(now) + _LOCK_SECONDS,
            purge_at=int(now) + _KEPT_SECONDS,
        )

    def _first_answer(self) -> Answer:
        key = self._record(0)
        try:
            record = Record.get(key.pk, key.sk, consistent_read=True)
        except Record.DoesNotExist:
            raise _in_progress() from None
        if record.fingerprint != self.fingerprint:
            raise IdempotencyKeyReused("This Idempotency-Key was used with another body. Use a new key.")
        if record.status is None:
            raise _in_progress()
        return Answer(int(record.status), record.headers or {}, record.body or b"")

    def _ours(self, write: Callable[[], object]) -> None:
        try:
            write()
        except (PutError, DeleteError) as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            logger.warning("An attempt outlived its lock; another one has taken over.")


def _in_progress() -> IdempotencyInProgress:
    message = "A request with this Idempotency-Key is still running. Ask again in a moment."
    return IdempotencyInProgress(message, headers={"Retry-After": "1"})


class Made(Item):
    """What a use of a key has made, written in the same transaction: a retry finds it even after a crash."""

    class Meta:
        table_name = settings.idempotency_table

    object_id = UnicodeAttribute()
    purge_at = NumberAttribute()


def remember_made(transaction: Transaction, caller: Caller, token: str, object_id: str) -> None:
    """Let the transaction note that the use called `token` made this object."""
    pk, sk = _made_key(caller, token)
    transaction.put(Made(pk=pk, sk=sk, object_id=object_id, purge_at=int(clock.epoch()) + _KEPT_SECONDS))


def find_made(caller: Caller, token: str) -> str | None:
    """The id of what an earlier attempt of this use made, or None."""
    try:
        return Made.get(*_made_key(caller, token), consistent_read=True).object_id
    except Made.DoesNotExist:
        return None


def _made_key(caller: Caller, token: str) -> tuple[str, str]:
    return tenant_key(caller.workspace_id, caller.mode, caller.key_id), f"{token}#made"
