"""Conversations, and the lists that each is in: its workspace's, its application's, its user's (decision 0004)."""

import hashlib
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from lambdify import ids
from lambdify.errors import Conflict, NotFound
from lambdify.settings import settings

from .base import Item, tenant_key
from .counted_list import CountedList, Page, member_key
from .outbox import add_event
from .transaction import Transaction


class Conversation(Item):
    """One conversation. It is its own member in its workspace's list: sk is the ordinal at the end of its id."""

    class Meta:
        table_name = settings.conversations_table

    id = UnicodeAttribute()
    app_id = UnicodeAttribute()
    user = UnicodeAttribute()
    name = UnicodeAttribute()
    status = UnicodeAttribute()
    inputs = JSONAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    completed_at = UnicodeAttribute(null=True)
    version = NumberAttribute()

    def public(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "id": self.id,
            "app_id": self.app_id,
            "user": self.user,
            "name": self.name,
            "status": self.status,
            "inputs": self.inputs,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "completed_at": self.completed_at,
        }


class Pointer(Item):
    """A conversation's place in its application's or its user's list. It has the conversation's own ordinal."""

    class Meta:
        table_name = settings.conversations_table


class Conversations:
    """A workspace's live or test conversations."""

    def __init__(self, workspace_id: str, mode: str) -> None:
        self._workspace_id = workspace_id
        self._mode = mode
        self.key = tenant_key(workspace_id, mode, "conversations")
        self.all = CountedList(Conversation, self.key)

    def find(self, conversation_id: str) -> Conversation:
        """The conversation. Raises NotFound, also for another workspace's or the other mode's."""
        if ids.is_id("conv", conversation_id):
            try:
                found = Conversation.get(self.key, member_key(ids.ordinal_of(conversation_id)), consistent_read=True)
            except Conversation.DoesNotExist:
                pass
            else:
                if found.id == conversation_id:
                    return found
        raise not_found()

    def page(self, number: int, limit: int, *, app_id: str | None, user: str | None) -> Page[Conversation]:
        """One page, newest first: of the workspace, of an application, or of one of the application's users."""
        if app_id is None:
            return self.all.page(number, limit)
        pointers = self.of_application(app_id) if user is None else self.of_user(app_id, user)
        page = pointers.page(number, limit)
        keys = [(self.key, pointer.sk) for pointer in page.items]
        found = {item.sk: item for item in Conversation.batch_get(keys, consistent_read=True)} if keys else {}
        return Page([found[pointer.sk] for pointer in page.items if pointer.sk in found], page.total)

    def of_application(self, app_id: str) -> CountedList[Pointer]:
        """Pointers to an application's conversations."""
        return CountedList(Pointer, self._pointers_key(app_id))

    def of_user(self, app_id: str, user: str) -> CountedList[Pointer]:
        """Pointers to the conversations of one of an application's users."""
        return CountedList(Pointer, self._pointers_key(app_id, user))

    def add(self, transaction: Transaction, conversation: Conversation) -> None:
        """Let the transaction write the conversation into its lists."""
        transaction.put(conversation, Conversation.pk.does_not_exist())
        ordinal = ids.ordinal_of(conversation.id)
        pointers = self._pointers_of(conversation)
        self.all.count_in(transaction, ordinal)
        for counted in pointers:
            transaction.put(Pointer(pk=counted.pk, sk=conversation.sk))
            counted.count_in(transaction, ordinal)

    def remove(self, transaction: Transaction, conversation: Conversation) -> None:
        """Let the transaction delete the conversation, as it was read, from its lists. Its event wakes the cleanup."""
        self._remove(transaction, conversation, *self._pointers_of(conversation))

    def remove_from_deleted_application(self, transaction: Transaction, conversation: Conversation) -> None:
        """As `remove`, for when the user's list has been removed already."""
        self._remove(transaction, conversation, self.of_application(conversation.app_id))

    def _remove(self, transaction: Transaction, conversation: Conversation, *pointers: CountedList[Pointer]) -> None:
        condition = Conversation.version == conversation.version
        transaction.delete(conversation, condition, otherwise=changed())
        ordinal = ids.ordinal_of(conversation.id)
        self.all.count_out(transaction, ordinal)
        for counted in pointers:
            transaction.delete(Pointer(pk=counted.pk, sk=conversation.sk))
            counted.count_out(transaction, ordinal)
        public = conversation.public()
        app_id = conversation.app_id
        add_event(transaction, self._workspace_id, self._mode, "conversation.deleted", public, app_id=app_id)

    def _pointers_of(self, conversation: Conversation) -> tuple[CountedList[Pointer], CountedList[Pointer]]:
        app_id = conversation.app_id
        return self.of_application(app_id), self.of_user(app_id, conversation.user)

    def _pointers_key(self, app_id: str, user: str | None = None) -> str:
        # A user's name is the caller's text: hashed, it can be neither too long nor look like another key.
        parts = [] if user is None else ["user", hashlib.sha256(user.encode()).hexdigest()]
        return tenant_key(self._workspace_id, self._mode, "conversations", app_id, *parts)


def not_found() -> NotFound:
    """There is no such conversation for this key."""
    return NotFound("There is no such conversation.")


def changed() -> Conflict:
    """Another change came between reading and writing."""
    return Conflict("The conversation was changed meanwhile. Read it again.")
