"""The list of area codes names its source, and is renewed only from NANPA's report (INT-7)."""

from pathlib import Path

import pytest

from infra import area_codes
from infra.area_codes import NotTheReport, codes_in, main, written

CODES = tuple(str(code) for code in range(201, 601))
HEADER = "NPA_ID,type_of_code,LOCATION,IN_SERVICE"


def report(codes: tuple[str, ...] = CODES, header: str = HEADER) -> list[str]:
    return [
        "File Date,11/30/2026",
        header,
        *(f'{code},"General, Purpose",MI,Y' for code in codes),
        "710,x,y,N",
    ]


def test_INT_7_the_report_gives_the_codes_in_service() -> None:
    assert codes_in(report()) == ("11/30/2026", CODES)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["<html>"],
        report()[1:],
        report(header=HEADER.replace("IN_SERVICE", "STATUS")),
        report(CODES[:200]),
    ],
)
def test_INT_7_another_file_is_refused(lines: list[str]) -> None:
    with pytest.raises(NotTheReport):
        codes_in(lines)


def test_INT_7_the_command_leaves_the_list_alone_unless_it_is_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before, file = area_codes.OUT.read_text(), tmp_path / "npa_report.csv"
    monkeypatch.setattr(area_codes, "OUT", tmp_path / "area-codes.txt")
    area_codes.OUT.write_text(before)
    file.write_text("<html>")

    assert (main([]), main([str(file)]), area_codes.OUT.read_text()) == (1, 1, before)
    assert "stays as it was" in capsys.readouterr().err
    file.write_text("\n".join(report()))
    assert (main([str(file)]), area_codes.OUT.read_text()) == (0, written("11/30/2026", CODES))


def test_INT_7_the_shipped_list_names_source_and_date() -> None:
    head, *rest = area_codes.OUT.read_text().splitlines()
    codes = " ".join(line for line in rest if not line.startswith("#")).split()

    assert head.startswith("# North American area codes")
    assert any(line.startswith("# Source: ") for line in rest)
    assert any(line.startswith("# Date: ") for line in rest)
    assert codes == sorted(set(codes))
    assert {"202", "679"} <= set(codes)
