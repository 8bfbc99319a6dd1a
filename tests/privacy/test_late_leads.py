"""Leads that were on their way when their contact was forgotten: they are erased, too (PRI-8a, INT-10)."""

import itertools
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.core.errors import Conflict, Unavailable
from chalicelib.imports.domain.import_job import ImportKind
from chalicelib.imports.usecases.change_import import confirm_import
from chalicelib.imports.usecases.run_import import ImportRun, run_import
from chalicelib.intake.usecases import receive_lead as intake
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import FORGETS
from chalicelib.leads.domain import forget_orders as orders_domain
from chalicelib.leads.store import forget_orders, leads
from chalicelib.leads.usecases.read_lead import read_lead
from chalicelib.privacy.domain import forget_work, forgetting
from chalicelib.privacy.usecases import start_forget_order
from chalicelib.privacy.usecases.carry_out_forgets import carry_out_forgets
from chalicelib.privacy.usecases.forget_contact import Forgotten, forget_contact
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from tests.factories.imports import (
    create_bucket,
    get_import,
    import_run,
    put,
    register,
    result_rows,
    run_file,
)
from tests.factories.leads import (
    DAY,
    LEAD,
    MANAGER,
    NOW,
    confirmation_of,
    confirmed,
    create_lead,
    create_manager,
    create_organisation,
    facts_of,
    read_access,
    stamps_of,
)
from tests.harness.faults import Crash, dying, dying_after, fault, meanwhile, metered, step

DESK = read_access(MANAGER, "forget")
TRANSACTION = {"TransactWriteItems"}


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    create_organisation()
    create_lead("lead_1", NOW - 100)


def forget_named(given: Any, keep_out: bool = False, now: int = NOW) -> Forgotten:
    return forget_contact(DESK, "phone", LEAD["phone"], keep_out, given, now)


def work_until(now: int) -> None:
    carry_out_forgets(lambda: now, lambda: True)


def is_gone(lead_id: str, now: int) -> bool:
    return read_lead(read_access(), lead_id, now).person is None


def open_orders(now: int = NOW) -> int:
    return len(forget_orders.read_again(now).orders)


@pytest.mark.parametrize("late", [0, 1, 30, 59])
def test_PRI_8a_a_lead_that_was_on_its_way_is_erased_after_a_small_forget(late: int) -> None:
    receipts = confirmed(forget_named).receipts
    create_lead("lead_2", NOW - late)  # received in time, stored after the answer

    assert len(receipts) == 1
    assert is_gone("lead_2", NOW + 1)
    for now in (NOW + 61, NOW + 122):
        work_until(now)
    assert (stamps_of("lead_2"), open_orders(NOW + 122)) == ({}, 0)
    assert leads.get_as_stored("lead_2", NOW + 122).basis == "forget"  # type: ignore[union-attr]


def test_PRI_8a_a_lead_received_after_the_answer_stays() -> None:
    confirmed(forget_named)
    create_lead("lead_2", NOW + 1)
    work_until(NOW + 61)

    assert facts_of("lead_2", NOW + 61).is_live(NOW + 61)
    assert open_orders(NOW + 61) == 0


def test_PRI_8a_a_lead_whose_write_is_overtaken_by_a_small_forget_is_erased() -> None:
    with fault(
        meanwhile(lambda: confirmed(forget_named)), on=TRANSACTION, table="people", when=step(1)
    ) as fired:
        create_lead("lead_2", NOW - 3)

    assert fired
    assert is_gone("lead_2", NOW + 1)
    for now in (NOW + 61, NOW + 122):
        work_until(now)
    assert stamps_of("lead_2") == {}


def test_PRI_8a_without_the_look_such_a_lead_would_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forget_orders, "open_order", lambda *_: [])
    monkeypatch.setattr(start_forget_order, "_job_writes", lambda *_: [])
    confirmed(forget_named)
    create_lead("lead_2", NOW)
    work_until(NOW + 61)
    assert not is_gone("lead_2", NOW + 61)


