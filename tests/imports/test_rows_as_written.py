"""How rows are separated: delimiters by whole rows, line ends, blank rows, `sep=` (PRI-20)."""

import pytest

from chalicelib.imports.domain.import_job import FileFailure, ImportKind
from chalicelib.imports.usecases import run_import as use_case
from chalicelib.imports.usecases.run_import import run_import
from chalicelib.leads.store import people
from tests.factories.imports import (
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
from tests.factories.leads import DAY, NOW, create_organisation

pytestmark = pytest.mark.usefixtures("aws")
ONE, TWO = "+12025550101", "+12025550102"
NOTE = '"<p style=""color: red; margin: 0"">\n' + "a; b; c\n" * 6 + 'd;</p>"'


@pytest.fixture(autouse=True)
def _set_up(aws: None) -> None:
    create_organisation()
    create_bucket()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (f"Name,Phone,Note\nAnn,{ONE},{NOTE}\nBob,{TWO},\n", 2),
        (f"Note,Phone\n{NOTE},{ONE}\n", 1),
        (f"Name;Phone\nEx, Ann;{ONE}\nEx, Bob;{TWO}\n", 2),
        (f"Name|Phone\nEx, Ann; M|{ONE}\n", 1),
        (f'"Ex, Name";"Phone"\n"Ex, Ann";"{ONE}"\n', 1),
        (f"{ONE}\n{TWO}|30|regulator\n", 2),
    ],
)
def test_FILE_B2_the_delimiter_is_found_by_whole_rows(text: str, count: int) -> None:
    assert verdicts(run_file(text)) == [("blocked", "")] * count


@pytest.mark.parametrize("kind", [ImportKind.BLOCK, ImportKind.UNBLOCK, ImportKind.FORGET])
@pytest.mark.parametrize("mark", [",", "\t", "|", ";"])
@pytest.mark.parametrize(
    "note", [NOTE, '"called; asked, twice"', '"a|b\tc"', '"said ""a; b"", and; ""c|d"""']
)
@pytest.mark.parametrize(
    "header", ["", "Phone,until,reason,Note\n", '"Phone","until","reason","Note; or,\nremark"\n']
)
def test_FILE_B2_what_is_quoted_decides_nothing_with_a_header_or_without(
    kind: ImportKind, mark: str, note: str, header: str
) -> None:
    names = header.replace('",', f'"{mark}') if '"' in header else header.replace(",", mark)
    rows = "".join(f"{number}{mark}{mark}{mark}{note}\n" for number in (ONE, TWO))

    job = run_file(f"{names}{rows}", kind)

    assert job.layout is not None
    assert job.layout.delimiter == mark
    assert (job.progress.read, job.progress.invalid_by_reason) == (2, {})


@pytest.mark.parametrize(
    "text",
    [
        f"phone,note\n202-555-0147,{NOTE}\n",
        f"note,phone\n{NOTE},202-555-0147\n",
        'phone,note\n202-555-0147,"<p>a|b|c\td</p>"\n',
        'phone,note\r\n202-555-0147,"a;\r\nb;\r\nc;"\r\n',
        "phone,note\n202-555-0147,a; b; c\n",
        '"phone","note; or, remark"\n202-555-0147,"a; b"\n',
        f'phone,note\n202-555-0147,"{"a;b" * 3_000}"\n',
        'phone,note\n202-555-0147,"5"" pipe; 6"" pipe"\n',
    ],
)
def test_FILE_B2_a_file_of_leads_is_read_by_whole_rows(text: str) -> None:
    job = run_file(text, ImportKind.LEADS, "cmp_1")

    assert verdicts(job) == [("accepted", "")]


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\u00a0", "\ufeff"])
def test_FILE_B3_other_line_separators_are_text(sign: str) -> None:
    job = run_file(f'Name,Phone,Note\n"Ex, Ann",{ONE},one{sign}two\n"Ex, Bob",{TWO},"{sign}"\n')

    assert verdicts(job) == [("blocked", ""), ("blocked", "")]


SEPARATORS = [
    "\u2028",
    "\u2029",
    "\x85",
    "\u2028\u2028",
    "\ufeff",
    "\u000b",
    "\u000c",
    "\x1c",
    "\x1d",
    "\x1e",
]


@pytest.mark.parametrize("sign", SEPARATORS)
@pytest.mark.parametrize("kind", [ImportKind.BLOCK, ImportKind.UNBLOCK, ImportKind.FORGET])
def test_FILE_B3_a_row_ends_at_no_other_sign_in_any_file_of_contacts(kind: ImportKind, sign: str) -> None:
    text = f'Name,Phone,Note\n"Ex, Ann",{ONE},one{sign}two\n"Ex, Bob",{TWO},\n'

    job = run_file(text, kind)

    control = sign.isascii()  # a control character costs its own row, and no other
    assert job.progress.read == 2
    assert job.progress.invalid_by_reason == ({"control_character": 1} if control else {})
    assert job.layout is not None
    assert job.layout.lines == 3


