"""Bodies of the applications group."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from lambdify.web.fields import Description, Name, storable

Prompt = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(storable)]


class ApplicationConfig(BaseModel):
    """How the application calls its language model."""

    model_config = ConfigDict(extra="forbid")

    model: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description="A model's id from GET /models.", examples=["sandbox-chat"]
    )
    temperature: float = Field(0.7, ge=0, le=2, allow_inf_nan=False, description="Randomness of the answers.")
    max_tokens: int = Field(2000, ge=1, le=32_000, description="The longest answer, in tokens.")
    system_prompt: Prompt = Field(
        "", description="Instructions that precede each conversation; `{{name}}` is filled from its inputs."
    )


class ApplicationCreate(BaseModel):
    """A new application."""

    name: Name = Field(examples=["Support assistant"])
    description: Description = ""
    mode: Literal["completion", "chat"] = Field(
        description="`completion`: a conversation ends with its first answer. `chat`: it goes on."
    )
    config: ApplicationConfig


class ApplicationConfigUpdate(BaseModel):
    """The settings to change; the others stay."""

    model_config = ConfigDict(extra="forbid")

    model: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    temperature: float | None = Field(None, ge=0, le=2, allow_inf_nan=False)
    max_tokens: int | None = Field(None, ge=1, le=32_000)
    system_prompt: Prompt | None = None


class ApplicationUpdate(BaseModel):
    """The fields to change; the others stay."""

    name: Name | None = None
    description: Description | None = None
    config: ApplicationConfigUpdate | None = None


class Application(BaseModel):
    """An application as the API shows it."""

    id: str = Field(examples=["app_01kb6rz6n8f3m5d9t2w7x4c0000000"])
    name: str
    description: str
    mode: Literal["completion", "chat"]
    config: ApplicationConfig
    created_at: str
    updated_at: str


class ApplicationList(BaseModel):
    """One page of applications, newest first."""

    data: list[Application]
    total: int = Field(description="How many there are on all pages, exactly.")
    page: int
    limit: int
    has_more: bool
