"""Files that are not understood do nothing, and each row of one that is has its verdict (PRI-20, PRI-21)."""

from dataclasses import replace

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.imports import store as imports
from chalicelib.imports.domain.import_job import FileFailure, Import, ImportKind, ImportState
from chalicelib.imports.usecases import run_import as use_case
from chalicelib.imports.usecases.change_import import confirm_import
from chalicelib.imports.usecases.run_import import run_import
from tests.factories.imports import (
    all_blocks,
    create_bucket,
    get_block,
    get_import,
    import_run,
    put,
    register,
    result_rows,
    run_file,
    verdicts,
)
from tests.factories.leads import (
    DAY,
    MANAGER,
    NOW,
    confirmed,
    create_lead,
    create_manager,
    create_organisation,
    facts_of,
)

pytestmark = pytest.mark.usefixtures("aws")
ONE, TWO, THREE = "+12025550101", "+12025550102", "+12025550103"
CONTACTS = (ImportKind.BLOCK, ImportKind.UNBLOCK, ImportKind.FORGET)


@pytest.fixture(autouse=True)
def _set_up(aws: None) -> None:
    create_organisation()
    create_manager()
    create_bucket()


@pytest.mark.parametrize(
    "header",
    [
        "phone,mobile", "Phone #,Phone (mobile)", "home_phone,work_phone", "phone2,Alt. Phone", "cell,Telephone No",
        "phones,contact number",
    ],
)  # fmt: skip
def test_FILE_A4_every_contact_column_counts(header: str) -> None:
    text = f"{header}\n{ONE},{TWO}\n{THREE},\n,{ONE}\n,\n"

    blocked = run_file(text)
    assert [(row["verdict"], row["contacts"], row["contact"]) for row in result_rows(blocked)] == [
        ("blocked", "2", "…01 …02"), ("blocked", "1", "…03"), ("already_blocked", "1", "…01"),
    ]  # fmt: skip
    assert len(all_blocks()) == 3

    unblocked = run_file(text, ImportKind.UNBLOCK, now=NOW + 5)
    assert [(row["verdict"], row["contacts"]) for row in result_rows(unblocked)] == [
        ("unblocked", "2"), ("unblocked", "1"), ("not_blocked", "1"),
    ]  # fmt: skip
    assert all_blocks() == []


def test_FILE_A4_a_forget_file_forgets_and_keeps_out_every_contact_of_a_row() -> None:
    create_lead()
    job = run_forget(f"mobile,Email Address,phone\n{ONE},ada@example.com,202-555-0147\n", keep_out=False)

    assert [(row["verdict"], row["detail"], row["contacts"]) for row in result_rows(job)] == [
        ("forgotten", "1", "3")
    ]
    assert facts_of("lead_1").erased_at is not None


@pytest.mark.parametrize("kind", CONTACTS)
def test_FILE_A4_a_number_that_is_twice_in_a_row_counts_once(kind: ImportKind) -> None:
    job = run_file(f"phone,mobile\n{ONE},202-555-0101\n", kind)

    assert job.progress.read == 1
    if kind is not ImportKind.FORGET:
        assert result_rows(job)[0]["contacts"] == "1"


def test_FILE_A4_a_damaged_second_contact_is_told_and_neither_unblocks_nor_forgets() -> None:
    rows = f"phone,mobile\n{ONE},415-200-XXXX\n{TWO},n/a\n{THREE},2.03E+09\n"

    block = run_file(rows)
    unblock = run_file(rows, ImportKind.UNBLOCK, now=NOW + 5)

    assert verdicts(block) == [
        ("blocked", "not_a_number"),
        ("blocked", "not_a_number"),
        ("blocked", "exponent"),
    ]
    assert verdicts(unblock) == [
        ("invalid", "not_a_number"),
        ("unblocked", "not_a_number"),
        ("invalid", "exponent"),
    ]
    assert get_block(ONE) is not None


def test_FILE_A4_a_block_made_since_keeps_the_whole_row() -> None:
    run_file(f"{ONE}\n", name="before")
    job = register(put(f"phone,mobile\n{ONE},{TWO}\n", "imports/unblock/prj_1/x.csv"), NOW + 5)
    run_file(f"{TWO}\n", name="since", now=NOW + 10)

    run_import(job.id, import_run(NOW + 15))

    assert verdicts(get_import(job.id, NOW + 15)) == [("invalid", "blocked_since")]
    assert len(all_blocks()) == 2


@pytest.mark.parametrize(
    "name",
    ["spouse phone", "spouse.phone", "emergency[phone]", "agent/phone", "Husband / Cell", "next_of_kin.tel"],
)
def test_FILE_A4_the_contact_of_another_person_is_blocked_and_never_forgotten(name: str) -> None:
    rows = f"phone,{name}\n{ONE},{TWO}\n"
    blocked, unblocked = run_file(rows), run_file(rows, ImportKind.UNBLOCK, now=NOW + 5)

    assert (result_rows(blocked)[0]["contacts"], result_rows(unblocked)[0]["contacts"]) == ("2", "1")
    assert get_block(TWO) is not None
    assert run_file(f"{name}\n{TWO}\n", ImportKind.FORGET).failure == FileFailure("no_contact_column", 1)


