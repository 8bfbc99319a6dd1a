"""Leads: who was erased or forgotten since the restore point is so again (RET-14, PRI-8)."""

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
    """What the record says of leads since the point: who was erased, and who is to be."""

    receipts: dict[str, Entry] = field(default_factory=dict)
    forgotten: dict[str, Entry] = field(default_factory=dict)


def gather(entries: Iterable[Entry], report: Report) -> Since:
    """Sort the record's entries; what it names without the values is counted for a person to look at."""
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
    """Mark in the restored table whom the record says is erased, and make due whom it says is forgotten.

    Repeatable: what is marked already is left as it is.
    """
    for lead_id, entry in (since.forgotten | since.receipts).items():
        before = leads.get(lead_id, now)
        if before is None:
            report.done["erased leads that came after the point"] += 1
            continue
        after = erased_again(before, entry) if lead_id in since.receipts else forgotten_again(before, entry)
        if after != before:
            # no condition: nobody else writes a table the application does not know
            batch.write_one(replace(leads.finish_erasure(before, after), condition=None))
        what = "erased" if lead_id in since.receipts else "forgotten, not erased yet"
        report.done[f"leads {what}" + ("" if after != before else ", known already")] += 1


def erased_again(facts: Facts, receipt: Entry) -> Facts:
    """Return restored facts as the erasure left them: marked, without digests and answer."""
    if facts.erased_at is not None:
        return facts
    told = receipt.detail or {}
    retention = facts.retention
    if told["basis"] == "forget" and retention.forgotten_at is None:
        retention = replace(retention, forgotten_at=parse_instant(told["erase_at"]))
    return replace(
        without_content(facts),
        retention=retention,
        erasing_at=facts.erasing_at or receipt.at,
        erased_at=receipt.at,
        basis=told["basis"],
    )


def forgotten_again(facts: Facts, started: Entry) -> Facts:
    """Return restored facts as the forgetting left them: due from that second, finished by the schedule."""
    if facts.erased_at is not None or facts.retention.forgotten_at is not None:
        return facts
    return forgetting.forgotten(facts, facts.confirmed_by, started.at)


def verify(client: Any, target: str, since: Since, instant: int, now: int, report: Report) -> None:
    """Count whether exactly those are marked, by what lies in the table, and that none of them is live."""
    present = {lead_id for lead_id in since.receipts if leads.get(lead_id, now)}
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
    """Count those whom the record says are erased or forgotten and whose facts say they live."""
    live = sum(facts.is_live(now) for facts in _facts(since.receipts | since.forgotten, now))
    report.expect("erased or forgotten leads that are live", live, 0)


def absent(
    lead_ids: Iterable[str],
    key: Callable[[str], batch.Key],
    found: Callable[[str, batch.BatchRows], object | None],
    now: int,
) -> int:
    """Count the leads of which a table, by the key and the finder of its store, has nothing."""
    missing = 0
    for some in chunks(lead_ids, batch.KEYS_A_READ):
        there = batch.read([key(lead_id) for lead_id in some], now)
        missing += sum(found(lead_id, there) is None for lead_id in some)
    return missing


def persons(client: Any, people: str) -> Iterator[str]:
    """Yield the lead ids of the persons that lie in `people`; nothing but keys is read."""
    how = {
        "FilterExpression": "#part = :person",
        "ExpressionAttributeNames": {"#part": "part"},
        "ExpressionAttributeValues": {":person": {"S": "person"}},
        "ProjectionExpression": "lead_id",
    }
    return (item["lead_id"]["S"] for item in tables.scanned(client, people, **how))


def _facts(lead_ids: Iterable[str], now: int) -> Iterator[Facts]:
    return (facts for lead_id in lead_ids if (facts := leads.get(lead_id, now)))
