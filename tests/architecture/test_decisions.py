"""Decision pages have one form, consecutive numbers and an index that lists each of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "decisions"
INDEX = "README.md"
AREAS = frozenset(
    "core aws http ledger jobs organisation users campaigns blocks leads reports distribution privacy work intake "
    "sources imports audit infra tests docs".split()
)
PARTS = ["Context", "Decision", "Consequences"]
_FILE = re.compile(r"(?P<number>\d{4})(-[a-z0-9]+)+\.md")
_HEAD = re.compile(
    r"# (?P<number>\d{4}) (?P<title>\S.*\S)\n\n"
    r"Status: (?P<status>accepted|superseded by (?P<by>\d{4}))\n"
    r"Area: (?P<area>[a-z]+)\n\n"
    r"(?P<body>## .*)",
    re.DOTALL,
)
_AREA = re.compile(r"### (?P<area>[a-z]+)")
_ROW = re.compile(r"\| \[(?P<number>\d{4})\]\((?P<file>[^)]+)\) \| (?P<title>.+) \| (?P<status>[^|]+) \|")
_PLACE = re.compile(r"\]\(([^)#\s]+)[^)\s]*\)")
_CITED = re.compile(r"\bdecisions? (\d{4})(?: and (\d{4}))?", re.IGNORECASE)


@dataclass(frozen=True)
class Decision:
    """One page; `superseded_by` is the number of the decision that replaced it."""

    number: str
    title: str
    status: str
    superseded_by: str | None
    area: str
    body: str


def read(name: str, text: str) -> Decision:
    """Return the decision on the page of this name. Raise ValueError if its head has another form."""
    head = _HEAD.fullmatch(text)
    if head is None:
        raise ValueError(f"{name} does not begin with number, title, status and area")
    return Decision(head["number"], head["title"], head["status"], head["by"], head["area"], head["body"])


def parts(body: str) -> dict[str, str]:
    """Return the text under each heading of a page, in order."""
    pieces = re.split(r"^## (.+)\n", body, flags=re.MULTILINE)[1:]
    return {name: text.strip() for name, text in zip(pieces[::2], pieces[1::2], strict=True)}


@cache
def pages() -> dict[str, Decision]:
    """Return every decision by the name of its file, in order."""
    return {
        path.name: read(path.name, path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.glob("*.md"))
        if path.name != INDEX
    }


def listed(text: str) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield area, number, file, title and status of every row of an index."""
    area = ""
    for line in text.splitlines():
        if heading := _AREA.fullmatch(line):
            area = heading["area"]
        if row := _ROW.fullmatch(line):
            yield area, row["number"], row["file"], row["title"], row["status"]


def index() -> str:
    """Return the text of the index."""
    return (FOLDER / INDEX).read_text(encoding="utf-8")


def test_the_folder_has_only_decision_pages_and_the_index() -> None:
    odd = [path.name for path in FOLDER.iterdir() if path.name != INDEX and not _FILE.fullmatch(path.name)]

    assert not odd


def test_numbers_are_unique_and_unbroken() -> None:
    assert [name[:4] for name in pages()] == [f"{number:04}" for number in range(1, len(pages()) + 1)]


def test_the_number_of_a_page_is_that_of_its_file() -> None:
    assert not [name for name, page in pages().items() if page.number != name[:4]]


def test_titles_are_unique() -> None:
    titles = [page.title for page in pages().values()]

    assert not {title for title in titles if titles.count(title) > 1}


def test_each_page_has_an_area_from_the_list() -> None:
    assert not {name: page.area for name, page in pages().items() if page.area not in AREAS}


def test_each_page_has_context_decision_and_consequences() -> None:
    result = {name: parts(page.body) for name, page in pages().items()}

    assert not [name for name, texts in result.items() if list(texts) != PARTS or not all(texts.values())]


def test_a_superseded_page_links_to_a_later_page_that_exists() -> None:
    numbers = {page.number for page in pages().values()}
    replaced = {name: page for name, page in pages().items() if page.superseded_by}

    assert replaced
    assert not [
        name
        for name, page in replaced.items()
        if page.superseded_by not in numbers or str(page.superseded_by) <= page.number
    ]


def test_the_index_lists_each_page_once_with_its_title_and_status() -> None:
    expected = [(page.area, page.number, name, page.title, page.status) for name, page in pages().items()]

    assert sorted(listed(index())) == sorted(expected)


def test_the_index_is_sorted_by_area_and_number() -> None:
    rows = list(listed(index()))
    order = list(dict.fromkeys(area for area, *_ in rows))

    assert rows == sorted(rows, key=lambda row: (order.index(row[0]), row[1]))


def test_the_index_names_every_area() -> None:
    named = re.search(r"\*\*Area\*\* is one of: ([^.]*)\.", index())

    assert named
    assert set(re.findall(r"[a-z]+", named[1])) == AREAS


def test_links_and_cited_decisions_exist() -> None:
    numbers = {page.number for page in pages().values()}
    broken = []
    for path in FOLDER.glob("*.md"):
        text = path.read_text(encoding="utf-8")
        cited = {number for pair in _CITED.findall(text) for number in pair if number}
        broken += [f"{path.name}: {number}" for number in cited - numbers]
        broken += [f"{path.name}: {to}" for to in _PLACE.findall(text) if not (path.parent / to).exists()]

    assert not broken


@pytest.mark.parametrize(
    "head",
    [
        *("Status: rejected\nArea: core", "Status: superseded by 12\nArea: core"),
        *("Area: core\nStatus: accepted", "Status: accepted"),
    ],
)
def test_a_page_with_another_head_is_refused(head: str) -> None:
    with pytest.raises(ValueError, match="does not begin"):
        read("NNNN-a-title.md", f"# 0001 A title\n\n{head}\n\n## Context\n")
