"""A table restored by the runbook: erased persons stay erased (fault row 48, I6).

Time to live and streams are lost in moto as they are on AWS.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.store import blocks
from chalicelib.blocks.store.blocks import BlockRow
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.blocks.usecases.block_ids import ids_of
from chalicelib.blocks.usecases.change_block import change_block
from chalicelib.blocks.usecases.unblock_contact import unblock_contact
from chalicelib.core.access import Actor, Permission, Role
from chalicelib.core.times import iso
from chalicelib.imports.domain.import_job import ImportKind
from chalicelib.imports.domain.uploads import key_of
from chalicelib.imports.usecases.run_import import AT_ONCE, run_import
from chalicelib.leads.store import leads
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind as Entries
from chalicelib.ledger.domain.receipts import entry_id_of
from chalicelib.ledger.store import LedgerRow
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from chalicelib.privacy.usecases.forget_lead import forget_lead
from chalicelib.privacy.usecases.mark_forgotten import mark_forgotten
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.work.domain.activities import Comment, single
from chalicelib.work.usecases.record_activity import Recording, record_activity
from infra.restore import leads as restored_leads
from infra.restore import run, tables
from infra.restore.__main__ import main
from infra.restore.entries import since
from infra.restore.report import Report
from infra.restore.run import restore
from tests.factories.imports import create_bucket, example_numbers, import_run, lines, put, register
from tests.factories.leads import DAY, MANAGER, NOW, confirmed, create_lead, create_organisation, facts_of
from tests.harness.faults import WRITES, Crash, dying_after, fault, step
from tests.infra.restore_support import (
    LATER,
    POINT,
    at_the_point,
    back,
    client,
    forget_as_user,
    restored,
    wanted,
)

ADMIN = Actor("user", "usr_admin", Role.ADMIN, frozenset(Permission))


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    create_organisation()
    for number in range(4):
        create_lead(f"lead_{number}", phone=f"202-555-013{number}", email=f"ada{number}@example.com")


def forgets_since_the_point() -> None:
    """Erase one lead by forget and one by retention, and begin to forget a third."""
    for lead_id in ("lead_0", "lead_1"):
        record_activity(MANAGER, lead_id, Recording(single(Comment("Called back.")), "k-1"), "req_1", NOW)
    at_the_point("leads")
    forget_as_user("lead_0", POINT + 60)
    finish_erasure("lead_1", "schedule", NOW + 10 * DAY)
    effect = confirmed_effect()
    assert mark_forgotten(MANAGER, facts_of("lead_2"), effect, "token", POINT + 90)


def confirmed_effect() -> Any:
    from chalicelib.privacy.domain.forgetting import effect_of

    return effect_of([facts_of("lead_2")], False)


def live(lead_ids: tuple[str, ...], now: int) -> list[str]:
    """Return which leads the restored table would show as live."""
    with restored("leads"):
        return [
            lead_id for lead_id in lead_ids if (one := leads.get_as_stored(lead_id, now)) and one.is_live(now)
        ]


ALL = ("lead_0", "lead_1", "lead_2", "lead_3")


def test_row_48_a_restore_after_forgets_shows_no_erased_lead_readable() -> None:
    forgets_since_the_point()
    assert live(ALL, POINT + 120) == list(ALL)  # the copy itself knows of no forget

    report = back("leads", NOW + 10 * DAY)

    assert report.wrong == []
    assert live(ALL, POINT + 120) == ["lead_3"]
    with restored("leads"):
        for lead_id, basis in (("lead_0", "forget"), ("lead_1", "retention")):
            facts = leads.get_as_stored(lead_id, NOW)
            assert facts is not None
            assert (facts.erased_at is not None, facts.basis) == (True, basis)
            assert (facts.digest, facts.answer, facts.worklist) == (None, None, None)
            assert facts.activity_mark == ""
        assert leads.list_forgotten(LATER, 10).items == [("lead_2", POINT + 90, "cmp_1")]
    assert report.done["leads erased"] == 2
    assert report.done["leads forgotten, not erased yet"] == 1


def test_row_48_without_the_replay_it_would_show_them_and_the_counts_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forgets_since_the_point()
    monkeypatch.setattr(restored_leads, "replay", lambda *_: None)

    report = back("leads", POINT + 120)

    assert live(("lead_0",), POINT + 120) == ["lead_0"]
    assert any("live" in line for line in report.wrong)
    assert any("marked" in line for line in report.wrong)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_row_48_a_restore_that_died_goes_on_and_twice_is_once(number: int) -> None:
    forgets_since_the_point()
    found = restored_leads.gather(since(POINT, NOW + 10 * DAY), Report())
    with restored("leads"):
        leads.get_as_stored("lead_0", POINT)
        with fault(dying_after, on=WRITES, when=step(number)), pytest.raises(Crash):
            restored_leads.replay(found, NOW + 10 * DAY, Report())

    assert back("leads", NOW + 10 * DAY).wrong == []
    before = _rows("leads")
    assert back("leads", NOW + 10 * DAY).wrong == []
    assert _rows("leads") == before
    assert live(ALL, POINT + 120) == ["lead_3"]


def test_a_restored_table_has_the_settings_of_the_template() -> None:
    for table in run.TABLES:
        at_the_point(table)
        design = tables.design_of(table, 7)
        target = wanted(table).target
        assert tables.open_settings(client(), target, design) != []
        assert back(table).wrong == []
        described = client().describe_table(TableName=target)["Table"]
        assert described["DeletionProtectionEnabled"] is True
        assert described.get("StreamSpecification", {}).get("StreamViewType") == design.get(
            "StreamSpecification", {}
        ).get("StreamViewType")
        expiry = client().describe_time_to_live(TableName=target)["TimeToLiveDescription"]
        assert (expiry["TimeToLiveStatus"] == "ENABLED") is (table not in ("leads", "setup"))


def test_what_came_after_the_point_and_cannot_be_replayed_is_counted() -> None:
    at_the_point("leads")
    at_the_point("setup")
    client().delete_item(
        TableName=wanted("leads").target, Key={"lead_id": {"S": "lead_3"}, "part": {"S": "lead"}}
    )

    until = POINT + 30 * DAY
    place_legal_hold(MANAGER, "lead_2", "litigation", until, POINT + 60)

    by_hand = back("leads").by_hand
    assert by_hand["persons whose facts were written after the point"] == 1
    assert by_hand["`hold` on lead/lead_2"] == 1
    assert back("setup").wrong == []


def blocked(number: str, now: int, deed: str, until: int | None = None) -> str:
    request = BlockRequest("phone", f"+1 202-555-01{number}", "prj_1", until)
    return block_contact(MANAGER, request, deed, now).id


def test_blocks_stand_as_the_record_says_and_without_numbers_it_does_not_hold() -> None:
    lifted, moved, ended, ending = (blocked(str(number), NOW, "a") for number in range(60, 64))
    expiring = blocked("64", NOW, "a", POINT + 10)
    at_the_point("blocks")
    unblock_contact(MANAGER, lifted, "b", POINT + 5)
    change_block(MANAGER, moved, 1, LATER + DAY, "b", POINT + 5)
    change_block(MANAGER, ended, 1, POINT + 9, "b", POINT + 5)
    made = blocked("65", POINT + 6, "b")

    report = back("blocks")

    assert report.wrong == []
    with restored("blocks"):
        assert blocks.get(*ids_of(lifted), LATER) is None
        assert blocks.get(*ids_of(ended), LATER) is None
        assert blocks.get(*ids_of(expiring), LATER) is None
        assert len(list(BlockRow.scan())) == 3
        untouched = blocks.get(*ids_of(ending), LATER)
        assert untouched
        assert untouched.number == "+12025550163"
        changed = blocks.get(*ids_of(moved), LATER)
        assert changed
        assert changed.until == LATER + DAY
        anew = blocks.get(*ids_of(made), LATER)
        assert anew
        assert (anew.number, anew.blocked_at, anew.by_id) == (None, POINT + 6, MANAGER.id)
    before = _rows("blocks")
    assert back("blocks").wrong == []
    assert _rows("blocks") == before


def test_PRI_27_every_import_that_was_at_work_at_the_point_or_since_is_to_be_run_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    create_bucket()
    for each in (ImportKind.BLOCK, ImportKind.UNBLOCK):
        monkeypatch.setitem(AT_ONCE, each, 2)

    def started(kind: ImportKind, name: str, at: int, batches: int | None = 1) -> str:
        """Register a file of more than one batch, and import one of them, or all."""
        job = register(put(lines(example_numbers(3)), key_of(kind, "prj_1", name)), at)
        run_import(job.id, import_run(at, batches))
        return f"import/{job.id}"

    def line(kind: str, at: int, subject: str) -> str:
        return f"{iso(at)} {kind} import of prj_1: import the file of {subject} again"

    early, long_ago, since = POINT - 2 * 3_600, POINT - 5 * DAY, POINT + 60
    started(ImportKind.BLOCK, "over", early, None)
    straddling = started(ImportKind.BLOCK, "straddling", early + 1)
    stuck = started(ImportKind.UNBLOCK, "stuck", long_ago)
    at_the_point("blocks")
    run_import(straddling.removeprefix("import/"), import_run(since))
    fresh = started(ImportKind.UNBLOCK, "fresh", since)

    expected = [
        line("unblock", long_ago, stuck),
        line("block", early + 1, straddling),
        line("unblock", since, fresh),
    ]
    assert [what for what in back("blocks").by_hand if "import" in what] == expected
    assert [what for what in back("blocks", POINT + 9 * DAY).by_hand if "import" in what] == expected


def test_PRI_10_a_number_that_a_forget_took_out_does_not_come_back() -> None:
    request = BlockRequest("phone", "+1 202-555-0130", "prj_1")
    block_id = block_contact(MANAGER, request, "a", NOW).id
    at_the_point("blocks")
    confirmed(lambda given: forget_lead(MANAGER, "lead_0", True, given, POINT + 60))

    assert back("blocks").wrong == []

    with restored("blocks"):
        found = blocks.get(*ids_of(block_id), LATER)
        assert found is not None
        assert (found.number, found.until) == (None, None)
        assert not any("0130" in (row.number or "") for row in BlockRow.scan())


def test_the_ledger_keeps_its_entries_and_gets_those_added_since() -> None:
    at_the_point("ledger")
    forget_as_user("lead_0", POINT + 60)
    tampered = next(one for one in LedgerRow.scan() if one.subject == "lead/lead_0")
    count = len(list(LedgerRow.scan()))

    report = back("ledger")

    assert report.wrong == []
    assert report.done["verified: receipts of erased leads"] == 1
    with restored("ledger"):
        assert len(list(LedgerRow.scan())) == count
        assert ledger.get(tampered.subject, tampered.at_id, LATER) is not None
        receipt = ledger.get("lead/lead_0", f"{iso(POINT + 60)}#{entry_id_of('lead_0')}", LATER)
        assert receipt is not None
        assert receipt.kind is Entries.RECEIPT


def test_a_name_the_stores_could_not_stand_on_is_refused() -> None:
    with pytest.raises(ValueError, match="must end with"):
        restore(client(), replace(wanted("leads"), into="elsewhere"), LATER)


def _rows(table: str) -> list[Any]:
    found = tables.scanned(client(), wanted(table).target)
    return sorted(found, key=str)


def test_USE_U9_a_time_that_is_none_is_refused_with_its_form(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--stage", "test", "--table", "leads", "--to", "yesterday"])
    error = capsys.readouterr().err
    assert "2026-11-21T08:30:00Z" in error
    assert "parse_instant" not in error


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Return what lets the deployment's stack have these parameters, and answer for its settings."""
    stubbing = ExitStack()

    def has(**parameters: str) -> None:
        cloudformation = boto3.client("cloudformation")
        given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
        now = datetime.fromtimestamp(NOW, UTC)
        stack = {"StackName": "leadwarden-test", "CreationTime": now, "StackStatus": "CREATE_COMPLETE"}
        stubbed = Stubber(cloudformation)
        answer = {"Stacks": [{**stack, "Parameters": given}]}
        stubbed.add_response("describe_stacks", answer, {"StackName": "leadwarden-test"})
        stubbing.enter_context(stubbed)
        others = boto3.client
        ours = lambda name: cloudformation if name == "cloudformation" else others(name)  # noqa: E731
        monkeypatch.setattr(boto3, "client", ours)
        monkeypatch.setattr("infra.restore.__main__.load_settings", lambda _: None)

    with stubbing:
        yield has


