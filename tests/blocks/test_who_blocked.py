"""Who blocked and who unblocked stays known, by hand and by a file (PRI-12 … PRI-14, PRI-29, USE-U10)."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import Block
from chalicelib.blocks.store.block_rows import row_of
from chalicelib.core.access import Role
from chalicelib.core.times import iso
from chalicelib.imports import store as imports
from chalicelib.imports.domain.import_job import Import, ImportKind
from chalicelib.imports.domain.uploads import key_of
from chalicelib.imports.usecases.change_import import confirm_import
from chalicelib.imports.usecases.run_import import run_import
from tests.audit.audit_support import all_items
from tests.factories.imports import create_bucket, get_block, get_import, import_run, put, register
from tests.factories.leads import LEAD, MANAGER, confirmed, create_lead, create_manager, create_organisation
from tests.harness.api import ApiHarness, Caller

ONE, TWO = "+12025550101", "+12025550102"


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> int:
    at = clock.now()
    monkeypatch.setattr(clock, "now", lambda: at)
    return at


@pytest.fixture
def admin(api: ApiHarness, now: int) -> Caller:
    create_organisation(now=now)
    create_manager()
    create_bucket()
    return api.user(Role.ADMIN, user_id="usr_admin")


@pytest.fixture
def manager(api: ApiHarness, admin: Caller) -> Caller:
    return api.bearer(api.signer.token(MANAGER.id))


def uploaded(text: str, now: int, kind: ImportKind = ImportKind.BLOCK, name: str = "imp_1") -> Import:
    """Import a file that a user put with the form of `POST /v1/imports`."""
    key = key_of(kind, "prj_1", name)
    job = Import(name, kind, "prj_1", "prj_1", "user", MANAGER.id, now, key=key, keep_out=True)
    batch.write(imports.insert(job), name)
    run_import(register(put(text, key), now).id, import_run(now))
    return get_import(name, now)


def search(caller: Caller, phone: str = ONE, **more: Any) -> Any:
    reply = caller.post("/v1/blocks/search", {"phone": phone, **more})
    assert reply.status == 200, reply.text
    return reply.json


def only_block(caller: Caller, phone: str = ONE) -> Any:
    (block,) = search(caller, phone)["items"]
    return block


def maker(actor: dict[str, Any]) -> dict[str, Any]:
    """Return an actor without names, which other tests are about (ACC-12)."""
    return {name: actor[name] for name in ("kind", "id", "user_id") if name in actor}


def fields(entry: Any) -> dict[str, Any]:
    return {field["name"]: field.get("to") for field in entry["fields"]}


BY_FILE = {"kind": "job", "id": "imp_1", "user_id": MANAGER.id}


def test_PRI_12_a_block_from_a_file_names_the_user_who_put_it(manager: Caller, now: int) -> None:
    uploaded(f"{ONE}\n{TWO},30\n", now)

    for phone in (ONE, TWO):
        block = only_block(manager, phone)
        assert maker(block["blocked_by"]) == BY_FILE
        assert maker(manager.get(f"/v1/blocks/{block['id']}").json["blocked_by"]) == BY_FILE
    assert [maker(block["blocked_by"]) for block in manager.get("/v1/blocks").json["items"]] == [BY_FILE] * 2
    desk = manager.post("/v1/contacts/search", {"phone": ONE}).json
    assert [maker(block["blocked_by"]) for block in desk["blocks"]] == [BY_FILE]


def test_PRI_12_each_other_maker_is_named_as_well(admin: Caller, manager: Caller, now: int) -> None:
    by_hand = manager.post("/v1/blocks", {"phone": ONE, "project_id": "prj_1"}).json
    dropped = register(put(f"{TWO}\n"), now)
    run_import(dropped.id, import_run(now))
    create_lead("lead_1", now)
    first = manager.post("/v1/leads/lead_1/forget", {"keep_out": True}).json
    manager.post("/v1/leads/lead_1/forget", {"keep_out": True, "confirm": first["confirm"]})

    assert maker(by_hand["blocked_by"]) == {"kind": "user", "id": MANAGER.id}
    assert maker(only_block(manager, TWO)["blocked_by"]) == {"kind": "job", "id": dropped.id}
    forgotten = only_block(manager, LEAD["phone"])
    assert maker(forgotten["blocked_by"]) == {"kind": "forget", "id": MANAGER.id}


def test_PRI_12_a_forget_file_that_keeps_out_names_its_user(manager: Caller, now: int) -> None:
    job = uploaded(f"{ONE}\n", now, ImportKind.FORGET)
    confirmed(lambda given: confirm_import(MANAGER, job.id, given, now))
    run_import(job.id, import_run(now))

    assert maker(only_block(manager)["blocked_by"]) == {
        "kind": "forget",
        "id": "imp_1",
        "user_id": MANAGER.id,
    }


def test_PRI_12_a_block_of_before_finds_its_user_in_the_record(manager: Caller, now: int) -> None:
    uploaded(f"{ONE}\n{TWO}\n", now)
    for phone in (ONE, TWO):
        stored = get_block(phone, now=now)
        assert stored is not None
        assert stored.by_user == MANAGER.id
        batch.write_one(batch.Put(row_of(replace(stored, by_user=None), now), None))

    listed = manager.get("/v1/blocks").json["items"]

    assert [maker(block["blocked_by"]) for block in listed] == [BY_FILE] * 2
    assert maker(only_block(manager)["blocked_by"]) == BY_FILE
    assert maker(manager.get(f"/v1/blocks/{listed[0]['id']}").json["blocked_by"]) == BY_FILE
    body = {"version": 1, "until": iso(now + 900)}
    assert maker(manager.patch(f"/v1/blocks/{listed[0]['id']}", body).json["blocked_by"]) == BY_FILE
    manager.delete(f"/v1/blocks/{listed[1]['id']}")
    (entry,) = manager.get("/v1/changes?kind=unblocked").json["items"]
    assert fields(entry)["blocked_by_user"] == MANAGER.id


def test_PRI_13_the_history_of_a_block_from_a_file_begins_with_its_import(manager: Caller, now: int) -> None:
    uploaded(f"{ONE}\n", now)
    block = only_block(manager)
    manager.patch(f"/v1/blocks/{block['id']}", {"version": 1, "until": iso(now + 900)})

    history = manager.get(f"/v1/blocks/{block['id']}").json["history"]

    assert [(entry["action"], entry["subject"].split("/")[0]) for entry in history] == [
        ("import_started", "import"),
        ("block_changed", "block"),
    ]
    assert maker(history[0]["actor"]) == {"kind": "user", "id": MANAGER.id}


def test_PRI_14_after_unblocking_it_is_known_who_blocked_by_a_file_and_when(
    admin: Caller, manager: Caller, now: int
) -> None:
    uploaded(f"{ONE}\n", now)
    admin.delete(f"/v1/blocks/{only_block(manager)['id']}")

    (entry,) = all_items(manager, "/v1/changes?kind=unblocked")

    assert maker(entry["actor"]) == {"kind": "user", "id": "usr_admin"}
    assert fields(entry) == {
        "scope": "prj_1",
        "blocked_at": iso(now),
        "blocked_by": "job/imp_1",
        "blocked_by_user": MANAGER.id,
    }
    assert "0101" not in str(entry)


def test_PRI_14_a_file_that_unblocks_names_its_user_and_who_had_blocked(
    admin: Caller, manager: Caller, now: int
) -> None:
    admin.post("/v1/blocks", {"phone": ONE, "project_id": "prj_1"})
    uploaded(f"{TWO}\n", now)
    uploaded(f"{ONE}\n{TWO}\n", now + 1, ImportKind.UNBLOCK, "imp_2")

    entries = all_items(manager, f"/v1/changes?kind=unblocked&from={iso(now)}&to={iso(now + 60)}")

    assert [maker(entry["actor"]) for entry in entries] == [
        {"kind": "job", "id": "imp_2", "user_id": MANAGER.id}
    ] * 2
    assert sorted((fields(e)["blocked_by"], fields(e)["blocked_by_user"]) for e in entries) == [
        ("job/imp_1", MANAGER.id),
        ("user/usr_admin", "usr_admin"),
    ]


def test_PRI_28_what_a_file_did_is_found_by_the_user_who_put_it(
    admin: Caller, manager: Caller, now: int
) -> None:
    uploaded(f"{ONE}\n", now)
    admin.patch(f"/v1/blocks/{only_block(manager)['id']}", {"version": 1, "until": iso(now + 900)})
    uploaded(f"{ONE}\n", now, ImportKind.UNBLOCK, "imp_2")

    mine = all_items(manager, f"/v1/changes?user={MANAGER.id}&kind=block")
    csv = manager.get(f"/v1/changes?user={MANAGER.id}&kind=unblocked&format=csv").text

    assert [entry["action"] for entry in mine] == ["unblocked"]
    assert csv.splitlines()[0].lstrip("\ufeff").split(",")[-1] == "actor_user_id"
    assert csv.splitlines()[1].endswith(f",{MANAGER.id}")


def test_PRI_14_a_search_finds_who_blocked_and_unblocked_a_contact_that_is_free(
    admin: Caller, manager: Caller, now: int
) -> None:
    created = manager.post("/v1/blocks", {"phone": ONE, "project_id": "prj_1"}).json
    admin.delete(f"/v1/blocks/{created['id']}")
    for_all = admin.post("/v1/blocks", {"phone": ONE, "project_id": None}).json
    manager.post("/v1/blocks", {"phone": TWO, "project_id": "prj_1"})

    shown = search(manager, history=True)

    assert [block["id"] for block in shown["items"]] == [for_all["id"]]
    assert sorted((entry["action"], entry["actor"]["id"]) for entry in shown["history"]) == [
        ("blocked", "usr_admin"),
        ("blocked", MANAGER.id),
        ("unblocked", "usr_admin"),
    ]
    assert "history" not in search(manager)
    assert search(manager, "+12025550155", history=True) == {"items": [], "next": None, "history": []}


def test_PRI_14_the_history_of_a_contact_is_of_the_own_projects(
    admin: Caller, api: ApiHarness, now: int
) -> None:
    created = admin.post("/v1/blocks", {"phone": ONE, "project_id": "prj_1"}).json
    admin.delete(f"/v1/blocks/{created['id']}")
    other = api.user(Role.MANAGER, "prj_2", user_id="usr_other")

    assert search(other, history=True) == {"items": [], "next": None, "history": []}


def test_PRI_29_a_block_without_an_import_needs_no_read_of_the_record() -> None:
    block = Block("ref_1", "prj_1", 0, None, "user", "usr_1", "…01")

    assert (block.user_id, block.import_id) == ("usr_1", None)
    assert replace(block, by_kind="system", by_id="leadwarden").user_id is None
