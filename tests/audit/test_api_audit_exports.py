"""Exports of the ledger, and receipts (PRI-25, PRI-28, PRI-32)."""

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.core.access import SYSTEM, Role
from chalicelib.core.times import DAY_S, iso, utc_day
from chalicelib.leads.store import leads
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain import receipts
from chalicelib.ledger.domain.entries import FieldChange
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from tests.audit.audit_support import SAM, admin, all_items, create_change, insert_entry, start_of_day
from tests.factories.leads import LEAD
from tests.harness.api import ApiHarness, Caller, Reply
from tests.harness.faults import fault, lost

__all__ = ["admin"]


@pytest.fixture
def manager(api: ApiHarness, admin: Caller) -> Caller:
    return api.user(Role.MANAGER, "prj_1", user_id="usr_manager")


@pytest.fixture
def outsider(api: ApiHarness, admin: Caller) -> Caller:
    return api.user(Role.MANAGER, "prj_2", user_id="usr_foreigner")


# export


def lines(reply: Reply) -> list[Any]:
    return [json.loads(line) for line in reply.text.splitlines()]


def test_PRI_28_an_export_equals_the_pages_and_is_logged(admin: Caller) -> None:
    day = start_of_day(3)
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
    day = start_of_day(3)
    fields = (FieldChange("name", "plain", '=HYPERLINK("https://example.com")'),)
    for number, name in enumerate(("=1+1", "+1", "-1", "@x", "\tx", " =1", "a;=1", "\uff1d1+1")):
        insert_entry(
            replace(
                ledger_entries.change(
                    SAM, "campaign/cmp_1", "changed", day + number, f"e{number}", fields, {"effect": name}
                ),
                action=name,
            )
        )

    reply = admin.get(f"/v1/changes?day={utc_day(day)}&format=csv&limit=4")
    more = admin.get(
        f"/v1/changes?day={utc_day(day)}&format=csv&limit=8&cursor={reply.headers['X-Next-Cursor']}"
    )

    rows = list(csv.reader(io.StringIO(f"{reply.text}{more.text}".removeprefix("\ufeff"))))
    assert reply.headers["Content-Type"].startswith("text/csv")
    assert rows[0][:6] == ["id", "at", "actor_kind", "actor_id", "action", "subject"]
    assert len(rows) == 9
    assert (reply.text[:3], more.text.count("\ufeff")) == ("\ufeffid", 0)
    assert not [
        cell
        for row in rows
        for cell in ";".join(row).split(";")
        if cell.strip(" ").startswith(("=", "+", "-", "@", "\t", "\uff1d"))
    ]
    assert [row[4] for row in rows[1:3]] == ["'=1+1", "'+1"]
    assert json.loads(rows[1][rows[0].index("fields")])[0]["to"].startswith("=HYPERLINK")


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
