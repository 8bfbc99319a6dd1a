"""The Do Not Call list over the API (PRI-12 … PRI-15)."""

from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import Block
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_ids import opaque_id
from chalicelib.core.access import Permission, Role
from chalicelib.core.times import iso
from chalicelib.ledger import store as ledger
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases.register_keys import register_keys
from tests.harness.api import ApiHarness, Caller, Reply, add_item
from tests.harness.faults import WRITES, fault, lost, meanwhile, step

PHONE = "+1 202-555-0147"
DESK = "/v1/blocks"


@pytest.fixture
def admin(api: ApiHarness) -> Caller:
    """An admin of two projects; one of them reads numbers as British ones."""
    register_keys(clock.now())
    add_item(Project(id="prj_1", version=1, name="Loans"))
    add_item(Project(id="prj_2", version=1, name="Cars", region="GB"))
    return api.user(Role.ADMIN, user_id="usr_admin")


@pytest.fixture
def manager(api: ApiHarness, admin: Caller) -> Caller:
    return api.user(Role.MANAGER, "prj_1", user_id="usr_manager")


def block(caller: Caller, phone: str = PHONE, project_id: str | None = "prj_1", **more: Any) -> Any:
    reply = caller.post(DESK, {"phone": phone, "project_id": project_id, **more})
    assert reply.status == 201, reply.text
    return reply.json


def create_block(created_at: int, number: int = 0, scope: str = "prj_1", until: int | None = None) -> Block:
    """Write a block as the desk would at another time, and return it."""
    created = Block(
        f"ref_{scope}_{number:04d}", scope, created_at, until, "user", "usr_1", f"…{number % 100:02d}"
    )
    batch.write_one(blocks.put(created, created_at))
    return created


def all_items(caller: Caller, path: str, limit: int) -> list[Any]:
    """Return every item of a list, page by page. No page may be longer than requested."""
    items, cursor_query = [], ""
    for _ in range(200):
        reply = caller.get(f"{path}limit={limit}{cursor_query}")
        assert reply.status == 200, reply.text
        assert len(reply.json["items"]) <= limit
        items += reply.json["items"]
        if reply.json["next"] is None:
            return items
        cursor_query = f"&cursor={reply.json['next']}"
    raise AssertionError("the list does not end")


def advance_clock(monkeypatch: pytest.MonkeyPatch, seconds: int) -> int:
    """Move the clock forward by that many seconds."""
    at = clock.now() + seconds
    monkeypatch.setattr(clock, "now", lambda: at)
    return at


def test_PRI_13_the_list_shows_project_actor_time_and_end(manager: Caller) -> None:
    until = iso(clock.now() + 900)
    created = block(manager, until=until, reason="regulator")

    listed = manager.get(DESK).json

    assert listed == {"items": [created], "next": None}
    assert created == {
        "id": created["id"],
        "project_id": "prj_1",
        "project": {"id": "prj_1", "name": "Loans"},
        "masked": "…47",
        "number": "+12025550147",
        "blocked_by": {"kind": "user", "id": "usr_manager", "name": "A test manager"},
        "blocked_at": created["blocked_at"],
        "until": until,
        "reason": "regulator",
        "version": 1,
    }


