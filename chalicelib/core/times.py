"""Times: code uses whole epoch seconds, people read ISO 8601."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Present = Callable[[], int]  # returns the current time, for code that runs for minutes
Moment = int | date  # an instant in epoch seconds, or a day, which begins and ends in a time zone
DAY_S = 86_400
HOUR_S = 3_600
MINUTE_S = 60
_PERIOD = re.compile(
    r"(\d{1,4})\s*(weeks?|days?|hours?|minutes?|w|d|h)|P(\d{1,4})W", re.ASCII | re.IGNORECASE
)
_PERIOD_FORMS = {"w": "P{}D", "d": "P{}D", "h": "PT{}H", "m": "PT{}M"}
_AREAS = frozenset(
    "Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific Brazil Canada Chile US".split()
)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # UTC, without a zone: quicker (B3)
_DAY_LENGTH = len("2026-12-31")
_FIRST, _LAST = (
    -62_000_000_000,
    253_000_000_000,
)  # the years 5 to 9987: the day before or after has a date, too
_DAY_AND_TIME = re.compile(r"(\d{4}-\d\d-\d\d|\d{8})[Tt ]\d", re.ASCII)
_DURATION = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,5})S)?)?", re.ASCII)


def iso(instant: int) -> str:
    """Return an instant as ISO 8601 in UTC, with Z."""
    return (_EPOCH + timedelta(0, instant)).isoformat() + "Z"


def optional_iso(instant: int | None) -> str | None:
    """Return an instant as ISO 8601, or None for None."""
    return None if instant is None else iso(instant)


def parse_instant(text: str) -> int:
    """Return an instant such as 2026-11-21T08:30:00Z; raise ValueError if it is not valid or has no zone.

    The days of weeks that ISO 8601 also has, such as `2026-W47-6`, are not taken. Day and time are separated by `T` or
    a blank (INT-7).
    """
    if not _DAY_AND_TIME.match(text):
        raise ValueError("not a day and a time")
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


def read_moment(text: str) -> Moment:
    """Return a day such as 2026-12-31, or an ISO 8601 instant with a zone; raise ValueError for anything else.

    Every end and every start that a user writes is read here, and dated by `ends_at` or `starts_at`.

    Example:
        >>> read_moment("2026-12-31"), read_moment("2027-01-01T00:00:00Z")
        (datetime.date(2026, 12, 31), 1798761600)
    """
    moment: Moment = _day(text) if len(text) == _DAY_LENGTH else parse_instant(text)
    if not _FIRST <= starts_at(moment, "UTC") <= _LAST:
        raise ValueError("too far away")
    return moment


def is_moment(text: str) -> bool:
    """Return True for a day, or an instant with a zone."""
    try:
        read_moment(text)
    except ValueError:
        return False
    return True


def starts_at(moment: Moment, zone: str) -> int:
    """Return the first second of a day in a time zone, or the instant itself."""
    return moment if isinstance(moment, int) else _midnight(moment, zone)


def ends_at(moment: Moment, zone: str) -> int:
    """Return the first second after a day in a time zone, so that the day is included, or the instant itself.

    Example:
        >>> iso(ends_at(read_moment("2026-12-31"), "America/Los_Angeles"))
        '2027-01-01T08:00:00Z'
    """
    return moment if isinstance(moment, int) else _midnight(moment + timedelta(days=1), zone)


def is_day(text: str) -> bool:
    """Return True for a day such as 2020-01-09."""
    try:
        day_start(text)
    except ValueError:
        return False
    return True


def day_start(day: str) -> int:
    """Return the first second of a UTC day given as YYYY-MM-DD; raise ValueError for anything else."""
    return _midnight(_day(day), "UTC")


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


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError("not a day such as 2020-01-09")
    return day


def _midnight(day: date, zone: str) -> int:
    """Return the first second of a day; where the clocks skip midnight, that of the change."""
    return int(datetime.combine(day, datetime.min.time(), ZoneInfo(zone)).timestamp())
