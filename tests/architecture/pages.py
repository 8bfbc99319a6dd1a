"""The pages of the repository: headings, links and names."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "findings/README.md")),
]
MAX_LINES = 400
_QUOTED = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def read(page: Path | str) -> str:
    """Return the text of a page, by its path from the root."""
    return (ROOT / page).read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    """Return the path of a page from the root."""
    return page.relative_to(ROOT).as_posix()


@cache
def headings(page: Path | str) -> tuple[str, ...]:
    """Return the headings of a page without their marks, in order. Lines of code examples are left out."""
    return tuple(_HEADING.findall(_FENCE.sub("", read(page))))


def rows(page: Path | str) -> Iterator[list[str]]:
    """Yield the cells of every table row of a page."""
    for line in read(page).splitlines():
        if line.startswith("|"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def described_names(*pages: str) -> set[str]:
    """Return everything in code type in the headings and in the table rows of pages, whole and word by word."""
    names: set[str] = set()
    for page in pages:
        for line in read(page).splitlines():
            if line.startswith(("|", "#")):
                names |= set(_QUOTED.findall(line)) | set(re.findall(r"\w+", line.lstrip("# ")))
    return names


def quoted(page: Path | str) -> set[str]:
    """Return everything in code type on a page."""
    return set(_QUOTED.findall(_FENCE.sub("", read(page))))


def broken_links(page: Path) -> list[str]:
    """Return every broken link of a page: its file or its heading does not exist."""
    text = _QUOTED.sub("", _FENCE.sub("", page.read_text(encoding="utf-8")))
    broken = []
    for target in _LINK.findall(text):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (anchor and path.suffix == ".md" and anchor not in anchors(path)):
            broken.append(f"{page.name}: {target}")
    return broken


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings as GitHub makes them; equal headings are numbered."""
    names: set[str] = set()
    for heading in headings(page):
        base = anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = 0
        while anchor in names:
            number += 1
            anchor = f"{base}-{number}"
        names.add(anchor)
    return names
