"""Which models a mode may use, and who answers for them. A provider is imported only where it is configured."""

from collections.abc import Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from lambdify.settings import Settings, settings

from .base import Completion, Model, Provider, Request

if TYPE_CHECKING:
    from .bedrock import Bedrock
    from .embeddings import Embedder
    from .openai_compatible import OpenAICompatible


def catalogue(mode: str) -> list[Model]:
    """All models that keys of `mode` may use. Raises ModelError when a provider cannot list its own."""
    return [model for provider in _providers(mode) for model in provider.models()]


def find(mode: str, model_id: str) -> Model | None:
    """The model of that id, or None when keys of `mode` may not use it."""
    models = (model for provider in _providers(mode) for model in provider.models())
    return next((model for model in models if model.id == model_id), None)


def complete(mode: str, request: Request) -> Completion:
    """The answer of `request.model`. Raises ModelError."""
    return provider_of(_providers(mode), request.model).complete(request)


@cache
def _providers(mode: str) -> tuple[Provider, ...]:
    return providers_for(mode, settings)


def providers_for(mode: str, configured: Settings) -> tuple[Provider, ...]:
    """A mode's providers. Live keys get the sandbox only on a laptop, or while the stack has nothing better."""
    live = [] if mode == "test" else _live_providers(configured)
    sandboxed = not live or configured.environment == "local"
    return (*([_sandbox()] if sandboxed else []), *live)


def provider_of(providers: Sequence[Provider], model_id: str) -> Provider:
    """The last one is not asked for its list, which may cost a call: it says itself when it has no such model."""
    for provider in providers[:-1]:
        if any(model.id == model_id for model in provider.models()):
            return provider
    return providers[-1]


def _live_providers(configured: Settings) -> list[Provider]:
    providers: list[Provider] = []
    if configured.openai_compatible_base_url:
        providers.append(_openai_compatible(configured))
    if configured.bedrock_enabled == "true":
        providers.append(_bedrock())
    return providers


def embedder(configured: Settings) -> "Embedder":
    """The provider of embeddings."""
    return _bedrock() if configured.embedding_provider == "bedrock" else _openai_compatible(configured)


def _sandbox() -> Provider:
    from .sandbox import Sandbox

    return Sandbox()


def _openai_compatible(configured: Settings) -> "OpenAICompatible":
    from .openai_compatible import PROVIDER, OpenAICompatible
    from .secret import demand_sendable, read_key

    if configured.openai_compatible_key_secret_arn:
        key = partial(read_key, PROVIDER, configured.openai_compatible_key_secret_arn)
    else:
        key = partial(demand_sendable, PROVIDER, configured.openai_compatible_api_key)
    names = [name.strip() for name in configured.openai_compatible_models.split(",")]
    return OpenAICompatible(configured.openai_compatible_base_url, [name for name in names if name], key)


def _bedrock() -> "Bedrock":
    from .bedrock import Bedrock

    return Bedrock()
