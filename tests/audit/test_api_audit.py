"""The ledger over the API: changes, accesses and receipts (PRI-27 … PRI-32)."""

import csv
import io
import json
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import SYSTEM, Actor, Permission, Role
from chalicelib.core.retention import Policy
from chalicelib.core.times import DAY_S, iso, utc_day
from chalicelib.leads.store import leads
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain import receipts
from chalicelib.ledger.domain.entries import Entry, FieldChange
from chalicelib.organisation.domain.configuration import Organisation, Project
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from tests.factories.leads import LEAD, create_campaign, create_lead, create_organisation
from tests.harness.api import ApiHarness, Caller, Reply, add_item
from tests.harness.faults import fault, lost, metered

USUAL = Organisation()
SAM = Actor("user", "usr_sam")


@pytest.fixture
def admin(api: ApiHarness) -> Caller:
    """An admin of an organisation with two projects and the lead `lead_1`."""
    now = clock.now()
    create_organisation(now=now)
    add_item(Project(id="prj_2", version=1, name="Cars"))
    add_item(
        Campaign(id="cmp_2", version=1, name="C", project_id="prj_2", lead_type_id="lt_1", source="site")
    )
    create_lead("lead_1", now)
    return api.user(Role.ADMIN, user_id="usr_admin")


@pytest.fixture
def manager(api: ApiHarness, admin: Caller) -> Caller:
    return api.user(Role.MANAGER, "prj_1", user_id="usr_manager")


@pytest.fixture
def outsider(api: ApiHarness, admin: Caller) -> Caller:
    return api.user(Role.MANAGER, "prj_2", user_id="usr_foreigner")


def insert_entry(entry: Entry) -> Entry:
    batch.write_one(ledger.insert(entry, USUAL))
    return entry


def create_change(subject: str, number: int, at: int, action: str = "changed", actor: Actor = SAM) -> Entry:
    return insert_entry(
        ledger_entries.change(actor, subject, action, at, ledger_entries.entry_id(subject, number))
    )


def create_access(subject: str, number: int, at: int, actor: Actor = SAM) -> Entry:
    return insert_entry(
        ledger_entries.access(actor, subject, "view", at, ledger_entries.entry_id("read", subject, number))
    )


def all_items(caller: Caller, path: str) -> list[Any]:
    """Return every item of a list, page by page."""
    items, cursor_query = [], ""
    for _ in range(300):
        reply = caller.get(f"{path}{cursor_query}")
        assert reply.status == 200, reply.text
        items += reply.json["items"]
        if reply.json["next"] is None:
            return items
        cursor_query = f"&cursor={reply.json['next']}"
    raise AssertionError("the list does not end")


def ids(items: list[Any]) -> list[str]:
    return [item["id"] for item in items]


# by item


def test_PRI_28_changes_of_an_item_are_listed_in_order(manager: Caller) -> None:
    at = clock.now() - 50
    fields = (FieldChange("name", "Web", "Site"), FieldChange("password_hash"), FieldChange("price", "5"))
    entry = insert_entry(
        ledger_entries.change(SAM, "campaign/cmp_1", "changed", at, "e1", fields, {"effect": "10 days"})
    )
    create_change("campaign/cmp_2", 1, at)
    create_access("campaign/cmp_1", 1, at)

    assert manager.get("/v1/changes?subject=campaign/cmp_1").json == {
        "items": [
            {
                "id": entry.id,
                "at": iso(at),
                "actor": {"kind": "user", "id": "usr_sam"},
                "action": "changed",
                "subject": "campaign/cmp_1",
                "fields": [
                    {"name": "name", "from": "Web", "to": "Site"},
                    {"name": "password_hash"},
                    {"name": "price", "from": "5"},
                ],
                "effect": "10 days",
            }
        ],
        "next": None,
    }


def test_PRI_28_changes_of_an_item_cost_one_query(admin: Caller) -> None:
    for number in range(5):
        create_change("lead/lead_1", number, clock.now() - 9 + number)

    with metered() as meter:
        reply = admin.get("/v1/changes?subject=lead/lead_1")

    assert len(reply.json["items"]) == 5
    assert sum(attempt.operation == "Query" for attempt in meter.attempts) == 1


