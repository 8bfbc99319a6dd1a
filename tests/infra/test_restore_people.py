"""Persons and contact index restored: erased persons stay erased, live ones are found (RET-14, PRI-7, PRI-8)."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.core.errors import Effect
from chalicelib.core.retention import Policy
from chalicelib.leads.domain.lead_retention import RetentionRequest
from chalicelib.leads.store import contact_index, forget_orders, leads, people
from chalicelib.leads.store.contact_index import ContactRow
from chalicelib.leads.store.people import PersonRow
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.leads.usecases.set_retention import set_retention
from chalicelib.privacy.domain import forgetting
from chalicelib.privacy.domain.forgetting import effect_of
from chalicelib.privacy.usecases.carry_out_forgets import carry_out_forgets
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from chalicelib.privacy.usecases.forget_contact import contacts_named, forget_contact
from chalicelib.privacy.usecases.mark_forgotten import mark_forgotten
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold, release_legal_hold
from chalicelib.privacy.usecases.start_forget_order import look_later
from infra.restore import contacts as restored_contacts
from infra.restore import people as restored_people
from infra.restore.run import restore
from tests.factories.leads import (
    DAY,
    ENTERS_AT_ONCE,
    LEAD,
    MANAGER,
    NOW,
    confirmed,
    create_campaign,
    create_comments,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
)
from tests.harness.faults import Crash
from tests.infra.restore_support import (
    LATER,
    POINT,
    at_the_point,
    back,
    client,
    forget_as_user,
    restored,
    wanted,
)

ALIKE: dict[str, Any] = {"phone": "202-555-0199"}


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    create_organisation(Policy(10), duplicates=ENTERS_AT_ONCE)
    create_campaign("cmp_0", policy=Policy(None), duplicates=ENTERS_AT_ONCE)
    for number in range(7):
        campaign = "cmp_0" if number == 6 else "cmp_1"
        own = {"phone": f"202-555-013{number}", "email": f"ada{number}@example.com"}
        create_lead(f"lead_{number}", NOW, campaign, {**LEAD, **own})
    create_lead("alike_0", NOW, **ALIKE)
    create_lead("alike_1", NOW + 1, **ALIKE)
    create_comments("lead_0", 2)


def moved(lead_id: str, days: int) -> None:
    confirmed(lambda given: set_retention(MANAGER, lead_id, RetentionRequest(days=days), given, POINT + 95))


def life_since_the_point() -> None:
    """Forget, begin to forget, erase, let fall due, extend, and take in: one lead each."""
    forget_as_user("lead_0", POINT + 60)
    forget_as_user("alike_0", POINT + 61)
    assert mark_forgotten(
        MANAGER, facts_of("lead_1"), effect_of([facts_of("lead_1")], False), "token", POINT + 90
    )
    for lead_id, days in (("lead_2", 4), ("lead_3", 4), ("lead_4", 90)):
        moved(lead_id, days)
    finish_erasure("lead_2", "schedule", NOW + 4 * DAY)
    create_lead("fresh", POINT + 100, phone="202-555-0150", email="fresh@example.com")
    create_lead("alike_2", POINT + 101, **ALIKE)


def rows(table: str) -> dict[tuple[str, ...], dict[str, Any]]:
    with restored(table):
        model: Any = {"people": PersonRow, "contacts": ContactRow}[table]
        found = [one.attribute_values for one in model.scan()]
    names = ("lead_id", "part") if table == "people" else ("ref", "entry")
    return {tuple(str(row[name]) for name in names): row for row in found}


def test_RET_14_a_restored_person_who_was_erased_or_due_since_is_gone_and_the_others_end_as_their_facts_say() -> (
    None
):
    at_the_point("people")
    life_since_the_point()

    report = back("people")

    assert report.wrong == []
    found = rows("people")
    assert {lead_id for lead_id, _ in found} == {"lead_1", "lead_4", "lead_5", "lead_6", "alike_1"}
    ends = {lead_id: row.get("expires_at") for (lead_id, _), row in found.items()}
    assert ends["lead_4"] == NOW + 90 * DAY
    assert ends["lead_5"] == NOW + 10 * DAY
    assert ends["lead_6"] is None
    assert report.done["rows of erased leads deleted"] == 5
    assert report.done["rows of leads past their deadline deleted"] == 1
    assert report.done["rows of forgotten leads left to the schedule"] == 1
    assert report.by_hand["live leads whose person was written after the point"] == 2
    assert back("people").wrong == []
    assert rows("people") == found


def test_RET_14_a_person_who_was_extended_comes_back_although_the_end_in_the_backup_has_passed() -> None:
    at_the_point("people")
    moved("lead_4", 90)

    report = back("people", NOW + 30 * DAY)

    assert report.wrong == []
    assert {lead_id for lead_id, _ in rows("people")} == {"lead_4", "lead_6"}


def test_PRI_8_a_lead_that_is_forgotten_and_came_back_is_finished_by_the_schedule() -> None:
    at_the_point("people")
    life_since_the_point()
    back("people")

    with restored("people"):
        refs = people.get_including_expired("lead_1")["person"]
    assert refs is not None
    listed = [ref for ref in refs.refs if contact_index.list_leads(ref, POINT)]
    finish_erasure("lead_1", "schedule", LATER)
    assert listed
    assert not [ref for ref in refs.refs if "lead_1" in contact_index.list_leads(ref, POINT)]


def test_RET_14_without_the_replay_the_counts_say_who_came_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for table, module in (("people", restored_people), ("contacts", restored_contacts)):
        at_the_point(table)
        monkeypatch.setattr(module, "replay", lambda *_: None)
    life_since_the_point()

    assert any("erased leads" in line for line in back("people").wrong)
    assert any("erased leads" in line for line in back("contacts").wrong)


def test_PRI_8_who_is_forgotten_by_the_record_and_lives_by_the_facts_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at_the_point("people")
    before = facts_of("lead_0")
    forget_as_user("lead_0", POINT + 60)
    batch.write_one(replace(leads.insert(before), condition=None))

    report = back("people")

    assert report.wrong == ["erased or forgotten leads that are live: 1, should be 0"]
    assert not [lead_id for lead_id, _ in rows("people") if lead_id == "lead_0"]


def directory(of: dict[tuple[str, ...], dict[str, Any]]) -> dict[str, Any]:
    """Return what a table of contacts says, versions aside: who is listed and known where, until when."""
    return {
        "/".join(key): (row.get("originals"), row.get("expires_at"))
        for key, row in of.items()
        if row.get("expires_at") is None or row["expires_at"] > LATER
    }


def live_rows() -> dict[tuple[str, ...], dict[str, Any]]:
    return {(one.ref, one.entry): one.attribute_values for one in ContactRow.scan()}


def test_RET_15_the_restored_directory_is_what_the_live_one_was_without_who_is_gone() -> None:
    at_the_point("contacts")
    life_since_the_point()
    finish_erasure("lead_1", "schedule", LATER)
    finish_erasure("lead_3", "schedule", LATER)

    report = back("contacts")

    assert report.wrong == []
    assert directory(rows("contacts")) == directory(live_rows())
    assert any("fresh" in key for key in directory(rows("contacts")))
    assert "alike_0" not in str(rows("contacts"))
    assert "alike_2" in str(rows("contacts"))
    before = rows("contacts")
    assert back("contacts").wrong == []
    assert rows("contacts") == before


class Dying:
    """A client whose process ends with the n-th row it removes or stamps."""

    def __init__(self, number: int) -> None:
        self._client, self._left = client(), number

    def __getattr__(self, name: str) -> Any:
        if name in ("delete_item", "update_item"):
            self._left -= 1
            if not self._left:
                raise Crash
        return getattr(self._client, name)


@pytest.mark.parametrize(
    ("table", "number"), [("people", 1), ("people", 4), ("contacts", 1), ("contacts", 2)]
)
def test_row_48_a_restore_of_persons_that_died_goes_on(table: str, number: int) -> None:
    at_the_point(table)
    life_since_the_point()
    with pytest.raises(Crash):
        restore(Dying(number), wanted(table), LATER)

    assert back(table).wrong == []
    assert "lead_0" not in str(sorted(rows(table)))


# open orders and legal holds


def order_for_all(now: int = LATER - 5) -> str:
    """Give an order to forget a contact, which waits for its work; return the job's id."""
    access = read_access(MANAGER, "forget")
    result = confirmed(lambda given: forget_contact(access, "phone", ALIKE["phone"], False, given, now))
    assert result.job_id is not None
    return result.job_id