@pytest.mark.parametrize("limit", [1, 7, 200])
def test_PRI_13_all_blocks_are_listed_newest_first_in_pages(admin: Caller, limit: int) -> None:
    """The test uses four blocks of each second, over shards and scopes, so that pages end within a second."""
    now = clock.now()
    created = [
        create_block(now - number // 4, number, ("prj_1", "prj_2", "*")[number % 3]) for number in range(40)
    ]

    items = all_items(admin, f"{DESK}?", limit)

    times = [item["blocked_at"] for item in items]
    assert times == sorted(times, reverse=True)
    assert sorted(item["id"] for item in items) == sorted(
        opaque_id(value.ref, value.scope) for value in created
    )


def test_PRI_13_the_list_of_a_project_has_only_its_blocks(admin: Caller) -> None:
    now = clock.now()
    for number, scope in enumerate(("prj_1", "prj_2", "*")):
        create_block(now, number, scope)

    for scope, project_id in (("prj_1", "prj_1"), ("prj_2", "prj_2"), ("*", None)):
        assert [item["project_id"] for item in all_items(admin, f"{DESK}?project={scope}&", 5)] == [
            project_id
        ]
    assert admin.get(f"{DESK}?project=prj_9").status == 404


def test_PRI_13_pages_are_stable_while_blocks_change(admin: Caller) -> None:
    now = clock.now()
    created = [create_block(now - number, number) for number in range(6)]
    first = admin.get(f"{DESK}?limit=2").json
    create_block(now, 99)
    admin.delete(f"{DESK}/{opaque_id(created[1].ref, 'prj_1')}")
    admin.delete(f"{DESK}/{opaque_id(created[2].ref, 'prj_1')}")

    rest = admin.get(f"{DESK}?cursor={first['next']}").json

    assert [item["masked"] for item in first["items"]] == ["…00", "…01"]
    assert [item["masked"] for item in rest["items"]] == ["…03", "…04", "…05"]


def test_PRI_15_an_ended_block_is_not_listed_or_found(admin: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    created = block(admin, until=iso(clock.now() + 100))
    advance_clock(monkeypatch, 100)

    assert admin.get(DESK).json["items"] == []
    assert admin.post(f"{DESK}/search", {"phone": PHONE}).json == {"items": [], "next": None}
    assert admin.get(f"{DESK}/{created['id']}").status == 404
    assert admin.patch(f"{DESK}/{created['id']}", {"version": 1, "until": None}).status == 404
    assert admin.delete(f"{DESK}/{created['id']}").status == 404


def test_PRI_13_many_ended_blocks_give_short_pages_that_end(admin: Caller) -> None:
    now = clock.now()
    for number in range(520):
        create_block(now - 1000, number, until=now - 500)
    alive = create_block(now - 2000, 9000)

    first = admin.get(DESK).json

    assert first["items"] == []
    assert first["next"]
    rest = all_items(admin, f"{DESK}?", 50)
    assert [item["id"] for item in rest] == [opaque_id(alive.ref, alive.scope)]


def test_PRI_13_a_block_is_found_by_the_number_as_entered(admin: Caller) -> None:
    """A local number is read in the region of its project, so the text that blocked it finds it."""
    british = block(admin, "020 7946 0123", "prj_2")
    for_all = block(admin, "202-555-0147", None)
    mail = admin.post(DESK, {"email": "Ada@EXAMPLE.com", "project_id": "prj_1"}).json

    assert admin.post(f"{DESK}/search", {"phone": "020 7946 0123"}).json["items"] == [british]
    assert admin.post(f"{DESK}/search", {"phone": "+44 20 7946 0123"}).json["items"] == [british]
    assert admin.post(f"{DESK}/search", {"phone": PHONE}).json["items"] == [for_all]
    assert admin.post(f"{DESK}/search", {"email": "Ada@example.COM"}).json["items"] == [mail]


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "*"), ({"phone": PHONE, "email": "a@example.com"}, "*"), ({"phone": "nobody"}, "phone")],
)
def test_PRI_13_a_search_takes_one_contact(admin: Caller, body: dict[str, str], field: str) -> None:
    reply = admin.post(f"{DESK}/search", body)

    assert (reply.status, reply.json["error"]["fields"][0]["field"]) == (422, field)
    assert "nobody" not in reply.text


def test_PRI_5_a_search_is_logged_without_the_contact(manager: Caller) -> None:
    block(manager)
    for phone in (PHONE, "+1 202-555-0148"):
        assert manager.post(f"{DESK}/search", {"phone": phone}).status == 200

    searches = [row for row in ledger.LedgerRow.scan() if row.kind == "access"]

    assert len({row.subject for row in searches}) == 2
    assert all('"through":"search"' in row.body for row in searches)
    assert not any("2025550" in row.subject + row.body for row in searches)


def test_PRI_13_details_show_the_history(admin: Caller, manager: Caller) -> None:
    until = iso(clock.now() + 900)
    created = block(manager, reason="legal")
    admin.patch(f"{DESK}/{created['id']}", {"version": 1, "until": until})

    content = manager.get(f"{DESK}/{created['id']}").json

    history = content.pop("history")
    assert content == created | {"until": until, "version": 2}
    scope = {"name": "scope", "to": "prj_1", "names": [{"kind": "project", "id": "prj_1", "name": "Loans"}]}
    assert [(entry["action"], entry["actor"]["id"], entry["fields"]) for entry in history] == [
        ("blocked", "usr_manager", [{"name": "until"}, {"name": "reason", "to": "legal"}, scope]),
        ("block_changed", "usr_admin", [{"name": "until", "to": until}, scope]),
    ]


