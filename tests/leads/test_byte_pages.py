"""Pages and exports end by bytes, too: no answer is longer than Lambda returns (SEC-A2, FILE-B8, INT-16)."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import clock
from chalicelib.core.access import Role
from chalicelib.core.paging import PAGE_BYTES, Page, cut, encoded_size, encoded_size_at_most
from chalicelib.core.retention import Policy
from chalicelib.core.times import utc_day
from chalicelib.leads.domain.lead_size import encoded_size_of
from chalicelib.leads.domain.leads import Activity, Person, StoredLead
from chalicelib.leads.schemas.lead_exports import csv_of, lines_of
from chalicelib.leads.schemas.leads import Lead
from chalicelib.leads.store import people
from chalicelib.ledger import store as ledger
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.work.usecases import worklists
from tests.factories.leads import FIELDS, LEAD, NOW, create_campaign, create_lead, create_organisation
from tests.factories.rows import DUE, create_facts
from tests.harness.api import ApiHarness, Caller, Reply

LAMBDA_BYTES = 6_291_556
LEADS = 40
DAY_LIST = f"/v1/leads?campaign=cmp_1&day={utc_day(NOW)}&person=true"
EXPORT = f"/v1/leads/export?campaign=cmp_1&day={utc_day(NOW)}"
LETTERS = st.sampled_from(['"', "\\", "\n", "\x01", "é", "😀", ",", "=1"])
VALUES = st.recursive(
    st.text(max_size=8) | LETTERS | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
LEAD_TYPE = LeadType(id="lt_1", version=1, name="Loan", fields=FIELDS)


def size_of(reply: Reply) -> int:
    """Return the bytes of an answer as Lambda encodes it on the older runtimes, in ASCII."""
    assert reply.status == 200, reply.text[:300]
    return len(json.dumps({"statusCode": 200, "body": reply.text, "headers": dict(reply.headers)}))


@pytest.fixture
def manager(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Caller:
    """A manager with forty leads whose persons have 200 KB each in an answer; half of them have an agent."""
    monkeypatch.setattr(clock, "now", lambda: NOW + 100)
    create_organisation(Policy(None, None))
    create_campaign("cmp_2", policy=Policy(None, None), agent="usr_manager")
    caller = api.user(Role.MANAGER, "prj_1", user_id="usr_manager")
    for number in range(LEADS):
        campaign = "cmp_1" if number % 2 else "cmp_2"
        create_lead(f"lead_{number:02d}", NOW + number // 3, campaign, {**LEAD, **long_values()})
    return caller


def long_values() -> dict[str, str]:
    return {f"note_{n}": '"' * 10_000 for n in range(5)}


def follow(first: Callable[[str], Reply]) -> Iterator[Reply]:
    """Follow the pages of a list or an export."""
    cursor: str | None = ""
    while cursor is not None:
        reply = first(f"&cursor={cursor}" if cursor else "")
        yield reply
        is_list = reply.headers["Content-Type"] == "application/json"
        cursor = reply.json["next"] if is_list else reply.headers.get("X-Next-Cursor")


def shown(reply: Reply) -> list[str]:
    if reply.headers["Content-Type"] == "application/json":
        return [lead["lead_id"] for lead in reply.json.get("items", reply.json.get("leads"))]
    if "csv" in reply.headers["Content-Type"]:
        shown = reply.text.removeprefix("\ufeff")
        text = shown if shown.startswith("lead_id") else f"lead_id\n{shown}"
        return [row[0] for row in csv.reader(io.StringIO(text))][1:]
    return [json.loads(line)["lead_id"] for line in reply.text.splitlines()]


ODD = [f"lead_{n:02d}" for n in range(LEADS) if n % 2]
EVEN = [f"lead_{n:02d}" for n in range(LEADS) if not n % 2]
CONTACT = {"phone": "202-555-0147"}


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", f"{DAY_LIST}&limit=200", ODD),
        ("GET", f"{EXPORT}&limit=200", ODD),
        ("GET", f"{EXPORT}&limit=200&format=jsonl", ODD),
        ("GET", "/v1/projects/prj_1/unassigned?person=true&limit=200", ODD),
        ("GET", "/v1/worklist?person=true&limit=200", EVEN),
        ("GET", "/v1/projects/prj_1/at-risk?person=true&limit=200", EVEN),
        ("POST", "/v1/worklist/search?limit=200", [*ODD, *EVEN]),
        ("POST", "/v1/contacts/search?limit=200", [*ODD, *EVEN]),
    ],
)
def test_FILE_B8_every_list_of_persons_ends_by_bytes(
    api: ApiHarness,
    manager: Caller,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    expected: list[str],
) -> None:
    if "at-risk" in path:
        monkeypatch.setattr(clock, "now", lambda: NOW + 13 * 86_400)
        manager = Caller(manager.client, api.signer.token("usr_manager"))

    # when a list of long leads is followed to its end
    def one_page(cursor: str) -> Reply:
        return manager.get(path + cursor) if method == "GET" else manager.post(path + cursor, CONTACT)

    replies = list(follow(one_page))

    # then no answer is too long, and every lead is there once
    assert len(replies) > 1
    assert max(map(size_of, replies)) <= PAGE_BYTES + 50_000 < LAMBDA_BYTES
    found = [lead_id for reply in replies for lead_id in shown(reply)]
    assert sorted(found) == sorted(expected)

    # and each lead that was shown is recorded once
    through = "search" if method == "POST" else "export" if "export" in path else "list"
    for lead_id in expected:
        entries = ledger.list_subject(f"lead/{lead_id}", NOW)
        assert [entry.through for entry in entries] == [through]


def test_SEC_A2_the_default_page_of_a_list_is_short_enough(manager: Caller) -> None:
    reply = manager.get(DAY_LIST)
    assert size_of(reply) < LAMBDA_BYTES
    assert 1 <= len(shown(reply)) < len(ODD)


def test_SEC_A2_without_the_cut_an_answer_is_longer_than_lambda_returns(
    manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worklists, "cut", lambda page, size, place: page)
    assert size_of(manager.post("/v1/worklist/search?limit=200", CONTACT)) > LAMBDA_BYTES


def test_FILE_B8_leads_without_persons_are_never_cut(manager: Caller) -> None:
    reply = manager.get(f"/v1/leads?campaign=cmp_1&day={utc_day(NOW)}&limit=200")
    assert len(shown(reply)) == len(ODD)


def test_SEC_A2_one_lead_always_has_room() -> None:
    largest = Person(fields={}, extras={f"a{n}": "\x01" * 9_000 for n in range(5)})
    row = people.insert("lead_1", largest, DUE, NOW).row
    assert row is not None
    page = cut(Page([StoredLead(create_facts(), largest)], None), lambda _: 99_000_000, lambda _: {})
    assert len(page.items) == 1


@given(st.lists(st.integers(1, PAGE_BYTES), max_size=20))
def test_FILE_B8_a_page_is_cut_where_the_room_ends(sizes: list[int]) -> None:
    page = cut(Page(sizes, None), lambda size: size, lambda size: {"after": {"N": str(size)}})
    assert list(page.items) == sizes[: len(page.items)]
    assert sum(page.items) <= PAGE_BYTES or len(page.items) == 1
    if len(page.items) < len(sizes):
        assert sum(sizes[: len(page.items) + 1]) > PAGE_BYTES
        assert page.next == {"after": {"N": str(page.items[-1])}}
    else:
        assert page.next is None


@given(
    st.dictionaries(st.sampled_from([field.key for field in FIELDS]), VALUES, max_size=4),
    st.dictionaries(st.text(max_size=6), VALUES, max_size=4),
    st.lists(st.text(max_size=30), max_size=3),
)
def test_FILE_B8_the_size_of_a_lead_is_never_more_than_estimated(
    fields: dict[str, Any], extras: dict[str, Any], texts: list[str]
) -> None:
    person = Person(fields=fields, extras=extras, evidence={"user_agent": 'a"b'}, checked={"s": {"a": "é"}})
    entries = tuple(Activity(NOW, "id", "comment", "user", "usr_1", {"text": text}) for text in texts)
    plain = StoredLead(create_facts(), person)
    lead = Lead.of(plain, NOW, with_history=False)
    most = encoded_size_of(plain)
    assert encoded_size(lines_of([lead])) <= most
    assert encoded_size(csv_of([lead], LEAD_TYPE, header=False)) <= most
    full = StoredLead(create_facts(), person, entries)
    assert encoded_size(Lead.of(full, NOW, with_history=True).model_dump_json()) <= encoded_size_of(full)


@given(VALUES)
def test_FILE_B8_an_encoded_value_is_never_more_than_estimated(value: Any) -> None:
    assert encoded_size(json.dumps(value, ensure_ascii=False, separators=(",", ":"))) <= encoded_size_at_most(
        value
    )
