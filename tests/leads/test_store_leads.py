"""The facts of leads: inserted once, changed over the version read (data-model.md, Deadlines and expiry)."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.core.paging import Page
from chalicelib.core.retention import Policy, Retention, Setting, setting_of_none
from chalicelib.core.times import DAY_S
from chalicelib.leads.domain.leads import Activity, Facts, IntakeAnswer, Status
from chalicelib.leads.store import activities, leads
from chalicelib.leads.store.leads_rows import FactsRow
from tests.factories.rows import DUE, NOW, create_facts, write
from tests.harness import units

pytestmark = pytest.mark.usefixtures("aws")


def row(lead_id: str = "lead_1") -> FactsRow:
    """Return the row in the table."""
    return FactsRow.get(lead_id, leads.LEAD)


FULL = create_facts(
    retention=Retention(
        NOW,
        Policy(10, 3),
        setting=Setting(NOW + 20 * DAY_S, days=20),
        outcome_due_at=NOW + 60 * DAY_S,
        hold_until=NOW + 90 * DAY_S,
        base_due_at=DUE,
    ),
    currency="EUR",
    category="solar",
    group="brand_a",
    first_agent_id="usr_1",
    agent_id="usr_2",
    stage="contacted",
    outcome="won",
    assigned_at=NOW + 4,
    last_activity_at=NOW + 5,
    follow_up_on="2023-11-20",
    blocked_at=NOW + 7,
    basis=None,
    confirmed_by="digest",
    activity_mark="mark",
)


def test_many_leads_are_read_in_the_given_order() -> None:
    write(leads.insert(create_facts("lead_1")), leads.insert(create_facts("lead_2")))
    lead_ids = ["lead_2", "lead_none", *(f"lead_{number}" for number in range(3, 150)), "lead_1", "lead_2"]

    listed = leads.get_many(lead_ids, NOW)

    assert list(listed) == ["lead_2", "lead_1"]
    assert listed["lead_1"] == leads.get("lead_1", NOW)
    assert leads.get_many([], NOW) == {}


@pytest.mark.parametrize(
    "given_facts",
    [
        create_facts(),
        FULL,
        create_facts(status=Status.HELD, reasons=("outside_criteria", "watched_contact"), price=None),
        create_facts(
            status=Status.REJECTED, reasons=("x",), retention=Retention(NOW, Policy(10, 3), rejected=True)
        ),
        create_facts(status=Status.DUPLICATE, duplicate_of="lead_0", retention=Retention(NOW, rejected=True)),
        create_facts(retention=Retention(NOW), answer=None, digest=None, price=None),
        create_facts(retention=Retention(NOW, setting=setting_of_none("contract"))),
        create_facts(retention=Retention(NOW, Policy(1), forgotten_at=NOW + 3), erasing_at=NOW + 3),
        create_facts(retention=Retention(NOW, test=True), answer=IntakeAnswer(Status.ACCEPTED, test=True)),
        create_facts(erased_at=NOW + 9, erasing_at=NOW + 8, basis="retention", digest=None),
        create_facts(
            answer=IntakeAnswer(Status.ACCEPTED, price=Decimal("0"), currency="USD"), price=Decimal("0")
        ),
        create_facts(answer=IntakeAnswer(Status.DUPLICATE, reason="duplicate", duplicate_of="lead_0")),
    ],
)
def test_a_written_row_is_read_back(given_facts: Facts) -> None:
    write(leads.insert(given_facts))

    assert leads.get("lead_1", NOW) == given_facts
    assert leads.from_batch("lead_1", batch.read([leads.key("lead_1")], NOW)) == given_facts


def test_INT_4_a_price_of_0_is_not_the_same_as_unset() -> None:
    free = IntakeAnswer(Status.ACCEPTED, price=Decimal("0.00"), currency="USD")
    write(leads.insert(create_facts(answer=free, price=Decimal("0.00"))))

    stored = leads.get("lead_1", NOW)
    assert stored is not None
    assert stored.answer is not None
    assert (str(stored.price), str(stored.answer.price)) == ("0.00", "0.00")


def test_data_model_facts_stay_under_1_KB() -> None:
    largest = replace(
        FULL,
        lead_id="lead_" + "a" * 26,
        campaign_id="cmp_" + "a" * 26,
        project_id="prj_" + "a" * 26,
        source_id="crd_" + "a" * 26,
        first_agent_id="a" * 36,
        agent_id="b" * 36,
        digest="d" * 22,
        confirmed_by="c" * 64,
        activity_mark="m" * 54,
        duplicate_of="lead_" + "a" * 26,
    )

    assert units.item_bytes(leads.insert(largest).row.serialize()) <= 1024


def test_INT_10_a_lead_is_inserted_only_if_absent() -> None:
    write(leads.insert(create_facts()))

    with pytest.raises(batch.Cancelled):
        write(leads.insert(create_facts(campaign_id="cmp_2")))
    assert leads.get("lead_1", NOW) == create_facts()


def test_a_change_requires_the_version_read() -> None:
    write(leads.insert(create_facts()))
    after = replace(create_facts(), agent_id="usr_1", last_activity_at=NOW + 5)

    write(leads.update(create_facts(), after, NOW))

    assert leads.get("lead_1", NOW) == replace(after, version=2)
    with pytest.raises(batch.Cancelled):
        write(leads.update(create_facts(), replace(create_facts(), stage="contacted"), NOW))


def test_a_change_keeps_other_marks_and_moves_the_worklist() -> None:
    write(leads.insert(create_facts()))
    write(leads.mark_counted("lead_1"))

    write(
        leads.update(create_facts(), replace(create_facts(), agent_id="usr_1", last_activity_at=NOW + 5), NOW)
    )

    assert row().counted == 1
    assert (row().worklist, row().worklist_at) == ("open#prj_1#usr_1", NOW + 5)


@pytest.mark.parametrize("how", [leads.update, leads.move_deadline])
def test_no_update_restores_a_missing_row(how: Any) -> None:
    with pytest.raises(batch.Cancelled):
        write(how(create_facts(), replace(create_facts(), agent_id="usr_1"), NOW))
    with pytest.raises(batch.Cancelled):
        write(leads.mark_counted("lead_1"))
    with pytest.raises(batch.Cancelled):
        write(leads.begin_erasure(create_facts(), replace(create_facts(), erasing_at=DUE), DUE))
    with pytest.raises(batch.Cancelled):
        write(leads.mark_erased(create_facts(), replace(create_facts(), erased_at=DUE)))

    assert list(FactsRow.scan()) == []


@pytest.mark.parametrize(("now", "allowed"), [(DUE - 1, True), (DUE, False), (DUE + 10**6, False)])
@pytest.mark.parametrize("how", [leads.update, leads.move_deadline])
def test_data_model_a_lead_past_its_end_is_not_changed(how: Any, now: int, allowed: bool) -> None:
    write(leads.insert(create_facts()))
    change = how(create_facts(), replace(create_facts(), stage="contacted"), now)

    if allowed:
        write(change)
        return
    with pytest.raises(batch.Cancelled):
        write(change)
    assert leads.get("lead_1", now) == create_facts()


@pytest.mark.parametrize(
    ("retention", "now", "allowed"),
    [
        (Retention(NOW, Policy(10), base_due_at=DUE), DUE - 1, True),
        (Retention(NOW, Policy(10), base_due_at=DUE), DUE, False),
        (Retention(NOW, Policy(10), setting=Setting(DUE + 99), base_due_at=DUE), DUE, False),
        (Retention(NOW, Policy(10), setting=Setting(DUE + 99), base_due_at=DUE), DUE - 1, True),
        (Retention(NOW, Policy(10), setting=Setting(None), base_due_at=DUE), DUE, False),
        (Retention(NOW, setting=Setting(DUE)), DUE - 1, True),
        (Retention(NOW, setting=Setting(DUE)), DUE, False),
        (Retention(NOW, Policy(10), base_due_at=DUE, hold_until=DUE + 99), DUE, False),
        (Retention(NOW), DUE, True),
    ],
)
def test_RET_11_from_the_initial_deadline_on_nothing_changes(
    retention: Retention, now: int, allowed: bool
) -> None:
    before = create_facts(retention=retention)
    write(leads.insert(before))
    after = replace(before, retention=replace(retention, setting=Setting(DUE + 200)))

    if not allowed:
        with pytest.raises(batch.Cancelled):
            write(leads.move_deadline(before, after, now))
        assert leads.get("lead_1", now) == before
        return
    write(leads.move_deadline(before, after, now))
    assert row().erase_at == DUE + 200
    assert row().due_shard == leads.due_shard("lead_1")


def test_RET_15_an_erasure_is_marked_once_and_finished_once() -> None:
    write(leads.insert(create_facts()))
    begun = replace(create_facts(), erasing_at=DUE)
    result = replace(begun, version=2, erased_at=DUE + 1, basis="retention", digest=None)

    with pytest.raises(batch.Cancelled):
        write(leads.begin_erasure(create_facts(), begun, DUE - 1))
    write(leads.begin_erasure(create_facts(), begun, DUE))
    with pytest.raises(batch.Cancelled):
        write(leads.begin_erasure(create_facts(), begun, DUE))
    write(leads.mark_erased(replace(begun, version=2), result))
    with pytest.raises(batch.Cancelled):
        write(leads.mark_erased(replace(begun, version=3), result))

    assert leads.get("lead_1", DUE + 2) == replace(result, version=3)
    assert not {"due_shard", "worklist", "digest"} & set(row().serialize())


@pytest.mark.parametrize("how", [leads.update, leads.move_deadline])
def test_RET_15_after_the_mark_nothing_moves_the_lead(how: Any) -> None:
    held = create_facts(retention=Retention(NOW, Policy(10), base_due_at=DUE + 99), erasing_at=NOW)
    write(leads.insert(held))

    with pytest.raises(batch.Cancelled):
        write(how(held, replace(held, stage="contacted"), NOW))
    with pytest.raises(batch.Cancelled):
        write(leads.require_live("lead_1", NOW))


@pytest.mark.parametrize(("now", "alive"), [(DUE - 1, True), (DUE, False)])
def test_data_model_a_part_is_written_only_under_a_live_lead(now: int, alive: bool) -> None:
    write(leads.insert(create_facts()))
    activity = Activity(NOW + 1, "act_1", "call", "user", "usr_1", {"result": "no_answer"})

    if alive:
        write(leads.require_live("lead_1", now), activities.append(create_facts(), activity))
        assert activities.list_all("lead_1", now) == (activity,)
        return
    with pytest.raises(batch.Cancelled):
        write(leads.require_live("lead_1", now), activities.append(create_facts(), activity))
    assert activities.list_all("lead_1", now) == ()


def test_data_model_no_part_is_written_without_facts() -> None:
    with pytest.raises(batch.Cancelled):
        write(
            leads.require_live("lead_1", NOW),
            activities.append(create_facts(), Activity(NOW, "a", "call", "user", "u")),
        )


def test_WRK_16_activities_are_read_in_order_and_stored_once() -> None:
    entries = [Activity(NOW + at, f"act_{at}", "call", "user", "usr_1") for at in (5, 1, 900_000)]
    write(
        leads.insert(create_facts()),
        *(activities.append(create_facts(), activity) for activity in entries),
    )

    assert [activity.at - NOW for activity in activities.list_all("lead_1", NOW)] == [1, 5, 900_000]
    with pytest.raises(batch.Cancelled):
        write(activities.append(create_facts(), entries[0]))


def test_data_model_a_lead_is_counted_once() -> None:
    write(leads.insert(create_facts()))
    write(leads.mark_counted("lead_1"))

    with pytest.raises(batch.Cancelled):
        write(leads.mark_counted("lead_1"))


WAITING = create_facts(enters_later=True)


def test_CAM_9_a_lead_that_enters_the_duplicate_index_does_so_once_and_keeps_its_version() -> None:
    write(leads.insert(WAITING))
    write(leads.mark_counted_and_entered(WAITING, NOW))

    assert leads.get("lead_1", NOW) == create_facts()
    assert leads.is_counted("lead_1", NOW)
    with pytest.raises(batch.Cancelled):
        write(leads.mark_counted_and_entered(WAITING, NOW))


@pytest.mark.parametrize(
    ("changes", "now"),
    [({"version": 2}, NOW), ({"erasing_at": NOW}, NOW), ({}, DUE)],
    ids=["changed", "being erased", "past its end"],
)
def test_CAM_9_a_lead_that_has_changed_or_ends_does_not_enter(changes: dict[str, Any], now: int) -> None:
    write(leads.insert(replace(WAITING, **changes)))
    with pytest.raises(batch.Cancelled):
        write(leads.mark_counted_and_entered(WAITING, now))


@pytest.mark.parametrize(
    "change",
    [
        lambda: leads.update(WAITING, replace(WAITING, stage="contacted"), NOW),
        lambda: leads.rekey(WAITING, NOW),
        lambda: leads.begin_erasure(WAITING, replace(WAITING, erasing_at=DUE), DUE),
        lambda: leads.require_version(WAITING, NOW),
    ],
    ids=["update", "rekey", "erasure", "stamp"],
)
def test_CAM_9_a_change_of_a_lead_that_has_entered_since_is_cancelled(change: Any) -> None:
    write(leads.insert(WAITING))
    write(leads.mark_counted_and_entered(WAITING, NOW))
    with pytest.raises(batch.Cancelled):
        write(change())


def test_INT_16_leads_of_a_campaign_and_day_are_listed_newest_first() -> None:
    for number in range(5):
        write(
            leads.insert(
                create_facts(f"lead_{number}", received_at=NOW + number, retention=Retention(NOW + number))
            )
        )
    write(
        leads.insert(create_facts("lead_next", received_at=NOW + DAY_S)),
        leads.insert(create_facts("other", campaign_id="c2")),
    )

    first = leads.list_day("cmp_1", "2023-11-14", 3, None)
    second = leads.list_day("cmp_1", "2023-11-14", 3, first.next)

    assert (first.items, second) == (["lead_4", "lead_3", "lead_2"], Page(["lead_1", "lead_0"], None))


def test_RET_16_leads_past_their_deadline_are_found_by_shard() -> None:
    for number in range(8):
        retention = Retention(NOW + number, Policy(10))
        write(leads.insert(create_facts(f"lead_{number}", received_at=NOW + number, retention=retention)))
    write(leads.insert(create_facts("never", retention=Retention(NOW))))
    write(leads.insert(create_facts("done", erasing_at=DUE, erased_at=DUE)))

    due: list[leads.DueLead] = []
    for shard in range(leads.DUE_SHARDS):
        page = leads.list_due(shard, DUE + 3, 10)
        assert page == Page(sorted(page.items, key=lambda item: item.erase_at), None)
        due += page.items

    assert sorted(due) == [(f"lead_{number}", DUE + number, "cmp_1") for number in range(4)]


def test_RET_16_the_shards_are_evenly_filled() -> None:
    filled = [leads.due_shard(f"lead_{number}") for number in range(1600)]

    assert set(filled) == {f"due#{number:02d}" for number in range(leads.DUE_SHARDS)}
    assert max(filled.count(shard) for shard in set(filled)) < 200


@pytest.mark.parametrize(("until", "expected"), [(NOW + 6, None), (NOW + 5, NOW + 5), (None, NOW + 5)])
def test_RET_19_no_forget_ends_a_lead_while_it_is_under_a_legal_hold(
    until: int | None, expected: int | None
) -> None:
    held = create_facts(retention=Retention(NOW, Policy(10), hold_until=until))
    write(leads.insert(held))
    after = replace(held, retention=replace(held.retention, forgotten_at=NOW + 5))

    with suppress(batch.Cancelled):
        write(leads.mark_forgotten(held, after, NOW + 5))

    assert row().forgotten_at == expected
