"""Settings have a budget of bytes, and a lead type as many duplicate sets as one read has room for (SEC-C1)."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.dynamodb.batch import KEYS_A_READ
from chalicelib.campaigns.domain.campaign_settings import Duplicates
from chalicelib.core.access import SYSTEM, Role
from chalicelib.core.errors import Invalid
from chalicelib.core.paging import PAGE_BYTES, encoded_size
from chalicelib.core.times import utc_day
from chalicelib.ledger import store as ledger
from chalicelib.organisation.domain.configuration import Field, LeadType, Project
from chalicelib.organisation.domain.lead_types import MAX_DUPLICATE_SETS
from chalicelib.organisation.usecases import config
from tests.factories.leads import NOW, create_organisation
from tests.factories.quality import create_bare_campaign
from tests.harness.api import ApiHarness, Reply, add_item
from tests.harness.faults import metered
from tests.leads.test_byte_pages import follow

TYPES = "/v1/lead-types"


def sets_of(count: int) -> list[dict[str, Any]]:
    """Return ten contact fields and `count` fields that are duplicate sets of their own."""
    contacts = [{"key": f"phone_{n}", "kind": "phone", "duplicate": False} for n in range(10)]
    return [*contacts, *({"key": f"set_{n}", "kind": "text", "duplicate": True} for n in range(count))]


@pytest.mark.parametrize("count", [MAX_DUPLICATE_SETS + 1, 60, 90])
def test_SEC_C1_more_duplicate_sets_than_fit_are_refused_on_save(api: ApiHarness, count: int) -> None:
    admin = api.user(Role.ADMIN)
    reply = admin.post(TYPES, {"name": "Many", "fields": sets_of(count)})
    assert reply.status == 422
    assert [(field["field"], field["code"]) for field in reply.json["error"]["fields"]] == [
        ("fields", "too_many")
    ]


def test_SEC_C1_retired_fields_are_no_sets_and_one_set_may_have_many_fields(api: ApiHarness) -> None:
    admin = api.user(Role.ADMIN)
    fields = sets_of(MAX_DUPLICATE_SETS + 3)
    for field in fields[-3:]:
        field["retired"] = True
    for field in fields[-5:-3]:
        field["duplicate"] = "set_0_and_more"
    assert admin.post(TYPES, {"name": "Many", "fields": fields}).status == 201


def test_SEC_C1_a_lead_with_every_contact_and_set_is_read_at_once(api: ApiHarness) -> None:
    # given a lead type with as many contacts and sets as it may have
    create_organisation()
    admin = api.user(Role.ADMIN)
    lead_type = admin.post(TYPES, {"name": "Many", "fields": sets_of(MAX_DUPLICATE_SETS)}).json["id"]
    create_bare_campaign("cmp_9", lead_type_id=lead_type)
    values = {f"phone_{n}": f"202-555-01{n:02d}" for n in range(10)}
    values |= {f"set_{n}": f"value {n}" for n in range(MAX_DUPLICATE_SETS)}

    # when a lead fills all of them
    with metered() as meter:
        reply = api.stranger().post("/v1/campaigns/cmp_9/leads", values)

    # then it is stored by one read and one transaction, and the same keys in two forms have room in one read
    assert reply.status == 201, reply.text
    assert meter.operations["TransactWriteItems"] == 1
    assert 2 * (10 * 2 + MAX_DUPLICATE_SETS) + 4 == KEYS_A_READ


@pytest.mark.parametrize("letter", ["x", "ж", "\\"])
def test_SEC_A3_settings_over_the_budget_are_too_long_and_never_503(aws: None, letter: str) -> None:
    kept = config.create(SYSTEM, Project(id="prj_1", name="West"), NOW)
    for size in (1_000, 20_000, 40_000):
        kept = config.update(
            SYSTEM, kept, config.next_version(kept, {"stages": stages_of(size, letter)}), NOW
        )
    with pytest.raises(Invalid) as error:
        config.update(SYSTEM, kept, config.next_version(kept, {"stages": stages_of(200_000, letter)}), NOW)
    assert [(field.field, field.code) for field in error.value.fields] == [("*", "too_long")]
    assert config.get(Project, "prj_1", NOW) == kept
    with pytest.raises(Invalid):
        config.create(SYSTEM, replace(kept, id="prj_2", stages=("x" * 100_000,)), NOW)


def stages_of(size: int, letter: str) -> tuple[str, ...]:
    return tuple(letter * 60 + str(number) for number in range(size // 60 // len(letter.encode())))


def test_SEC_A3_the_entry_of_the_largest_change_can_be_written(aws: None) -> None:
    full = Project(id="prj_1", name="West", stages=('"' * 44_000,))
    before = config.create(SYSTEM, full, NOW)
    config.update(SYSTEM, before, config.next_version(before, {"stages": ("\\" * 44_000,)}), NOW)
    assert [entry.action for entry in ledger.list_subject("project/prj_1", NOW)] == ["created", "changed"]


def test_FILE_B8_lists_of_settings_and_of_the_ledger_end_by_bytes(api: ApiHarness) -> None:
    # given a hundred lead types of 60 KB, and the entries of their changes
    admin = api.user(Role.ADMIN)
    label = "ж" * 60
    fields = tuple(
        Field(f"f_{n}", label, "choice", choices=tuple(f"{label}{c}" for c in range(5))) for n in range(80)
    )
    for number in range(60):
        stored = config.create(SYSTEM, LeadType(id=f"lt_{number:02d}", name="Long", fields=()), NOW)
        config.update(SYSTEM, stored, config.next_version(stored, {"fields": fields}), NOW)

    # when they are listed
    day = f"/v1/changes?day={utc_day(NOW)}&limit=200"
    for path, rows in (
        (f"{TYPES}?limit=200", 60),
        (day, 120),
        (f"{day}&format=jsonl", 120),
        (f"{day}&format=csv", 120),
    ):
        replies = list(follow(lambda cursor, path=path: admin.get(path + cursor)))  # type: ignore[misc]

        # then every page has room, and nothing is left out
        assert max(encoded_size(reply.text) for reply in replies) < PAGE_BYTES * 1.3
        assert len(replies) > 1
        assert sum(map(count_of, replies)) >= rows


def count_of(reply: Reply) -> int:
    if reply.headers["Content-Type"] == "application/json":
        return len(reply.json["items"])
    return (
        len(list(csv.reader(io.StringIO(reply.text))))
        if "csv" in reply.headers["Content-Type"]
        else reply.text.count("\n")
    )


def post_sets(api: ApiHarness, lead_type: str, contacts: int, sets: int) -> list[Reply]:
    """Post a lead twice that fills so many contacts and sets of its type."""
    create_organisation()
    create_bare_campaign("cmp_9", lead_type_id=lead_type, duplicates=Duplicates(enabled=True))
    values = {f"phone_{n}": f"202-555-01{n:02d}" for n in range(contacts)}
    values |= {f"set_{n}": f"value {n}" for n in range(sets)}
    return [api.stranger().post("/v1/campaigns/cmp_9/leads", values) for _ in range(2)]


def store_type(sets: int) -> None:
    """Store a lead type as an earlier version could: with more duplicate sets than are saved now."""
    contacts = [Field(f"phone_{n}", "Phone", "phone") for n in range(10)]
    others = [Field(f"set_{n}", "Set", duplicate=f"set_{n}") for n in range(sets)]
    add_item(LeadType(id="lt_old", version=1, name="Old", fields=(*contacts, *others)))


@pytest.mark.parametrize(
    ("contacts", "sets"), [(1, 29), (10, 60), (1, 80), (10, 80), (10, 81), (10, 90), (1, 98), (1, 99)]
)
def test_SEC_C1_a_lead_of_a_type_that_was_stored_with_more_sets_is_no_500(
    api: ApiHarness, contacts: int, sets: int
) -> None:
    store_type(sets)

    replies = post_sets(api, "lt_old", contacts, sets)

    assert [(reply.status, reply.json.get("status")) for reply in replies] == [
        (201, "accepted"),
        (200, "duplicate"),
    ]


@pytest.mark.parametrize("change", [{"name": "Another"}, {"fields": sets_of(MAX_DUPLICATE_SETS + 1)}])
def test_SEC_C1_a_change_does_not_save_too_many_sets_again(api: ApiHarness, change: dict[str, Any]) -> None:
    store_type(MAX_DUPLICATE_SETS + 1)

    reply = api.user(Role.ADMIN).patch(f"{TYPES}/lt_old", {"version": 1, **change})

    assert (reply.status, reply.json["error"]["fields"][0]["code"]) == (422, "too_many")


@pytest.mark.parametrize("retire", [True, False])
def test_SEC_C1_a_type_with_too_many_sets_is_mended_by_a_change(api: ApiHarness, retire: bool) -> None:
    store_type(MAX_DUPLICATE_SETS + 1)
    fields = sets_of(MAX_DUPLICATE_SETS + 1)
    fields[-1] |= {"retired": True} if retire else {"duplicate": False}

    assert api.user(Role.ADMIN).patch(f"{TYPES}/lt_old", {"version": 1, "fields": fields}).status == 200


def test_SEC_C1_a_retired_set_does_not_come_back_over_the_bound(api: ApiHarness) -> None:
    admin = api.user(Role.ADMIN)
    fields = sets_of(MAX_DUPLICATE_SETS + 1)
    fields[-1]["retired"] = True
    created = admin.post(TYPES, {"name": "Many", "fields": fields}).json

    fields[-1]["retired"] = False
    reply = admin.patch(f"{TYPES}/{created['id']}", {"version": 1, "fields": fields})

    assert (reply.status, reply.json["error"]["fields"][0]["code"]) == (422, "too_many")


@pytest.mark.parametrize(("contacts", "sets"), [(1, 28), (10, 28), (10, 1)])
def test_SEC_C1_a_lead_of_the_largest_type_is_stored_and_found_again(
    api: ApiHarness, contacts: int, sets: int
) -> None:
    admin = api.user(Role.ADMIN)
    lead_type = admin.post(TYPES, {"name": "Many", "fields": sets_of(sets)}).json["id"]

    replies = post_sets(api, lead_type, contacts, sets)

    assert [reply.status for reply in replies] == [201, 200]
