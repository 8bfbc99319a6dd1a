"""The earlier lead that counts: window to the second, scope, rejected leads, sets and blanks (CAM-4 … CAM-6)."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Duplicates
from chalicelib.core.access import Actor
from chalicelib.intake.domain.decision import Stored
from chalicelib.intake.domain.duplicates import original_of
from chalicelib.intake.domain.new_lead import DecisionRecord, LeadKeys, facts_of, updated_windows
from chalicelib.leads.domain.duplicate_index import MAX_LEADS, Original, Window, with_original
from chalicelib.leads.domain.leads import Status
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.organisation.domain.fields import ParsedSubmission, duplicate_values, parse_submission

NOW = 1_800_000_000
DAY = 86_400
CAMPAIGN = Campaign(
    id="cmp_1",
    version=1,
    name="Web",
    project_id="prj_1",
    lead_type_id="lt_1",
    source="s",
    duplicates=Duplicates(enabled=True, days=30),
)
EARLIER = Original("lead_1", "cmp_1", "prj_1", NOW, None, source_id="crd_1")


def find_original(*originals: Original, now: int = NOW + DAY, **duplicates: Any) -> str | None:
    campaign = replace(CAMPAIGN, duplicates=replace(CAMPAIGN.duplicates, **duplicates))
    original = original_of([Window("ref", "lt_1", originals)], campaign, now)
    return None if original is None else original.lead_id


@pytest.mark.parametrize("days", [1, 30, 3650])
def test_CAM_5_at_the_exact_end_of_the_window_it_is_no_duplicate(days: int) -> None:
    assert find_original(EARLIER, now=NOW + days * DAY - 1, days=days) == "lead_1"
    assert find_original(EARLIER, now=NOW + days * DAY, days=days) is None


def test_CAM_5_the_default_window_is_thirty_days_in_the_project_s_zone() -> None:
    assert (Duplicates().days, Duplicates().scope) == (30, "project")


@pytest.mark.parametrize(
    ("scope", "known"),
    [
        ("campaign", ["lead_1"]),
        ("project", ["lead_1", "lead_2"]),
        ("organisation", ["lead_1", "lead_2", "lead_3"]),
    ],
)
def test_CAM_5_the_scope_says_which_leads_count(scope: str, known: list[str]) -> None:
    all_three = (
        EARLIER,
        replace(EARLIER, lead_id="lead_2", campaign_id="cmp_2"),
        replace(EARLIER, lead_id="lead_3", campaign_id="cmp_3", project_id="prj_3"),
    )
    assert [item.lead_id for item in all_three if find_original(item, scope=scope)] == known


def test_CAM_6_an_earlier_rejected_lead_counts_only_if_set() -> None:
    rejected = replace(EARLIER, rejected=True)
    assert find_original(rejected) is None
    assert find_original(rejected, check_rejected=True) == "lead_1"


def test_CAM_6_an_accepted_lead_before_a_rejected_one_is_found() -> None:
    rejected, later = replace(EARLIER, rejected=True), replace(EARLIER, lead_id="lead_2", received_at=NOW + 9)
    assert find_original(rejected, later) == "lead_2"
    assert find_original(rejected, later, check_rejected=True) == "lead_1"


def test_RET_14_an_erased_lead_is_no_original() -> None:
    ending = replace(EARLIER, erase_at=NOW + DAY)
    assert find_original(ending, now=NOW + DAY - 1) == "lead_1"
    assert find_original(ending, now=NOW + DAY) is None


@given(st.lists(st.builds(
    Original,
    lead_id=st.sampled_from(["a", "b", "c", "d"]),
    campaign_id=st.sampled_from(["cmp_1", "cmp_2"]),
    project_id=st.sampled_from(["prj_1", "prj_2"]),
    received_at=st.integers(NOW - 40 * DAY, NOW),
    erase_at=st.one_of(st.none(), st.integers(NOW - DAY, NOW + DAY)),
    rejected=st.booleans(),
)), st.integers(1, 60), st.sampled_from(["campaign", "project", "organisation"]), st.booleans())  # fmt: skip
def test_CAM_5_the_earliest_counting_lead_is_the_original(
    originals: list[Original], days: int, scope: str, check_rejected: bool
) -> None:
    counting = [
        original
        for original in originals
        if original.received_at > NOW - days * DAY
        and (original.erase_at is None or original.erase_at > NOW)
        and (check_rejected or not original.rejected)
        and (scope != "project" or original.project_id == "prj_1")
        and (scope != "campaign" or original.campaign_id == "cmp_1")
    ]
    first = min(((item.received_at, item.lead_id) for item in counting), default=None)
    named = find_original(*originals, now=NOW, days=days, scope=scope, check_rejected=check_rejected)
    assert named == (first[1] if first else None)


LEAD_TYPE = LeadType(
    id="lt_1",
    name="Loan",
    fields=(
        Field("phone", "Phone", "phone", duplicate="phone"),
        Field("last_name", "Last name", duplicate="household"),
        Field("postal_code", "Postal code", "postal_code", duplicate="household"),
        Field("tags", "Tags", multiple=True, duplicate="tags"),
        Field("old", "Old", duplicate="old", retired=True),
    ),
)


def sets_of(**values: Any) -> dict[str, tuple[str, ...]]:
    parsed = parse_submission(values, LEAD_TYPE, "US")
    return duplicate_values(parsed.fields, parsed.phone_marks, LEAD_TYPE, 2)


def test_CAM_4_a_set_counts_when_all_its_fields_have_values() -> None:
    assert set(sets_of(phone="202-555-0147", last_name="Lovelace")) == {"phone"}
    assert set(sets_of(last_name="Lovelace", postal_code="  ")) == set()
    assert set(sets_of(last_name="Lovelace", postal_code="10001")) == {"household"}
    assert sets_of(tags=["", " "]) == {}


def test_CAM_4_a_retired_field_finds_no_duplicate() -> None:
    assert "old" not in LEAD_TYPE.duplicate_sets
    assert sets_of(old="x") == {}


def test_CAM_4_values_are_equal_in_normal_form() -> None:
    assert sets_of(phone="(202) 555 0147") == sets_of(phone="+1 202-555-0147")
    assert sets_of(last_name="LOVELACE ", postal_code="10001") == sets_of(
        last_name="\uff2covelace", postal_code="10001"
    )
    assert sets_of(tags=["a", "b"]) == sets_of(tags=["b", "a"])
    assert sets_of(last_name="ab", postal_code="10001") != sets_of(last_name="a", postal_code="10001")


def test_CAM_4_any_matching_set_makes_a_duplicate() -> None:
    windows = [Window("a", "lt_1"), Window("b", "lt_1", (EARLIER,))]
    assert original_of(windows, CAMPAIGN, NOW + 1) == EARLIER


def index_after(status: Status, *, test: bool = False) -> tuple[Window, ...]:
    reading = ParsedSubmission({}, {}, {}, (), (), test)
    origin = LeadKeys("lead_2", "d", Actor("credential", "crd_2"), (), {})
    facts = facts_of(CAMPAIGN, reading, Stored(status), origin, DecisionRecord(), None, None, NOW)
    return updated_windows(facts, [Window("ref", "lt_1", (EARLIER,), version=4)])


def test_CAM_6_duplicates_and_test_leads_are_never_originals() -> None:
    assert index_after(Status.DUPLICATE) == ()
    assert index_after(Status.ACCEPTED, test=True) == ()


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.HELD, Status.REJECTED])
def test_CAM_6_every_other_lead_is_an_original(status: Status) -> None:
    (window,) = index_after(status)
    newest = window.originals[-1]
    assert (newest.lead_id, newest.received_at, newest.source_id) == ("lead_2", NOW, "crd_2")
    assert newest.rejected is (status is Status.REJECTED)
    assert window.version == 5


def test_data_model_the_duplicate_index_keeps_the_last_twenty() -> None:
    window = Window("ref", "lt_1")
    for number in range(MAX_LEADS + 5):
        earlier = replace(EARLIER, lead_id=f"lead_{number:02d}", received_at=NOW + number)
        window = with_original(window, earlier, NOW + number)
    assert [original.lead_id for original in window.originals] == [
        f"lead_{n:02d}" for n in range(5, MAX_LEADS + 5)
    ]
