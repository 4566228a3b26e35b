"""Bodies of the messages group."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from lambdify.web.fields import DocumentIds, Question, storable


class MessageSend(BaseModel):
    """A message to be answered."""

    conversation_id: str = Field(max_length=100)
    content: Question = Field(examples=["How can I help?"])
    files: DocumentIds = Field([], description="Ids of documents that the message is about.")
    stream: bool = Field(False, description="Not available yet.")


class Feedback(BaseModel):
    """What a person thought of an answer."""

    rating: Literal["like", "dislike"] | None = Field(description="`null` takes an earlier rating back.")
    comment: Annotated[str, StringConstraints(max_length=2000), AfterValidator(storable)] | None = None


class Usage(BaseModel):
    """What the answer cost, in tokens."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Citation(BaseModel):
    """Where in a document an answer has something from."""

    number: int = Field(description="The answer cites it as `[number]`.")
    document_id: str
    document_name: str
    chunk_id: str
    page: int | None = Field(description="From 1, where the document has pages.")
    quote: str = Field(description="The sentence of the passage that is nearest to the answer.")
    score: float


class Message(BaseModel):
    """A message as the API shows it."""

    id: str = Field(examples=["msg_01kb6rz6n8f3m5d9t2w7x4c00000000000001"])
    conversation_id: str
    app_id: str
    role: Literal["user", "assistant"]
    content: str
    status: Literal["pending", "completed", "failed"]
    parent_id: str | None = Field(description="Of an answer: the message that it answers.")
    model: str | None
    usage: Usage | None
    citations: list[Citation]
    files: list[str]
    feedback: Feedback | None
    created_at: str


class MessageList(BaseModel):
    """One page of messages, oldest first."""

    data: list[Message]
    total: int = Field(description="How many there are on all pages, exactly.")
    page: int
    limit: int
    has_more: bool
