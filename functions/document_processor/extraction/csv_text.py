"""CSV: each row as `header: value` pairs, so that a row says what it is about wherever it is cited."""

import csv
from collections.abc import Iterator, Sequence

from .parts import Part, broken
from .plain_text import decoded

_ROWS_PER_PART = 40
_SAMPLE_CHARACTERS = 16_384
_DELIMITERS = ",;\t|"


def read_csv(path: str) -> Iterator[Part]:
    """The rows, some at a time; the first one names the columns. Sections say which rows they are."""
    text = decoded(path)
    if "\0" in text:
        broken("CSV")
    try:
        rows = [row for row in csv.reader(text.splitlines(keepends=True), _dialect(text)) if any(map(str.strip, row))]
    except csv.Error:
        broken("CSV")
    header, body = (rows[0], rows[1:]) if len(rows) > 1 else ([], rows)
    for start in range(0, len(body), _ROWS_PER_PART):
        some = body[start : start + _ROWS_PER_PART]
        lines = (_line(header, row) for row in some)
        # As a spreadsheet numbers them: the header is row 1.
        first = start + 1 + bool(header)
        yield Part("\n".join(lines), section=f"rows {first}-{first + len(some) - 1}")


def _dialect(text: str) -> type[csv.Dialect]:
    """The delimiter that divides the first row most often; quotes are the usual ones."""
    first_row = text[:_SAMPLE_CHARACTERS].partition("\n")[0]

    class Found(csv.excel):
        delimiter = max(_DELIMITERS, key=first_row.count)

    return Found


def _line(header: Sequence[str], row: Sequence[str]) -> str:
    names = [*header, *[""] * (len(row) - len(header))]
    cells = ((name.strip(), " ".join(cell.split())) for name, cell in zip(names, row, strict=False))
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in cells if cell) + "."
