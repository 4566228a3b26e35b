"""Makes the documents in tests/fixtures/documents with other people's programs: run once, the results are committed.

It needs pandoc, LibreOffice (soffice), Chromium and a CJK font, which the tests do not. The text is our own.
"""

# ruff: noqa: RUF001 - Chinese marks are meant.
import subprocess
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "tests/fixtures/documents"

PAGES = [
    """<h1>The Kestrel ferry</h1>
    <p>The Kestrel is a small electric ferry that crosses the strait of Morrow. She carries 84 passengers and twelve
    bicycles, and she was launched in the spring of 2019.</p>""",
    """<h2 style="page-break-before: always">Batteries</h2>
    <p>Her batteries weigh eleven tonnes and last for nine crossings. They are charged at the northern pier only,
    which takes forty minutes; in a strong head wind the captain plans for seven crossings.</p>
    <table><tr><th>Pier</th><th>Voltage</th></tr><tr><td>North</td><td>690</td></tr><tr><td>South</td><td>none</td></tr></table>""",
    """<h2 style="page-break-before: always">Lost property</h2>
    <p>Umbrellas, hats and one accordion were left aboard last year. Whatever is not called for within
    thirty days is given to the harbour school in Pellworth.</p>""",
]
CHINESE = [
    "<h1>红隼渡轮</h1><p>红隼号是一艘小型电动渡轮，往返于莫罗海峡。她可以搭载八十四名乘客和十二辆自行车。</p>",
    '<h2 style="page-break-before: always">电池</h2>'
    "<p>电池重十一吨，可以航行九个航次。充电只能在北码头进行，需要四十分钟。</p>",
]


def main() -> None:
    """Make them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        handbook = _page(work / "handbook.html", PAGES, "en")
        chinese = _page(work / "chinese.html", CHINESE, "zh")
        _print(handbook, FOLDER / "chromium.pdf")
        _print(chinese, FOLDER / "chromium-chinese.pdf")
        _pandoc(handbook, FOLDER / "pandoc.docx")
        _pandoc(handbook, FOLDER / "pandoc.html", "--standalone", "--metadata", "title=Handbook")
        _pandoc(handbook, FOLDER / "pandoc.md", "--to", "gfm")
        _pandoc(handbook, FOLDER / "pandoc.txt", "--to", "plain")
        _office(handbook, work, "docx:MS Word 2007 XML", FOLDER / "libreoffice.docx")
        _office(FOLDER / "libreoffice.docx", work, "pdf", FOLDER / "libreoffice.pdf")


def _page(path: Path, pages: list[str], language: str) -> Path:
    # One weight of one font, so that little of it is embedded.
    style = "<style>h1, h2, th { font-weight: normal }</style>"
    head = f'<html lang="{language}"><head><meta charset="utf-8"><title>Handbook</title>{style}</head>'
    path.write_text(f"<!doctype html>{head}<body>{''.join(pages)}</body></html>")
    return path


def _print(page: Path, target: Path) -> None:
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    _run("chromium", *options, f"--print-to-pdf={target}", page.as_uri())


def _pandoc(source: Path, target: Path, *options: str) -> None:
    _run("pandoc", str(source), "--output", str(target), *options)


def _office(source: Path, work: Path, kind: str, target: Path) -> None:
    _run(
        "soffice",
        f"-env:UserInstallation={work.as_uri()}/profile",
        "--headless",
        "--convert-to",
        kind,
        "--outdir",
        str(work),
        str(source),
    )
    (work / source.with_suffix(f".{kind.partition(':')[0]}").name).replace(target)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    main()
