"""The sandbox answers from what it is given, the same each time, and obeys its orders."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdify.errors import ModelError
from lambdify.models.base import FAILURE_REASONS, ChatMessage, Completion, Passage, Request
from lambdify.models.sandbox import MODELS, Sandbox
from lambdify.models.tokens import count_tokens, first_tokens

HANDBOOK = [
    Passage("doc_1", "chunk_1", "handbook.pdf", "Employees get 25 days of holiday. Parental leave is 16 weeks.", 3),
    Passage("doc_2", "chunk_2", "notes.txt", "Expense reports are due on the 5th.\nSend them to Finance."),
    Passage("doc_3", "chunk_3", "手册.txt", "员工每年有二十五天假期。育儿假为十六周。"),
]


def ask(*said: str, system: str = "", **options: Any) -> Completion:
    """The answer to the last of `said`; the user said the others before, each answered."""
    turns = [ChatMessage("user", text) for text in said]
    conversation = [turn for said in turns[:-1] for turn in (said, ChatMessage("assistant", "Yes."))]
    instructions = [ChatMessage("system", system)] if system else []
    request: dict[str, Any] = {
        "model": "sandbox-chat",
        "messages": [*instructions, *conversation, turns[-1]],
        **options,
    }
    return Sandbox().complete(Request(**request))


def refusal(said: str, **options: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        ask(said, **options)
    return caught.value


class TestAnswer:
    @pytest.mark.parametrize(
        ("question", "answer"),
        [
            ("How long is parental leave?", "handbook.pdf, page 3 says: “Parental leave is 16 weeks.” [1]"),
            ("when is an expense report due", "notes.txt says: “Expense reports are due on the 5th.” [2]"),
            ("育儿假有多长？", "手册.txt says: “育儿假为十六周。” [3]"),  # noqa: RUF001
        ],
    )
    def test_cites_the_passage_sentence_that_matches_best(self, question: str, answer: str) -> None:
        assert ask(question, passages=HANDBOOK).content == answer

    def test_passages_that_say_nothing_on_the_question_are_not_cited(self) -> None:
        assert "[" not in ask("Who was Caesar?", passages=HANDBOOK).content

    def test_finds_what_the_user_said_earlier(self) -> None:
        answer = ask("My name is Ada. I like tea.", "What is the weather?", "What is my name?")

        assert answer.content == "You said: “My name is Ada.”"

    def test_a_correction_wins_over_what_was_said_before(self) -> None:
        assert "Bob" in ask("My name is Ada.", "My name is Bob now.", "what is my name").content

    def test_finds_what_its_instructions_say(self) -> None:
        answer = ask("When do you open?", system="You help Acme. We open at 9:00 on weekdays.")

        assert answer.content == "My instructions say: “We open at 9:00 on weekdays.”"

    def test_says_what_it_is_when_it_knows_nothing(self) -> None:
        answer = ask("Who was Caesar?").content

        assert answer.startswith("I am the sandbox model")
        assert answer.endswith("You wrote: “Who was Caesar?”")

    def test_long_input_is_repeated_in_part(self) -> None:
        assert count_tokens(ask("word " * 5_000).content) < 100

    def test_echo_repeats_the_message(self) -> None:
        assert ask("One, two.", model="sandbox-echo").content == "One, two."

    def test_a_model_that_is_not_offered_is_refused(self) -> None:
        assert refusal("Hello", model="gpt-x").details["reason"] == "unknown_model"

    @given(st.lists(st.text(max_size=200), min_size=1, max_size=5), st.text(max_size=200))
    def test_any_text_is_answered_the_same_each_time(self, said: list[str], page: str) -> None:
        passages = [Passage("doc", "chunk", "page", page)]
        calm = [text.replace("sandbox:", "") for text in said]

        first = ask(*calm, passages=passages, max_tokens=50)

        assert first == ask(*calm, passages=passages, max_tokens=50)
        assert first.content
        assert first.completion_tokens == count_tokens(first.content) <= 50


class TestTokens:
    def test_words_marks_and_cjk_characters_are_counted(self) -> None:
        assert count_tokens("Hello, world! 你好") == 6
        assert count_tokens("a" * 33) == 3
        assert count_tokens(" \n ") == 0

    def test_the_prompt_counts_messages_and_passages(self) -> None:
        passage = Passage("doc", "chunk", "title", "four words are here")

        assert ask("one two", system="three", passages=[passage]).prompt_tokens == 7

    @given(st.text(), st.integers(0, 20))
    def test_the_first_tokens_are_a_prefix_of_that_many(self, text: str, count: int) -> None:
        cut = first_tokens(text, count)

        assert text.startswith(cut)
        assert count_tokens(cut) == min(count, count_tokens(text))


class TestOrders:
    def test_tokens_makes_an_answer_of_that_length(self) -> None:
        answer = ask("sandbox:tokens=300")

        assert (answer.completion_tokens, answer.finish_reason) == (300, "stop")

    def test_max_tokens_cuts_the_answer_and_says_so(self) -> None:
        answer = ask("sandbox:tokens=300", max_tokens=7)

        assert (answer.content, answer.completion_tokens) == ("1 2 3 4 5 6 7", 7)
        assert answer.finish_reason == "length"

    @pytest.mark.parametrize("reason", FAILURE_REASONS)
    def test_fail_fails_for_the_reason_given(self, reason: str) -> None:
        error = refusal(f"Please sandbox:fail={reason}")

        assert (error.status, error.code) == (502, "model_error")
        assert error.details["provider"] == "sandbox"
        assert error.details["reason"] == reason

    def test_fail_without_a_known_reason_is_an_outage(self) -> None:
        assert refusal("sandbox:fail").details["reason"] == "unavailable"
        assert refusal("sandbox:fail=nonsense").details == refusal("sandbox:fail").details

    def test_slow_beyond_the_budget_times_out_at_the_budget(self) -> None:
        assert refusal("sandbox:slow=9", seconds=0.01).details["reason"] == "timeout"

    def test_slow_within_the_budget_answers(self) -> None:
        assert ask("sandbox:slow=0.01 Hello").content.endswith("“Hello”")

    def test_only_the_last_message_gives_orders(self) -> None:
        """Otherwise a conversation that failed once would fail for ever."""
        assert ask("sandbox:fail", "What now?").content


def test_every_model_names_its_provider_and_what_it_can_do() -> None:
    for model in Sandbox().models():
        assert model.provider == "sandbox"
        assert "chat" in model.capabilities
    assert len({model.id for model in MODELS}) == len(MODELS)