def test_PRI_30_an_access_says_who_read_which_person_and_how(manager: Caller) -> None:
    manager.get("/v1/leads/lead_1")
    manager.get("/v1/leads?campaign=cmp_1&person=true")

    items = manager.get("/v1/accesses?subject=lead/lead_1").json["items"]

    assert sorted(item["through"] for item in items) == ["list", "view"]
    assert {(item["actor"]["id"], item["action"], item["subject"]) for item in items} == {
        ("usr_manager", "read", "lead/lead_1")
    }
    assert manager.get("/v1/changes?subject=lead/lead_1").json["items"] == []


def test_PRI_30_reading_the_ledger_shows_no_person_and_adds_no_entry(admin: Caller) -> None:
    create_change("lead/lead_1", 1, clock.now())
    before = ledger.LedgerRow.count()

    for name in ("changes", "accesses"):
        assert admin.get(f"/v1/{name}").status == 200
        assert admin.get(f"/v1/{name}?subject=lead/lead_1").status == 200

    assert ledger.LedgerRow.count() == before


def test_PRI_29_a_retention_change_includes_the_confirmed_effect(manager: Caller) -> None:
    first_reply = manager.put("/v1/leads/lead_1/retention", {"days": 20})
    summary = first_reply.json["effect"]["summary"]
    reply = manager.put("/v1/leads/lead_1/retention", {"days": 20, "confirm": first_reply.json["confirm"]})
    assert reply.status == 200

    (entry,) = manager.get("/v1/changes?subject=lead/lead_1&kind=retention").json["items"]

    assert (entry["effect"], entry["actor"]["id"]) == (summary, "usr_manager")


def test_PRI_29_a_block_shows_who_blocked_and_unblocked(admin: Caller, manager: Caller) -> None:
    created = manager.post("/v1/blocks", {"phone": "202-555-0190", "project_id": "prj_1"}).json
    admin.delete(f"/v1/blocks/{created['id']}")

    items = all_items(manager, "/v1/changes?kind=block")

    assert [(item["action"], item["actor"]["id"]) for item in items] == [
        ("blocked", "usr_manager"),
        ("unblocked", "usr_admin"),
    ]
    assert "5550190" not in json.dumps(items).replace("-", "")


# by day


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_PRI_28_pages_of_a_day_are_complete_and_in_order(admin: Caller, limit: int) -> None:
    start = clock.now() // DAY_S * DAY_S - 5 * DAY_S
    created = [create_change("campaign/cmp_1", number, start + number // 3) for number in range(40)]
    edges = [
        create_change("campaign/cmp_1", 98, start - 1),
        create_change("campaign/cmp_1", 99, start + DAY_S),
    ]

    items = all_items(admin, f"/v1/changes?day={utc_day(start)}&limit={limit}")

    assert ids(items) == [item.id for item in sorted(created, key=lambda item: item.at_id)]
    assert not {edge.id for edge in edges} & set(ids(items))


def test_PRI_28_without_item_or_day_the_list_is_of_today(admin: Caller) -> None:
    create_change("campaign/cmp_1", 1, clock.now() - DAY_S)
    entry = create_change("campaign/cmp_1", 2, clock.now())

    assert entry.id in ids(all_items(admin, "/v1/changes?kind=changed"))
    assert len(all_items(admin, "/v1/changes?kind=changed")) == 1


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("user=usr_ada", {1, 3}),
        ("kind=project", {0, 1}),
        ("kind=disabled", {2, 3}),
        ("user=usr_ada&kind=disabled", {3}),
        ("user=usr_nobody", set()),
    ],
)
def test_PRI_28_entries_are_filtered_by_user_item_kind_and_action(
    admin: Caller, query: str, numbers: set[int]
) -> None:
    day = clock.now() - 3 * DAY_S
    ada = Actor("user", "usr_ada")
    created = [
        create_change("project/prj_1", 0, day, "changed"),
        create_change("project/prj_1", 1, day, "changed", ada),
        create_change("user/usr_1", 2, day, "disabled"),
        create_change("user/usr_1", 3, day, "disabled", ada),
    ]

    items = all_items(admin, f"/v1/changes?day={utc_day(day)}&{query}")

    assert set(ids(items)) == {created[number].id for number in numbers}


