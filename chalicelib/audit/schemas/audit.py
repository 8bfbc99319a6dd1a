"""Entries of the ledger as the API shows them: changes, accesses, receipts (PRI-28, PRI-32)."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from chalicelib.audit import domain as seals
from chalicelib.audit.schemas.seals import SealProof
from chalicelib.core.spreadsheets import sheet
from chalicelib.core.times import Moment, iso, read_moment, utc_day
from chalicelib.http.schemas.base import Contract, PageQuery, Query, is_none, optional_field, value_error
from chalicelib.http.schemas.values import End, Identifier, Start, Zone
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain import kinds, receipts
from chalicelib.ledger.schemas import Entry

Subject = Annotated[str, Field(pattern=r"^[a-z_]{1,40}/[A-Za-z0-9_.~:=@-]{1,512}$")]


def _one_of(words: frozenset[str]) -> AfterValidator:
    def check(word: str) -> str:
        if word not in words:
            message = "The record has no such kind. /v1/openapi.json and the page on the record list them."
            raise value_error("choice", message)
        return word

    return AfterValidator(check)


ChangeKind = Annotated[
    str, Field(json_schema_extra={"enum": sorted(kinds.CHANGE_KINDS)}), _one_of(kinds.CHANGE_KINDS)
]
AccessKind = Annotated[
    str, Field(json_schema_extra={"enum": sorted(kinds.ACCESS_KINDS)}), _one_of(kinds.ACCESS_KINDS)
]
_COLUMNS = (
    "id at actor_kind actor_id action subject through effect receipt_id fields actor_name item_name "
    "actor_user_id".split()
)


class AuditQuery(PageQuery):
    """Which entries: those of one subject, of one UTC day, or of a range of days; today's if none is given."""

    model_config = ConfigDict(validate_by_name=True)

    subject: Subject | None = Field(default=None, description="One subject, such as `lead/<id>`.")
    day: date | None = Field(default=None, description="A UTC day, such as 2026-12-21.")
    first: Start | None = Field(
        default=None,
        alias="from",
        exclude_if=is_none,  # a cursor is bound to the question: those of before have no range
        description="The first day, or an instant with a zone. At most 366 days; also of one subject.",
    )
    last: End | None = Field(
        default=None,
        alias="to",
        exclude_if=is_none,
        description="The last day, included, or an instant, included. By default: now.",
    )
    zone: Zone | None = Field(
        default=None,
        exclude_if=is_none,
        description="The zone in which the days of `from` and `to` begin and end. By default the organisation's.",
    )
    user: Identifier | None = Field(default=None, description="Only what this user (or credential, job) did.")
    kind: str | None = None
    format: Literal["json", "jsonl", "csv"] = Field(
        default="json",
        description="`jsonl` and `csv` export lines, with the next cursor in `X-Next-Cursor`. The export is recorded.",
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.subject is not None and self.day is not None:
            raise value_error("one_of", "Give a subject or a day, not both.")
        if self.day is not None and self.first is not None:
            raise value_error("one_of", "Give a day, or a range with `from` and `to`, not both.")
        if self.first is None and (self.last is not None or self.zone is not None):
            raise value_error("required", "`to` and `zone` need `from`, the first day of the range.")
        return self

    def moments(self) -> tuple[Moment, Moment | None] | None:
        """Return the first and the last day or instant of the range, or None without a range."""
        if self.first is None:
            return None
        return read_moment(self.first), None if self.last is None else read_moment(self.last)


class ChangeQuery(AuditQuery):
    """Which changes."""

    kind: ChangeKind | None = Field(
        default=None,
        description="Only this kind of subject (`lead`, `block`, …) or this action (`blocked`, `retention`, …).",
    )


class AccessQuery(AuditQuery):
    """Which accesses."""

    kind: AccessKind | None = Field(
        default=None,
        description="Only this kind of subject (`lead`, `contact`, …) or this way (`view`, `search`, …).",
    )


class ReceiptQuery(Query):
    """Whether the answer includes the proof."""

    proof: bool = Field(default=False, description="With the Merkle path to the seal of its day.")


class EntryPage(Contract):
    """A page of entries, oldest first."""

    items: list[Entry]
    next: str | None


class ReceiptWithProof(Contract):
    """The proof of one erasure (PRI-32)."""

    id: str
    lead_id: str
    basis: str = Field(description="Why the person was erased: retention, forget, test.")
    due_at: str | None
    erase_at: str | None
    erased_at: str
    lag_s: int
    stores: dict[str, int | bool] = Field(description="How many rows were removed from each store.")
    recipients: list[Any] = Field(description="Who else was notified of the erasure.")
    proof: SealProof | None = Field(
        default=None, description="Null unless requested, and until the day is sealed."
    )
    sealed_from: str | None = optional_field("From when the requested proof is available.")

    @classmethod
    def of(cls, entry: ledger_entries.Entry) -> "ReceiptWithProof":
        """Return a receipt as the API shows it."""
        detail = entry.detail or {}
        shown = {name: detail[name] for name in cls.model_fields if name in detail}
        return cls(id=receipts.id_of(detail["lead_id"], entry.at), **shown)

    def with_proof(self, entry: ledger_entries.Entry, proof: seals.Proof | None) -> "ReceiptWithProof":
        """Return the receipt with its proof, or with the instant from which it is available."""
        if proof is None:
            return self.model_copy(update={"sealed_from": iso(seals.sealable_from(utc_day(entry.at)))})
        return self.model_copy(update={"proof": SealProof.of(proof)})


def lines_of(entries: Sequence[Entry]) -> str:
    """Return entries as JSON lines (PRI-28)."""
    return "".join(f"{entry.model_dump_json()}\n" for entry in entries)


def csv_of(entries: Sequence[Entry], *, header: bool) -> str:
    """Return entries as CSV (RFC 4180); no cell is a formula to a spreadsheet (PRI-25, PRI-28)."""
    rows = [list(_cells(entry)) for entry in entries]
    return sheet([_COLUMNS, *rows] if header else rows, first=header)


def _cells(entry: Entry) -> Iterator[str]:
    content = entry.model_dump()
    actor = entry.actor
    content |= {"actor_kind": actor.kind, "actor_id": actor.id, "actor_name": actor.name}
    content |= {"item_name": entry.item.name if entry.item else None, "actor_user_id": actor.user_id}
    content["fields"] = json.dumps(content["fields"], ensure_ascii=False) if entry.fields else ""
    return (content.get(name) or "" for name in _COLUMNS)
