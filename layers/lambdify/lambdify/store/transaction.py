"""One TransactWriteItems: every change and its event are written together, or not at all."""

import random
import time
from collections.abc import Sequence
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from lambdify.errors import ApiError, Conflict, Unavailable

from .base import Item, connection

# DynamoDB cancels a transaction that meets another one on the same item, such as a list's root; nothing was written.
_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
_ATTEMPTS = 10
_PAUSE_SECONDS = 0.02
_PAUSE_SECONDS_MAX = 0.5


class Transaction:
    """Up to 100 actions on as many items, written by `commit`. `otherwise` is raised when a condition fails."""

    def __init__(self) -> None:
        self._actions: dict[str, list[tuple[dict[str, Any], ApiError | None]]] = {
            "condition_check_items": [],
            "delete_items": [],
            "put_items": [],
            "update_items": [],
        }

    def put(self, item: Item, condition: Condition | None = None, *, otherwise: ApiError | None = None) -> None:
        """Write the whole item."""
        self._add("put_items", item.get_save_kwargs_from_instance(condition=condition), otherwise)

    def update(
        self,
        item: Item,
        actions: Sequence[Action],
        condition: Condition | None = None,
        *,
        otherwise: ApiError | None = None,
    ) -> None:
        """Change some attributes of the stored item."""
        kwargs = item.get_update_kwargs_from_instance(actions=list(actions), condition=condition)
        self._add("update_items", kwargs, otherwise)

    def delete(self, item: Item, condition: Condition | None = None, *, otherwise: ApiError | None = None) -> None:
        """Remove the item."""
        self._add("delete_items", item.get_delete_kwargs_from_instance(condition=condition), otherwise)

    def check(
        self, model: type[Item], pk: str, sk: str, condition: Condition, *, otherwise: ApiError | None = None
    ) -> None:
        """Write nothing, but demand that `condition` holds."""
        kwargs = model.get_operation_kwargs_from_class(pk, range_key=sk, condition=condition)
        self._add("condition_check_items", kwargs, otherwise)

    def add_numbers(self, table_name: str, pk: str, sk: str, numbers: dict[str, int]) -> None:
        """Add to number attributes; an item or attribute that is not there counts as zero."""
        names = list(numbers)
        kwargs = {
            "TableName": table_name,
            "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
            "UpdateExpression": "ADD " + ", ".join(f"#{i} :{i}" for i in range(len(names))),
            "ExpressionAttributeNames": {f"#{i}": name for i, name in enumerate(names)},
            "ExpressionAttributeValues": {f":{i}": {"N": str(numbers[name])} for i, name in enumerate(names)},
        }
        self._add("update_items", kwargs, None)

    def commit(self) -> None:
        """Write all. Raises the failed condition's `otherwise` (or Conflict); Unavailable when DynamoDB stays busy."""
        kwargs: Any = {kind: [action for action, _ in actions] for kind, actions in self._actions.items()}
        for attempt in range(_ATTEMPTS):
            try:
                connection.transact_write_items(**kwargs)
            except TransactWriteError as error:
                self._judge(error)
                time.sleep(random.uniform(0, min(_PAUSE_SECONDS_MAX, _PAUSE_SECONDS * 2**attempt)))  # noqa: S311
            else:
                return
        raise Unavailable("Too many changes met in one place. Try again in a moment.")

    def _add(self, kind: str, kwargs: dict[str, Any], otherwise: ApiError | None) -> None:
        self._actions[kind].append((kwargs, otherwise))

    def _judge(self, error: TransactWriteError) -> None:
        """Return when the transaction may be tried again; raise otherwise."""
        reasons = error.cancellation_reasons
        outcomes = [otherwise for actions in self._actions.values() for _, otherwise in actions]
        for reason, otherwise in zip(reasons, outcomes, strict=False):
            if reason is not None and reason.code == "ConditionalCheckFailed":
                raise otherwise or Conflict("Another change came first. Read the object again.") from error
        if not any(reason is not None and reason.code in _PASSING for reason in reasons):
            raise error
