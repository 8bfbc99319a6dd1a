#!/usr/bin/env bash
# pydantic reads the compact ISO day "20261130" as a count of seconds, so it becomes a moment in August 1970.
# No error is raised, not even by AwareDatetime or strict mode, and the schema says "format: date-time".
# Python's own reader takes the same text as 30 November 2026; a field of type `date` refuses it.
# Why it matters: a period of retention counted from 1970 has passed, so a new lead would be erased at once.
# What to do: read the text yourself, with `datetime.fromisoformat`, before pydantic sees it, and ask for a zone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check pydantic==2.14.3

"$folder/env/bin/python" - <<'PYTHON'
import sys
from datetime import UTC, date, datetime
from importlib.metadata import version

from pydantic import AwareDatetime, TypeAdapter, ValidationError

changed = []


def show(what, seen, recorded):
    print(f"{what}: {seen}")
    if seen != recorded:
        changed.append(f"{what}: recorded was {recorded}")


def reading(kind, text, *, strict=False):
    try:
        return TypeAdapter(kind).validate_json(f'"{text}"', strict=strict)
    except ValidationError as error:
        return f"refused ({error.errors()[0]['type']})"


wrong = datetime(1970, 8, 23, 12, 5, 30, tzinfo=UTC)
print(f"pydantic {version('pydantic')}, Python {sys.version.split()[0]}; the text is 20261130")
show("Python, datetime.fromisoformat", datetime.fromisoformat("20261130"), datetime(2026, 11, 30))
show("pydantic, datetime", reading(datetime, "20261130"), wrong)
show("pydantic, datetime, strict", reading(datetime, "20261130", strict=True), wrong)
show("pydantic, AwareDatetime", reading(AwareDatetime, "20261130"), wrong)
show("pydantic, AwareDatetime, for 2026-11-30", reading(AwareDatetime, "2026-11-30"), "refused (timezone_aware)")
show("pydantic, date", reading(date, "20261130"), "refused (date_from_datetime_inexact)")
show("pydantic, the schema of datetime", TypeAdapter(datetime).json_schema(), {"format": "date-time", "type": "string"})
if changed:
    sys.exit("The behaviour changed.\n" + "\n".join(changed))
PYTHON