def test_FILE_A4_a_batch_with_many_contacts_a_row_has_fewer_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use_case, "AT_ONCE", dict.fromkeys(ImportKind, 4))
    job = register(put(f"phone,mobile\n{ONE},\n{TWO},\n{THREE},\n"))

    run_import(job.id, import_run(batches=1))

    assert get_import(job.id).progress.read == 2


@pytest.mark.parametrize(
    "header",
    [
        "Customer No,Name,Rufnr.", "Kd-Nr,Name", "id,full name", "Number,Name", "phone_type,phone id", "Name;Customer",
        "Customer No,Sales 2024,Rufnr.", "Customer No,2.03E+09,Rufnr.", "Contact,Company", "Whatever", "lead_id",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", CONTACTS)
def test_FILE_A5_a_header_without_a_contact_column_refuses_the_file(kind: ImportKind, header: str) -> None:
    create_lead()

    job = run_file(f"{header}\n2025550147,Bob,{ONE}\n", kind)

    assert (job.state, job.failure) == (ImportState.FAILED, FileFailure("no_contact_column", 1))
    assert (job.progress.read, all_blocks(), facts_of("lead_1").erased_at) == (0, [], None)


@pytest.mark.parametrize(
    "header", ["Customer No,Name,T\xe9l\xe9fono", "Customer No,N\x00ame", '"Customer No,Name']
)
def test_FILE_A5_a_header_that_cannot_be_read_refuses_the_file(header: str) -> None:
    job = run_file(f"{header}\n2025550147,Bob\n".encode("latin-1"), ImportKind.FORGET)

    assert job.failure is not None
    assert (job.failure.code, job.progress.read) in [("not_utf8", 0), ("bad_header", 0)]


def test_FILE_A5_an_id_is_never_a_contact() -> None:
    create_lead()
    job = run_forget("Customer No,Name,Telephone No\n2025550147,Bob,202-555-0199\n", keep_out=True)

    assert verdicts(job) == [("unknown", "")]
    assert facts_of("lead_1").erased_at is None
    assert [block["masked"] for block in all_blocks()] == ["…99"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Note,Order,Phone\nhi, there,2025550147,202-555-0199\n", "columns"),
        ("Order,Email ID\nx,2025550147\n", "not_an_address"),
        ("Ann,2025550147\n", "not_a_number"),
        ("2025550147,Ann,202-555-0199\n", "two_numbers"),
        ("2025550147,ann@example.org\n", "two_numbers"),
    ],
)
def test_FILE_A5_a_shifted_or_unnamed_column_forgets_nobody(text: str, reason: str) -> None:
    create_lead()
    job = run_file(text, ImportKind.FORGET)

    assert (job.progress.invalid_by_reason, job.progress.leads) == ({reason: 1}, 0)


@pytest.mark.parametrize(
    "first", ["415,2004001", "415;2004001", "415-200-XXXX", "312XXXXXXX,complained", "12", "0"]
)
def test_FILE_A6_a_first_row_without_words_is_a_row_with_its_verdict(first: str) -> None:
    job = run_file(f"{first}\n{ONE}\n")

    assert verdicts(job) == [("invalid", "not_a_number"), ("blocked", "")]


@pytest.mark.parametrize(
    ("cell", "note"),
    [
        ("'stop5@example.org", "apostrophe"),
        ("`stop5@example.org", "apostrophe"),
        ("\u2019stop5@example.org", "apostrophe"),
        ('"=""stop5@example.org"""', "quotation_marks"),
        ("stop5@example.org", ""),
    ],
)
def test_FILE_A10_an_apostrophe_is_taken_off_and_told(cell: str, note: str) -> None:
    job = run_file(f"{cell}\n'{ONE}\n")

    assert verdicts(job) == [("blocked", note), ("blocked", "apostrophe")]
    assert get_block("stop5@example.org") is not None
    assert get_block(ONE) is not None


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"{ONE},2027", "ambiguous_end"),
        (f"{ONE},1999", "ambiguous_end"),
        (f"{ONE},2100", "ambiguous_end"),
        (f"{ONE},20270131", "bad_end"),
        (f"{ONE},01/02/2027", "bad_end"),
        (f"{ONE},2027-13", "bad_end"),
        (f"{ONE},46357", "bad_end"),
    ],
)
def test_FILE_B16_an_ambiguous_end_is_refused(row: str, reason: str) -> None:
    assert verdicts(run_file(f"{row}\n")) == [("invalid", reason)]
    assert verdicts(run_file(f"phone,until\n{row}\n")) == [("invalid", reason)]


def test_FILE_B16_days_are_days_in_a_column_that_says_so() -> None:
    run_file(f"phone,days\n{ONE},2027\n")

    block = get_block(ONE)
    assert block is not None
    assert block.until == NOW + 2027 * DAY


def run_forget(text: str, *, keep_out: bool) -> Import:
    """Run a forget file with its confirmation and return the import at its end."""
    counted = run_file(text, ImportKind.FORGET)
    job = replace(counted, keep_out=keep_out, version=counted.version + 1)
    batch.write_one(imports.put(job))
    confirmed(lambda confirmation: confirm_import(MANAGER, job.id, confirmation, NOW))
    run_import(job.id, import_run())
    return get_import(job.id)
