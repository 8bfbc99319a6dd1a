"""Leads of one batch share reads and counts, and each is processed as by itself (PRI-17; data-model.md, Statistics)."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import counters
from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.campaigns.domain.campaign_settings import Consent, Duplicates
from chalicelib.core.retention import Policy
from chalicelib.core.times import utc_day
from chalicelib.intake.handlers.after_intake import after_intake
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.intake.usecases.process_new_leads import process_new_leads
from chalicelib.leads.store import people
from chalicelib.privacy.usecases.forget_contact import contacts_named
from chalicelib.privacy.usecases.suppress_contacts import suppress_contacts
from chalicelib.work.store import consents, notifications
from tests.factories.leads import (
    AGENT,
    DAY,
    ENTERS_AT_ONCE,
    LEAD,
    MANAGER,
    NOW,
    create_campaign,
    create_lead,
    create_organisation,
    facts_of,
)
from tests.harness.faults import (
    Crash,
    conflicting,
    denied,
    dying,
    dying_after,
    fault,
    first,
    first_of_each_call,
    lost,
    meanwhile,
    metered,
    step,
)

TRANSACTION = {"TransactWriteItems"}
CONSENT = Consent(enabled=True, notify="compliance@example.com", reject=False)


class Context:
    """The context that Lambda passes besides the event."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left."""
        return 60_000


