"""Messages: a conversation's counted list, oldest first. A question and its answer have neighbouring ordinals."""

from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from lambdify import ids
from lambdify.errors import NotFound
from lambdify.settings import settings

from .base import Item, tenant_key
from .counted_list import CountedList, member_key


class Message(Item):
    """One turn. A user's message is `pending` while the model runs, then `completed` or `failed`."""

    class Meta:
        table_name = settings.conversations_table

    id = UnicodeAttribute()
    conversation_id = UnicodeAttribute()
    app_id = UnicodeAttribute()
    role = UnicodeAttribute()
    content = UnicodeAttribute()
    status = UnicodeAttribute()
    parent_id = UnicodeAttribute(null=True)
    model = UnicodeAttribute(null=True)
    usage = JSONAttribute(null=True)
    citations = JSONAttribute()
    files = JSONAttribute()
    feedback = JSONAttribute(null=True)
    created_at = UnicodeAttribute()
    version = NumberAttribute()

    def public(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "id": self.id,
            "conversation_id": self.conversation_id,
            "app_id": self.app_id,
            "role": self.role,
            "content": self.content,
            "status": self.status,
            "parent_id": self.parent_id,
            "model": self.model,
            "usage": self.usage,
            "citations": self.citations,
            "files": self.files,
            "feedback": self.feedback,
            "created_at": self.created_at,
        }


def messages_key(workspace_id: str, mode: str, conversation_id: str) -> str:
    """The partition of a conversation's messages."""
    return tenant_key(workspace_id, mode, conversation_id)


def messages_of(workspace_id: str, mode: str, conversation_id: str) -> CountedList[Message]:
    """A conversation's messages."""
    return CountedList(Message, messages_key(workspace_id, mode, conversation_id))


def messages_before(workspace_id: str, mode: str, conversation_id: str, ordinal: int, limit: int) -> list[Message]:
    """Up to `limit` messages that precede `ordinal`, newest first."""
    if ordinal == 0:
        return []
    return list(
        Message.query(
            messages_key(workspace_id, mode, conversation_id),
            Message.sk.between(member_key(0), member_key(ordinal - 1)),
            scan_index_forward=False,
            limit=limit,
            consistent_read=True,
        )
    )


def find_message(workspace_id: str, mode: str, message_id: str) -> Message:
    """The message. Raises NotFound, also for another workspace's or the other mode's."""
    conversation_id = ids.parent_of("msg", "conv", message_id)
    if conversation_id is not None:
        key = messages_key(workspace_id, mode, conversation_id)
        try:
            return Message.get(key, member_key(ids.ordinal_of(message_id)), consistent_read=True)
        except Message.DoesNotExist:
            pass
    raise NotFound("There is no such message.")
