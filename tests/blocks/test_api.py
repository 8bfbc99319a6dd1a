"""The Do Not Call list at the desk, through the whole API in one process (PRI-12 … PRI-15)."""

from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.blocks import store as blocks
from chalicelib.blocks.domain import Block
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
    """Two projects, one of which reads numbers as British ones; the caller is an admin."""
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


def standing(made: int, number: int = 0, scope: str = "prj_1", until: int | None = None) -> Block:
    """Write a block as the desk would have at another time, and return it."""
    one = Block(f"ref_{scope}_{number:04d}", scope, made, until, "user", "usr_1", f"…{number % 100:02d}")
    batch.write_one(blocks.put(one, made))
    return one


def walked(caller: Caller, path: str, limit: int) -> list[Any]:
    """Return every item of a list, page by page; no page may be longer than asked for."""
    items, following = [], ""
    for _ in range(200):
        reply = caller.get(f"{path}limit={limit}{following}")
        assert reply.status == 200, reply.text
        assert len(reply.json["items"]) <= limit
        items += reply.json["items"]
        if reply.json["next"] is None:
            return items
        following = f"&cursor={reply.json['next']}"
    raise AssertionError("the list does not end")


def later(monkeypatch: pytest.MonkeyPatch, seconds: int) -> int:
    """Let that many seconds pass."""
    at = clock.now() + seconds
    monkeypatch.setattr(clock, "now", lambda: at)
    return at


def test_PRI_13_the_list_shows_project_actor_time_and_end(manager: Caller) -> None:
    until = iso(clock.now() + 900)
    made = block(manager, until=until, reason="regulator")

    listed = manager.get(DESK).json

    assert listed == {"items": [made], "next": None}
    assert made == {
        "id": made["id"],
        "project_id": "prj_1",
        "masked": "…47",
        "number": "+12025550147",
        "blocked_by": {"kind": "user", "id": "usr_manager"},
        "blocked_at": made["blocked_at"],
        "until": until,
        "reason": "regulator",
        "version": 1,
    }


