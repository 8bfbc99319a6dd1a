"""Instants are whole epoch seconds; people read ISO 8601."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Present = Callable[[], int]  # tells the present instant anew, to who works for minutes
DAY_S = 86_400
MINUTE_S = 60
_DURATION = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,5})S)?)?", re.ASCII)


def iso(instant: int) -> str:
    """Return an instant as ISO 8601 in UTC, with Z."""
    return datetime.fromtimestamp(instant, UTC).isoformat().removesuffix("+00:00") + "Z"


def optional_iso(instant: int | None) -> str | None:
    """Return an instant as ISO 8601, or None for none."""
    return None if instant is None else iso(instant)


def parse_instant(text: str) -> int:
    """Read an ISO 8601 instant with a zone; ValueError without one, for a moment without a zone is none."""
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
    """Tell whether this is a day such as 2020-01-09."""
    try:
        day_start(text)
    except ValueError:
        return False
    return True


def day_start(day: str) -> int:
    """Return the first second of a UTC day given as YYYY-MM-DD; ValueError if it is no day."""
    known = date.fromisoformat(day)
    if known.isoformat() != day:
        raise ValueError("not a day such as 2020-01-09")
    return int(datetime.combine(known, datetime.min.time(), UTC).timestamp())


def seconds_of(duration: str) -> int:
    """Read an ISO 8601 duration of days, hours, minutes and seconds; ValueError if it is none."""
    match = _DURATION.fullmatch(duration)
    if match is None or not any(match.groups()) or duration.endswith("T"):
        raise ValueError("not a duration such as P14D or PT6H")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return int(timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds())


def is_zone(name: str) -> bool:
    """Tell whether this names an IANA time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