def test_PRI_13_the_end_can_be_set_moved_and_removed(manager: Caller) -> None:
    path = f"{DESK}/{block(manager)['id']}"
    for version, until in enumerate([iso(clock.now() + 900), iso(clock.now() + 300), None], start=1):
        change_end = manager.patch(path, {"version": version, "until": until})
        assert (change_end.status, change_end.json["until"], change_end.json["version"]) == (
            200,
            until,
            version + 1,
        )

    same = manager.patch(path, {"version": 4, "until": None})

    assert (same.status, same.json["version"]) == (200, 4)
    assert len(manager.get(path).json["history"]) == 4


@pytest.mark.parametrize("project_id", ["", "*", " ", "a b#%"])
def test_PRI_12_only_null_blocks_for_all_projects(admin: Caller, project_id: str) -> None:
    reply = admin.post(DESK, {"phone": PHONE, "project_id": project_id})

    assert (reply.status, reply.json["error"]["fields"][0]["field"]) == (422, "project_id")
    assert admin.get(DESK).json["items"] == []
    assert admin.post(DESK, {"phone": PHONE}).status == 422
    assert block(admin, project_id=None)["project_id"] is None


@pytest.mark.parametrize("seconds", [0, -5, 11 * 365 * 86_400])
def test_PRI_15_an_end_is_in_the_next_ten_years(manager: Caller, seconds: int) -> None:
    until = iso(clock.now() + seconds)
    created = block(manager)

    for reply in (
        manager.patch(f"{DESK}/{created['id']}", {"version": 1, "until": until}),
        manager.post(DESK, {"phone": PHONE, "project_id": "prj_1", "until": until}),
    ):
        assert (reply.status, reply.json["error"]["fields"][0]["code"]) == (422, "out_of_range")


def test_PRI_13_a_concurrent_change_is_a_conflict(manager: Caller) -> None:
    path = f"{DESK}/{block(manager)['id']}"
    until = iso(clock.now() + 900)

    with fault(
        meanwhile(lambda: change_end(path, manager)), on={"TransactWriteItems"}, when=step(1)
    ) as fired:
        reply = manager.patch(path, {"version": 1, "until": until})

    assert len(fired) == 1
    assert (reply.status, reply.code) == (409, "version_conflict")
    assert manager.patch(path, {"version": 1, "until": until}).code == "version_conflict"
    assert manager.get(path).json["version"] == 2


def change_end(path: str, caller: Caller) -> None:
    assert caller.patch(path, {"version": 1, "until": iso(clock.now() + 60)}).status == 200


def test_PRI_27_a_lost_answer_of_a_change_is_recognised(manager: Caller) -> None:
    path = f"{DESK}/{block(manager)['id']}"

    with fault(lost, on=WRITES, when=step(1)) as fired:
        reply = manager.patch(path, {"version": 1, "until": iso(clock.now() + 900)})

    assert (len(fired), reply.status, reply.json["version"]) == (1, 200, 2)
    assert len(manager.get(path).json["history"]) == 2


def test_PRI_14_unblocking_is_immediate_and_its_history_has_no_number(admin: Caller, manager: Caller) -> None:
    created = block(manager)

    assert manager.delete(f"{DESK}/{created['id']}").status == 204

    assert not list(blocks.BlockRow.scan())
    assert manager.get(f"{DESK}/{created['id']}").status == 404
    history = manager.get(f"/v1/changes?subject=block/{created['id']}")
    assert [item["action"] for item in history.json["items"]] == ["blocked", "unblocked"]
    assert not any("2025550147" in row.body + row.subject for row in ledger.LedgerRow.scan())


def test_PRI_27_a_lost_answer_of_an_unblocking_is_recognised(manager: Caller) -> None:
    created = block(manager)

    with fault(lost, on=WRITES, when=step(1)) as fired:
        reply = manager.delete(f"{DESK}/{created['id']}")

    assert (len(fired), reply.status) == (1, 204)
    entries = ledger.list_subject(f"block/{created['id']}", clock.now())
    assert [entry.action for entry in entries] == ["blocked", "unblocked"]


