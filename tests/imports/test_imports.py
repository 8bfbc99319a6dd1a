"""Imports from the file to the result (PRI-18 … PRI-26)."""

import gzip
from dataclasses import replace

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.retention import Policy
from chalicelib.core.times import day_start
from chalicelib.imports.domain.import_job import FileFailure, ImportKind, ImportState
from chalicelib.imports.domain.uploads import key_of
from chalicelib.imports.usecases import run_import as use_case
from chalicelib.imports.usecases.change_import import cancel_import, confirm_import
from chalicelib.imports.usecases.register_upload import register_upload
from chalicelib.imports.usecases.run_import import continue_imports, run_import
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.organisation import store as configuration
from tests.factories.imports import (
    all_blocks,
    create_bucket,
    example_numbers,
    get_block,
    get_import,
    import_run,
    keys,
    lines,
    put,
    register,
    result_rows,
    run_file,
    verdicts,
)
from tests.factories.leads import (
    DAY,
    LEAD,
    MANAGER,
    NOW,
    confirmed,
    create_campaign,
    create_lead,
    create_manager,
    create_organisation,
    facts_of,
)

pytestmark = pytest.mark.usefixtures("aws")
ONE, TWO = "+12025550101", "+12025550102"


@pytest.fixture(autouse=True)
def _set_up(aws: None) -> None:
    create_organisation()
    create_manager()
    create_bucket()


def test_PRI_21_every_row_has_its_result() -> None:
    job = run_file("202-555-0101\n(202) 555-0102\n202 555 0101\nnobody\nAda@Example.com\n")

    assert job.state is ImportState.DONE
    assert result_rows(job) == [
        {"row": "1", "verdict": "blocked", "reason": "", "contact": "…01", "detail": "", "contacts": "1"},
        {"row": "2", "verdict": "blocked", "reason": "", "contact": "…02", "detail": "", "contacts": "1"},
        {
            "row": "3",
            "verdict": "already_blocked",
            "reason": "",
            "contact": "…01",
            "detail": "",
            "contacts": "1",
        },
        {
            "row": "4",
            "verdict": "invalid",
            "reason": "not_a_number",
            "contact": "",
            "detail": "",
            "contacts": "",
        },
        {
            "row": "5",
            "verdict": "blocked",
            "reason": "",
            "contact": "A…@example.com",
            "detail": "",
            "contacts": "1",
        },
    ]
    assert job.progress.by_verdict == {"blocked": 3, "already_blocked": 1, "invalid": 1}
    assert job.progress.invalid_by_reason == {"not_a_number": 1}
    block = get_block(ONE)
    assert block is not None
    assert (block.by_kind, block.by_id, block.by_line, block.number) == ("job", job.id, 1, ONE)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("4.47911E+11", "exponent"),
        ('"4,47911E+11"', "exponent"),
        ("4,47911E+11", "exponent"),
        ("2025550101.0", "trailing_zero"),
        ("2025550101 / 2025550102", "two_numbers"),
        ('"2025550101, 2025550102"', "two_numbers"),
        ("2025550101,2025550102", "two_numbers"),
        ("12", "not_a_number"),
        ("ada@nowhere", "not_an_address"),
        ("+12025550101,soon", "bad_end"),
        ("+12025550101,2020-01-01", "past_end"),
        ("+12025550101,30,because", "bad_reason"),
        ("+12025550101\x00", "control_character"),
        ('"+12025550101', "open_quote"),
        ("x" * 10_001, "too_long"),
        (",30", "empty"),
    ],
)
def test_PRI_21_damage_has_its_own_reason_and_other_rows_continue(cell: str, reason: str) -> None:
    job = run_file(f"{ONE}\n{cell}\n{TWO}\n")

    assert verdicts(job) == [("blocked", ""), ("invalid", reason), ("blocked", "")]