@pytest.mark.parametrize("sign", [sign for sign in SEPARATORS if not sign.isascii()])
@pytest.mark.parametrize("quoted", [True, False])
def test_FILE_B3_the_sign_is_kept_in_a_lead_as_it_was_sent(sign: str, quoted: bool) -> None:
    note = f"one{sign}two"
    text = f'phone,note,full_name\n202-555-0147,{f"{chr(34)}{note}{chr(34)}" if quoted else note},"Ex, Ann"\n'

    (row,) = result_rows(run_file(text, ImportKind.LEADS, "cmp_1"))

    person = people.get(row["detail"], NOW)
    assert person is not None
    assert person.extras["note"] == note


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85"])
@pytest.mark.parametrize("place", ["Name{}2,Phone", "Phone,Note{}"])
def test_FILE_B3_a_header_ends_at_no_other_sign(sign: str, place: str) -> None:
    header = place.format(sign)
    row = f"Ann,{ONE}" if header.startswith("Name") else f"{ONE},Ann"

    assert verdicts(run_file(f"{header}\n{row}\n")) == [("blocked", "")]


@pytest.mark.parametrize("sign", ["\u2028", "\x85"])
def test_FILE_B3_two_contacts_with_the_sign_between_are_one_row(sign: str) -> None:
    job = run_file(f"Phone\n{ONE}{sign}{TWO}\n")

    assert (job.progress.read, len(result_rows(job))) == (1, 1)
    assert get_block(ONE) is None


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\r\n", "\n\n"])
@pytest.mark.parametrize("size", [1, 2, 2000])
def test_FILE_B11_CR_LF_and_CRLF_end_a_row_and_an_import_continues_exactly(
    end: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use_case, "AT_ONCE", dict.fromkeys(ImportKind, size))
    rows = ["Phone,Note", f'{ONE},"a{end}b"', f"{TWO},", f"{ONE},c"]
    job = register(put(end.join([*rows, ""])))
    while not get_import(job.id).ended_at:
        assert run_import(job.id, import_run(batches=1))

    after = get_import(job.id)
    assert verdicts(after) == [("blocked", ""), ("blocked", ""), ("already_blocked", "")]
    count = {"\r\r\n": 2, "\n\n": 2}.get(end, 1)
    assert [int(row["row"]) for row in result_rows(after)] == [1 + count, 1 + 3 * count, 1 + 4 * count]
    assert after.layout is not None
    assert after.layout.lines == 5 * count


@pytest.mark.parametrize("row", [" , , ", ",,", "\t", "\u200b,\ufeff", "\u00a0,\u3000", '"",""'])
@pytest.mark.parametrize("kind", [ImportKind.BLOCK, ImportKind.LEADS])
def test_FILE_B4_a_blank_row_is_skipped(row: str, kind: ImportKind) -> None:
    scope = "cmp_1" if kind is ImportKind.LEADS else "prj_1"
    job = run_file(f"phone,first_name,email\n{row}\n202-555-0147,Ann,\n", kind, scope)

    assert [row["row"] for row in result_rows(job)] == ["3"]


@pytest.mark.parametrize("mark", [",", ";", "|", "\t"])
@pytest.mark.parametrize("first", ["sep={}", '"sep={}"', "\ufeffSEP={}", "sep={}{}{}"])
def test_FILE_B11_a_first_line_sep_is_obeyed(mark: str, first: str) -> None:
    job = run_file(f"{first.replace('{}', mark)}\r\n{ONE}{mark}30\r\n{TWO}\r\n")

    assert verdicts(job) == [("blocked", ""), ("blocked", "")]
    assert [row["row"] for row in result_rows(job)] == ["2", "3"]
    block = get_block(ONE)
    assert block is not None
    assert block.until == NOW + 30 * DAY


def test_FILE_B11_sep_before_a_header_and_an_unknown_one() -> None:
    headed = run_file(f"sep=;\nName, Title;Phone\nAnn;{ONE}\n")

    assert verdicts(headed) == [("blocked", "")]
    assert run_file(f"sep=^\nPhone\n{TWO}\n", name="b").failure == FileFailure("bad_header", 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("first_name,phone,\nAnn,202-555-0147,\n", [("accepted", "")]),
        ("first_name,phone,,\nAnn,202-555-0147\n", [("accepted", "")]),
        ("phone,first_name,email\n202-555-0147\n", [("accepted", "")]),
        ("phone,first_name\n202-555-0147,Ann,,,\n", [("accepted", "")]),
        ("phone,first_name,\n202-555-0147,Ann,lost\n", [("invalid", "columns")]),
        ("phone|first_name\n202-555-0147|Ann\n", [("accepted", "")]),
        ("sep=;\nphone;first_name\n202-555-0147;Ann\n", [("accepted", "")]),
        ("phone,first_name\r202-555-0147,Ann\r", [("accepted", "")]),
    ],
)
def test_FILE_B11_a_file_of_leads_is_read_as_spreadsheets_write_it(
    text: str, expected: list[tuple[str, str]]
) -> None:
    job = run_file(text, ImportKind.LEADS, "cmp_1")

    assert verdicts(job) == expected


def test_FILE_B11_no_value_is_stored_under_a_name_it_does_not_have() -> None:
    job = run_file("first_name,phone,\nAnn,202-555-0147\n", ImportKind.LEADS, "cmp_1")

    person = people.get(result_rows(job)[0]["detail"], NOW)
    assert person is not None
    assert {**person.fields, **person.extras} == {"first_name": "Ann", "phone": "+12025550147"}


@pytest.mark.parametrize("text", ["415,2004001\n", "202-555-0147,Ann\n", "2.03E+09,Ann\n", ",,\n5,6\n"])
def test_FILE_A6_a_file_of_leads_without_words_has_no_header(text: str) -> None:
    job = run_file(text, ImportKind.LEADS, "cmp_1")

    assert job.failure is not None
    assert job.failure.code == "no_header"
