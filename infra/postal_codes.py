"""Write the postal codes that the application ships: `python -m infra.postal_codes US.txt [PR.txt …]`.

The files are those of GeoNames (download.geonames.org/export/zip, CC BY 4.0). The tool keeps code, city and state of a
row. The state of military mail (APO, FPO, DPO) comes from the code (AE, AA, AP).
"""

import gzip
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

OUT = Path(__file__).resolve().parents[1] / "chalicelib" / "data" / "us-postal-codes.txt.gz"
_MILITARY = ("APO", "FPO", "DPO")
_COUNTRY_AS_STATE = frozenset("PR GU VI AS MP".split())


def rows(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Yield code, city and state of every row that has all three."""
    for line in lines:
        country, code, city, _, state, *_ = line.split("\t")
        if country in _COUNTRY_AS_STATE:
            state = country
        if city.split()[0] in _MILITARY:
            city, state = city.split()[0], _military_state(code)
        if code.isdigit() and len(code) == 5 and city and state:
            yield code, city, state


def _military_state(code: str) -> str:
    return {"0": "AE", "3": "AA", "9": "AP"}.get(code[0], "")


def packed(entries: Iterable[tuple[str, str, str]]) -> bytes:
    """Return the file: one line for each code with its first city, in order; the same rows give the same bytes."""
    first: dict[str, tuple[str, str]] = {}
    for code, city, state in entries:
        first.setdefault(code, (city, state))
    lines = (f"{code}\t{city}\t{state}" for code, (city, state) in sorted(first.items()))
    return gzip.compress("\n".join(lines).encode(), mtime=0)


def main(paths: list[str]) -> int:
    """Run the command line; return 0, or 1 after one line that says what is missing."""
    if not paths:
        print("infra.postal_codes: give the files of GeoNames, US.txt first", file=sys.stderr)
        return 1
    lines = (line for path in paths for line in Path(path).read_text(encoding="utf-8").splitlines())
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_bytes(packed(rows(lines)))
    print(f"{OUT.name}: {OUT.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
