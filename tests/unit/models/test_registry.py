"""Who may use which models, and who answers for them."""

import subprocess
import sys

import pytest

from lambdify.models.base import ChatMessage, Completion, Model, Request
from lambdify.models.registry import catalogue, complete, find, provider_of, providers_for
from lambdify.settings import Settings

UNCONFIGURED = Settings(environment="prod")
CONFIGURED = Settings(
    environment="prod",
    openai_compatible_base_url="http://127.0.0.1:1/v1",
    openai_compatible_models="gpt-a, gpt-b,",
    bedrock_enabled="true",
)


class Offering:
    """A provider that offers these models and counts how often it was asked for them."""

    def __init__(self, *ids: str) -> None:
        self.ids = ids
        self.asked = 0

    def models(self) -> list[Model]:
        self.asked += 1
        return [Model(model_id, model_id, "fake") for model_id in self.ids]

    def complete(self, request: Request) -> Completion:
        return Completion(request.model, 1, 1)


def names(mode: str, configured: Settings) -> list[str]:
    return [type(provider).__name__ for provider in providers_for(mode, configured)]


def test_test_keys_never_reach_a_model_that_costs() -> None:
    assert names("test", CONFIGURED) == ["Sandbox"]


def test_live_keys_get_what_is_configured_and_nothing_else() -> None:
    assert names("live", CONFIGURED) == ["OpenAICompatible", "Bedrock"]
    assert names("live", Settings(environment="prod", bedrock_enabled="true")) == ["Bedrock"]


@pytest.mark.parametrize("environment", ["prod", "local"])
def test_live_keys_get_the_sandbox_while_nothing_is_configured(environment: str) -> None:
    assert names("live", Settings(environment=environment)) == ["Sandbox"]


def test_live_keys_get_the_sandbox_beside_the_others_on_a_laptop() -> None:
    local = Settings(environment="local", openai_compatible_base_url="http://127.0.0.1:1/v1")

    assert names("live", local) == ["Sandbox", "OpenAICompatible"]


def test_configured_models_are_offered_without_asking_the_server() -> None:
    server = providers_for("live", CONFIGURED)[0]

    assert [model.id for model in server.models()] == ["gpt-a", "gpt-b"]


def test_a_mode_s_models_are_found_and_others_are_not() -> None:
    assert [model.id for model in catalogue("test")] == ["sandbox-chat", "sandbox-echo"]
    assert find("test", "sandbox-chat") == catalogue("test")[0]
    assert find("test", "gpt-a") is None


def test_a_request_goes_to_the_provider_that_offers_its_model() -> None:
    first, last = Offering("a"), Offering("b")

    assert provider_of([first, last], "a") is first
    assert provider_of([first, last], "b") is last


def test_the_last_provider_is_not_asked_for_its_list() -> None:
    """A list may cost a call to AWS, in the path of every message."""
    only = Offering("a")

    provider_of([only], "a")

    assert only.asked == 0


def test_complete_answers_through_the_mode_s_provider() -> None:
    answer = complete("test", Request("sandbox-echo", [ChatMessage("user", "Hello")]))

    assert answer.content == "Hello"


def test_a_provider_that_is_not_configured_is_not_imported() -> None:
    """It would be paid for at each cold start."""
    code = (
        "import sys; from lambdify.models import registry; registry.catalogue('live'); "
        "print([name for name in sys.modules if name.startswith('lambdify.models.')"
        " or name.split('.')[0] in ('urllib3', 'botocore', 'http', 'ssl')])"
    )

    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": "layers/lambdify"}
    )

    imported = {"base", "quoting", "registry", "sandbox", "tokens"}
    assert set(eval(run.stdout)) == {f"lambdify.models.{name}" for name in imported}
