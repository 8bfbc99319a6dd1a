"""Finishing an erasure (RET-15, RET-16, PRI-32)."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.dynamodb import batch, counters
from chalicelib.campaigns.domain.campaign_settings import Duplicates
from chalicelib.core.access import SYSTEM
from chalicelib.core.retention import Policy
from chalicelib.core.times import iso, utc_day
from chalicelib.leads.store import contact_index, leads, people
from chalicelib.leads.store.leads_rows import FactsRow
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry, EntryKind
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from chalicelib.privacy.usecases.finish_erasure import ErasureStatus, finish_erasure
from tests.factories.leads import (
    DAY,
    ENTERS_AT_ONCE,
    NOW,
    create_campaign,
    create_comments,
    create_lead,
    create_organisation,
    facts_of,
    stamps_of,
)
from tests.harness.faults import metered

pytestmark = pytest.mark.usefixtures("aws")
DUE = NOW + 10 * DAY


def receipts(lead_id: str = "lead_1") -> list[Entry]:
    return [entry for entry in ledger.list_subject(f"lead/{lead_id}", NOW) if entry.kind is EntryKind.RECEIPT]


def erased_count(campaign_id: str = "cmp_1") -> int:
    return counters.read_day(f"statistics#{campaign_id}", utc_day(NOW)).get("erased", 0)


def mark_forgotten(lead_id: str, now: int) -> None:
    facts = facts_of(lead_id)
    after = replace(facts, retention=replace(facts.retention, forgotten_at=now))
    batch.write([leads.update(facts, after, now)], batch.token_of("forget", lead_id))


def test_RET_15_everything_of_the_person_is_removed_and_facts_stay() -> None:
    create_organisation(duplicates=ENTERS_AT_ONCE)
    before = create_lead()
    create_comments("lead_1", 3)
    assert len(stamps_of("lead_1")) == 1 + 3 + 2 + 1

    assert finish_erasure("lead_1", "schedule", DUE + 60).status is ErasureStatus.FINISHED

    assert stamps_of("lead_1") == {}
    assert list(people.PersonRow.scan()) == []
    assert list(contact_index.ContactRow.scan()) == []
    facts = facts_of("lead_1")
    assert facts == replace(
        before,
        answer=None,
        digest=None,
        erasing_at=DUE + 60,
        erased_at=DUE + 60,
        basis="retention",
        version=3,
    )
    row = FactsRow.get("lead_1", "lead")
    assert not {"due_shard", "worklist"} & row.serialize().keys()


def test_PRI_32_the_receipt_says_what_was_removed_when_and_why() -> None:
    create_organisation(duplicates=ENTERS_AT_ONCE)
    create_lead()
    create_comments("lead_1", 2)
    finish_erasure("lead_1", "stream", DUE + 60)
    (receipt,) = receipts()
    assert (receipt.actor_id, receipt.action, receipt.through) == (SYSTEM.id, "erased", "stream")
    assert receipt.detail == {
        "lead_id": "lead_1",
        "basis": "retention",
        "due_at": iso(DUE),
        "erase_at": iso(DUE),
        "erased_at": iso(DUE + 60),
        "lag_s": 60,
        "stores": {"people": 3, "contacts": 2, "windows": 1, "ttl_first": False},
        "recipients": [],
    }
    assert erased_count() == 1


@pytest.mark.parametrize(("campaign_id", "more"), [("cmp_2", {}), ("cmp_1", {"test": True})])
def test_PRI_32_a_lead_that_was_no_original_left_no_index_row(campaign_id: str, more: dict[str, Any]) -> None:
    create_organisation(duplicates=ENTERS_AT_ONCE)
    create_campaign("cmp_2", policy=Policy(10), duplicates=Duplicates(enabled=True, scope="organisation"))
    create_lead()
    assert create_lead("lead_2", NOW, campaign_id, **more).is_original is False
    with metered() as meter:
        finish_erasure("lead_2", "schedule", DUE)
    (receipt,) = receipts("lead_2")
    assert receipt.detail is not None
    assert receipt.detail["stores"] == {"people": 1, "contacts": 2, "windows": 0, "ttl_first": False}
    assert meter.operations["Query"] == 1
    assert any(part.startswith("window") for part in stamps_of("lead_1"))


def test_RET_15_a_second_run_changes_nothing() -> None:
    create_organisation(duplicates=ENTERS_AT_ONCE)
    create_lead()
    finish_erasure("lead_1", "stream", DUE)
    before = facts_of("lead_1")
    with metered() as meter:
        assert finish_erasure("lead_1", "schedule", DUE + 60).status is ErasureStatus.ALREADY
    assert meter.operations == {"GetItem": 1}
    assert facts_of("lead_1") == before
    assert len(receipts()) == 1
    assert erased_count() == 1


@pytest.mark.parametrize(("policy", "due_in_s"), [(Policy(10), 1), (Policy(), None)])
def test_RET_15_a_lead_before_its_deadline_is_not_erased(policy: Policy, due_in_s: int | None) -> None:
    create_organisation(policy, duplicates=ENTERS_AT_ONCE)
    create_lead()
    before = stamps_of("lead_1")
    outcome = finish_erasure("lead_1", "stream", DUE - 1)
    assert (outcome.status, outcome.due_in_s) == (ErasureStatus.NOT_DUE, due_in_s)
    assert stamps_of("lead_1") == before
    assert finish_erasure("lead_none", "stream", DUE).status is ErasureStatus.UNKNOWN


def test_RET_15_the_receipt_says_if_ttl_removed_the_person_first() -> None:
    create_organisation(duplicates=ENTERS_AT_ONCE)
    create_lead()
    create_comments("lead_1", 1)
    people.PersonRow("lead_1", "person").delete()
    finish_erasure("lead_1", "stream", DUE)
    (receipt,) = receipts()
    assert receipt.detail is not None
    assert receipt.detail["stores"] == {"people": 1, "contacts": 0, "windows": 0, "ttl_first": True}
    assert list(people.PersonRow.scan()) == []
    assert facts_of("lead_1").erased_at == DUE


def test_RET_15_the_index_row_keeps_the_other_originals() -> None:
    create_organisation(duplicates=ENTERS_AT_ONCE)
    create_campaign("cmp_2", policy=Policy(30), duplicates=ENTERS_AT_ONCE)
    create_lead("lead_1")
    create_lead("lead_2", campaign_id="cmp_2")
    finish_erasure("lead_1", "schedule", DUE)
    (window,) = [row for row in contact_index.ContactRow.scan() if row.originals]
    assert [original["lead_id"] for original in json.loads(window.originals)] == ["lead_2"]
    assert window.expires_at == NOW + 30 * DAY
    assert len(stamps_of("lead_2")) == 4


@pytest.mark.parametrize(("basis", "more"), [("test", {"test": True}), ("forget", {})])
def test_RET_15_the_ground_is_the_origin_of_the_deadline(basis: str, more: dict[str, Any]) -> None:
    create_organisation(duplicates=ENTERS_AT_ONCE)
    create_lead(**more)
    if basis == "forget":
        mark_forgotten("lead_1", NOW + DAY)
    finish_erasure("lead_1", "forget", NOW + DAY)
    (receipt,) = receipts()
    assert receipt.detail is not None
    assert receipt.detail["basis"] == facts_of("lead_1").basis == basis
    assert erased_count() == (1 if basis == "forget" else 0)


@pytest.mark.parametrize("extra", [0, 1, 20])
def test_an_erasure_costs_at_most_one_write_a_row_and_four(extra: int) -> None:
    create_organisation(duplicates=ENTERS_AT_ONCE)
    create_lead()
    create_comments("lead_1", extra)
    rows = 1 + len(stamps_of("lead_1"))
    with metered() as meter:
        finish_erasure("lead_1", "schedule", DUE)
    written = sum(
        sum(attempt.tables.values())
        for attempt in meter.attempts
        if attempt.operation not in ("GetItem", "Query")
    )
    assert written <= rows + 4


def test_RET_16_the_lag_is_measured_once(capsys: pytest.CaptureFixture[str]) -> None:
    create_organisation(duplicates=ENTERS_AT_ONCE)
    create_lead()
    for later in (90, 95):
        finish_erasure("lead_1", "schedule", DUE + later)
    lags = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "ErasureLagSeconds" in line]
    assert [line["ErasureLagSeconds"] for line in lags] == [[90]]


def test_RET_15_the_schedule_finishes_leads_overdue_beyond_max_lag() -> None:
    create_organisation(max_lag="PT1H")
    ids = [f"lead_{number}" for number in range(12)]
    for number, lead_id in enumerate(ids):
        create_lead(lead_id, NOW + 600 * number)

    sweep = finish_due_erasures(lambda: True, DUE + 6600)

    erased = [lead_id for lead_id in ids if facts_of(lead_id).erased_at is not None]
    assert erased == ids[:6]
    assert (sweep.finished, sweep.failed, sweep.oldest_overdue_s) == (6, 0, 3000)


def test_RET_15_without_time_it_does_nothing_and_reports_the_rest() -> None:
    create_organisation(max_lag="PT0S")
    create_lead()
    sweep = finish_due_erasures(lambda: False, DUE + 100)
    assert (sweep.finished, sweep.oldest_overdue_s) == (0, 100)
    assert facts_of("lead_1").erased_at is None


def test_RET_15_the_schedule_reads_only_leads_past_their_deadline() -> None:
    create_organisation(max_lag="PT0S")
    create_campaign("cmp_2", policy=Policy(3000))
    create_lead("lead_1")
    finish_due_erasures(lambda: True, DUE - 1)
    reads: list[object] = []
    for more in (0, 30):
        for number in range(more):
            create_lead(f"lead_more_{number}", campaign_id="cmp_2")
        cached_organisation(DUE - 1)  # the settings are cached, as on a warm function
        with metered() as meter:
            finish_due_erasures(lambda: True, DUE - 1)
        reads.append(meter.operations)
    assert reads[0] == reads[1]


def test_RET_15_one_failing_lead_stops_no_other() -> None:
    create_organisation(max_lag="PT0S")
    create_lead("lead_1")
    create_lead("lead_2")
    people.PersonRow("lead_1", "person", body="not json", version=1).save()
    sweep = finish_due_erasures(lambda: True, DUE + 5)
    assert (sweep.finished, sweep.failed, sweep.oldest_overdue_s) == (1, 1, 5)
    assert facts_of("lead_2").erased_at is not None