def stored_orders() -> list[str]:
    with restored("contacts"):
        return [order.id for order in forget_orders.read_again(LATER).orders]


@pytest.fixture
def _orders_for_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "INLINE", 1)


@pytest.mark.usefixtures("_orders_for_two")
def test_PRI_8a_an_order_that_was_given_since_the_point_is_open_again() -> None:
    at_the_point("contacts")
    job_id = order_for_all()

    report = back("contacts")
    assert (stored_orders(), report.wrong) == ([job_id], [])
    assert report.done["forget orders opened"] == 1
    assert report.done["verified: open forget orders as jobs have them"] == 1
    with restored("contacts"):
        (order,) = forget_orders.read_again(LATER).orders
    alike = facts_of("alike_0", NOW + DAY)
    assert order.has_lead(people.get("alike_0", NOW).refs, alike.project_id, alike.received_at)  # type: ignore[union-attr]


@pytest.mark.usefixtures("_orders_for_two")
def test_PRI_8a_an_order_that_was_carried_out_since_the_point_is_closed_again() -> None:
    order_for_all(POINT - 10)
    at_the_point("contacts")
    for now in (POINT + 1, POINT + 120):
        carry_out_forgets(partial(int, now), lambda: True)

    report = back("contacts")
    assert (stored_orders(), report.wrong) == ([], [])
    assert report.done["forget orders closed"] == 1


