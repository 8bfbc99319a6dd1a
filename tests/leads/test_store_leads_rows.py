"""The stored form of facts: every field comes back, and the form itself does not change."""

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.retention import Policy, Retention, Setting
from chalicelib.core.times import DAY_S
from chalicelib.leads.domain.leads import Facts, IntakeAnswer, Status
from chalicelib.leads.store.leads_rows import FactsRow, facts_of, row_of

NOW = 1_700_000_000
FULL = Facts(
    lead_id="lead_1",
    campaign_id="cmp_1",
    project_id="prj_1",
    status=Status.REJECTED,
    received_at=NOW,
    retention=Retention(
        NOW,
        Policy(10, 3),
        rejected=True,
        setting=Setting(NOW + 20 * DAY_S, days=20),
        outcome_due_at=NOW + 60 * DAY_S,
        forgotten_at=NOW + 8,
        hold_until=NOW + 90 * DAY_S,
        hold_ground="claim",
        base_due_at=NOW + 3 * DAY_S,
    ),
    source_kind="credential",
    source_id="crd_1",
    config_version=7,
    answer=IntakeAnswer(
        Status.HELD,
        "outside_criteria",
        Decimal("15.00"),
        "EUR",
        NOW + 10 * DAY_S,
        "lead_0",
        checks=("phone",),
    ),
    digest="digest",
    reasons=("outside_criteria", "watched_contact"),
    price=Decimal("15.00"),
    currency="EUR",
    category="solar",
    group="brand_a",
    first_agent_id="usr_1",
    agent_id="usr_2",
    stage="contacted",
    outcome="won",
    closing=True,
    retired_at=NOW + 1,
    retired_from="usr_3",
    waiting_since=NOW + 2,
    assigned_at=NOW + 3,
    last_activity_at=NOW + 4,
    follow_up_on="2023-11-20",
    duplicate_of="lead_0",
    failed=("größe", "b"),
    grade="A",
    consent="missing",
    costs=("phone", "address"),
    calculated={"score": 7, "größe": "x"},
    reviewed_at=NOW + 5,
    reconsidered_at=NOW + 6,
    appended_at=NOW + 6,
    resent_at=NOW + 7,
    blocked_at=NOW + 9,
    erasing_at=NOW + 10,
    erased_at=NOW + 11,
    basis="contract",
    confirmed_by="confirmation",
    activity_mark="mark",
    comment_bytes=37,
    enters_later=True,
    version=9,
)
STORED = {
    "active_at": {"N": "1700000004"},
    "agent": {"S": "usr_2"},
    "agent0": {"S": "usr_1"},
    "answer": {
        "S": '{"status":"held","reason":"outside_criteria","price":"15.00","currency":"EUR",'
        '"due_at":1700864000,"duplicate_of":"lead_0","checks":["phone"]}'
    },
    "appended_at": {"N": "1700000006"},
    "base_due": {"N": "1700259200"},
    "basis": {"S": "contract"},
    "blocked_at": {"N": "1700000009"},
    "by": {"S": "credential"},
    "by_id": {"S": "crd_1"},
    "calculated": {"S": '{"score":7,"gr\\u00f6\\u00dfe":"x"}'},
    "campaign_id": {"S": "cmp_1"},
    "category": {"S": "solar"},
    "closing": {"N": "1"},
    "config": {"N": "7"},
    "confirmed_by": {"S": "confirmation"},
    "consent": {"S": "missing"},
    "costs": {"S": "phone,address"},
    "currency": {"S": "EUR"},
    "day_key": {"S": "cmp_1#2023-11-14"},
    "days": {"N": "10"},
    "digest": {"S": "digest"},
    "due_at": {"N": "1700000008"},
    "duplicate_of": {"S": "lead_0"},
    "erase_at": {"N": "1700000008"},
    "erased_at": {"N": "1700000011"},
    "erasing_at": {"N": "1700000010"},
    "failed": {"S": '["größe","b"]'},
    "follow_up_on": {"S": "2023-11-20"},
    "forgotten_at": {"N": "1700000008"},
    "given": {"N": "1700000003"},
    "grade": {"S": "A"},
    "group": {"S": "brand_a"},
    "hold_ground": {"S": "claim"},
    "hold_until": {"N": "1707776000"},
    "later": {"N": "1"},
    "lead_id": {"S": "lead_1"},
    "mark": {"S": "mark"},
    "noted": {"N": "37"},
    "outcome": {"S": "won"},
    "outcome_due": {"N": "1705184000"},
    "part": {"S": "lead"},
    "price": {"S": "15.00"},
    "project_id": {"S": "prj_1"},
    "rdays": {"N": "3"},
    "reasons": {"S": "outside_criteria,watched_contact"},
    "received_at": {"N": "1700000000"},
    "resent_at": {"N": "1700000007"},
    "retired_at": {"N": "1700000001"},
    "retired_from": {"S": "usr_3"},
    "reviewed_at": {"N": "1700000005"},
    "reconsidered_at": {"N": "1700000006"},
    "setting": {"S": '{"due_at": 1701728000, "days": 20, "reason": null}'},
    "since": {"N": "1700000002"},
    "stage": {"S": "contacted"},
    "status": {"S": "rejected"},
    "version": {"N": "9"},
}

