"""What a question is answered from: passages of documents, and which of them an answer cites."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from lambdify.caller import Caller
from lambdify.errors import Conflict, InvalidRequest
from lambdify.models.base import Passage
from lambdify.models.quoting import best_quote
from lambdify.store.documents import PROCESSED, Documents

TOKENS_MAX = 2_000
"""Of all passages together; the conversation's own bound comes on top."""
_QUOTE_CHARACTERS_MAX = 500

_MARK = re.compile(r"\[(\d{1,2})\]")


def demand_documents(caller: Caller, app_id: str, document_ids: Sequence[str], location: str) -> None:
    """Raise InvalidRequest for a document that is not there for the application, Conflict for one without its text."""
    if not document_ids:
        return
    found = {document.id: document for document in Documents(caller.workspace_id, caller.mode).find_all(document_ids)}
    # Documents that belong to no application are for all of them, but not for an application's key.
    owners = (app_id,) if caller.kind == "app" else (app_id, None)
    unknown = [each for each in document_ids if each not in found or found[each].app_id not in owners]
    if unknown:
        raise InvalidRequest.at((location, f"This application has no document {unknown[0]}."))
    for document in found.values():
        if document.status != PROCESSED:
            raise Conflict(f"The document {document.id} cannot be read: its status is `{document.status}`.")


def passages_for(
    workspace_id: str, mode: str, app_id: str, question: str, document_ids: Sequence[str]
) -> Sequence[Passage]:
    """Passages of the given documents, or else of the application's; none when there are no such documents."""
    documents = Documents(workspace_id, mode)
    given = documents.find_all(document_ids)
    if document_ids and not given:
        return ()  # They were deleted: others were not asked for.
    if not given and documents.pointers(app_id, PROCESSED).total() == 0:
        return ()
    # Imported here: applications without documents do not pay for it.
    from lambdify.retrieval.passages import passages_for as retrieved

    return retrieved(workspace_id, mode, app_id, question, given, TOKENS_MAX)


def citations_of(answer: str, passages: Sequence[Passage]) -> list[dict[str, Any]]:
    """The passages that `answer` cites as `[n]`, in the order in which it does, each with the sentence that it used."""
    return [_citation(number, passages[number - 1], answer) for number in _cited(answer, len(passages))]


def _cited(answer: str, count: int) -> Iterator[int]:
    numbers = dict.fromkeys(int(found[1]) for found in _MARK.finditer(answer))
    return (number for number in numbers if 1 <= number <= count)


def _citation(number: int, passage: Passage, answer: str) -> dict[str, Any]:
    quote = best_quote(answer, [passage.text])
    return {
        "number": number,
        "document_id": passage.document_id,
        "document_name": passage.title,
        "chunk_id": passage.chunk_id,
        "page": passage.page,
        "quote": (quote.sentence if quote else passage.text)[:_QUOTE_CHARACTERS_MAX],
        "score": round(passage.score, 4),
    }
