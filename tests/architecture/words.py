"""The words that code, documents and messages do not use, and the names that no definition has (docs/glossary.md)."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("app.py", "chalicelib", "infra", "tests")
PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "Makefile", "docs", "findings", "infra/resources")
QUOTES_THEM = {
    "docs/glossary.md",
    "CONTRIBUTING.md",
    "tests/architecture/words.py",
    "tests/architecture/test_words.py",
}

PROSE = re.compile(
    r"\b(whoever|nobody's|stands|comes to|come to|goes by|lets go|deeds?|houses?|doors?|judged?|judges|told|"
    r"taken up|take up|takes up|(?-i:is none|are none))\b",
    re.IGNORECASE,
)
STORED = {"told"}  # attributes and detail keys of stored rows keep their names (docs/data-model.md)

NAMES = frozenset(
    """
    House Door Guard Also Declaration Thing Known Prepared Reading Case Line Ending Settled TurnedAway Refused Replayed
    Marks Origin Around Deed Doing Writing NoAnswer Shift Sweep SaidTwice World Judged Taken Wanted
    DOORS WAYS doors ways lets judge judge_lead arrival sound require_sound take_up take_up_lead take_up_missed
    take_upload keep_out keep_out_contacts redate stamp_parts leave_windows windows_without write_deed deed_of relist
    relist_leads go_through pass_by deal tell_agents tell_consent claim_telling notices untold see_blocks see_subjects
    identify refusals count_refusals forget open_sealed added saved changed removed happened taken released found told
    remains amended repeated given working reviewing importing setup_house acts truths promises sung nests tour inside
    switches fast_moto beside standing_on house world contracts usecase_contracts vault seal_token
    """.split()
)


def code_files() -> Iterator[Path]:
    """Yield every Python file of the project."""
    for name in CODE:
        path = ROOT / name
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def pages() -> Iterator[Path]:
    """Yield every page of the documents, the resource files and the Makefile."""
    for name in PAGES:
        path = ROOT / name
        if path.is_dir():
            yield from sorted([*path.rglob("*.md"), *path.rglob("*.yaml")])
        elif path.exists():
            yield path


def prose_of_code(source: str) -> Iterator[tuple[int, str]]:
    """Yield comments and strings of several words, with their lines. A single word is a stored word or a key."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield node.lineno, node.value


def prose_of_page(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a page without code in backticks and without code blocks."""
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("```"):
            inside = not inside
        elif not inside:
            yield number, re.sub(r"`[^`]*`", "", line)


def private_words(path: Path) -> list[str]:
    """Return `file:line: word` for each private or archaic word of a file's prose."""
    name = str(path.relative_to(ROOT))
    if name in QUOTES_THEM:
        return []
    text = path.read_text(encoding="utf-8")
    prose = prose_of_code(text) if path.suffix == ".py" else prose_of_page(text)
    return [
        f"{name}:{line + prose_text[: match.start()].count(chr(10))}: {match[0]}"
        for line, prose_text in prose
        for match in PROSE.finditer(prose_text)
    ]


def private_names(path: Path) -> list[str]:
    """Return `file:line: name` for each class, function or module that has a private name."""
    name = str(path.relative_to(ROOT))
    defined = (
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in NAMES
    )
    module = [f"{name}: {path.stem}"] if path.stem in NAMES else []
    return [*module, *(f"{name}:{node.lineno}: {node.name}" for node in defined)]