@pytest.mark.usefixtures("_orders_for_two")
def test_PRI_8a_an_open_order_of_before_the_point_stays_and_a_repeat_changes_nothing() -> None:
    job_id = order_for_all(POINT - 10)
    at_the_point("contacts")

    for _ in range(2):
        report = back("contacts")
        assert (stored_orders(), report.wrong) == ([job_id], [])
    assert report.done["forget orders opened"] == 0


def test_PRI_8a_a_small_forget_has_its_look_again_and_a_file_has_no_order() -> None:
    at_the_point("contacts")
    access = read_access(MANAGER, "forget")
    confirmed(lambda given: forget_contact(access, "phone", "202-555-0130", False, given, LATER - 5))
    named = contacts_named(MANAGER, "phone", "202-555-0131", LATER)
    look_later(MANAGER, named, "imp_1/1", "", Effect("", {}), LATER - 5)

    report = back("contacts")
    assert (len(stored_orders()), report.wrong) == (1, [])


@pytest.mark.usefixtures("_orders_for_two")
def test_PRI_8a_without_its_orders_the_report_of_a_restore_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    at_the_point("contacts")
    order_for_all()
    monkeypatch.setattr(restored_contacts, "_replay_orders", lambda *_: None)
    assert back("contacts").wrong == ["open forget orders as jobs have them: 0, should be 1"]


def holds() -> list[tuple[str, int]]:
    """Return the leads with a hold in the restored table, with the number of their entries."""
    with restored("contacts"):
        listed = [
            row.entry.removeprefix("hold#") for row in ContactRow.scan() if row.entry.startswith("hold#")
        ]
    return sorted((lead_id, listed.count(lead_id)) for lead_id in set(listed))


def test_RET_19_a_legal_hold_that_was_placed_since_the_point_is_listed_again() -> None:
    at_the_point("contacts")
    place_legal_hold(MANAGER, "lead_3", "litigation", NOW + 40 * DAY, POINT + DAY)

    report = back("contacts")
    refs = len(set(people.get("lead_3", LATER).refs))  # type: ignore[union-attr]
    assert (holds(), report.wrong) == ([("lead_3", refs)], [])
    assert report.done["verified: entries of legal holds as facts have them"] == refs
    ref = people.get("lead_3", LATER).refs[0]  # type: ignore[union-attr]
    with restored("contacts"):
        assert contact_index.list_holds(ref, LATER) == ["lead_3"]


def test_RET_19_a_legal_hold_that_was_released_since_the_point_is_not_listed() -> None:
    place_legal_hold(MANAGER, "lead_3", "litigation", NOW + 40 * DAY, NOW + DAY)
    place_legal_hold(MANAGER, "lead_4", "litigation", NOW + 40 * DAY, NOW + DAY)
    at_the_point("contacts")
    confirmed(lambda given: release_legal_hold(MANAGER, "lead_3", given, POINT + 10))

    report = back("contacts")
    assert ([lead_id for lead_id, _ in holds()], report.wrong) == (["lead_4"], [])


def test_RET_19_without_its_holds_the_report_of_a_restore_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    at_the_point("contacts")
    place_legal_hold(MANAGER, "lead_3", "litigation", NOW + 40 * DAY, POINT + DAY)
    monkeypatch.setattr(
        contact_index, "put_hold", lambda ref, lead_id, *_: contact_index.delete_hold(ref, lead_id)
    )
    assert back("contacts").wrong == ["entries of legal holds as facts have them: 0, should be 2"]


def test_CAM_4_a_lead_corrected_since_the_point_is_restored_where_its_values_are() -> None:
    create_lead("lead_9", NOW, values={**LEAD, "phone": "202-555-0177"}, home_phone="202 555 0166")
    at_the_point("contacts")
    before = people.get("lead_9", POINT)
    correct_lead(read_access(), "lead_9", 1, {"phone": "202-555-0188"}, POINT + DAY)
    back("contacts")
    after = people.get("lead_9", LATER)
    assert before is not None
    assert after is not None
    assert (after.found, len(after.refs)) == (before.found, len(before.refs))
    with restored("contacts"):
        rows = list(ContactRow.scan())
    assert {row.ref for row in rows if row.entry == "lead#lead_9"} == set(after.refs)
    assert {row.ref for row in rows if '"lead_9"' in (row.originals or "")} == set(after.windows)
    assert not set(before.windows) & {row.ref for row in rows}