def test_the_command_prints_what_it_did_and_the_switch(
    deployed: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    deployed()
    at_the_point("setup")

    assert main(["--stage", "test", "--table", "setup", "--to", iso(POINT)]) == 0

    said = capsys.readouterr().out
    assert "expired rows deleted: 0" in said
    assert f"To switch to {wanted('setup').target}" in said


@pytest.mark.parametrize("parameters", [{}, {"PeopleBackupDays": "0"}])
@pytest.mark.parametrize("table", ["people", "contacts"])
def test_a_table_without_a_backup_is_refused_in_one_line(
    deployed: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    table: str,
    parameters: dict[str, str],
) -> None:
    deployed(**parameters)

    assert main(["--stage", "test", "--table", table, "--to", iso(POINT)]) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"leadwarden: {table} has no backup: the parameter PeopleBackupDays is 0\n"
    assert not tables.exists(client(), wanted(table).target)


def test_a_table_of_persons_is_restored_for_as_many_days_as_the_deployment_says(
    deployed: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    deployed(PeopleBackupDays="7")
    at_the_point("people")

    assert main(["--stage", "test", "--table", "people", "--to", iso(POINT)]) == 0

    assert "rows not changed" in capsys.readouterr().out
    told = client().describe_continuous_backups(TableName=wanted("people").target)
    found = told["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert (found["PointInTimeRecoveryStatus"], found["RecoveryPeriodInDays"]) == ("ENABLED", 7)