@pytest.mark.parametrize("limit", [1, 7, 200])
def test_PRI_13_all_blocks_are_listed_newest_first_in_pages(admin: Caller, limit: int) -> None:
    """Four of one second each, over shards and scopes: the pages' borders fall within a second."""
    now = clock.now()
    made = [standing(now - number // 4, number, ("prj_1", "prj_2", "*")[number % 3]) for number in range(40)]

    items = walked(admin, f"{DESK}?", limit)

    times = [item["blocked_at"] for item in items]
    assert times == sorted(times, reverse=True)
    assert sorted(item["id"] for item in items) == sorted(opaque_id(one.ref, one.scope) for one in made)


def test_PRI_13_the_list_of_a_project_has_only_its_blocks(admin: Caller) -> None:
    now = clock.now()
    for number, scope in enumerate(("prj_1", "prj_2", "*")):
        standing(now, number, scope)

    for scope, project_id in (("prj_1", "prj_1"), ("prj_2", "prj_2"), ("*", None)):
        assert [one["project_id"] for one in walked(admin, f"{DESK}?project={scope}&", 5)] == [project_id]
    assert admin.get(f"{DESK}?project=prj_9").status == 404


def test_PRI_13_pages_are_stable_while_blocks_change(admin: Caller) -> None:
    now = clock.now()
    made = [standing(now - number, number) for number in range(6)]
    first = admin.get(f"{DESK}?limit=2").json
    standing(now, 99)
    admin.delete(f"{DESK}/{opaque_id(made[1].ref, 'prj_1')}")
    admin.delete(f"{DESK}/{opaque_id(made[2].ref, 'prj_1')}")

    rest = admin.get(f"{DESK}?cursor={first['next']}").json

    assert [one["masked"] for one in first["items"]] == ["…00", "…01"]
    assert [one["masked"] for one in rest["items"]] == ["…03", "…04", "…05"]


def test_PRI_15_an_ended_block_is_not_listed_or_found(admin: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    made = block(admin, until=iso(clock.now() + 100))
    later(monkeypatch, 100)

    assert admin.get(DESK).json["items"] == []
    assert admin.post(f"{DESK}/search", {"phone": PHONE}).json == {"items": [], "next": None}
    assert admin.get(f"{DESK}/{made['id']}").status == 404
    assert admin.patch(f"{DESK}/{made['id']}", {"version": 1, "until": None}).status == 404
    assert admin.delete(f"{DESK}/{made['id']}").status == 404


def test_PRI_13_many_ended_blocks_give_short_pages_that_end(admin: Caller) -> None:
    now = clock.now()
    for number in range(520):
        standing(now - 1000, number, until=now - 500)
    alive = standing(now - 2000, 9000)

    first = admin.get(DESK).json

    assert first["items"] == []
    assert first["next"]
    rest = walked(admin, f"{DESK}?", 50)
    assert [one["id"] for one in rest] == [opaque_id(alive.ref, alive.scope)]


def test_PRI_13_a_block_is_found_by_the_number_as_entered(admin: Caller) -> None:
    """A local number is read as its project reads it, so the text that blocked it finds it."""
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
    made = block(manager, reason="legal")
    admin.patch(f"{DESK}/{made['id']}", {"version": 1, "until": until})

    found = manager.get(f"{DESK}/{made['id']}").json

    history = found.pop("history")
    assert found == made | {"until": until, "version": 2}
    assert [(one["action"], one["actor"]["id"], one["fields"]) for one in history] == [
        (
            "blocked",
            "usr_manager",
            [{"name": "until"}, {"name": "reason", "to": "legal"}, {"name": "scope", "to": "prj_1"}],
        ),
        ("block_changed", "usr_admin", [{"name": "until", "to": until}, {"name": "scope", "to": "prj_1"}]),
    ]


def test_PRI_13_the_end_can_be_set_moved_and_removed(manager: Caller) -> None:
    path = f"{DESK}/{block(manager)['id']}"
    for version, until in enumerate([iso(clock.now() + 900), iso(clock.now() + 300), None], start=1):
        changed = manager.patch(path, {"version": version, "until": until})
        assert (changed.status, changed.json["until"], changed.json["version"]) == (200, until, version + 1)

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
    made = block(manager)

    for reply in (
        manager.patch(f"{DESK}/{made['id']}", {"version": 1, "until": until}),
        manager.post(DESK, {"phone": PHONE, "project_id": "prj_1", "until": until}),
    ):
        assert (reply.status, reply.json["error"]["fields"][0]["code"]) == (422, "out_of_range")


def test_PRI_13_a_concurrent_change_is_a_conflict(manager: Caller) -> None:
    path = f"{DESK}/{block(manager)['id']}"
    until = iso(clock.now() + 900)

    with fault(meanwhile(lambda: changed(path, manager)), on={"TransactWriteItems"}, when=step(1)) as fired:
        reply = manager.patch(path, {"version": 1, "until": until})

    assert len(fired) == 1
    assert (reply.status, reply.code) == (409, "version_conflict")
    assert manager.patch(path, {"version": 1, "until": until}).code == "version_conflict"
    assert manager.get(path).json["version"] == 2


def changed(path: str, caller: Caller) -> None:
    assert caller.patch(path, {"version": 1, "until": iso(clock.now() + 60)}).status == 200


def test_PRI_27_a_lost_answer_of_a_change_is_recognised(manager: Caller) -> None:
    path = f"{DESK}/{block(manager)['id']}"

    with fault(lost, on=WRITES, when=step(1)) as fired:
        reply = manager.patch(path, {"version": 1, "until": iso(clock.now() + 900)})

    assert (len(fired), reply.status, reply.json["version"]) == (1, 200, 2)
    assert len(manager.get(path).json["history"]) == 2


def test_PRI_14_unblocking_is_immediate_and_its_history_has_no_number(admin: Caller, manager: Caller) -> None:
    made = block(manager)

    assert manager.delete(f"{DESK}/{made['id']}").status == 204

    assert not list(blocks.BlockRow.scan())
    assert manager.get(f"{DESK}/{made['id']}").status == 404
    history = manager.get(f"/v1/changes?subject=block/{made['id']}")
    assert [one["action"] for one in history.json["items"]] == ["blocked", "unblocked"]
    assert not any("2025550147" in row.body + row.subject for row in ledger.LedgerRow.scan())


def test_PRI_27_a_lost_answer_of_an_unblocking_is_recognised(manager: Caller) -> None:
    made = block(manager)

    with fault(lost, on=WRITES, when=step(1)) as fired:
        reply = manager.delete(f"{DESK}/{made['id']}")

    assert (len(fired), reply.status) == (1, 204)
    entries = ledger.list_subject(f"block/{made['id']}", clock.now())
    assert [entry.action for entry in entries] == ["blocked", "unblocked"]


def test_PRI_17_a_block_in_the_second_of_its_unblocking_works(
    manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry that looks like one's own must be one's own: two equal deeds of one second are two."""
    later(monkeypatch, 0)
    first = block(manager)
    manager.patch(f"{DESK}/{first['id']}", {"version": 1, "until": iso(clock.now() + 9)})
    manager.delete(f"{DESK}/{first['id']}")

    second = block(manager)
    manager.patch(f"{DESK}/{first['id']}", {"version": 1, "until": iso(clock.now() + 9)})

    assert second == first
    assert manager.get(f"{DESK}/{first['id']}").json["version"] == 2
    assert len(manager.get(f"{DESK}/{first['id']}").json["history"]) == 5


def test_ACC_4_a_manager_of_another_project_gets_nothing(api: ApiHarness, admin: Caller) -> None:
    made = block(admin)
    foreign = api.user(Role.MANAGER, "prj_2")

    assert foreign.get(DESK).json == {"items": [], "next": None}
    assert foreign.get(f"{DESK}?project=prj_1").status == 404
    assert foreign.post(f"{DESK}/search", {"phone": PHONE}).json["items"] == []
    for reply in everything(foreign, made["id"]):
        assert (reply.status, reply.code) == (404, "not_found")
    assert len(admin.get(DESK).json["items"]) == 1


def test_ACC_3_agents_and_users_without_permission_get_nothing(api: ApiHarness, admin: Caller) -> None:
    made = block(admin)
    less = api.user(Role.MANAGER, "prj_1", withdrawn=(Permission.PRIVACY_BLOCK,))
    for caller in (api.user(Role.AGENT, "prj_1"), less):
        for reply in (
            caller.get(DESK),
            caller.post(f"{DESK}/search", {"phone": PHONE}),
            *everything(caller, made["id"]),
        ):
            assert (reply.status, reply.code) == (403, "forbidden")


def test_ACC_3_only_admins_change_a_block_for_all_projects(admin: Caller, manager: Caller) -> None:
    made = block(admin, project_id=None)
    path = f"{DESK}/{made['id']}"

    assert manager.get(DESK).json["items"] == []
    assert manager.get(f"{DESK}?project=*").status == 403
    assert manager.post(f"{DESK}/search", {"phone": PHONE}).json["items"] == [made]
    assert manager.get(path).status == 200
    assert manager.patch(path, {"version": 1, "until": None}).status == 403
    assert manager.delete(path).status == 403
    assert admin.delete(path).status == 204


@pytest.mark.parametrize("block_id", ["blk_0", "A" * 40])
def test_ACC_6_an_unknown_id_is_not_found(admin: Caller, block_id: str) -> None:
    for reply in everything(admin, block_id):
        assert (reply.status, reply.code) == (404, "not_found")


def test_ACC_6_an_id_with_one_changed_character_is_not_found(admin: Caller) -> None:
    made = block(admin)["id"]
    forged = ("B" if made[0] == "A" else "A") + made[1:]

    assert [reply.status for reply in everything(admin, forged)] == [404, 404, 404]


def test_API_a_cursor_is_valid_for_its_list_and_user(admin: Caller, manager: Caller) -> None:
    for number in range(3):
        standing(clock.now(), number)
    cursor = admin.get(f"{DESK}?limit=1").json["next"]

    assert admin.get(f"{DESK}?project=prj_1&cursor={cursor}").code == "cursor_invalid"
    assert manager.get(f"{DESK}?cursor={cursor}").code == "cursor_invalid"


def everything(caller: Caller, block_id: str) -> list[Reply]:
    """Ask for, change and remove one block."""
    path = f"{DESK}/{block_id}"
    return [caller.get(path), caller.patch(path, {"version": 1, "until": None}), caller.delete(path)]
