"""The export of a campaign's day with its persons: permission, form, logging (ACC-3, PRI-25, PRI-30)."""

import csv
import io
import json
from dataclasses import replace

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Permission, Role
from chalicelib.core.times import day_start, iso, utc_day
from chalicelib.ledger import store as ledger
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Field, LeadType
from tests.factories.leads import DAY, NOW, create_lead, create_organisation, facts_of
from tests.harness.api import ApiHarness, Caller, Reply
from tests.harness.faults import always, denied, fault

EXPORT = f"/v1/leads/export?campaign=cmp_1&day={utc_day(NOW)}"


@pytest.fixture
def manager(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Caller:
    """A manager with three leads of a day. A spreadsheet would run the third as a formula."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    create_organisation()
    create_lead("lead_1")
    create_lead("lead_2", NOW + 1, phone="202-555-0148", email=None, loan="200")
    create_lead(
        "lead_3", NOW + 2, phone="202-555-0149", first_name='=HYPERLINK("x")', colour="red", sub_id="s7"
    )
    return api.user(Role.MANAGER, "prj_1", user_id="usr_manager")


def cells(*replies: Reply) -> list[dict[str, str]]:
    """Return the rows of a CSV's pages by column."""
    assert all(reply.status == 200 for reply in replies), replies[0].text
    assert {reply.headers["Content-Type"] for reply in replies} == {"text/csv; charset=utf-8"}
    return list(
        csv.DictReader(
            io.StringIO("".join(reply.text for reply in replies).removeprefix("\ufeff")), strict=True
        )
    )


def pages(caller: Caller, path: str, limit: int) -> list[Reply]:
    """Follow an export by its header to its end."""
    result = [caller.get(f"{path}&limit={limit}")]
    while cursor := result[-1].headers.get("X-Next-Cursor"):
        result.append(caller.get(f"{path}&limit={limit}&cursor={cursor}"))
    return result


def logged_exports(lead_id: str) -> list[tuple[str, str | None]]:
    return [(entry.actor_id, entry.through) for entry in ledger.list_subject(f"lead/{lead_id}", NOW)]


def test_ACC_3_a_day_is_exported_and_each_access_logged(manager: Caller) -> None:
    third, second, first = cells(manager.get(EXPORT))
    assert [item["lead_id"] for item in (first, second, third)] == ["lead_1", "lead_2", "lead_3"]
    assert (first["person.first_name"], first["person.email"]) == ("Ada", "ada@example.com")
    assert (second["person.email"], second["person.loan"]) == ("", "200")
    assert (first["received_at"], first["status"], first["price"]) == (iso(NOW), "accepted", "15.00")
    assert (first["due_at"], first["test"], first["reasons"]) == (iso(NOW + 10 * DAY), "false", "")
    assert json.loads(third["person.extras"]) == {"colour": "red"}
    assert json.loads(third["person.evidence"]) == {"sub_id": "s7"}
    assert [logged_exports(f"lead_{n}") for n in (1, 2, 3)] == [[("usr_manager", "export")]] * 3


def test_PRI_25_a_csv_cell_is_never_run_as_a_formula(manager: Caller) -> None:
    rows = cells(manager.get(EXPORT))
    assert rows[0]["person.first_name"] == '\'=HYPERLINK("x")'
    assert rows[0]["person.phone"] == "'+12025550149"
    started = [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    assert started == []


def test_ACC_3_json_lines_equal_the_list_with_persons(manager: Caller) -> None:
    reply = manager.get(f"{EXPORT}&format=jsonl")
    listed = manager.get(f"/v1/leads?campaign=cmp_1&day={utc_day(NOW)}&person=true").json["items"]
    assert reply.headers["Content-Type"] == "application/jsonl; charset=utf-8"
    assert [json.loads(line) for line in reply.text.splitlines()] == listed


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_INT_16_pages_share_one_header_row(manager: Caller, form: str) -> None:
    path = f"{EXPORT}&format={form}"
    complete, some = manager.get(path), pages(manager, path, 1)
    assert len(some) >= 3
    assert "".join(reply.text for reply in some) == complete.text
    assert manager.get(f"{EXPORT}&format={form}&status=held").text.count("\n") == (1 if form == "csv" else 0)
    cursor = some[0].headers["X-Next-Cursor"]
    assert manager.get(f"{path}&status=held&cursor={cursor}").code == "cursor_invalid"
    assert manager.get(f"/v1/leads?campaign=cmp_1&cursor={cursor}").code == "cursor_invalid"


def test_INT_16_the_columns_stay_when_the_lead_type_changes(manager: Caller) -> None:
    before = manager.get(f"{EXPORT}&limit=1")
    known = configuration.get(LeadType, "lt_1", NOW)
    assert known is not None
    grown = replace(known, fields=(Field("roof", "Roof"), *known.fields), version=2)
    batch.write(configuration.update(grown), "grown")
    configuration.clear_cache()
    after = manager.get(f"{EXPORT}&cursor={before.headers['X-Next-Cursor']}")
    assert [row["person.first_name"] for row in cells(before, after)][1:] == ["Ada", "Ada"]
    assert "person.roof" in cells(manager.get(EXPORT))[0]


def test_INT_16_paging_across_midnight_stays_on_its_day(
    api: ApiHarness, manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    midnight = day_start(utc_day(NOW)) + DAY
    monkeypatch.setattr(clock, "now", lambda: midnight - 1)
    path = "/v1/leads/export?campaign=cmp_1&format=csv"
    first = api.bearer(api.signer.token("usr_manager")).get(f"{path}&limit=1")
    monkeypatch.setattr(clock, "now", lambda: midnight + 1)
    caller = api.bearer(api.signer.token("usr_manager"))
    rest = caller.get(f"{path}&cursor={first.headers['X-Next-Cursor']}")
    assert [row["lead_id"] for row in cells(first, rest)] == ["lead_3", "lead_2", "lead_1"]


def test_RET_14_an_erased_lead_is_exported_as_facts_on_request(
    api: ApiHarness, manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + 10 * DAY)
    caller = api.bearer(api.signer.token("usr_manager"))
    assert [row["lead_id"] for row in cells(caller.get(EXPORT))] == ["lead_3", "lead_2"]
    (erased,) = cells(caller.get(f"{EXPORT}&state=erased"))
    assert (erased["lead_id"], erased["state"], erased["basis"]) == ("lead_1", "erased", "retention")
    assert not any(value for name, value in erased.items() if name.startswith("person."))
    assert logged_exports("lead_1") == []


def test_ACC_3_without_both_permissions_there_is_no_export(api: ApiHarness, manager: Caller) -> None:
    for withdrawn in (Permission.LEADS_EXPORT, Permission.LEADS_READ):
        limited = api.user(Role.MANAGER, "prj_1", withdrawn=(withdrawn,))
        assert (limited.get(EXPORT).status, limited.get(EXPORT).code) == (403, "forbidden")
    assert api.user(Role.AGENT, "prj_1").get(EXPORT).status == 403
    foreign = api.user(Role.MANAGER, "prj_2")
    absent = manager.get(f"/v1/leads/export?campaign=cmp_0&day={utc_day(NOW)}")
    assert (foreign.get(EXPORT).status, foreign.get(EXPORT).text) == (404, absent.text)
    assert api.source("cmp_1").get(EXPORT).status == 403
    assert logged_exports("lead_1") == []


def test_PRI_30_an_export_that_cannot_be_logged_is_refused(manager: Caller) -> None:
    with fault(denied, on={"PutItem", "TransactWriteItems"}, table="ledger", when=always):
        reply = manager.get(EXPORT)
    assert (reply.status, "Ada" in reply.text) == (503, False)


def test_PRI_16_a_blocked_lead_is_marked_in_the_file(manager: Caller) -> None:
    manager.post("/v1/blocks", {"phone": "202-555-0147", "project_id": "prj_1"})
    assert [row["blocked_at"] for row in cells(manager.get(EXPORT))] == ["", "", iso(NOW)]
    assert facts_of("lead_1").blocked_at is None


@pytest.mark.parametrize("query", ["", "?campaign=cmp_1&format=xlsx", "?campaign=cmp_1&person=true"])
def test_INT_16_an_invalid_export_is_422(manager: Caller, query: str) -> None:
    assert manager.get(f"/v1/leads/export{query}").status == 422
