"""Times: code uses whole epoch seconds, people read ISO 8601."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Present = Callable[[], int]  # returns the current time, for code that runs for minutes
DAY_S = 86_400
MINUTE_S = 60
_PERIOD = re.compile(
    r"(\d{1,4})\s*(weeks?|days?|hours?|minutes?|w|d|h)|P(\d{1,4})W", re.ASCII | re.IGNORECASE
)
_PERIOD_FORMS = {"w": "P{}D", "d": "P{}D", "h": "PT{}H", "m": "PT{}M"}
_AREAS = frozenset(
    "Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific Brazil Canada Chile US".split()
)
_DURATION = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,5})S)?)?", re.ASCII)


def iso(instant: int) -> str:
    """Return an instant as ISO 8601 in UTC, with Z."""
    return datetime.fromtimestamp(instant, UTC).isoformat().removesuffix("+00:00") + "Z"


def optional_iso(instant: int | None) -> str | None:
    """Return an instant as ISO 8601, or None for None."""
    return None if instant is None else iso(instant)


def parse_instant(text: str) -> int:
    """Return an instant such as 2026-11-21T08:30:00Z; raise ValueError if it is not valid or has no zone.

    The days of weeks that ISO 8601 also has, such as `2026-W47-6`, are not taken (INT-7).
    """
    if "W" in text:
        raise ValueError("the day of a week")
    return stored_instant(text)


def stored_instant(text: str) -> int:
    """Return an instant that was stored, in any form that was ever taken; raise ValueError otherwise."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("the instant needs a zone")
    return int(moment.timestamp())


def utc_day(instant: int) -> str:
    """Return the UTC day of an instant, as YYYY-MM-DD."""
    return datetime.fromtimestamp(instant, UTC).date().isoformat()


def local_day(instant: int, zone: str) -> str:
    """Return the day of an instant in a time zone, as YYYY-MM-DD."""
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).date().isoformat()


def local_hour(instant: int, zone: str) -> int:
    """Return the hour of an instant in a time zone, 0 to 23."""
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).hour


def is_day(text: str) -> bool:
    """Return True for a day such as 2020-01-09."""
    try:
        day_start(text)
    except ValueError:
        return False
    return True


def day_start(day: str) -> int:
    """Return the first second of a UTC day given as YYYY-MM-DD; raise ValueError for anything else."""
    date_value = date.fromisoformat(day)
    if date_value.isoformat() != day:
        raise ValueError("not a day such as 2020-01-09")
    return int(datetime.combine(date_value, datetime.min.time(), UTC).timestamp())


def seconds_of(duration: str) -> int:
    """Return the seconds of an ISO 8601 duration of days, hours, minutes and seconds; raise ValueError otherwise."""
    match = _DURATION.fullmatch(duration)
    if match is None or not any(match.groups()) or duration.endswith("T"):
        raise ValueError("not a duration such as P14D or PT6H")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return int(timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds())


def iso_duration(text: str) -> str:
    """Return a duration such as `14 days`, `6 hours`, `2 weeks` or `P2W` in ISO 8601; any other text as it is.

    Example:
        >>> iso_duration("14 days"), iso_duration("2 weeks"), iso_duration("PT6H")
        ('P14D', 'P14D', 'PT6H')
    """
    match = _PERIOD.fullmatch(text.strip())
    if match is None:
        return text
    number, unit = int(match[1] or match[3]), (match[2] or "w")[0].lower()
    return _PERIOD_FORMS[unit].format(number * 7 if unit == "w" else number)


def is_zone(name: str) -> bool:
    """Return True for the IANA time zone of a place, such as Europe/Berlin, or UTC.

    Others depend on the machine (`localtime`), have no fixed meaning (`Factory`), or count leap seconds (`right/…`).
    """
    if name not in ("UTC", "Etc/UTC") and name.partition("/")[0] not in _AREAS:
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
