"""Applications: what a conversation is held with."""

from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from lambdify import ids
from lambdify.errors import NotFound
from lambdify.settings import settings

from .base import Item, tenant_key
from .counted_list import CountedList, member_key


class Application(Item):
    """One application. It is its own member in its workspace's list: sk is the ordinal at the end of its id."""

    class Meta:
        table_name = settings.applications_table

    id = UnicodeAttribute()
    name = UnicodeAttribute()
    description = UnicodeAttribute()
    mode = UnicodeAttribute()
    config = JSONAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    version = NumberAttribute()

    def public(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "mode": self.mode,
            "config": self.config,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }


def applications_key(workspace_id: str, mode: str) -> str:
    """The partition of a workspace's live or test applications."""
    return tenant_key(workspace_id, mode, "applications")


def applications_of(workspace_id: str, mode: str) -> CountedList[Application]:
    """A workspace's live or test applications."""
    return CountedList(Application, applications_key(workspace_id, mode))


def find_application(workspace_id: str, mode: str, application_id: str) -> Application:
    """The application. Raises NotFound, also for another workspace's or the other mode's."""
    if ids.is_id("app", application_id):
        key = applications_key(workspace_id, mode)
        try:
            found = Application.get(key, member_key(ids.ordinal_of(application_id)), consistent_read=True)
        except Application.DoesNotExist:
            pass
        else:
            if found.id == application_id:
                return found
    raise NotFound("There is no such application.")
