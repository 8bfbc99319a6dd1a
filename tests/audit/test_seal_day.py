"""Each day of the ledger is sealed once, whatever fails and however many runs there are."""

import hashlib
from collections.abc import Iterator

import boto3
import pytest

from chalicelib import settings
from chalicelib.audit import domain as seals
from chalicelib.audit.domain import GENESIS
from chalicelib.audit.usecases import seal_day as use_case
from chalicelib.audit.usecases.read_seals import latest_seal, list_seals, locked_day, prove
from chalicelib.audit.usecases.seal_day import seal_days
from chalicelib.aws import clients, seal_archive
from chalicelib.aws.dynamodb import leases
from chalicelib.aws.dynamodb.batch import write_one
from chalicelib.core.access import SYSTEM
from chalicelib.core.errors import Unavailable
from chalicelib.core.times import DAY_S, utc_day
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import Entry
from chalicelib.organisation.domain.configuration import Organisation
from tests.factories.leads import DAY, NOW

MIDNIGHT = NOW - NOW % DAY_S
TODAY = utc_day(NOW)
DUE = MIDNIGHT + DAY_S + 3600


@pytest.fixture(autouse=True)
def _buckets(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SEALS_BUCKET", "seals-test")
    settings.current.cache_clear()
    clients.clear_cache()
    boto3.client("s3").create_bucket(Bucket="seals-test")
    yield
    clients.clear_cache()


def create_entry(name: str, at: int = NOW) -> Entry:
    """Add an entry to the ledger."""
    entry = ledger_entries.change(
        SYSTEM, f"lead/{name}", "hold", at, ledger_entries.entry_id(name), detail={"text": "é"}
    )
    ledger.append(entry, Organisation())
    return entry


def seal(now: int, holder: str = "run_1") -> list[str]:
    """Run the sealing."""
    return seal_days(holder, lambda: True, now)


def test_PRI_32_a_day_is_sealed_an_hour_after_its_end() -> None:
    entry = create_entry("a")
    assert TODAY not in seal(DUE - 1)
    assert seal(DUE) == [TODAY]
    assert seal(DUE) == []
    sealed = locked_day(TODAY)
    assert sealed is not None
    assert seals.leaf_of(seals.canonical_bytes(entry)) in sealed.leaves


def test_PRI_32_missed_days_are_sealed_in_order() -> None:
    create_entry("a")
    seal(DUE)
    create_entry("b", NOW + DAY)
    assert seal(DUE + 4 * DAY) == [utc_day(NOW + number * DAY) for number in range(1, 5)]
    page = list_seals(10, None, DUE + 4 * DAY)
    chain = page.items[::-1]
    assert page.next is None
    assert chain[0].previous == GENESIS
    assert [item.previous for item in chain[1:]] == [item.digest for item in chain[:-1]]


def test_PRI_32_a_run_seals_as_many_days_as_it_has_time_for() -> None:
    seal(DUE)
    time = iter([True, True, False, False])
    assert len(seal_days("run_1", lambda: next(time), DUE + 4 * DAY)) == 2
    assert len(seal(DUE + 4 * DAY)) == 2


def test_PRI_32_leaves_are_sorted_and_include_the_previous_seal() -> None:
    seal(DUE - DAY)
    for number in range(40):
        create_entry(f"e{number}", MIDNIGHT + (number * 7919) % DAY_S)
    seal(DUE)
    entries = [place.entry for place in ledger.places_of_day(TODAY, None, DUE) if place.entry]
    sealed = locked_day(TODAY)
    assert sealed is not None
    assert list(sealed.leaves) == [seals.leaf_of(seals.canonical_bytes(entry)) for entry in entries]
    assert len(entries) == 41
    assert "sealed" in {entry.action for entry in entries}


def test_PRI_32_a_late_entry_is_sealed_with_the_next_day() -> None:
    seal(DUE)
    late = create_entry("late")
    assert prove(late, DUE) is None
    seal(DUE + DAY)
    proof = prove(late, DUE + DAY)
    assert proof is not None
    assert proof.holds()
    assert proof.seal.day == utc_day(NOW + DAY)
    seal(DUE + 2 * DAY)
    later = locked_day(utc_day(NOW + 2 * DAY))
    assert later is not None
    assert later.late == ()


def test_PRI_32_the_first_seal_includes_the_week_before() -> None:
    entry = create_entry("old", NOW - 5 * DAY)
    seal(DUE)
    proof = prove(entry, DUE)
    assert proof is not None
    assert proof.seal.day == TODAY


def test_PRI_32_a_crash_between_object_and_entry_gives_the_same_seal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    create_entry("a")
    with monkeypatch.context() as broken:
        broken.setattr(seals, "seal_entry", _crash)
        with pytest.raises(Unavailable):
            seal(DUE)
    before = locked_day(TODAY)
    assert before is not None
    assert latest_seal(DUE) is None
    create_entry("in between")
    assert seal(DUE + DAY, "run_2")[0] == TODAY
    assert locked_day(TODAY) == before
    assert list_seals(9, None, DUE + DAY).items[1] == before.seal


def test_PRI_32_two_runs_at_once_write_one_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    create_entry("a")
    created = use_case._sealed_now(TODAY, None, DUE)
    create_entry("b")
    seal(DUE)
    monkeypatch.setattr(use_case, "_sealed_now", lambda *_: created)
    use_case.seal_day(TODAY, None, DUE + 9)
    stored_value = locked_day(TODAY)
    assert stored_value is not None
    assert stored_value.seal != created.seal
    assert len(ledger.list_subject(f"seal/{TODAY}", DUE)) == 1


def test_PRI_32_a_second_run_at_the_same_time_does_nothing() -> None:
    write_one(leases.acquire("seal", "run_1", DUE, DUE + 900))
    assert seal(DUE, "run_2") == []
    assert seal(DUE + 900, "run_2") == [TODAY]


def test_PRI_32_an_entry_changed_after_sealing_has_no_proof() -> None:
    entry = create_entry("a")
    seal(DUE)
    row = ledger.LedgerRow.get(entry.subject, entry.at_id)
    row.body = row.body.replace("hold", "call")
    row.save()
    changed = ledger.list_subject(entry.subject, DUE)[0]
    assert prove(changed, DUE) is None


def test_PRI_32_the_sealed_object_contains_only_digests() -> None:
    create_entry("lead-name")
    seal(DUE)
    text = seal_archive.get(f"seals/{TODAY}.json")
    assert text is not None
    assert b"lead-name" not in text
    assert hashlib.sha256(b"").hexdigest() not in text.decode()


def _crash(*_: object) -> Entry:
    raise Unavailable("crash")
