"""Types of values that several contracts share, with their bounds."""

from collections.abc import Callable, Hashable, Sequence
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from chalicelib.core.contact_reader import normal_email
from chalicelib.core.display_text import is_one_line
from chalicelib.core.phone_numbers import is_region
from chalicelib.core.retention import MAX_DAYS, Policy
from chalicelib.core.times import DAY_S, is_day, is_moment, is_zone, iso_duration, seconds_of
from chalicelib.http.schemas.base import Contract, value_error

S = TypeVar("S", bound=Sequence[Hashable])


def _must(good: Callable[[str], bool], code: str, message: str) -> AfterValidator:
    def check(value: str) -> str:
        if not good(value):
            raise value_error(code, message)
        return value

    return AfterValidator(check)


def _is_duration(text: str) -> bool:
    try:
        return 0 < seconds_of(text) <= MAX_DAYS * DAY_S
    except ValueError:
        return False


def once_each(value: S) -> S:
    """Return the list. Raise an error if a value occurs twice. For validators."""
    if len(set(value)) != len(value):
        raise value_error("repeated", "A value occurs twice.")
    return value


def _email(text: str) -> str:
    normal = normal_email(text)
    if normal is None or not is_one_line(normal):
        raise value_error("email", "Must be an e-mail address, such as ada@example.org.")
    return normal


Email = Annotated[str, Field(max_length=320), AfterValidator(_email)]


def _amount(value: Any) -> Any:
    """Return a JSON number as the text of an amount: 15 is 15, 15.5 is 15.5."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return format(Decimal(str(value)), "f")


def _duration(value: Any) -> Any:
    return iso_duration(value) if isinstance(value, str) else value


Money = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,4})?$"),
    Field(description="A decimal as text: 15.00. A JSON number is accepted, too."),
    BeforeValidator(_amount),
]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    _must(is_one_line, "one_line", "Must be one line, without invisible characters."),
]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:@-]{1,128}$")]
Zone = Annotated[
    str,
    Field(max_length=64),
    _must(is_zone, "zone", "Must be an IANA time zone, such as America/Los_Angeles."),
]
Region = Annotated[
    str,
    Field(pattern=r"^[A-Z]{2}$"),
    _must(is_region, "region", "Must be a region of phone numbers, such as US."),
]
Duration = Annotated[
    str,
    Field(
        max_length=32,
        description="ISO 8601, such as P14D or PT6H; `14 days` and `6 hours` are accepted, too.",
    ),
    _must(
        _is_duration,
        "duration",
        "Must be a duration up to ten years, such as `14 days`, `6 hours`, P14D or PT6H.",
    ),
    BeforeValidator(_duration),
]
_IS_MOMENT = _must(
    is_moment,
    "instant",
    "Must be a day such as 2026-11-21, or an instant with a zone such as 2026-11-21T08:30:00Z.",
)
Start = Annotated[
    str,
    Field(max_length=40, description="A day, from its first second on, or an instant with a zone."),
    _IS_MOMENT,
]
End = Annotated[
    str,
    Field(max_length=40, description="A day, which is included, or an instant with a zone."),
    _IS_MOMENT,
]
Day = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="YYYY-MM-DD."),
    _must(is_day, "day", "Must be a day such as 2026-11-21."),
]
Days = Annotated[int, Field(ge=1, le=MAX_DAYS)]
Version = Annotated[
    int, Field(ge=0, description="The version that was read. After a concurrent change the answer is 409.")
]
Names = Annotated[list[Name], Field(max_length=200), AfterValidator(once_each)]
Words = Annotated[list[Word], Field(max_length=100), AfterValidator(once_each)]
Identifiers = Annotated[list[Identifier], Field(max_length=200), AfterValidator(once_each)]


class RetentionPolicy(Contract):
    """Days from receipt until the person is erased, 1 to 3650, or null for no policy (RET-1, RET-6).

    It is set as a whole: a field that is left out is null.
    """

    days: Days | None = None
    rejected_days: Days | None = None

    @classmethod
    def of(cls, policy: Policy) -> "RetentionPolicy":
        """Return a policy as the API shows it."""
        return cls(days=policy.days, rejected_days=policy.rejected_days)

    def to_domain(self) -> Policy:
        """Return the policy."""
        return Policy(self.days, self.rejected_days)


def optional(description: str | None = None) -> Any:
    """Return a field that may be left out. It may be null only if its type allows it."""
    return Field(default_factory=_nothing, description=description)


def given_values(body: Contract) -> dict[str, Any]:
    """Return the fields that the caller gave, by name, as domain values. Other fields keep their value or default."""
    names = body.model_fields_set - {"version", "confirm"}
    return {name: _domain(getattr(body, name)) for name in sorted(names)}


def _domain(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_domain, value))
    if isinstance(value, dict) and all(isinstance(item, Contract) for item in value.values()):
        return {name: _domain(item) for name, item in value.items()}
    return value.to_domain() if isinstance(value, Contract) and hasattr(value, "to_domain") else value


def _nothing() -> None:
    return None
