"""The result of a row, in any spelling and with any other content (PRI-20, PRI-21, PRI-24)."""

import gzip
import zlib

import pytest

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.retention import Policy
from chalicelib.imports.domain.import_job import FileFailure, ImportKind
from chalicelib.imports.store import ImportRow
from chalicelib.imports.usecases.change_import import confirm_import
from chalicelib.imports.usecases.run_import import run_import
from chalicelib.ledger.store import LedgerRow
from chalicelib.organisation.domain.configuration import Field, LeadType
from tests.factories.imports import (
    bucket,
    create_bucket,
    get_block,
    get_import,
    import_run,
    keys,
    put,
    register,
    result_rows,
    run_file,
    s3_client,
    verdicts,
)
from tests.factories.leads import (
    MANAGER,
    NOW,
    confirmed,
    create_lead,
    create_manager,
    create_organisation,
    facts_of,
)
from tests.harness.api import add_item

pytestmark = pytest.mark.usefixtures("aws")
ONE, TWO = "+12025550101", "+12025550102"
PIECE = 256 * 1024


@pytest.fixture(autouse=True)
def _set_up(aws: None) -> None:
    create_organisation()
    create_manager()
    create_bucket()


@pytest.mark.parametrize("before_the_border", [40_005, 40_000, 39_000, 12])
def test_PRI_21_the_end_of_an_overlong_line_is_no_row(before_the_border: int) -> None:
    empty = " " * 999 + "\n"
    first = f"{ONE}\n{empty * (PIECE // 1_000 + 1)}"[: PIECE - before_the_border - 1] + "\n"
    long = "x" * 40_000 + "+12025550199"

    job = run_file(f"{first}{long}\n{TWO}\n")

    line = first.count("\n") + 1
    assert [(row["row"], row["verdict"], row["reason"]) for row in result_rows(job)] == [
        ("1", "blocked", ""),
        (str(line), "invalid", "too_long"),
        (str(line + 1), "blocked", ""),
    ]
    assert get_block("+12025550199") is None


@pytest.mark.parametrize("first", ["2.03E+09", "2,03E+09", "2.03E+09;30"])
def test_PRI_20_a_short_damaged_number_in_the_first_row_is_no_header(first: str) -> None:
    job = run_file(f"{first}\n{ONE}\n")

    assert verdicts(job) == [("invalid", "exponent"), ("blocked", "")]


def test_PRI_20_a_lead_file_that_starts_with_damage_has_no_header() -> None:
    job = run_file("2.03E+09,Ada\n202-555-0147,Bob\n", ImportKind.LEADS, "cmp_1")

    assert job.failure == FileFailure("no_header", 1)


def test_PRI_6_a_person_is_forgotten_whatever_else_the_row_says() -> None:
    create_lead()
    job = run_file("202-555-0147,Ada Lovelace\n", ImportKind.FORGET)
    assert job.progress.by_verdict == {"forgotten": 1}

    confirmed(lambda confirmation: confirm_import(MANAGER, job.id, confirmation, NOW))
    run_import(job.id, import_run())

    assert facts_of("lead_1").erased_at is not None
    assert result_rows(get_import(job.id)) == [
        {"row": "1", "verdict": "forgotten", "reason": "", "contact": "…47", "detail": "1", "contacts": "1"}
    ]


@pytest.mark.parametrize(
    "text", [f"{ONE},2020-01-01\n", f"phone,until,reason\n{ONE},2020-01-01,complained\n", f"{ONE},soon,x\n"]
)
def test_PRI_14_a_contact_is_unblocked_whatever_else_the_row_says(text: str) -> None:
    run_file(f"{ONE}\n", name="before")

    job = run_file(text, ImportKind.UNBLOCK)

    assert verdicts(job) == [("unblocked", "")]
    assert get_block(ONE) is None


@pytest.mark.parametrize("kind", [ImportKind.UNBLOCK, ImportKind.FORGET])
def test_PRI_21_a_row_with_two_numbers_neither_unblocks_nor_forgets(kind: ImportKind) -> None:
    job = run_file(f"{ONE},{TWO}\n", kind)

    assert job.progress.invalid_by_reason == {"two_numbers": 1}


def all_stored_text() -> str:
    """Return the content of results, ledger and rows of imports."""
    written = [s3_client().get_object(Bucket=bucket(), Key=key)["Body"].read().decode() for key in keys()]
    noted = [f"{row.subject} {row.body}" for row in LedgerRow.scan()]
    imported = [zlib.decompress(row.body).decode() for row in ImportRow.scan() if row.body]
    return "\n".join([*written, *noted, *imported])


