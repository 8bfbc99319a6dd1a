"""Leads: those erased or forgotten since the restore point are so again (RET-14, PRI-8)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.aws.dynamodb import batch
from chalicelib.core.chunks import chunks
from chalicelib.core.times import parse_instant
from chalicelib.leads.domain.erasure import without_content
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads
from chalicelib.ledger.domain.entries import Entry, EntryKind
from chalicelib.privacy.domain import forgetting
from infra.restore import tables
from infra.restore.entries import MARGIN_S
from infra.restore.report import Report

_ENDS = {"hold", "held", "hold_released", "retention"}  # holds were recorded as `held` until 0.1.0


@dataclass
class Since:
    """The leads that the ledger says were erased since the point, and those it says were forgotten."""

    receipts: dict[str, Entry] = field(default_factory=dict)
    forgotten: dict[str, Entry] = field(default_factory=dict)


def gather(entries: Iterable[Entry], report: Report) -> Since:
    """Sort the ledger's entries; those without values are counted in the report, for the operator to check."""
    found = Since()
    for entry in entries:
        kind, _, lead_id = entry.subject.partition("/")
        if entry.kind is EntryKind.RECEIPT:
            found.receipts[lead_id] = entry
        elif entry.action == "forget_started":
            found.forgotten[lead_id] = entry
        elif kind == "lead" and entry.kind is EntryKind.CHANGE:
            which = entry.subject if entry.action in _ENDS else "leads"
            report.by_hand[f"`{entry.action}` on {which}"] += 1
    return found


def replay(since: Since, now: int, report: Report) -> None:
    """Mark the erased leads in the restored table, and end the forgotten ones.

    Repeatable: a lead that is already marked does not change.
    """
    for lead_id, entry in (since.forgotten | since.receipts).items():
        before = leads.get_as_stored(lead_id, now)
        if before is None:
            report.done["erased leads received after the point"] += 1
            continue
        after = erased_again(before, entry) if lead_id in since.receipts else forgotten_again(before, entry)
        if after != before:
            # no condition: nothing else writes a table the application does not use
            batch.write_one(replace(leads.mark_erased(before, after), condition=None))
        what = "erased" if lead_id in since.receipts else "forgotten, not erased yet"
        report.done[f"leads {what}" + ("" if after != before else ", already so")] += 1


def erased_again(facts: Facts, receipt: Entry) -> Facts:
    """Return restored facts as the erasure left them: marked, without digests and answer."""
    if facts.erased_at is not None:
        return facts
    detail = receipt.detail or {}
    retention = facts.retention
    if detail["basis"] == "forget" and retention.forgotten_at is None:
        retention = replace(retention, forgotten_at=parse_instant(detail["erase_at"]))
    return replace(
        without_content(facts),
        retention=retention,
        erasing_at=facts.erasing_at or receipt.at,
        erased_at=receipt.at,
        basis=detail["basis"],
    )


def forgotten_again(facts: Facts, started: Entry) -> Facts:
    """Return restored facts as the forgetting left them: erased from that second, finished by the schedule."""
    if facts.erased_at is not None or facts.retention.forgotten_at is not None:
        return facts
    return forgetting.forgotten(facts, facts.confirmed_by, started.at)


def verify(client: Any, target: str, since: Since, instant: int, now: int, report: Report) -> None:
    """Count the marked leads of the table against the receipts, and those that are live all the same."""
    present = {lead_id for lead_id in since.receipts if leads.get_as_stored(lead_id, now)}
    found = tables.scanned(
        client,
        target,
        FilterExpression="erased_at >= :since",
        ExpressionAttributeValues={":since": {"N": str(instant - MARGIN_S)}},
    )
    marked = {item["lead_id"]["S"] for item in found}
    report.expect("erased leads that are marked", len(marked & present), len(present))
    report.expect("marked leads without a receipt", len(marked - present), 0)
    verify_none_live(since, now, report)


def verify_none_live(since: Since, now: int, report: Report) -> None:
    """Count the erased or forgotten leads whose facts say they are live."""
    live = sum(facts.is_live(now) for facts in _facts(since.receipts | since.forgotten, now))
    report.expect("erased or forgotten leads that are live", live, 0)


def absent(
    lead_ids: Iterable[str],
    key: Callable[[str], batch.Key],
    found: Callable[[str, batch.BatchRows], object | None],
    now: int,
) -> int:
    """Count the leads without a row in a table; `key` and `found` are functions of the table's store."""
    missing = 0
    for chunk in chunks(lead_ids, batch.KEYS_A_READ):
        rows = batch.read([key(lead_id) for lead_id in chunk], now)
        missing += sum(found(lead_id, rows) is None for lead_id in chunk)
    return missing


def persons(client: Any, people: str) -> Iterator[str]:
    """Yield the lead ids of the persons in `people`; only keys are read."""
    query = {
        "FilterExpression": "#part = :person",
        "ExpressionAttributeNames": {"#part": "part"},
        "ExpressionAttributeValues": {":person": {"S": "person"}},
        "ProjectionExpression": "lead_id",
    }
    return (item["lead_id"]["S"] for item in tables.scanned(client, people, **query))


def _facts(lead_ids: Iterable[str], now: int) -> Iterator[Facts]:
    return (facts for lead_id in lead_ids if (facts := leads.get_as_stored(lead_id, now)))