def test_PRI_21_a_row_that_is_not_utf_8_stops_no_other() -> None:
    job = run_file(f"{ONE}\n".encode() + b"\xff\xfe\xfa\n" + f"{TWO}\n".encode())

    assert verdicts(job) == [("blocked", ""), ("invalid", "bad_encoding"), ("blocked", "")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("header", ["", "Phone{d}Expires{d}Reason"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_PRI_20_delimiter_header_line_ends_and_BOM_are_recognised(
    delimiter: str, header: str, end: str, bom: str
) -> None:
    rows = [f"{ONE},30,regulator", f"{TWO},2030-01-31,"]
    text = end.join([*filter(None, [header.format(d=",")]), *rows, ""]).replace(",", delimiter)

    job = run_file(bom + text)

    assert verdicts(job) == [("blocked", ""), ("blocked", "")]
    assert job.layout is not None
    assert (job.layout.delimiter, job.layout.header is not None) == (delimiter, bool(header))
    first, second = get_block(ONE), get_block(TWO)
    assert first is not None
    assert second is not None
    assert (first.until, first.reason) == (NOW + 30 * DAY, "regulator")
    assert second.until == day_start("2030-01-31") + DAY


def test_PRI_20_a_header_may_reorder_the_columns() -> None:
    job = run_file(f"Name;Days to expiry;Phone\nAda;7;{ONE}\n")

    assert verdicts(job) == [("blocked", "")]
    block = get_block(ONE)
    assert block is not None
    assert block.until == NOW + 7 * DAY


def test_PRI_20_a_damaged_first_number_is_no_header() -> None:
    assert verdicts(run_file(f"4.47911E+11\n{ONE}\n")) == [("invalid", "exponent"), ("blocked", "")]


def test_PRI_12_a_blocked_contact_keeps_its_start_and_gets_the_later_end() -> None:
    run_file(f"{ONE},30\n{TWO}\n", name="first")

    repeated = run_file(f"{ONE},60\n{TWO},1\n", name="second", now=NOW + DAY)

    assert verdicts(repeated) == [("already_blocked", ""), ("already_blocked", "")]
    first, second = get_block(ONE), get_block(TWO)
    assert first is not None
    assert second is not None
    assert (first.blocked_at, first.until) == (NOW, NOW + 61 * DAY)
    assert (second.blocked_at, second.until) == (NOW, None)


def test_PRI_19_the_same_file_again_is_an_import_without_changes() -> None:
    text = lines(example_numbers(30))
    first = run_file(text)
    before = all_blocks()

    second = run_file(text, now=NOW + 60)

    assert second.id != first.id
    assert second.progress.by_verdict == {"already_blocked": 30}
    assert all_blocks() == before


def test_PRI_14_an_unblock_file_is_logged() -> None:
    run_file(f"{ONE}\n")

    job = run_file(f"{ONE}\n{TWO}\n{ONE}\n", ImportKind.UNBLOCK, now=NOW + 5)

    assert verdicts(job) == [("unblocked", ""), ("not_blocked", ""), ("not_blocked", "")]
    assert get_block(ONE) is None
    rows = [row for row in ledger.LedgerRow.scan() if row.subject.startswith("block/")]
    assert len(rows) == 1
    assert job.id in rows[0].body
    assert ONE not in rows[0].body


def test_PRI_27_an_import_has_one_entry_at_start_and_one_at_end() -> None:
    job = run_file(lines(example_numbers(10)))

    entries = ledger.list_subject(f"import/{job.id}", NOW)
    assert sorted(entry.action for entry in entries) == ["import_ended", "import_started"]
    assert {entry.kind for entry in entries} == {EntryKind.CHANGE}
    assert [row for row in ledger.LedgerRow.scan() if not row.subject.startswith("import/")] == []


def test_PRI_18_a_file_without_a_user_acts_as_the_bucket() -> None:
    job = run_file(f"{ONE}\n")

    assert (job.by_kind, job.by_id) == ("system", "bucket")


@pytest.mark.parametrize("key", ["results/prj_1/x.csv", "elsewhere.csv", "imports/block/prj_1/"])
def test_PRI_18_a_key_of_no_import_is_ignored(key: str) -> None:
    assert register_upload(put("x", key), NOW) is None


def test_PRI_18_an_unknown_scope_fails_the_import() -> None:
    assert run_file(f"{ONE}\n", scope="prj_none").failure == FileFailure("unknown_scope")


def test_PRI_25_only_the_result_file_is_left_at_the_end() -> None:
    job = run_file(lines(example_numbers(5)))

    assert keys() == [job.result_key]
    assert job.upload is not None
    assert job.upload.key == ""


def test_PRI_25_cells_with_formulas_are_neutralised() -> None:
    job = run_file("=cmd@example.com\n")

    assert result_rows(job)[0]["contact"] == "'=…@example.com"


def test_PRI_23_an_import_continues_where_the_last_run_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    in_batches_of(3, monkeypatch)
    text = lines([*example_numbers(7), *example_numbers(2), "x"])
    job = register(put(text))

    assert run_import(job.id, import_run(batches=1))
    half = get_import(job.id)
    assert (half.state, half.progress.read, half.leased_until) == (ImportState.RUNNING, 3, None)
    assert continue_imports(ImportKind.BLOCK, import_run(now=NOW + 60)) == 1

    complete = get_import(job.id)
    assert complete.state is ImportState.DONE
    assert [row["row"] for row in result_rows(complete)] == [str(number) for number in range(1, 11)]
    assert complete.progress.by_verdict == {"blocked": 7, "already_blocked": 2, "invalid": 1}
    assert continue_imports(ImportKind.BLOCK, import_run()) == 0


def test_PRI_22_progress_rate_and_time_left_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    in_batches_of(5, monkeypatch)
    job = register(put(lines(example_numbers(20))))

    run_import(job.id, import_run(now=NOW + 10, batches=1))

    half = get_import(job.id)
    assert half.layout is not None
    assert (half.progress.byte, half.layout.bytes, half.layout.lines) == (65, 260, 20)
    assert (half.rate, half.eta_s) == (0.5, 30)


def test_PRI_23_a_compressed_file_is_read_and_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    in_batches_of(4, monkeypatch)
    job = register(put(gzip.compress(lines(example_numbers(9)).encode())))

    run_import(job.id, import_run(batches=1))
    run_import(job.id, import_run())

    assert get_import(job.id).progress.by_verdict == {"blocked": 9}


def test_PRI_26_leads_use_the_intake() -> None:
    run_file("202-555-0199\n")
    run_file(f"{LEAD['phone']}\n", name="earlier", scope="prj_1", kind=ImportKind.UNBLOCK)
    text = (
        "First Name;phone;email;loan\n"
        "Ada;202-555-0147;ada@example.com;1\n"
        "Bob;202-555-0199;bob@example.com;2\n"
        "Eve;2025550101.0;eve@example.com;3\n"
        "Kim;;kim@example.com;4\n"
        "Tom;202-555-0142\n"
        "Ann;202-555-0143;ann@example.com;5;6\n"
    )

    job = run_file(text.replace("First Name", "first_name"), ImportKind.LEADS, "cmp_1")

    rows = result_rows(job)
    assert [(row["verdict"], row["reason"]) for row in rows] == [
        ("accepted", ""),
        ("rejected", "blocked"),
        ("invalid", "trailing_zero"),
        ("invalid", "required"),
        ("accepted", ""),
        ("invalid", "columns"),
    ]
    facts = facts_of(rows[0]["detail"])
    assert (facts.source_kind, facts.source_id) == ("job", job.id)
    assert rows[1]["contact"] == "…99"


def test_PRI_26_leads_need_a_header() -> None:
    job = run_file("Ada;202-555-0147\n", ImportKind.LEADS, "cmp_1")

    assert job.failure == FileFailure("no_header", 1)


def test_PRI_23_an_inactive_campaign_fails_the_import_before_any_row() -> None:
    create_campaign("cmp_2", policy=Policy(10))
    campaign = configuration.get(Campaign, "cmp_2", NOW)
    assert campaign is not None
    batch.write(configuration.update(replace(campaign, status="paused", version=2)), "paused")

    job = run_file("phone\n202-555-0147\n", ImportKind.LEADS, "cmp_2")

    assert (job.failure, job.progress.read) == (FileFailure("campaign_not_active"), 0)


def test_PRI_11_a_forget_file_counts_waits_and_then_forgets() -> None:
    create_lead()
    job = run_file("202-555-0147\nnobody@example.com\n", ImportKind.FORGET)

    assert job.state is ImportState.AWAITING_CONFIRMATION
    assert job.progress.by_verdict == {"forgotten": 1, "unknown": 1}
    assert job.progress.leads == 1
    assert facts_of("lead_1").erased_at is None
    assert run_import(job.id, import_run()) is False

    confirmed(lambda confirmation: confirm_import(MANAGER, job.id, confirmation, NOW))
    assert continue_imports(ImportKind.FORGET, import_run(NOW + 60)) == 1

    after = get_import(job.id)
    assert after.state is ImportState.DONE
    assert [(row["verdict"], row["detail"]) for row in result_rows(after)] == [
        ("forgotten", "1"),
        ("unknown", ""),
    ]
    assert facts_of("lead_1").erased_at is not None
    assert not [key for key in keys() if key.startswith("imports/")]


def test_PRI_22_a_cancelled_import_stops_between_two_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    in_batches_of(2, monkeypatch)
    job = register(put(lines(example_numbers(9))))
    run_import(job.id, import_run(batches=2))

    cancel_import(MANAGER, job.id, NOW)
    run_import(job.id, import_run())

    after = get_import(job.id)
    assert (after.state, after.progress.read, len(result_rows(after))) == (ImportState.CANCELLED, 4, 4)
    assert keys() == [job.result_key]
    assert len(all_blocks()) == 4


def in_batches_of(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Process so many rows in a batch, whatever the kind."""
    monkeypatch.setattr(use_case, "AT_ONCE", dict.fromkeys(ImportKind, count))


def test_PRI_18_object_keys_name_kind_and_scope_never_a_file() -> None:
    assert key_of(ImportKind.BLOCK, "*", "imp_1") == "imports/block/all/imp_1.csv"