def test_PRI_17_a_block_in_the_second_of_its_unblocking_works(
    manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two equal actions in one second are two: an entry counts as an own write only if it is one."""
    advance_clock(monkeypatch, 0)
    first = block(manager)
    manager.patch(f"{DESK}/{first['id']}", {"version": 1, "until": iso(clock.now() + 9)})
    manager.delete(f"{DESK}/{first['id']}")

    second = block(manager)
    manager.patch(f"{DESK}/{first['id']}", {"version": 1, "until": iso(clock.now() + 9)})

    assert second == first
    assert manager.get(f"{DESK}/{first['id']}").json["version"] == 2
    assert len(manager.get(f"{DESK}/{first['id']}").json["history"]) == 5


def test_ACC_4_a_manager_of_another_project_gets_nothing(api: ApiHarness, admin: Caller) -> None:
    created = block(admin)
    foreign = api.user(Role.MANAGER, "prj_2")

    assert foreign.get(DESK).json == {"items": [], "next": None}
    assert foreign.get(f"{DESK}?project=prj_1").status == 404
    assert foreign.post(f"{DESK}/search", {"phone": PHONE}).json["items"] == []
    for reply in call_every_route(foreign, created["id"]):
        assert (reply.status, reply.code) == (404, "not_found")
    assert len(admin.get(DESK).json["items"]) == 1


def test_ACC_3_agents_and_users_without_permission_get_nothing(api: ApiHarness, admin: Caller) -> None:
    created = block(admin)
    less = api.user(Role.MANAGER, "prj_1", withdrawn=(Permission.PRIVACY_BLOCK,))
    for caller in (api.user(Role.AGENT, "prj_1"), less):
        for reply in (
            caller.get(DESK),
            caller.post(f"{DESK}/search", {"phone": PHONE}),
            *call_every_route(caller, created["id"]),
        ):
            assert (reply.status, reply.code) == (403, "forbidden")


def test_ACC_3_only_admins_change_a_block_for_all_projects(admin: Caller, manager: Caller) -> None:
    created = block(admin, project_id=None)
    path = f"{DESK}/{created['id']}"

    assert manager.get(DESK).json["items"] == []
    assert manager.get(f"{DESK}?project=*").status == 403
    assert manager.post(f"{DESK}/search", {"phone": PHONE}).json["items"] == [created]
    assert manager.get(path).status == 200
    assert manager.patch(path, {"version": 1, "until": None}).status == 403
    assert manager.delete(path).status == 403
    assert admin.delete(path).status == 204


@pytest.mark.parametrize("block_id", ["blk_0", "A" * 40])
def test_ACC_6_an_unknown_id_is_not_found(admin: Caller, block_id: str) -> None:
    for reply in call_every_route(admin, block_id):
        assert (reply.status, reply.code) == (404, "not_found")


def test_ACC_6_an_id_with_one_changed_character_is_not_found(admin: Caller) -> None:
    created = block(admin)["id"]
    forged = ("B" if created[0] == "A" else "A") + created[1:]

    assert [reply.status for reply in call_every_route(admin, forged)] == [404, 404, 404]


def test_API_a_cursor_is_valid_for_its_list_and_user(admin: Caller, manager: Caller) -> None:
    for number in range(3):
        create_block(clock.now(), number)
    cursor = admin.get(f"{DESK}?limit=1").json["next"]

    assert admin.get(f"{DESK}?project=prj_1&cursor={cursor}").code == "cursor_invalid"
    assert manager.get(f"{DESK}?cursor={cursor}").code == "cursor_invalid"


def call_every_route(caller: Caller, block_id: str) -> list[Reply]:
    """Read, change and remove one block."""
    path = f"{DESK}/{block_id}"
    return [caller.get(path), caller.patch(path, {"version": 1, "until": None}), caller.delete(path)]


def test_PRI_5_blocking_a_blocked_contact_is_recorded_like_a_search(admin: Caller) -> None:
    def searches() -> int:
        return len(admin.get(f"/v1/accesses?day={iso(clock.now())[:10]}").json["items"])

    block(admin)
    assert searches() == 0
    for times in (1, 2):
        assert admin.post(DESK, {"phone": PHONE, "project_id": "prj_1"}).status == 200
        assert searches() == times
