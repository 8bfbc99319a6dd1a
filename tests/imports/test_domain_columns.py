"""The request of a row of contacts, the format of a file, and the content of a key (PRI-18, PRI-20, PRI-21)."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.contact_reader import Contact, read_contact
from chalicelib.core.damage import MESSAGES, damage_of
from chalicelib.core.times import DAY_S, day_start
from chalicelib.imports.domain import verdicts
from chalicelib.imports.domain.columns import (
    Columns,
    ContactColumn,
    RowRequest,
    columns_of,
    end_of,
    row_request,
)
from chalicelib.imports.domain.dialect import delimiter_of, is_header, unreadable_reason
from chalicelib.imports.domain.import_job import Import, ImportKind, ImportProgress
from chalicelib.imports.domain.messages import import_message
from chalicelib.imports.domain.uploads import BUCKET, UploadPlace, key_of, place_of
from chalicelib.imports.domain.verdicts import RowResult

NOW = 1_800_000_000
NAMES = st.from_regex(r"[A-Za-z0-9_.:@-]{1,20}", fullmatch=True).filter(lambda name: name != "all")


@pytest.mark.parametrize(
    ("cell", "normal"),
    [
        ("+12025550101", "+12025550101"),
        ("202-555-0101", "+12025550101"),
        ("'+12025550101", "+12025550101"),
        ('="+12025550101"', "+12025550101"),
        ("tel:+1-202-555-0101", "+12025550101"),
        ("\u200e+1 202 555 0101\u200f", "+12025550101"),
        ("\uff0b\uff11 202 555 0101", "+12025550101"),
        ("Ada@Example.COM", "Ada@example.com"),
    ],
)
def test_PRI_21_a_contact_is_read_in_any_spelling(cell: str, normal: str) -> None:
    result = read_contact(cell, "US")

    assert isinstance(result, Contact)
    assert result.normal == normal


@pytest.mark.parametrize(
    "cell",
    ["4.47911E+11", "4,47911E+11", "2025550101.0", "202555.0000", "2025550101/2025550102", "", "x", "1;2"],
)
def test_PRI_21_a_damaged_number_is_never_guessed(cell: str) -> None:
    assert isinstance(read_contact(cell, "US"), str)


@given(st.text("0123456789.,eE+-() ", max_size=16))
def test_PRI_21_the_fast_path_misses_no_damage(cell: str) -> None:
    if damage_of(cell):
        assert isinstance(read_contact(cell, "US"), str)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("1", NOW + DAY_S),
        ("3650", NOW + 3650 * DAY_S),
        ("2030-01-31", day_start("2030-01-31") + DAY_S),
        ("2030-01-31T12:00:00Z", day_start("2030-01-31") + DAY_S // 2),
        ("0", "bad_end"),
        ("99999", "bad_end"),
        ("-1", "bad_end"),
        ("²", "bad_end"),
        ("2030-02-30", "bad_end"),
        ("2030-01-31T12:00:00", "bad_end"),
        ("2020-01-31", "past_end"),
        ("2099-01-31", "bad_end"),
        ("31/01/2030", "bad_end"),
    ],
)
def test_PRI_20_an_end_is_days_a_day_or_an_instant(text: str, end: int | str) -> None:
    assert end_of(text, NOW) == end


@given(st.text(max_size=30))
def test_PRI_20_any_end_is_read_or_refused(text: str) -> None:
    end = end_of(text, NOW)

    assert end in MESSAGES if isinstance(end, str) else end is not None and end > NOW


def test_PRI_20_a_header_names_the_columns_in_any_order() -> None:
    assert columns_of(("Reason", "E-Mail", "Expires at")) == Columns((ContactColumn(1, "email"),), 2, 0, 3)
    assert columns_of(("Phone",)) == Columns((ContactColumn(0, "phone"),), None, None, 1)
    assert columns_of(("whatever", "else")) is None
    assert columns_of(None) == Columns()


@given(st.lists(st.text(max_size=12), max_size=5))
def test_PRI_21_every_row_has_a_request_or_a_reason(cells: list[str]) -> None:
    request = row_request(cells, Columns(), "US", NOW)

    assert not isinstance(request, str) or request in MESSAGES


@pytest.mark.parametrize(
    ("lines", "delimiter"),
    [
        ([b"a,b\n", b"c,d\n"], ","),
        ([b"a;b\n", b"c;d,e\n"], ";"),
        ([b"a\tb\n", b"c\td;e\n"], "\t"),
        ([b'"a;b;c",1\n', b'"d;e",2\n'], ","),
        ([b"+12025550101\n"], ","),
        ([], ","),
    ],
)
def test_PRI_20_the_delimiter_is_in_most_lines_outside_quotes(lines: list[bytes], delimiter: str) -> None:
    assert delimiter_of(b"".join(lines)) == delimiter


@pytest.mark.parametrize(
    ("row", "header"),
    [
        ("Phone", True),
        ("4.4E+11x", True),
        ("", False),
        ("20255501", False),
        ("2.03E+09", False),
        ("2,03E+09", False),
        ("2.0", False),
        ("Ada,2.03E+09", True),
        ("415,2004001", False),
        ("415-200-XXXX", False),
        ("312XXXXXXX,complained", False),
        ("415,Name", True),
        ("Name,Phone 1,Phone 2", True),
        ("Phone,,", True),
    ],
)
def test_PRI_20_a_header_is_no_contact_or_damaged_contact(row: str, header: bool) -> None:
    assert is_header(row.split(","), usable=False) is header
    assert not is_header(row.split(","), usable=True)


def of_phone(number: str) -> RowRequest:
    """Return the request in a row with one number."""
    return RowRequest((Contact("phone", number),))


@pytest.mark.parametrize("second", ["Ada Lovelace", "2020-01-01", "2020-01-01,complained", "12", "99999", ""])
def test_PRI_21_only_a_row_that_blocks_has_an_end_and_a_reason(second: str) -> None:
    cells = ["202-555-0147", *second.split(",")]

    assert row_request(cells, Columns(), "US", NOW, blocks=False) == of_phone("+12025550147")


@pytest.mark.parametrize("region", ["US", "DE"])
def test_PRI_21_a_second_number_in_a_row_is_refused_for_every_kind(region: str) -> None:
    cells = ["+12025550147", "+12025550148", ""]

    for blocks in (True, False):
        assert row_request(cells, Columns(), region, NOW, blocks=blocks) == "two_numbers"
    assert row_request(["+12025550147", "2020-01-01"], Columns(), region, NOW) == "past_end"


def test_PRI_23_a_file_that_is_no_list_is_recognised_by_its_start() -> None:
    codes = {unreadable_reason(item) for item in (b"", b"\xef\xbb\xbf \n", b"\xff\xfea\x00", b"PK\x03\x04")}

    assert codes == {"empty_file", "not_utf8", "not_csv"}
    assert all(import_message(str(code)) for code in codes)
    assert unreadable_reason(b"+12025550101") is None


@given(st.sampled_from(list(ImportKind)), NAMES, NAMES)
def test_PRI_18_a_key_contains_kind_and_scope(kind: ImportKind, scope: str, upload_id: str) -> None:
    assert place_of(key_of(kind, scope, upload_id)) == UploadPlace(kind, scope, upload_id)


def test_PRI_18_all_is_a_scope_for_contacts_only() -> None:
    assert place_of("imports/block/all/x.csv") == UploadPlace(ImportKind.BLOCK, "*", "x")
    assert place_of("imports/leads/all/x.csv") == UploadPlace(ImportKind.LEADS, "", "x")


@given(st.text(max_size=40))
def test_PRI_18_any_key_is_read_or_refused(key: str) -> None:
    assert place_of(key) is None or key.startswith("imports/")


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=8), min_size=5, max_size=5))
def test_PRI_25_a_result_cell_is_never_run_as_a_formula(cells: list[str]) -> None:
    content = verdicts.written([RowResult(7, *cells)]).decode()

    (row,) = csv.reader(io.StringIO(content, newline=""))
    assert row[0] == "7"
    assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row)
    assert [cell.replace("'", "") for cell in row[1:]] == [cell.replace("'", "") for cell in cells]
    assert verdicts.read_results(content.encode()) == [RowResult(7, *row[1:])]


def test_PRI_22_rate_and_time_left_follow_the_checkpoints() -> None:
    job = Import("imp_1", ImportKind.BLOCK, "prj_1", "prj_1", BUCKET.kind, BUCKET.id, NOW)

    assert (job.rate, job.eta_s, job.progress) == (None, None, ImportProgress())


@pytest.mark.parametrize(
    ("cell", "request_"),
    [
        *(
            (cell, "not_a_number")
            for cell in ("312XXXXXXX", "415-200-XXXX", "202-555-01**", "202-555-0147 home")
        ),
        *((cell, "vanity_number") for cell in ("1-800-FLOWERS", "(800) GO-FEDEX")),
        *((cell, "date") for cell in ("30.11.2026", "2026-11-30", "11/30/2026")),
        *((cell, "trailing_zero") for cell in ("+4930123456.0", "30123456.5")),
        ("2025550147 2025550148", "two_numbers"),
        ("(679) 234-5678", RowRequest((Contact("phone", "+16792345678"),))),
        ("202-555-0147 x55", RowRequest((Contact("phone", "+12025550147", "55"),))),
    ],
)
def test_FILE_A1_A9_A10_a_row_is_read_like_a_field(cell: str, request_: RowRequest | str) -> None:
    assert row_request([cell], Columns(), "US", NOW) == request_
