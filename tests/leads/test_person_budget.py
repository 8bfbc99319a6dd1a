"""A person has a budget of bytes; beyond it `too_long` (INT-7, FILE-B7, SEC-A3)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import Invalid
from chalicelib.leads.domain.correction import completed, corrected
from chalicelib.leads.domain.leads import Person
from chalicelib.leads.domain.person_size import MAX_BYTES, MAX_COMMENT_BYTES, size_of, text_of
from chalicelib.leads.store import people
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.work.domain.activities import Comment, single
from chalicelib.work.usecases.record_activity import Recording, record_activity
from tests.factories.leads import LEAD, NOW, create_lead, create_organisation, facts_of, read_access
from tests.factories.rows import DUE

LONG = 10_000
TEXTS = tuple(Field(f"text_{n}", f"Text {n}") for n in range(60))
LEAD_TYPE = LeadType(id="lt_1", version=1, name="Long", fields=TEXTS)
VALUES = st.recursive(
    st.text(max_size=20) | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def long_values(count: int, letter: str = "x") -> dict[str, str]:
    return {field.key: letter * LONG for field in TEXTS[:count]}


def person(count: int, letter: str = "x", **parts: Any) -> Person:
    return Person(fields=long_values(count, letter), **parts)


@given(st.dictionaries(st.text(min_size=1, max_size=8), VALUES, max_size=5))
def test_SEC_A3_a_person_is_stored_in_its_own_bytes_and_read_back(extras: dict[str, Any]) -> None:
    one = Person(fields={}, extras=extras)
    row = people._row("lead_1", one, None)
    assert people._person(row) == one
    assert len(row.body.encode()) == size_of(one)


def test_SEC_A3_a_letter_of_another_script_has_its_own_bytes() -> None:
    assert size_of(person(1, "ж")) == size_of(person(1, "x")) + LONG
    assert "\\u" not in text_of(person(1, "ж"))


def test_SEC_A3_half_of_a_surrogate_pair_can_be_stored() -> None:
    one = Person(fields={}, checked={"address": {"city": "\ud83d"}})
    assert json.loads(text_of(one))["checked"] == {"address": {"city": "\ud83d"}}
    assert text_of(one).encode()


def fields_of(error: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(field.field, field.code) for field in error.value.fields]


@pytest.mark.parametrize(("letter", "most"), [("x", 29), ("ж", 14), ("€", 9), ("😀", 7), ("\x01", 4)])
def test_FILE_B7_a_correction_over_the_budget_is_too_long(letter: str, most: int) -> None:
    before = Person(fields={})
    assert size_of(corrected(before, long_values(most, letter), LEAD_TYPE, "US").person) <= MAX_BYTES
    with pytest.raises(Invalid) as error:
        corrected(before, long_values(most + 1, letter), LEAD_TYPE, "US")
    assert fields_of(error) == [("person", "too_long")]


def test_FILE_B7_everything_of_the_person_counts() -> None:
    before = Person(fields={}, extras={"a": "x" * 100_000}, checked={"s": {"b": "x" * 100_000}})
    with pytest.raises(Invalid) as error:
        corrected(before, long_values(10), LEAD_TYPE, "US")
    assert fields_of(error) == [("person", "too_long")]


def test_FILE_B7_a_person_that_is_too_large_may_become_smaller() -> None:
    decided = {"fields": {"a": "x" * MAX_BYTES}, "contacts": []}
    before = Person(fields=long_values(3), decided=decided)  # type: ignore[arg-type]
    after = corrected(before, {"text_0": None}, LEAD_TYPE, "US").person
    assert MAX_BYTES < size_of(after) < size_of(before)
    with pytest.raises(Invalid):
        corrected(before, {"text_3": "x"}, LEAD_TYPE, "US")


def test_FILE_B7_what_is_too_much_is_left_as_it_was() -> None:
    # given an earlier person with little room left
    before = Person(fields=long_values(12), extras={"note": "first"})

    # when a later lead brings more than fits
    newer = Person(
        fields={**long_values(20, "y"), "text_40": "short"}, extras={"note": "second", "more": "x" * 200_000}
    )
    result = completed(before, newer, LEAD_TYPE, "US")

    # then values are taken in their order while there is room, and the others are named
    assert size_of(result.person) <= MAX_BYTES
    assert result.person.fields["text_0"] == "y" * LONG
    assert result.person.fields["text_40"] == "short"
    assert result.person.extras == {"note": "second"}
    assert set(result.left_out) <= {*(field.key for field in TEXTS), "extras"}
    assert "extras" in result.left_out
    assert {*result.names, *result.left_out} >= {"text_0", "text_19", "text_40", "extras"}
    assert not {*result.names} & {*result.left_out} - {"extras"}


def test_FILE_B7_a_full_person_takes_nothing_and_stays_as_it_was() -> None:
    before = Person(fields=long_values(3), extras={"a": "x" * (MAX_BYTES - 40_000)})
    result = completed(before, Person(fields={"text_5": "short"}), LEAD_TYPE, "US")
    assert (result.person, result.names, result.left_out) == (before, (), ("text_5",))


@given(
    st.lists(st.integers(1, 70_000), min_size=1, max_size=8),
    st.lists(st.integers(1, 70_000), min_size=1, max_size=8),
)
def test_FILE_B7_no_appended_person_is_over_the_budget(older: list[int], newer: list[int]) -> None:
    before = Person(fields={}, extras={f"a{n}": "ж" * (size // 4) for n, size in enumerate(older)})
    later = Person(fields={}, extras={f"a{n}": "x" * size for n, size in enumerate(newer)})
    result = completed(before, later, LEAD_TYPE, "US")
    assert size_of(result.person) <= max(MAX_BYTES, size_of(before))
    assert result.left_out == () or result.person.extras != {**before.extras, **later.extras}


def test_FILE_B7_a_new_person_over_the_budget_is_refused_before_it_is_sent() -> None:
    with pytest.raises(Invalid) as error:
        people.insert("lead_1", person(30), DUE, NOW)
    assert fields_of(error) == [("person", "too_long")]
    assert people.insert("lead_1", person(29), DUE, NOW)
    assert people.insert("lead_1", person(14, "ж"), DUE, NOW)


@pytest.mark.usefixtures("aws")
def test_FILE_B7_a_correction_over_the_budget_changes_nothing() -> None:
    create_organisation()
    create_lead(values={**LEAD, **{f"note_{n}": "x" for n in range(40)}})
    values = {f"note_{n}": "x" * LONG for n in range(40)}
    before = people.get("lead_1", NOW)
    with pytest.raises(Invalid) as error:
        correct_lead(read_access(), "lead_1", 1, values, NOW)
    assert fields_of(error) == [("person", "too_long")]
    assert people.get("lead_1", NOW) == before


def add_comment(text: str, now: int = NOW) -> None:
    record_activity(read_access().actor, "lead_1", Recording(single(Comment(text))), "req_1", now)


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(("letter", "most"), [("x", 30), ("€", 10)])
def test_WRK_3_the_comments_of_a_lead_have_a_budget(letter: str, most: int) -> None:
    create_organisation()
    create_lead()
    for number in range(most):
        add_comment(letter * LONG, NOW + number)
    with pytest.raises(Invalid) as error:
        add_comment("x", NOW + most)
    assert fields_of(error) == [("text", "too_long")]
    assert facts_of("lead_1").comment_bytes == MAX_COMMENT_BYTES
    assert len(people.list_comments("lead_1", NOW)) == most