def test_PRI_8a_a_contact_without_a_lead_has_its_look_as_well() -> None:
    confirmed(lambda given: forget_contact(DESK, "phone", "202-555-0177", False, given, NOW))
    create_lead("lead_2", NOW - 1, phone="202-555-0177")
    assert is_gone("lead_2", NOW + 1)
    assert not is_gone("lead_1", NOW + 1)


def test_PRI_8a_with_many_open_orders_the_look_comes_without_an_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(start_forget_order, "MAX_LOOKS_OPEN", 0)
    confirmed(forget_named)
    create_lead("lead_2", NOW)

    assert open_orders() == 0
    for now in (NOW + 61, NOW + 122):
        work_until(now)
    assert stamps_of("lead_2") == {}
    assert [jobs.get(one, NOW).state for one in jobs.list_waiting(NOW + 122, FORGETS)] == []  # type: ignore[union-attr]


def test_PRI_8a_small_forgets_leave_room_for_orders() -> None:
    assert orders_domain.MAX_LOOKS_OPEN * 2 < orders_domain.MAX_OPEN


@pytest.mark.parametrize("crash", [dying, dying_after])
@pytest.mark.parametrize("number", range(1, 5))
def test_PRI_8_a_small_forget_that_stops_anywhere_is_completed_by_a_repeat(crash: Any, number: int) -> None:
    given = confirmation_of(forget_named)
    try:
        with fault(crash, on=TRANSACTION | {"PutItem"}, when=step(number)):
            forget_named(given)
    except Crash:
        pass
    receipts = forget_named(given).receipts
    create_lead("lead_2", NOW)
    for now in (NOW + 61, NOW + 122):
        work_until(now)
    assert len(receipts) == 1
    assert (stamps_of("lead_1"), stamps_of("lead_2"), open_orders(NOW + 122)) == ({}, {}, 0)


def test_RET_19_a_legal_hold_that_comes_at_the_same_time_refuses_the_small_forget() -> None:
    given = confirmation_of(forget_named)

    def hold() -> None:
        place_legal_hold(MANAGER, "lead_1", "litigation", NOW + DAY, NOW)

    with (
        fault(meanwhile(hold), on=TRANSACTION, table="contacts", when=step(1)) as fired,
        pytest.raises(Conflict) as refused,
    ):
        forget_named(given)
    assert fired
    assert (refused.value.code, is_gone("lead_1", NOW), open_orders()) == ("legal_hold", False, 0)


def test_B9_the_look_adds_two_reads_and_no_write_call_to_a_small_forget() -> None:
    given = confirmation_of(forget_named)
    with metered() as meter:
        forget_named(given)
    of_orders = [
        one for one in meter.attempts if one.operation == "Query" and one.tables.keys() & {"contacts"}
    ]
    assert sum(one.operation in ("PutItem", "TransactWriteItems") for one in meter.attempts) <= 4
    assert len(of_orders) <= 5


# files


@pytest.mark.parametrize("keep_out", [False, True])
def test_PRI_8a_a_lead_that_was_on_its_way_is_erased_after_its_row_of_a_file(keep_out: bool) -> None:
    create_manager()
    create_bucket()
    job = run_file(f"phone\n{LEAD['phone']}\n", ImportKind.FORGET, "prj_1")
    confirmed(lambda given: confirm_import(MANAGER, job.id, given, NOW))
    run_import(job.id, import_run(NOW))
    create_lead("lead_2", NOW)

    assert open_orders() == 0
    for now in (NOW + 61, NOW + 122):
        work_until(now)
    assert (stamps_of("lead_1"), stamps_of("lead_2")) == ({}, {})


