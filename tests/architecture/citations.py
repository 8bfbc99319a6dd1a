"""The ids and names that code, tests and pages cite: rules, invariants, faults, benchmarks, codes, pages, files."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.architecture.pages import ROOT, headings, quoted

FOLDERS = ("chalicelib", "tests", "infra", "docs", "findings", ".chalice", ".ci")
FILES = (
    "app.py",
    "Makefile",
    "pyproject.toml",
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
)
SUFFIXES = {".py", ".md", ".yaml", ".yml", ".toml", ".json", ".sh", ""}
CODE_PAGES = ("docs/rules/reasons.md", "docs/rules/field-codes.md", "docs/rules/import-codes.md")
NO_IDS = {"AES", "ISO", "MIT", "SHA", "SSH", "UTF"}  # SHA-256 is not a rule

_RULE_HEADING = re.compile(r"([A-Z]{3}-\d+[a-z]?) ")
_ROW_HEADING = re.compile(r"Row (\d+) ")
_RULE = re.compile(r"(?<![\w-])([A-Z]{3})[-_](\d+[a-z]?)(?![\w-])")
_RULE_OF_TEST = re.compile(r"\b(?:def )?test_(?:\w*?_)?([A-Z]{3})_(\d+[a-z]?)_")
_INVARIANT = re.compile(r"(?<![\w.`/-])(I\d{1,2})\b(?!\.)|\btest_(I\d{1,2})_")
_BENCHMARK = re.compile(r"(?<![\w.%-])(B\d{1,2}[abc]?)\b|\btest_(B\d{1,2})_")
_ROWS = re.compile(r"\bfault rows? ((?:\d+(?:, | and | … | to )?)+)|\btest_row_(\d+)_", re.IGNORECASE)
_DECISIONS = re.compile(r"\bdecisions? ((?:\d{4}(?:, | and )?)+)", re.IGNORECASE)
_PAGE = re.compile(r"(?<![\w/:.-])((?:[\w.-]+/)*[\w-]+\.md)\b(?:, (?!\w+\.md)([A-Z][\w ]*))?")
_CODE = re.compile(r"\b[45]\d\d:? `([a-z]\w*)`|\bcode == \"([a-z]\w*)\"")
_TEST = re.compile(r"test_\w+")
_PATH = re.compile(r"(?:chalicelib|tests|infra|docs|findings|\.chalice|\.ci)/[\w./*-]*\w/?")


@cache
def sources() -> tuple[Path, ...]:
    """Return every text file that may cite something."""
    result = [ROOT / name for name in FILES]
    for folder in FOLDERS:
        result += [
            path
            for path in sorted((ROOT / folder).rglob("*"))
            if path.is_file() and path.suffix in SUFFIXES and "__pycache__" not in path.parts
        ]
    return tuple(result)


@cache
def definitions() -> dict[str, frozenset[str]]:
    """Return the ids that have a heading in the repository, by kind."""
    rules = [heading for page in sorted((ROOT / "docs/rules").glob("*.md")) for heading in headings(page)]
    return {
        "rule": frozenset(result[1] for result in map(_RULE_HEADING.match, rules) if result),
        "invariant": frozenset(re.findall(r"(?m)^(I\d+) ", "\n".join(headings("docs/rules/invariants.md")))),
        "benchmark": frozenset(re.findall(r"(?m)^(B\d+[abc]?) ", "\n".join(headings("docs/rules/benchmarks.md")))),
        "fault row": frozenset(result[1] for result in map(_ROW_HEADING.match, rules) if result),
        "code": frozenset(heading.strip("`") for page in CODE_PAGES for heading in headings(page) if heading[0] == "`"),
        "decision": frozenset(path.name[:4] for path in (ROOT / "docs/decisions").glob("0*.md")),
    }  # fmt: skip


def citations_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and the name of each id and code that a text cites."""
    rules = _RULE.findall(text) + _RULE_OF_TEST.findall(text)
    yield from (("rule", f"{kind}-{number}") for kind, number in rules if kind not in NO_IDS)
    for kind, pattern in (("invariant", _INVARIANT), ("benchmark", _BENCHMARK), ("code", _CODE)):
        yield from ((kind, "".join(result)) for result in pattern.findall(text))
    for listed, item in _ROWS.findall(text):
        yield from (("fault row", number) for number in re.findall(r"\d+", listed or item))
    for listed in _DECISIONS.findall(text):
        yield from (("decision", number) for number in re.findall(r"\d{4}", listed))


def unknown_ids(text: str) -> list[str]:
    """Return the ids and codes that a text cites and that have no heading."""
    known = definitions()
    return sorted({f"{kind} {name}" for kind, name in citations_in(text) if name not in known[kind]})


def missing_pages(path: Path, text: str) -> list[str]:
    """Return the pages, and the sections of pages, that a text names and that do not exist."""
    flat = re.sub(r"\s+(?:# )?", " ", text)
    result = (_missing(path, name, section) for name, section in _PAGE.findall(flat) if "NNNN" not in name)
    return sorted({name for name in result if name})


def missing_tests(page: Path) -> set[str]:
    """Return the tests in code type on a page that do not exist, functions and files alike."""
    named = {name for name in quoted(page) if _TEST.fullmatch(name)}
    return named - test_names() - definitions()["code"]


def missing_paths(page: Path) -> set[str]:
    """Return the files and folders in code type on a page that do not exist; `*` needs one that matches."""
    return {path for path in quoted(page) if _PATH.fullmatch(path) and not any(ROOT.glob(path))}


@cache
def test_names() -> frozenset[str]:
    """Return the name of every test function, of every test file and of every invariant of the state machine."""
    paths = list((ROOT / "tests").rglob("*.py"))
    result = {
        name for path in paths for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }
    return frozenset(result | {path.stem for path in paths})


def _missing(path: Path, name: str, section: str) -> str | None:
    places = (path.parent, ROOT, ROOT / "docs", ROOT / "docs/rules", ROOT / "chalicelib/data")
    page = next((place / name for place in places if (place / name).exists()), None)
    if page is None:
        return name
    if section and not any(section.startswith(heading) for heading in _plain_headings(page)):
        return f"{name}, {section}"
    return None


@cache
def _plain_headings(page: Path) -> tuple[str, ...]:
    return tuple(heading.replace("`", "") for heading in headings(page))


def is_planned(rule: str) -> bool:
    """Return whether nothing of a rule is built: its section begins with `Planned` or `Not built yet`."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs/rules").glob("*.md")))
    section = re.search(rf"^### {rule} .*\n+(.*)$", text, re.MULTILINE)
    return bool(section and section[1].startswith(("Planned", "Not built yet")))
