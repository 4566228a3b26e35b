"""Removes in small steps, each of which leaves the rest findable: it may stop anywhere and begin again."""

from collections.abc import Callable

from lambdify.cleanup import Cleanup
from lambdify.errors import Conflict
from lambdify.store.conversations import Conversation, Conversations
from lambdify.store.messages import messages_of
from lambdify.store.transaction import Transaction

from .documents import clean_document, clean_documents_of

_PAGE = 25

HasTime = Callable[[], bool]


def clean_up(cleanup: Cleanup, has_time: HasTime) -> bool:
    """Remove what the object owned, as far as time allows. Whether it is finished."""
    if cleanup.kind == "application":
        return _clean_conversations_of(cleanup, has_time) and clean_documents_of(cleanup, has_time)
    if cleanup.kind == "document":
        return clean_document(cleanup, has_time)
    return messages_of(cleanup.workspace_id, cleanup.mode, cleanup.object_id).remove_all(has_time)


def _clean_conversations_of(cleanup: Cleanup, has_time: HasTime) -> bool:
    """Delete its conversations; each one's own event has its messages removed."""
    conversations = Conversations(cleanup.workspace_id, cleanup.mode)
    while has_time():
        page = conversations.page(1, _PAGE, app_id=cleanup.object_id, user=None)
        if not page.items:
            return conversations.of_application(cleanup.object_id).remove_all(has_time)
        for conversation in page.items:
            if not _delete(conversations, conversation, has_time):
                return False
    return False


def _delete(conversations: Conversations, conversation: Conversation, has_time: HasTime) -> bool:
    # The user's list first: once the conversation is gone, nothing would lead to that list.
    if not conversations.of_user(conversation.app_id, conversation.user).remove_all(has_time):
        return False
    transaction = Transaction()
    conversations.remove_from_deleted_application(transaction, conversation)
    try:
        transaction.commit()
    except Conflict:
        return True  # It was changed or deleted meanwhile; the next page shows which.
    return True