def test_PRI_8a_each_batch_of_a_file_has_its_own_look(monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.imports.usecases import run_import as use_case

    monkeypatch.setattr(use_case, "AT_ONCE", dict.fromkeys(ImportKind, 2))
    create_manager()
    create_bucket()
    numbers = [f"202-555-01{number:02d}" for number in range(50, 55)]
    job = run_file("phone\n" + "\n".join(numbers) + "\n", ImportKind.FORGET, "prj_1")
    confirmed(lambda given: confirm_import(MANAGER, job.id, given, NOW))
    run_import(job.id, import_run(NOW))
    for number in numbers:
        create_lead(f"lead_{number[-2:]}", NOW, phone=number)
    for now in (NOW + 61, NOW + 122):
        work_until(now)
    assert [stamps_of(f"lead_{number[-2:]}") for number in numbers] == [{}] * 5


# slow writers


def test_PRI_26_each_row_of_a_batch_is_received_at_its_own_instant() -> None:
    create_bucket()
    ticks = itertools.count(NOW, 3)
    rows = "".join(f"Ada,202-555-01{number:02d}\n" for number in range(50, 70))
    upload = put(f"first_name,phone\n{rows}", "imports/leads/cmp_1/x.csv")
    job = register(upload, NOW)
    run_import(job.id, ImportRun(lambda: next(ticks), lambda: True))

    found = [facts_of(row["detail"], NOW + 900).received_at for row in result_rows(get_import(job.id))]
    assert len(set(found)) == 20
    assert found == sorted(found)
    assert found[-1] - found[0] >= 57


def test_PRI_8a_a_lead_of_a_slow_batch_does_not_outlive_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "INLINE", 0)
    create_bucket()
    now = [NOW]
    receive = intake.receive_lead
    from chalicelib.imports.usecases import import_leads

    def slow(submission: Any, at: int) -> Any:
        now[0] += 3
        if now[0] == NOW + 75:
            confirmed(lambda given: forget_named(given, now=now[0]))
            work_until(now[0] + 1)
        return receive(submission, at)

    monkeypatch.setattr(import_leads, "receive_lead", slow)
    rows = [f"A,202-555-01{number:02d}" for number in range(50, 74)]
    content = "first_name,phone\n" + "\n".join([*rows, f"Ada,{LEAD['phone']}"]) + "\n"
    job = register(put(content, "imports/leads/cmp_1/x.csv"), NOW)
    run_import(job.id, ImportRun(lambda: now[0], lambda: True))
    lead_id = result_rows(get_import(job.id))[-1]["detail"]
    for later in (NOW + 140, NOW + 210):
        work_until(later)

    assert leads.get_as_stored(lead_id, NOW).received_at == NOW + 72  # type: ignore[union-attr]
    assert is_gone(lead_id, NOW + 210)
    assert stamps_of(lead_id) == {}


@pytest.mark.parametrize("seconds", [0.0, 39.0])
def test_INT_10_a_lead_is_stored_within_the_time_that_orders_wait(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    readings = iter([0.0, seconds])
    monkeypatch.setattr(clock, "monotonic", lambda: next(readings, seconds))
    create_lead("lead_2", NOW)
    assert facts_of("lead_2").received_at == NOW


@pytest.mark.parametrize("seconds", [40.5, 75.0, 900.0])
def test_INT_10_a_lead_that_takes_longer_is_not_stored(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    readings = iter([0.0, seconds])
    monkeypatch.setattr(clock, "monotonic", lambda: next(readings, seconds))
    with pytest.raises(Unavailable):
        create_lead("lead_2", NOW)
    assert leads.get("lead_2", NOW) is None


def test_INT_10_a_write_that_begins_in_time_ends_before_the_last_look() -> None:
    from chalicelib.aws.dynamodb.rows import MetaDefaults

    a_call = (MetaDefaults.connect_timeout_seconds + MetaDefaults.read_timeout_seconds) * (
        MetaDefaults.max_retry_attempts + 1
    )
    assert intake._WRITES_WITHIN_S + a_call < forget_work._ARRIVES_WITHIN_S
