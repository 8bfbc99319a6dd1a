"""Every word that the ledger uses is on the page of the record, and no other (PRI-28, USE-U10)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.core.access import Actor
from chalicelib.ledger.domain import entries, kinds

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/record.md").read_text()
SAM = Actor("user", "usr_sam")


def words_under(heading: str, column: str) -> set[str]:
    """Return the words of the first column of a table, by the name of that column and the heading above it."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = section.split(f"| {column} |")[1].split("\n\n")[0].splitlines()[2:]
    return {word for row in rows for word in re.findall(r"`([a-z_]+)`", row.split("|")[1])}


def test_PRI_28_every_kind_of_a_change_is_described() -> None:
    assert words_under("Things", "kind") == kinds.CHANGED_SUBJECTS
    assert words_under("Actions", "action") == kinds.ACTIONS


def test_PRI_28_every_kind_of_an_access_is_described() -> None:
    assert words_under("Accesses", "kind") == kinds.READ_SUBJECTS
    assert words_under("Accesses", "way") == kinds.WAYS


def test_PRI_28_no_word_means_a_thing_and_an_action() -> None:
    assert not kinds.CHANGED_SUBJECTS & kinds.ACTIONS
    assert not kinds.READ_SUBJECTS & kinds.WAYS


@pytest.mark.parametrize(
    ("subject", "action"),
    [("lead/lead_1", "painted"), ("tree/1", "changed"), ("lead", "Changed"), ("contact/1", "changed")],
)
def test_PRI_28_no_change_is_recorded_in_a_word_that_is_not_described(subject: str, action: str) -> None:
    with pytest.raises(ValueError, match=r"docs/record\.md"):
        entries.change(SAM, subject, action, 0, "e1")


@pytest.mark.parametrize(("subject", "through"), [("lead/lead_1", "guess"), ("project/prj_1", "view")])
def test_PRI_28_no_access_is_recorded_in_a_word_that_is_not_described(subject: str, through: str) -> None:
    with pytest.raises(ValueError, match=r"docs/record\.md"):
        entries.access(SAM, subject, through, 0, "e1")


def _entries_made(tree: ast.AST) -> Iterator[str]:
    """Yield the action of each entry that is made without `change` and `access`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Entry":
            for given in node.keywords:
                if given.arg == "action" and isinstance(given.value, ast.Constant):
                    yield str(given.value.value)


def test_PRI_28_entries_made_by_themselves_are_receipts_and_seals() -> None:
    """A seal is read at its own route, and is in no list."""
    made = {
        action
        for path in (ROOT / "chalicelib").rglob("*.py")
        for action in _entries_made(ast.parse(path.read_text()))
    }

    assert made == {"erased", "sealed"}
    assert "erased" in kinds.ACTIONS


def test_PRI_28_each_action_is_written_somewhere() -> None:
    code = "\n".join(
        path.read_text() for path in (ROOT / "chalicelib").rglob("*.py") if path.name != "kinds.py"
    )

    assert not {word for word in kinds.ACTIONS | kinds.WAYS if f'"{word}"' not in code}