@pytest.mark.parametrize("name", ["changes", "accesses"])
@pytest.mark.parametrize("form", ["json", "csv"])
def test_PRI_28_paging_across_midnight_stays_on_its_day(
    api: ApiHarness, admin: Caller, monkeypatch: pytest.MonkeyPatch, name: str, form: str
) -> None:
    midnight = (clock.now() // DAY_S + 2) * DAY_S
    created = create_change if name == "changes" else create_access
    entries = [created("campaign/cmp_1", number, midnight - 9 + number) for number in range(3)]
    created("campaign/cmp_1", 9, midnight + 1)
    path = f"/v1/{name}?format={form}&limit="
    seen, cursor = "", ""
    for at, limit in ((midnight - 1, 2), (midnight + 60, 9)):
        monkeypatch.setattr(clock, "now", lambda at=at: at)
        reply = api.bearer(api.signer.token("usr_admin")).get(f"{path}{limit}{cursor}")
        token = reply.json["next"] if form == "json" else reply.headers.get("X-Next-Cursor")
        seen, cursor = seen + reply.text, f"&cursor={token}"
    assert [seen.count(entry.id) for entry in entries] == [1, 1, 1]
    assert token is None
    subjects = [ledger.list_subject(f"day/{utc_day(at)}", midnight) for at in (midnight - 1, midnight)]
    assert [len(subject) for subject in subjects] == ([2, 0] if form == "csv" else [0, 0])


def test_PRI_28_a_filter_gives_short_pages_and_ends(admin: Caller) -> None:
    day = clock.now() // DAY_S * DAY_S - 5 * DAY_S
    with ledger.LedgerRow.batch_write() as many:
        for number in range(1050):
            entry = ledger_entries.access(
                SAM, "lead/lead_1", "view", day + number, ledger_entries.entry_id(number)
            )
            many.save(ledger.insert(entry, USUAL).row)
    last = create_change("campaign/cmp_1", 1, day + 2000)

    with metered() as meter:
        first = admin.get(f"/v1/changes?day={utc_day(day)}").json

    assert (first["items"], bool(first["next"])) == ([], True)
    assert sum(attempt.operation == "Query" for attempt in meter.attempts) <= 16 + 1100 // 50
    assert ids(all_items(admin, f"/v1/changes?day={utc_day(day)}")) == [last.id]


def test_data_model_an_expired_entry_is_on_no_page(admin: Caller) -> None:
    old = clock.now() - 800 * DAY_S
    create_access("lead/lead_1", 1, old)
    stored_value = create_change("lead/lead_1", 1, old)

    assert all_items(admin, f"/v1/accesses?day={utc_day(old)}") == []
    assert all_items(admin, "/v1/accesses?subject=lead/lead_1") == []
    assert ids(all_items(admin, f"/v1/changes?day={utc_day(old)}")) == [stored_value.id]


# whose entries a user may read


def test_ACC_4_a_manager_reads_only_items_of_own_projects(
    admin: Caller, manager: Caller, outsider: Caller
) -> None:
    create_campaign("cmp_3", policy=Policy(3))
    own = "lead/lead_1 campaign/cmp_1 campaign/cmp_3 project/prj_1".split()
    foreign = "campaign/cmp_2 project/prj_2".split()
    ours = "user/usr_1 credential/crd_1 organisation/main lead_type/lt_1 contact/x day/2026-01-01".split()
    day = clock.now() - 2 * DAY_S
    for number, subject in enumerate(
        [*own, *foreign, *ours, "lead/lead_0", "campaign/cmp_0", "block/forged"]
    ):
        create_change(subject, number, day)
        create_access(subject, number, day)

    for name in ("changes", "accesses"):
        path = f"/v1/{name}?day={utc_day(day)}"
        assert {item["subject"] for item in all_items(manager, path)} == set(own)
        assert {item["subject"] for item in all_items(outsider, path)} == set(foreign)
        assert {item["subject"] for item in all_items(admin, path)} >= {*own, *foreign, *ours}
        for subject in own:
            assert manager.get(f"/v1/{name}?subject={subject}").json["items"]
        for subject in (*foreign, *ours, "lead/lead_0", "block/forged"):
            reply = manager.get(f"/v1/{name}?subject={subject}")
            assert (reply.status, reply.code) == (404, "not_found"), subject


def test_ACC_4_entries_of_a_block_belong_to_its_project_or_to_admins(
    admin: Caller, manager: Caller, outsider: Caller
) -> None:
    own = admin.post("/v1/blocks", {"phone": "202-555-0190", "project_id": "prj_1"}).json["id"]
    for_all = admin.post("/v1/blocks", {"phone": "202-555-0190", "project_id": None}).json["id"]

    assert {item["subject"] for item in all_items(manager, "/v1/changes?kind=block")} == {f"block/{own}"}
    assert all_items(outsider, "/v1/changes?kind=block") == []
    assert len(all_items(admin, "/v1/changes?kind=block")) == 2
    assert outsider.get(f"/v1/changes?subject=block/{own}").status == 404
    assert manager.get(f"/v1/changes?subject=block/{for_all}").status == 404


@pytest.mark.parametrize(
    ("kind", "scope", "whose"),
    [
        ("block", "prj_1", {"manager"}),
        ("forget", "prj_2", {"foreigner"}),
        ("leads", "cmp_1", {"manager"}),
        ("leads", "cmp_2", {"foreigner"}),
        ("block", "*", set()),
    ],
)
def test_ACC_4_entries_of_an_import_belong_to_its_project(
    manager: Caller, outsider: Caller, kind: str, scope: str, whose: set[str]
) -> None:
    detail = {"kind": kind, "scope": scope}
    insert_entry(
        ledger_entries.change(SAM, "import/imp_1", "import_started", clock.now() - 60, "e1", detail=detail)
    )
    insert_entry(ledger_entries.change(SAM, "import/imp_1", "import_ended", clock.now(), "e2"))

    for name, caller in (("manager", manager), ("foreigner", outsider)):
        assert len(all_items(caller, "/v1/changes?kind=import")) == (2 if name in whose else 0)
        assert caller.get("/v1/changes?subject=import/imp_1").status == (200 if name in whose else 404)


def test_ACC_3_agents_and_users_without_permission_read_nothing(api: ApiHarness, admin: Caller) -> None:
    less = api.user(Role.MANAGER, "prj_1", withdrawn=(Permission.AUDIT_READ,))
    for caller in (api.user(Role.AGENT, "prj_1"), less):
        for path in (
            "changes",
            "accesses",
            "changes?subject=lead/lead_1",
            "changes?format=csv",
            "receipts/rct_0",
        ):
            assert caller.get(f"/v1/{path}").status == 403


@pytest.mark.parametrize(
    "query",
    [
        "subject=lead",
        "subject=lead/a%20b",
        "subject=lead/x&day=2026-01-01",
        "day=yesterday",
        "format=xml",
        "x=1",
    ],
)
def test_API_an_invalid_query_is_refused(admin: Caller, query: str) -> None:
    assert admin.get(f"/v1/changes?{query}").status == 422


def test_API_a_cursor_is_valid_for_the_same_query_and_user(admin: Caller, manager: Caller) -> None:
    for number in range(3):
        create_change("lead/lead_1", number, clock.now())
    cursor = admin.get("/v1/changes?subject=lead/lead_1&limit=1").json["next"]

    for caller, path in ((manager, "changes?subject=lead/lead_1"), (admin, "accesses?subject=lead/lead_1")):
        assert caller.get(f"/v1/{path}&cursor={cursor}").code == "cursor_invalid"


# export


def lines(reply: Reply) -> list[Any]:
    return [json.loads(line) for line in reply.text.splitlines()]


def test_PRI_28_an_export_equals_the_pages_and_is_logged(admin: Caller) -> None:
    day = clock.now() - 3 * DAY_S
    for number in range(5):
        create_change("campaign/cmp_1", number, day + number)
    path = f"/v1/changes?day={utc_day(day)}"

    first = admin.get(f"{path}&format=jsonl&limit=3")
    rest = admin.get(f"{path}&format=jsonl&limit=3&cursor={first.headers['X-Next-Cursor']}")

    assert first.headers["Content-Type"].startswith("application/jsonl")
    assert "X-Next-Cursor" not in rest.headers
    assert lines(first) + lines(rest) == all_items(admin, path)
    exports = all_items(admin, f"/v1/accesses?subject=day/{utc_day(day)}")
    assert [(export["through"], export["actor"]["id"]) for export in exports] == [("export", "usr_admin")] * 2


def test_PRI_25_a_csv_cell_is_never_run_as_a_formula(admin: Caller) -> None:
    day = clock.now() - 3 * DAY_S
    fields = (FieldChange("name", "plain", '=HYPERLINK("https://example.com")'),)
    for number, name in enumerate(("=1+1", "+1", "-1", "@x", "\tx", " =1")):
        insert_entry(
            ledger_entries.change(
                SAM, "campaign/cmp_1", name, day + number, f"e{number}", fields, {"effect": name}
            )
        )

    reply = admin.get(f"/v1/changes?day={utc_day(day)}&format=csv&limit=4")
    more = admin.get(
        f"/v1/changes?day={utc_day(day)}&format=csv&limit=4&cursor={reply.headers['X-Next-Cursor']}"
    )

    rows = list(csv.reader(io.StringIO(reply.text + more.text)))
    assert reply.headers["Content-Type"].startswith("text/csv")
    assert rows[0][:6] == ["id", "at", "actor_kind", "actor_id", "action", "subject"]
    assert len(rows) == 7
    assert not [
        cell for row in rows for cell in row if cell.strip(" ").startswith(("=", "+", "-", "@", "\t"))
    ]
    assert [row[4] for row in rows[1:3]] == ["'=1+1", "'+1"]
    assert json.loads(rows[1][-1])[0]["to"].startswith("=HYPERLINK")


def test_PRI_28_an_export_that_cannot_be_logged_is_refused(admin: Caller) -> None:
    create_change("lead/lead_1", 1, clock.now())

    with fault(lost, on={"PutItem"}, table="ledger") as fired:
        reply = admin.get("/v1/changes?subject=lead/lead_1&format=csv")

    assert fired
    assert (reply.status, reply.code) == (503, "unavailable")


def test_ACC_4_an_export_of_another_project_is_refused_and_not_logged(outsider: Caller) -> None:
    before = ledger.LedgerRow.count()

    assert outsider.get("/v1/changes?subject=lead/lead_1&format=csv").status == 404

    assert ledger.LedgerRow.count() == before


# receipts


def test_PRI_32_a_receipt_is_read_by_its_id(admin: Caller, manager: Caller) -> None:
    facts = leads.get("lead_1", clock.now())
    assert facts is not None
    assert facts.erase_at is not None
    at = facts.erase_at + 600
    finish_erasure("lead_1", "schedule", at)

    (entry,) = all_items(manager, f"/v1/changes?day={utc_day(at)}&kind=erased")
    receipt = manager.get(f"/v1/receipts/{entry['receipt_id']}").json

    assert entry["receipt_id"] == receipts.id_of("lead_1", at)
    assert (entry["fields"], entry["actor"]["kind"]) == ([], SYSTEM.kind)
    assert receipt == {
        "id": entry["receipt_id"],
        "lead_id": "lead_1",
        "basis": "retention",
        "due_at": iso(facts.erase_at),
        "erase_at": iso(facts.erase_at),
        "erased_at": iso(at),
        "lag_s": 600,
        "stores": {"people": 1, "contacts": 2, "windows": 1, "ttl_first": False},
        "recipients": [],
        "proof": None,
    }
    assert not any(value in json.dumps(receipt) for value in (LEAD["phone"], LEAD["email"], "Ada"))


def test_ACC_4_a_receipt_of_another_project_is_not_found(
    admin: Caller, manager: Caller, outsider: Caller
) -> None:
    at = clock.now() + 11 * DAY_S
    finish_erasure("lead_1", "schedule", at)
    good = receipts.id_of("lead_1", at)

    assert manager.get(f"/v1/receipts/{good}").status == 200
    for caller, receipt_id in (
        (outsider, good),
        (manager, receipts.id_of("lead_1", at - 1)),
        (manager, receipts.id_of("lead_0", at)),
        (admin, "rct_0"),
        (admin, "rct_lead_1_99999999999"),
    ):
        reply = caller.get(f"/v1/receipts/{receipt_id}")
        assert (reply.status, reply.code) == (404, "not_found")