MARKS = ("5550147", "555-0147", "lovelace", "Lovelace")
ODD = (
    "phone,first_name\n202-555-0147,Lovelace\n202-555-0147,30,Lovelace\n202-555-0147,202-555-0147\n2025550147.0\n"
    "202-555-0147/202-555-0147\nada.lovelace@example.com,Lovelace\nada.lovelace@\nLovelace\n"
    f"{'x' * 40_000}202-555-0147\n202-555-0147{'x' * 10_000}\n202-555-0147,\x00Lovelace\n"
    '"202-555-0147\n"202-555-0147"x\n'
)


@pytest.mark.parametrize("kind", [ImportKind.BLOCK, ImportKind.UNBLOCK, ImportKind.FORGET])
def test_PRI_22_no_contact_is_in_a_result_ledger_or_import(kind: ImportKind) -> None:
    create_lead()
    job = run_file(ODD, kind)
    if kind is ImportKind.FORGET:
        confirmed(lambda confirmation: confirm_import(MANAGER, job.id, confirmation, NOW))
        run_import(job.id, import_run())

    assert get_import(job.id).progress.read == 13
    assert [mark for mark in MARKS if mark in all_stored_text()] == []


def test_PRI_22_no_contact_is_stored_for_a_file_of_leads() -> None:
    job = run_file(ODD, ImportKind.LEADS, "cmp_1")

    assert job.progress.read == 13
    assert [mark for mark in MARKS if mark in all_stored_text()] == []


def test_PRI_31_an_invalid_scope_is_not_logged() -> None:
    job = register(put(f"{ONE}\n", "imports/forget/ada.lovelace@example.com/x.csv"))
    run_import(job.id, import_run())

    assert get_import(job.id).failure == FileFailure("unknown_scope")
    assert [row.subject for row in LedgerRow.scan() if "lovelace" in row.body] == []


@pytest.mark.parametrize(
    "members",
    [("", f"Phone,Until\n{ONE},30\n"), ("Pho", f"ne,Until\n{ONE},30\n"), tuple(f"Phone,Until\n{ONE},30\n")],
    ids=["an empty one first", "a header in two", "a letter each"],
)
def test_PRI_20_a_multi_part_gzip_is_read_as_one_file(members: tuple[str, ...]) -> None:
    job = run_file(b"".join(gzip.compress(part.encode()) for part in members))

    assert (job.layout is not None and job.layout.header, verdicts(job)) == (
        ("Phone", "Until"),
        [("blocked", "")],
    )


PARTED = [
    ("202-555-0147|202-555-0148", ("accepted", ""), "…47"),
    ("|202-555-0147| ", ("accepted", ""), "…47"),
    ("202-555-0147|2.02555E+09", ("invalid", "exponent"), ""),
    ("202-555-0147/202-555-0148", ("invalid", "two_numbers"), ""),
    ("202-555-0147|12", ("invalid", "phone"), "…47"),
]


@pytest.mark.parametrize(("cell", "verdict", "masked"), PARTED, ids=[cell for cell, *_ in PARTED])
def test_PRI_26_list_fields_are_split_as_at_the_intake(
    cell: str, verdict: tuple[str, str], masked: str
) -> None:
    create_list_campaign("|")

    job = run_file(f"first_name,phone\nAda,{cell}\n", ImportKind.LEADS, "cmp_several")

    assert verdicts(job) == [verdict]
    assert [row["contact"] for row in result_rows(job)] == [masked]


def test_PRI_21_without_a_delimiter_two_numbers_in_a_cell_are_damage() -> None:
    create_list_campaign(None)

    job = run_file("phone\n202-555-0147|202-555-0148\n", ImportKind.LEADS, "cmp_several")

    assert verdicts(job) == [("invalid", "two_numbers")]


def create_list_campaign(delimiter: str | None) -> None:
    """Create a campaign whose leads may have several phone numbers in one field."""
    several = Field("phone", "Phone", "phone", required=True, multiple=True)
    add_item(LeadType(id="lt_several", version=1, name="Several", fields=(several,)))
    add_item(
        Campaign(
            id="cmp_several",
            version=1,
            name="Web",
            project_id="prj_1",
            lead_type_id="lt_several",
            source="site",
            delimiter=delimiter,
            retention=Policy(10),
        )
    )
