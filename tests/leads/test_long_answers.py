"""Answers with the largest persons of any writing stay below what Lambda returns, also at the edges (SEC-A2)."""

import csv
from collections.abc import Iterator

import pytest

from chalicelib import clock
from chalicelib.campaigns.domain.campaign_settings import Quality
from chalicelib.core.access import Role
from chalicelib.core.paging import PAGE_BYTES, Page, cut
from chalicelib.core.retention import Policy
from chalicelib.core.times import utc_day
from chalicelib.leads.domain.person_size import MAX_BYTES
from chalicelib.work.usecases.assign_lead import assign_lead
from tests.factories.leads import DAY, LEAD, MANAGER, NOW, create_campaign, create_lead, create_organisation
from tests.factories.retirement import sweep
from tests.harness.api import ApiHarness, Caller, Reply
from tests.leads.test_byte_pages import LAMBDA_BYTES, follow, shown, size_of

LEADS = 20
ALL = [f"lead_{number:02d}" for number in range(LEADS)]
# Each sign, and how many bytes one takes in the stored person. An answer needs up to three times as many.
SIGNS = {'"': 2, "\\": 2, "\x01": 6, "\n": 2, "é": 2, "€": 3, "😀": 4}
DAY_LIST = f"/v1/leads?campaign=cmp_1&day={utc_day(NOW)}&person=true"
EXPORT = f"/v1/leads/export?campaign=cmp_1&day={utc_day(NOW)}"


@pytest.fixture
def manager(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Caller:
    monkeypatch.setattr(clock, "now", lambda: NOW + 100)
    create_organisation(Policy(None, None))
    create_campaign("cmp_held", policy=Policy(None, None), quality=Quality(hold_all=True))
    return api.user(Role.MANAGER, "prj_1", user_id="usr_manager")


@pytest.fixture(autouse=True)
def long_cells() -> Iterator[None]:
    """The reader of the tests takes cells as long as a person's extras."""
    before = csv.field_size_limit(10 * MAX_BYTES)
    yield
    csv.field_size_limit(before)


def long_values(sign: str, stored_bytes: int = MAX_BYTES - 20_000) -> dict[str, str]:
    """Return extras of one sign that take nearly so many bytes of a person, as it is stored."""
    size, count = SIGNS[sign], stored_bytes
    lengths = [9_000] * (count // (9_000 * size))
    return {f"note_{number}": "a" + sign * length for number, length in enumerate(lengths)}


def create_leads(campaign: str, sign: str = '"', count: int = LEADS) -> None:
    for number in range(count):
        create_lead(f"lead_{number:02d}", NOW + number, campaign, {**LEAD, **long_values(sign)})


def require_short_and_complete(caller: Caller, path: str) -> None:
    replies: list[Reply] = list(follow(lambda cursor: caller.get(path + cursor)))

    assert max(map(size_of, replies)) < LAMBDA_BYTES
    assert len(replies) > 1
    assert sorted(lead_id for reply in replies for lead_id in shown(reply)) == ALL


@pytest.mark.parametrize("sign", SIGNS)
def test_SEC_A2_the_default_page_is_short_whatever_the_values_are_written_with(
    manager: Caller, sign: str
) -> None:
    create_leads("cmp_1", sign)

    reply = manager.get(DAY_LIST)

    assert size_of(reply) < LAMBDA_BYTES
    assert 1 <= len(shown(reply)) < LEADS


@pytest.mark.parametrize("path", [EXPORT, f"{EXPORT}&format=jsonl", f"{DAY_LIST}&limit=200"])
@pytest.mark.parametrize("sign", ["\x01", "😀"])
def test_SEC_A2_exports_and_the_longest_page_are_short_and_complete(
    manager: Caller, path: str, sign: str
) -> None:
    create_leads("cmp_1", sign)

    require_short_and_complete(manager, path)


def test_SEC_A2_the_held_leads_of_a_reviewer(manager: Caller) -> None:
    create_leads("cmp_held")

    require_short_and_complete(manager, "/v1/projects/prj_1/held?person=true&limit=200")


def test_SEC_A2_the_retired_leads_of_a_manager(
    api: ApiHarness, manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_leads("cmp_1")
    for lead_id in ALL:
        assign_lead(MANAGER, lead_id, "usr_agent", NOW + 100)
    sweep(NOW + 15 * DAY)
    monkeypatch.setattr(clock, "now", lambda: NOW + 15 * DAY)
    later = Caller(manager.client, api.signer.token("usr_manager"))

    require_short_and_complete(later, "/v1/projects/prj_1/retired?person=true&limit=200")


@pytest.mark.parametrize("sign", SIGNS)
def test_SEC_A2_the_largest_person_can_be_read_corrected_and_replayed(manager: Caller, sign: str) -> None:
    create_leads("cmp_1", sign, 1)
    path = "/v1/leads/lead_00"

    replies = [
        manager.get(path),
        manager.patch(path, {"version": 1, "person": {"first_name": "Eve"}}),
        manager.get(f"{path}/decision"),
        manager.get(f"{path}/history"),
        manager.post("/v1/contacts/search?limit=1", {"phone": LEAD["phone"]}),
    ]

    assert max(map(size_of, replies)) < LAMBDA_BYTES


@pytest.mark.parametrize(
    ("sizes", "shown_items"),
    [
        ([PAGE_BYTES], 1),
        ([PAGE_BYTES - 1, 1], 2),
        ([PAGE_BYTES - 1, 2], 1),
        ([PAGE_BYTES + 1, 1], 1),
        ([1, PAGE_BYTES], 1),
        ([1, PAGE_BYTES - 1, 1], 2),
        ([], 0),
    ],
)
def test_SEC_A2_the_page_ends_at_its_last_byte(sizes: list[int], shown_items: int) -> None:
    page = cut(Page(sizes, None), lambda size: size, lambda size: {"after": {"N": str(size)}})

    assert len(page.items) == shown_items
    assert (page.next is None) == (shown_items == len(sizes))