numbers = st.integers(0, 2**31)
words = st.text("abcdefghäß_09", min_size=1, max_size=8)
prices = st.decimals(0, 10_000, places=2)
several = st.lists(words, max_size=3).map(tuple)
scalars = st.one_of(st.booleans(), numbers, words, st.none())
answers = st.builds(
    IntakeAnswer,
    st.sampled_from(Status),
    *(st.none() | strategy for strategy in (words, prices, words, numbers, words)),
    test=st.booleans(),
    checks=several,
)


@st.composite
def random_facts(draw: st.DrawFn) -> Facts:
    """Facts of any kind, of which the parts that repeat one another agree."""
    optional = st.none() | numbers
    by_type: dict[Any, st.SearchStrategy[Any]] = {
        str: words,
        str | None: st.none() | words,
        int: numbers,
        int | None: optional,
        bool: st.booleans(),
        Status: st.sampled_from(Status),
        tuple[str, ...]: several,
        Decimal | None: st.none() | prices,
        dict[str, Any]: st.dictionaries(words, scalars, max_size=3),
        IntakeAnswer | None: st.none() | answers,
    }
    values = {field.name: draw(by_type[field.type]) for field in fields(Facts) if field.name != "retention"}
    retention = Retention(
        values["received_at"],
        Policy(draw(optional), draw(optional)),
        test=draw(st.booleans()),
        rejected=values["status"] in (Status.REJECTED, Status.DUPLICATE),
        setting=draw(st.none() | st.builds(Setting, optional, optional, st.none() | words)),
        outcome_due_at=draw(optional),
        forgotten_at=draw(optional),
        hold_until=draw(optional),
        hold_ground=draw(st.none() | words),
        base_due_at=draw(optional),
    )
    return Facts(**values, retention=retention)


def read_back(facts: Facts) -> Facts:
    """Return the facts as a reader gets them: through the form of the table."""
    row = FactsRow()
    row.deserialize(row_of(facts).serialize())
    return facts_of(row)


def test_the_stored_form_is_unchanged() -> None:
    assert row_of(FULL).serialize() == STORED


def test_every_field_is_filled_in_the_example() -> None:
    defaults = Facts("l", "c", "p", Status.ACCEPTED, 0, Retention(0), "k", "i", 1)
    for field in fields(Facts):
        assert getattr(FULL, field.name) != getattr(defaults, field.name), field.name


@pytest.mark.parametrize(
    ("changed", "stored"),
    [
        (
            {"status": Status.ACCEPTED, "erased_at": None},
            {"worklist": "retired#prj_1", "worklist_at": NOW + 1},
        ),
        ({"erased_at": None}, {"due_shard": "due#forgotten", "worklist": None}),
        ({"currency": "USD", "closing": False, "confirmed_by": ""}, {"currency": None, "closing": None}),
        ({"calculated": {}, "failed": (), "costs": ()}, {"calculated": None, "failed": None, "costs": None}),
    ],
)
def test_the_indexes_list_exactly_these_leads(changed: dict[str, object], stored: dict[str, object]) -> None:
    row = row_of(replace(FULL, **changed))  # type: ignore[arg-type]
    assert {name: getattr(row, name) for name in stored} == stored


@given(random_facts())
def test_written_facts_are_read_back(facts: Facts) -> None:
    assert read_back(facts) == facts


@given(random_facts())
def test_an_empty_value_is_no_attribute(facts: Facts) -> None:
    assert not [
        name for name, stored in row_of(facts).serialize().items() if stored in ({"NULL": True}, {"S": ""})
    ]
