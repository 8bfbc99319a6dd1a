"""A file of contacts to forget never understates what is confirmed (PRI-11, PRI-21, RET-12)."""

from dataclasses import asdict, replace
from functools import partial
from typing import Any

import pytest

from chalicelib.core.errors import Effect
from chalicelib.imports.domain import verdicts
from chalicelib.imports.domain.import_job import Import, ImportKind, ImportProgress
from chalicelib.imports.domain.verdicts import RowResult
from chalicelib.imports.usecases import run_import as use_case
from chalicelib.imports.usecases.change_import import confirm_import, effect_of
from chalicelib.imports.usecases.run_import import run_import
from chalicelib.ledger import store as ledger
from chalicelib.privacy.domain import forgetting
from chalicelib.privacy.usecases.carry_out_forgets import carry_out_forgets
from tests.factories.imports import create_bucket, get_import, import_run, result_rows, run_file
from tests.factories.leads import (
    MANAGER,
    NOW,
    confirmed,
    create_lead,
    create_manager,
    create_organisation,
    facts_of,
)

pytestmark = pytest.mark.usefixtures("aws")
ONE, TWO = "202-555-0147", "202-555-0199"
LEADS = [f"lead_{number}" for number in range(6)]


@pytest.fixture(autouse=True)
def many(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A contact of six leads, of which three are counted, and one of two leads."""
    monkeypatch.setattr(forgetting, "MANY", 3)
    monkeypatch.setattr(forgetting, "INLINE", 1)
    create_organisation()
    create_manager()
    create_bucket()
    for lead_id in LEADS:
        create_lead(lead_id, values={"phone": ONE})
    for number in (8, 9):
        create_lead(f"lead_{number}", values={"phone": TWO})


def counted(content: str) -> Import:
    return run_file(content, ImportKind.FORGET)


def shown(job: Import) -> Effect:
    return effect_of(get_import(job.id)).effect


def test_PRI_11_the_effect_says_that_there_are_more_leads_than_counted() -> None:
    effect = shown(counted(f"phone\n{ONE}\n"))
    assert effect.summary.startswith("More than 3 leads will be erased")
    assert (effect.numbers["leads"], effect.numbers["more"]) == (3, True)


def test_PRI_11_a_file_whose_leads_are_all_counted_says_up_to() -> None:
    effect = shown(counted(f"phone\n{TWO}\n"))
    assert effect.summary.startswith("Up to 2 lead(s) will be erased")
    assert (effect.numbers["leads"], effect.numbers["more"]) == (2, False)


@pytest.mark.parametrize("rows", [(ONE, TWO), (TWO, ONE), (TWO, ONE, TWO), (ONE, ONE)])
def test_PRI_11_one_contact_with_more_leads_is_enough(rows: tuple[str, ...]) -> None:
    assert shown(counted("phone\n" + "\n".join(rows) + "\n")).numbers["more"] is True


def test_PRI_11_more_is_kept_over_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use_case, "AT_ONCE", dict.fromkeys(ImportKind, 1))
    effect = shown(counted(f"phone\n{ONE}\n{TWO}\n202-555-0111\n"))
    assert (effect.numbers["leads"], effect.numbers["more"]) == (5, True)


def test_PRI_21_the_verdict_on_a_row_says_more_and_every_lead_is_erased() -> None:
    job = counted(f"phone\n{ONE}\n{TWO}\n")
    confirmed(lambda given: confirm_import(MANAGER, job.id, given, NOW))
    run_import(job.id, import_run(NOW))
    for now in (NOW + 1, NOW + 100, NOW + 200):
        carry_out_forgets(partial(int, now), lambda: True)

    assert [row["detail"] for row in result_rows(get_import(job.id))] == ["3+", "2"]
    assert all(facts_of(lead_id, NOW + 200).erased_at is not None for lead_id in LEADS)


def test_RET_12_the_ledger_has_the_effect_with_more() -> None:
    job = counted(f"phone\n{ONE}\n")
    confirmed(lambda given: confirm_import(MANAGER, job.id, given, NOW))
    (entry,) = (
        one for one in ledger.list_subject(f"import/{job.id}", NOW) if one.action == "import_confirmed"
    )
    assert str((entry.detail or {})["effect"]).startswith("More than 3 leads")


def test_RET_12_more_leads_need_another_confirmation() -> None:
    some, more = (ImportProgress(leads=3, more=more) for more in (False, True))
    job = counted(f"phone\n{TWO}\n")
    bindings = {effect_of(replaced(job, progress)).binding for progress in (some, more)}
    assert len(bindings) == 2


def test_PRI_22_progress_that_was_stored_before_reads_as_counted() -> None:
    stored: dict[str, Any] = asdict(ImportProgress(leads=3))
    del stored["more"]
    assert ImportProgress(**stored).more is False


@pytest.mark.parametrize(("detail", "leads", "more"), [("3+", 3, True), ("2", 2, False), ("0+", 0, True)])
def test_PRI_22_progress_adds_the_leads_of_each_row(detail: str, leads: int, more: bool) -> None:
    row = RowResult(1, verdicts.FORGOTTEN, detail=detail)
    (again,) = verdicts.read_results(verdicts.written([row]))
    progress = verdicts.with_results(ImportProgress(), [again], 10, 2)
    assert (progress.leads, progress.more) == (leads, more)


def replaced(job: Import, progress: ImportProgress) -> Import:
    return replace(job, progress=progress)
