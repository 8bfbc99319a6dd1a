"""Every cited rule, invariant, fault row, benchmark, code, decision and page has a heading in the repository."""

import pytest

from tests.architecture import citations
from tests.architecture.citations import missing_pages, unknown_ids
from tests.architecture.pages import ROOT


def test_every_citation_has_a_heading() -> None:
    missing = {
        path.relative_to(ROOT).as_posix(): result
        for path in citations.sources()
        if (result := unknown_ids(text := path.read_text(encoding="utf-8")) + missing_pages(path, text))
    }

    assert not missing, "\n".join(["cited, and not in the repository:", *map(str, missing.items())])


def test_every_kind_is_defined_and_cited() -> None:
    cited = {
        pair
        for path in citations.sources()
        for pair in citations.citations_in(path.read_text(encoding="utf-8"))
    }

    assert {kind: len(names) > 10 for kind, names in citations.definitions().items()} == dict.fromkeys(
        ("rule", "invariant", "benchmark", "fault row", "code", "decision"), True
    )
    assert {kind for kind, _ in cited} == citations.definitions().keys()


N = 99  # no heading has this number


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (f"as said in RET-{N}", f"rule RET-{N}"),
        (f"the series ACC-1 … ACC-{N}", f"rule ACC-{N}"),
        (f"a rule of another kind, ABC-{N}", f"rule ABC-{N}"),
        (f"def test_PRI_{N}_nothing_is_left() -> None:", f"rule PRI-{N}"),
        (f"it is I{N}, always", f"invariant I{N}"),
        (f"def test_I{N}_holds() -> None:", f"invariant I{N}"),
        (f"a cold start (B{N})", f"benchmark B{N}"),
        (f"(fault rows 42, {N} and 45)", f"fault row {N}"),
        (f"def test_row_{N}_a_retry() -> None:", f"fault row {N}"),
        (f"decision 00{N} says why", f"decision 00{N}"),
        (f"the answer is 409 `nonsense_{N}`", f"code nonsense_{N}"),
        (f'assert reply.code == "nonsense_{N}"', f"code nonsense_{N}"),
    ],
)
def test_made_up_ids_are_found(text: str, result: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {**citations.definitions(), "decision": citations.definitions()["decision"] - {f"00{N}"}}
    monkeypatch.setattr(citations, "definitions", lambda: known)

    assert unknown_ids(text) == [result]


@pytest.mark.parametrize(
    "text",
    [
        "RET-11",
        "I14",
        "B12a and B5",
        "fault rows 1 … 52",
        "409 `version_conflict`",
        "SHA-256",
        "decision 0107",
    ],
)
def test_ids_with_a_heading_are_not_found(text: str) -> None:
    assert unknown_ids(text) == []


MISSING, SECTION = "missing" + ".md", "Nonsense"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (f"see docs/{MISSING}", [f"docs/{MISSING}"]),
        (f"(data-model.md, Contacts; {MISSING})", [MISSING]),
        (f"(data-model.md, {SECTION})", [f"data-model.md, {SECTION}"]),
        ("(data-model.md, Contacts)", []),
        ("(data-model.md,\n    Writes that survive a lost answer)", []),
    ],
)
def test_missing_pages_and_sections_are_found(text: str, result: list[str]) -> None:
    assert missing_pages(ROOT / "app.py", text) == result
