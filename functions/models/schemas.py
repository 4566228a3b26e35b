"""Bodies of the models group."""

from pydantic import BaseModel, Field


class Model(BaseModel):
    """A language model that applications may name in `config.model`."""

    id: str = Field(examples=["sandbox-chat"])
    name: str = Field(examples=["Sandbox chat"])
    provider: str = Field(description="`sandbox`, `openai_compatible` or `bedrock`.", examples=["sandbox"])
    capabilities: list[str] = Field(description="The application modes it serves: `chat`, `completion`.")


class ModelList(BaseModel):
    """All models that the key may use."""

    data: list[Model]
