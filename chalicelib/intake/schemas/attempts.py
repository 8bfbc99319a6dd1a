"""Refused posts as the API shows them (INT-18)."""

from collections.abc import Iterable, Mapping

from pydantic import Field

from chalicelib.core.times import iso
from chalicelib.http.schemas.base import Contract, optional_field
from chalicelib.http.schemas.named import NamedActor
from chalicelib.intake.domain.attempts import Attempt

_SOURCE = (
    "`credential/<id>`, `user/<id>`, `anyone` (no credential) or `unknown` (a credential that is not valid)."
)

_SENDER = "The user or source credential of `source`, with the name."


class RefusedFieldCode(Contract):
    """A bad field and the code of what is wrong. A name that is no known word is `*`."""

    field: str
    code: str


class RefusedPost(Contract):
    """A post that was refused. No value of the lead is kept."""

    at: str
    request_id: str
    source: str = Field(description=_SOURCE)
    sender: NamedActor | None = optional_field(_SENDER)
    reason: str
    fields: list[str] = Field(description="The known fields that were sent.")
    other_fields: int = Field(description="How many other fields were sent; their names are not kept.")
    errors: list[RefusedFieldCode]

    @classmethod
    def of(cls, attempt: Attempt) -> "RefusedPost":
        """Return an attempt as the API shows it."""
        return cls(
            at=iso(attempt.at),
            request_id=attempt.request_id,
            source=attempt.source,
            sender=_sender(attempt.source),
            reason=attempt.reason,
            fields=list(attempt.fields),
            other_fields=attempt.other_fields,
            errors=[RefusedFieldCode(field=each.field, code=each.code) for each in attempt.errors],
        )


class RefusedCount(Contract):
    """How many posts of one source were refused today for one reason."""

    source: str = Field(description=_SOURCE)
    sender: NamedActor | None = optional_field(_SENDER)
    reason: str
    count: int


class Attempts(Contract):
    """The last refused posts of a campaign, newest first: at most 100 of the last 24 hours. And today's counts."""

    items: list[RefusedPost]
    refused_today: list[RefusedCount]

    @classmethod
    def of(cls, attempts: Iterable[Attempt], today: Mapping[tuple[str, str], int]) -> "Attempts":
        """Return refused posts as the API shows them."""
        return cls(
            items=[RefusedPost.of(attempt) for attempt in attempts],
            refused_today=[
                RefusedCount(source=source, sender=_sender(source), reason=reason, count=count)
                for (source, reason), count in sorted(today.items())
            ],
        )


def _sender(source: str) -> NamedActor | None:
    kind, _, sender_id = source.partition("/")
    return NamedActor(kind=kind, id=sender_id) if sender_id else None