@pytest.fixture(autouse=True)
def _organisation(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_LONGEST_BACKOFF_S", 0.02)
    monkeypatch.setattr(clock, "now", lambda: NOW + 5)
    create_organisation(duplicates=ENTERS_AT_ONCE)


def create_leads(count: int, start: int = 0, campaign_id: str = "cmp_1", now: int = NOW) -> list[str]:
    """Create leads of different persons, and return their ids."""
    ids = [f"lead_{number}" for number in range(start, start + count)]
    for number, lead_id in enumerate(ids, start):
        values = {**LEAD, "phone": phone(number), "email": f"ada{number}@example.com"}
        create_lead(lead_id, now, campaign_id, values)
    return ids


def phone(number: int) -> str:
    return f"{202 + number // 100}-555-01{number % 100:02d}"


def stream(ids: Iterable[str]) -> list[str]:
    """Give a batch of records to the function. Return the lead that it gives back, if there is one."""
    given = list(ids)
    records = [
        {
            "eventID": lead_id,
            "eventName": "INSERT",
            "dynamodb": {
                "Keys": {"lead_id": {"S": lead_id}, "part": {"S": "lead"}},
                "SequenceNumber": str(number),
            },
        }
        for number, lead_id in enumerate(given)
    ]
    failures = after_intake({"Records": records}, Context())["batchItemFailures"]
    return [given[int(failure["itemIdentifier"])] for failure in failures]


def counted(campaign_id: str = "cmp_1", at: int = NOW) -> dict[str, int]:
    return counters.read_day(f"statistics#{campaign_id}", utc_day(at))


def accepted(campaign_id: str = "cmp_1", at: int = NOW) -> int:
    return counted(campaign_id, at).get("accepted", 0)


def block(number: int) -> None:
    block_contact(MANAGER, BlockRequest("phone", phone(number), "prj_1"), f"request_{number}", NOW)


def test_data_model_leads_of_one_campaign_and_day_are_counted_forty_at_a_time() -> None:
    ids = create_leads(90)

    with metered() as meter:
        assert stream(ids) == []

    assert accepted() == 90
    sent = [attempt for attempt in meter.attempts if attempt.operation in TRANSACTION]
    assert [attempt.tables for attempt in sent] == [{"leads": size, "counters": 1} for size in (40, 40, 10)]
    assert meter.operations == {"BatchGetItem": 1 + 1 + 4, "TransactWriteItems": 3}


def test_B1_a_lead_that_is_counted_with_others_costs_no_more() -> None:
    ids = create_leads(21)
    with metered() as alone:
        process_new_lead(ids[0], NOW + 5)
    with metered() as together:
        stream(ids[1:])

    assert together.write_units <= 20 * alone.write_units * 0.6
    assert together.read_units <= 20 * alone.read_units


def test_data_model_each_campaign_and_day_of_a_batch_is_counted_by_itself() -> None:
    create_campaign("cmp_2", policy=Policy(10))
    midnight = NOW - NOW % DAY
    ids = [
        *create_leads(3, 0, "cmp_1", midnight - 1),
        *create_leads(4, 3, "cmp_2", midnight - 1),
        *create_leads(5, 7, "cmp_1", midnight),
    ]
    mixed = ids[::2] + ids[1::2]

    assert stream(mixed) == []

    assert (accepted(at=midnight - 1), accepted("cmp_2", midnight - 1)) == (3, 4)
    assert (accepted(at=midnight), accepted("cmp_2", midnight)) == (5, 0)


def test_data_model_the_result_is_that_of_each_lead_by_itself() -> None:
    """Test leads, leads of an agent, leads without consent, duplicates, blocked and unknown leads."""
    create_campaign("cmp_2", policy=Policy(10), agent=AGENT.id, consent=CONSENT)
    ids = [*create_leads(4), *create_leads(4, 4, "cmp_2")]
    create_lead("lead_test", test=True)
    create_lead("lead_again", NOW + 1, values={**LEAD, "phone": phone(1)})
    block(2)
    everything = [*ids, "lead_test", "lead_again", "lead_unknown"]

    assert stream(everything) == []

    assert (accepted(), accepted("cmp_2")) == (5, 4)
    assert [facts_of(lead_id).blocked_at for lead_id in ids[:4]] == [None, None, NOW + 5, None]
    assert [missing.count for missing in consents.list_waiting(NOW)] == [4]
    assert sorted(notifications.list_waiting(NOW)[AGENT.id]) == ids[4:]


def test_CAM_7_a_duplicate_in_a_batch_is_appended() -> None:
    create_campaign("cmp_2", policy=Policy(10), duplicates=Duplicates(enabled=True, append=True))
    create_lead("lead_1", NOW, "cmp_2", {"phone": phone(1)})
    create_lead("lead_2", NOW + 1, "cmp_2", {"phone": phone(1), "loan": 5})
    others = create_leads(3, 10)

    for _ in range(2):
        assert stream(["lead_1", "lead_2", *others]) == []

    person = people.get("lead_1", NOW)
    assert person is not None
    assert person.fields["loan"] == "5"
    assert counted("cmp_2")["duplicate"] == 1


@pytest.mark.parametrize("repeat", [1, 3])
def test_data_model_redelivered_records_are_counted_once_and_cost_no_write(repeat: int) -> None:
    ids = create_leads(50)
    stream(ids)

    with metered() as meter:
        for number in range(repeat):
            stream(ids[number:])
            stream(ids[: number + 1])

    assert accepted() == 50
    assert meter.write_units == 0


@pytest.mark.parametrize("crash", [dying, dying_after])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_data_model_a_killed_batch_is_counted_once_when_it_comes_back_in_halves(crash: Any, at: int) -> None:
    ids = create_leads(90)

    with fault(crash, on=TRANSACTION, when=step(at)), pytest.raises(Crash):
        stream(ids)
    assert accepted() % 40 in (0, 10)
    for half in (ids[:45], ids[45:], ids[20:60]):
        assert stream(half) == []

    assert accepted() == 90


def test_data_model_lost_answers_count_once() -> None:
    ids = create_leads(50)

    with fault(lost, on=TRANSACTION, when=first_of_each_call) as fired:
        assert stream(ids) == []

    assert (len(fired), accepted()) == (2, 50)


def test_data_model_two_functions_with_the_same_batch_count_it_once() -> None:
    ids = create_leads(50)

    with fault(meanwhile(lambda: stream(ids[10:])), on=TRANSACTION, when=step(1)) as fired:
        assert stream(ids) == []

    assert (len(fired), accepted()) == (1, 50)


def test_data_model_without_the_mark_two_functions_would_count_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.leads.store import leads

    original = leads.mark_counted
    monkeypatch.setattr(leads, "mark_counted", lambda lead_id: _unconditional(original(lead_id)))
    ids = create_leads(5)

    with fault(meanwhile(lambda: stream(ids)), on=TRANSACTION, when=step(1)):
        stream(ids)

    assert accepted() == 10


def _unconditional(update: Any) -> Any:
    from dataclasses import replace

    return replace(update, condition=None)


def test_data_model_after_a_conflict_another_row_is_tried() -> None:
    ids = create_leads(40)
    slots: list[str] = []

    def note(attempt: Any) -> Any:
        (row,) = [
            item["Update"]["Key"]
            for item in attempt.body["TransactItems"]
            if "slot" in item.get("Update", {}).get("Key", {})
        ]
        slots.append(row["slot"]["S"])
        return conflicting(attempt)

    with fault(note, on=TRANSACTION, when=first(3)):
        assert stream(ids) == []

    assert accepted() == 40
    assert len(set(slots)) > 1


def test_data_model_a_group_that_stays_in_conflict_is_counted_one_by_one() -> None:
    ids = create_leads(5)

    with fault(conflicting, on=TRANSACTION, when=first(4)) as fired, metered() as meter:
        assert stream(ids) == []

    assert (len(fired), accepted()) == (4, 5)
    assert meter.operations["TransactWriteItems"] == 4 + 5


def test_PRI_17_blocks_are_checked_even_if_statistics_fail() -> None:
    ids = create_leads(4)
    block(2)

    with fault(conflicting, on=TRANSACTION, table="counters"):
        assert stream(ids) == [ids[0]]
        assert stream(ids[2:]) == [ids[2]]

    assert (facts_of(ids[2]).blocked_at, accepted()) == (NOW + 5, 0)


def test_PRI_10_a_lead_of_a_forgotten_contact_is_forgotten_in_a_batch() -> None:
    ids = create_leads(4)
    suppress_contacts(MANAGER, contacts_named(MANAGER, "phone", phone(3), NOW), "request_1", NOW)

    assert stream(ids) == []

    assert [facts_of(lead_id).is_live(NOW + 6) for lead_id in ids] == [True, True, True, False]
    assert accepted() == 4


def test_PRI_17_without_the_check_before_the_count_a_blocked_lead_would_stay_callable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from chalicelib.intake.usecases import process_new_leads as module

    monkeypatch.setattr(module, "_without_block", lambda found, now: list(found))
    ids = create_leads(2)
    block(1)

    stream(ids)

    assert facts_of(ids[1]).blocked_at is None


def test_data_model_one_failing_lead_stops_no_other_before_it_and_is_given_back() -> None:
    ids = create_leads(5)
    people.PersonRow(ids[2], "person", body="not json", version=1).save()

    assert [stream(ids), accepted()] == [[ids[2]], 2]
    assert [stream(ids[2:]), accepted()] == [[ids[2]], 2]
    assert [stream(ids[2:]), accepted()] == [[], 4]  # parked at its third failure


@pytest.mark.parametrize("on", [{"BatchGetItem"}, TRANSACTION])
def test_row_2_if_the_store_does_not_answer_the_batch_comes_back(on: set[str]) -> None:
    ids = create_leads(5)

    with fault(denied, on=on):
        assert stream(ids) == [ids[0]]
    assert accepted() == 0

    assert stream(ids) == []
    assert accepted() == 5


def test_data_model_very_many_different_numbers_are_counted_in_several_writes() -> None:
    """An expression has at most 4 KB."""
    from dataclasses import replace

    from chalicelib.intake.usecases.count_leads import groups_of

    create_leads(1)
    found = [
        replace(facts_of("lead_0"), lead_id=f"lead_{n}", category=f"category {n}", group=f"group {n}")
        for n in range(40)
    ]

    groups = groups_of(found)

    assert [len(group) for group in groups] == [37, 3]
    assert [facts for group in groups for facts in group] == found


def test_data_model_the_function_that_completes_a_lead_may_be_called_twice() -> None:
    ids = create_leads(3)
    complete: Callable[[str], None] = process_new_leads(ids, NOW + 5)

    for lead_id in [*ids, *ids]:
        complete(lead_id)

    assert accepted() == 3
