"""Which entries of the ledger a user may read (ACC-3, ACC-4), and invalid queries."""

import pytest

from chalicelib import clock
from chalicelib.core.access import Permission, Role
from chalicelib.core.retention import Policy
from chalicelib.core.times import DAY_S, utc_day
from chalicelib.ledger.domain import entries as ledger_entries
from tests.audit.audit_support import (
    SAM,
    admin,
    all_items,
    create_access,
    create_change,
    insert_entry,
    start_of_day,
)
from tests.factories.leads import create_campaign
from tests.harness.api import ApiHarness, Caller

__all__ = ["admin"]


@pytest.fixture
def manager(api: ApiHarness, admin: Caller) -> Caller:
    return api.user(Role.MANAGER, "prj_1", user_id="usr_manager")


@pytest.fixture
def outsider(api: ApiHarness, admin: Caller) -> Caller:
    return api.user(Role.MANAGER, "prj_2", user_id="usr_foreigner")


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
    detail, start = {"kind": kind, "scope": scope}, start_of_day(1)
    insert_entry(ledger_entries.change(SAM, "import/imp_1", "import_started", start, "e1", detail=detail))
    insert_entry(ledger_entries.change(SAM, "import/imp_1", "import_ended", start + 60, "e2"))
    path = f"/v1/changes?day={utc_day(start)}&kind=import"

    for name, caller in (("manager", manager), ("foreigner", outsider)):
        assert len(all_items(caller, path)) == (2 if name in whose else 0)
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
