"""Every rule, invariant, fault row, benchmark, code, decision and page that is cited has a heading here."""

import pytest

from tests.architecture import citations
from tests.architecture.citations import missing_pages, unknown
from tests.architecture.pages import ROOT


def test_everything_that_is_cited_exists() -> None:
    missing = {
        path.relative_to(ROOT).as_posix(): found
        for path in citations.sources()
        if (found := unknown(text := path.read_text(encoding="utf-8")) + missing_pages(path, text))
    }

    assert not missing, "\n".join(["cited, and not in the repository:", *map(str, missing.items())])


def test_every_kind_is_defined_and_cited() -> None:
    cited = {pair for path in citations.sources() for pair in citations.cited(path.read_text(encoding="utf-8"))}

    assert {kind: len(names) > 10 for kind, names in citations.defined().items()} == dict.fromkeys(
        ("rule", "invariant", "benchmark", "fault row", "code", "decision"), True
    )
    assert {kind for kind, _ in cited} == citations.defined().keys()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("as said in RET-%s", "rule RET-99"),
        ("the series ACC-1 … ACC-%s", "rule ACC-99"),
        ("a rule of another kind, ABC-%s", "rule ABC-99"),
        ("def test_PRI_%s_nothing_is_left() -> None:", "rule PRI-99"),
        ("it is I%s, always", "invariant I99"),
        ("def test_I%s_holds() -> None:", "invariant I99"),
        ("a cold start (B%s)", "benchmark B99"),
        ("(fault rows 42, %s and 45)", "fault row 99"),
        ("def test_row_%s_a_retry() -> None:", "fault row 99"),
        ("decision 00%s says why", "decision 0099"),
        ("the answer is 409 `nonsense_%s`", "code nonsense_99"),
        ('assert reply.code == "nonsense_%s"', "code nonsense_99"),
    ],
)
def test_what_was_made_up_is_found(text: str, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {**citations.defined(), "decision": citations.defined()["decision"] - {"0099"}}
    monkeypatch.setattr(citations, "defined", lambda: known)

    assert unknown(text % 99) == [found]


@pytest.mark.parametrize(
    "text", ["RET-11", "I14", "B12a and B5", "fault rows 1 … 52", "409 `version_conflict`", "SHA-256", "decision 0107"]
)
def test_what_has_a_heading_is_not_found(text: str) -> None:
    assert unknown(text) == []


MISSING, SECTION = "missing" + ".md", "Nonsense"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"see docs/{MISSING}", [f"docs/{MISSING}"]),
        (f"(data-model.md, Contacts; {MISSING})", [MISSING]),
        (f"(data-model.md, {SECTION})", [f"data-model.md, {SECTION}"]),
        ("(data-model.md, Contacts)", []),
        ("(data-model.md, Writes that\n    survive a lost answer)", []),
    ],
)
def test_pages_and_sections_that_do_not_exist_are_found(text: str, found: list[str]) -> None:
    assert missing_pages(ROOT / "app.py", text) == found
