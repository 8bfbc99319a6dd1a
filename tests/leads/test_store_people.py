"""The person of a lead: no copy, its own end, never restored (data-model.md, Tables)."""

from dataclasses import replace

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.core.retention import MAX_AHEAD_S
from chalicelib.leads.domain.leads import Person
from chalicelib.leads.store import people
from tests.factories.rows import DUE, NOW, PERSON, write

pytestmark = pytest.mark.usefixtures("aws")


def stamp() -> object:
    """Return the TTL stamp in the table."""
    return people.PersonRow.get("lead_1", people.PERSON).serialize().get("expires_at")


@pytest.mark.parametrize(
    "person",
    [
        PERSON,
        Person({}),
        Person(
            {"first_name": "Łukasz 😀", "states": ["CA", "NY"], "born": "1980-02-29"},
            {"note": "x" * 10_000},
            {"ip_address": "198.51.100.7"},
            ("a", "b"),
            ("w",),
        ),
    ],
)
def test_a_written_row_is_read_back(person: Person) -> None:
    write(people.insert("lead_1", person, DUE, NOW))

    assert people.get("lead_1", NOW) == person
    assert people.from_batch("lead_1", batch.read([people.key("lead_1")], NOW)) == person


def test_data_model_the_stamp_is_a_number_of_whole_seconds() -> None:
    write(people.insert("lead_1", PERSON, DUE, NOW))

    assert stamp() == {"N": str(DUE)}


def test_data_model_a_past_deadline_is_stamped_in_the_future() -> None:
    write(people.insert("lead_1", PERSON, NOW - 10**9, NOW))

    assert stamp() == {"N": str(NOW + 1)}


def test_data_model_without_a_policy_there_is_no_stamp() -> None:
    write(people.insert("lead_1", PERSON, None, NOW))

    assert stamp() is None
    assert people.get("lead_1", NOW + 10**9) == PERSON


def test_data_model_a_stamp_is_at_most_ten_years_ahead() -> None:
    people.insert("lead_1", PERSON, NOW + MAX_AHEAD_S, NOW)
    with pytest.raises(ValueError, match="ten years"):
        people.insert("lead_1", PERSON, DUE * 1000, NOW)


def test_a_person_is_inserted_only_if_absent() -> None:
    write(people.insert("lead_1", PERSON, DUE, NOW))

    with pytest.raises(batch.Cancelled):
        write(people.insert("lead_1", Person({}), DUE, NOW))
    assert people.get("lead_1", NOW) == PERSON


def test_INT_17_a_correction_replaces_the_version_read() -> None:
    write(people.insert("lead_1", PERSON, DUE, NOW))
    corrected = replace(PERSON, fields={"first_name": "Grace"}, version=2)

    write(people.update("lead_1", corrected, DUE, NOW))

    assert people.get("lead_1", NOW) == corrected
    with pytest.raises(batch.Cancelled):
        write(people.update("lead_1", corrected, DUE, NOW))


@pytest.mark.parametrize("now", [DUE, DUE + 72 * 3600])
def test_data_model_an_expired_person_is_neither_changed_nor_restored(now: int) -> None:
    write(people.insert("lead_1", PERSON, DUE, NOW))

    with pytest.raises(batch.Cancelled):
        write(people.update("lead_1", replace(PERSON, version=2), None, now))
    with pytest.raises(batch.Cancelled):
        write(people.update_expiry("lead_1", people.PERSON, now + 99, now))
    assert stamp() == {"N": str(DUE)}


def test_data_model_no_update_restores_a_removed_person() -> None:
    for change in (
        people.update("lead_1", replace(PERSON, version=2), DUE, NOW),
        people.update_expiry("lead_1", people.PERSON, DUE, NOW),
        people.update_expiry("lead_1", people.PERSON, None, NOW),
    ):
        with pytest.raises(batch.Cancelled):
            write(change)

    assert people.get_including_expired("lead_1") == {}


def test_data_model_a_moved_deadline_restamps_a_part() -> None:
    write(people.insert("lead_1", PERSON, DUE, NOW))

    write(people.update_expiry("lead_1", people.PERSON, DUE + 5, NOW))
    assert stamp() == {"N": str(DUE + 5)}

    write(people.update_expiry("lead_1", people.PERSON, None, NOW))
    assert stamp() is None
    assert people.get("lead_1", NOW) == PERSON


def test_RET_15_an_erasure_sees_and_removes_expired_rows() -> None:
    write(people.insert("lead_1", PERSON, DUE, NOW))
    people.PersonRow("lead_1", "comment#1", body="Called back.", expires_at=DUE).save()

    assert people.get_including_expired("lead_1") == {people.PERSON: PERSON, "comment#1": None}
    for _ in range(2):
        write(people.delete("lead_1", people.PERSON), people.delete("lead_1", "comment#1"))
        assert people.get_including_expired("lead_1") == {}
