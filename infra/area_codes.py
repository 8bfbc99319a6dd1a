"""Write the list of North American area codes that the application ships: `python -m infra.area_codes npa_report.csv`.

The file is NANPA's report of all area codes (nanpa.com, *NPA Database*), which the operator downloads. The tool keeps
the codes in service. It leaves the list alone if the file is not that report, or has implausibly few codes.
"""

import csv
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

OUT = Path(__file__).resolve().parents[1] / "chalicelib" / "data" / "area-codes.txt"
_CODE, _IN_SERVICE = "NPA_ID", "IN_SERVICE"
_LEAST = 300


class NotTheReport(ValueError):
    """The file is not NANPA's report of area codes."""


def codes_in(lines: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """Return the report's date and the codes in service, in order; raise NotTheReport for any other file."""
    rows = iter(csv.reader(lines))
    first = next(rows, [])
    if len(first) < 2 or first[0].strip() != "File Date":
        raise NotTheReport("The first line does not begin with File Date.")
    header = [name.strip() for name in next(rows, [])]
    if _CODE not in header or _IN_SERVICE not in header:
        raise NotTheReport(f"The second line does not name {_CODE} and {_IN_SERVICE}.")
    code, in_service = header.index(_CODE), header.index(_IN_SERVICE)
    codes = {
        row[code].strip()
        for row in rows
        if len(row) == len(header) and row[in_service].strip().upper() == "Y"
    }
    good = sorted(text for text in codes if len(text) == 3 and text.isdigit() and text[0] > "1")
    if len(good) < _LEAST:
        raise NotTheReport(f"The report has fewer than {_LEAST} codes in service.")
    return first[1].strip(), tuple(good)


def written(date: str, codes: Iterable[str]) -> str:
    """Return the list as a file: source and date, then one line for each first digit."""
    head = (
        "# North American area codes in service.",
        "# Source: NANPA, NPA Database (npa_report.csv).",
        f"# Date: {date}. To renew it: python -m infra.area_codes npa_report.csv (see SOURCES.md).",
    )
    lines = (" ".join(group) for _, group in groupby(codes, key=lambda code: code[0]))
    return "\n".join((*head, *lines)) + "\n"


def main(paths: list[str]) -> int:
    """Run the command line; return 0, or 1 after one line that says what is wrong."""
    if len(paths) != 1:
        print("infra.area_codes: give the file npa_report.csv", file=sys.stderr)
        return 1
    try:
        date, codes = codes_in(Path(paths[0]).read_text(encoding="utf-8-sig").splitlines())
    except (OSError, UnicodeDecodeError, NotTheReport) as error:
        print(f"infra.area_codes: the list stays as it was. {error}", file=sys.stderr)
        return 1
    OUT.write_text(written(date, codes), encoding="ascii")
    print(f"{OUT.name}: {len(codes)} area codes of {date}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
