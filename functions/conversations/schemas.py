"""Bodies of the conversations group."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from lambdify.web.fields import DocumentIds, Name, Question, UserName, bounded_json


class ConversationInputs(BaseModel):
    """What the conversation begins with. Keys other than these fill `{{name}}` in the system prompt."""

    model_config = ConfigDict(extra="allow")

    query: Question | None = Field(None, description="The first message; it is answered at once.")
    files: DocumentIds = Field([], description="Ids of documents that the first message is about.")


def _bounded(value: Any) -> Any:
    return bounded_json(value) if isinstance(value, dict) else value


class ConversationCreate(BaseModel):
    """A new conversation."""

    app_id: str = Field("", max_length=100, description="The application. An application's own key may leave it out.")
    user: UserName = Field(description="Your name for the person who talks.", examples=["user-123"])
    name: Name | None = Field(None, description="Without one, the first words of the query are taken.")
    inputs: Annotated[ConversationInputs, BeforeValidator(_bounded)] = Field(default_factory=ConversationInputs)


class ConversationUpdate(BaseModel):
    """What may change."""

    name: Name


class Conversation(BaseModel):
    """A conversation as the API shows it."""

    id: str = Field(examples=["conv_01kb6rz6n8f3m5d9t2w7x4c0000000"])
    app_id: str
    user: str
    name: str
    status: Literal["active", "completed"]
    inputs: dict[str, Any]
    created_at: str
    updated_at: str
    completed_at: str | None


class ConversationCreated(Conversation):
    """A new conversation; `message` is the answer to its query, if it had one."""

    message: dict[str, Any] | None


class ConversationList(BaseModel):
    """One page of conversations, newest first."""

    data: list[Conversation]
    total: int = Field(description="How many there are on all pages, exactly.")
    page: int
    limit: int
    has_more: bool
