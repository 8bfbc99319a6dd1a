"""The ledger: entries added since the restore point are carried over; no entry is replaced (PRI-31)."""

from collections.abc import Iterable
from typing import Any

from chalicelib.core.times import iso
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import receipts
from chalicelib.ledger.domain.entries import Entry
from chalicelib.organisation.domain.configuration import Organisation
from infra.restore import tables
from infra.restore.entries import MARGIN_S
from infra.restore.report import Report


def carry_over(entries: Iterable[Entry], organisation: Organisation, now: int, report: Report) -> None:
    """Add to the restored ledger what the ledger in use holds since; no existing entry is changed."""
    for entry in entries:
        if ledger.get(entry.subject, entry.at_id, now) is None:
            ledger.append(entry, organisation)
            report.done["entries carried over"] += 1


def erased(client: Any, leads: str, instant: int) -> list[tuple[str, int]]:
    """Return lead id and instant of every erasure since the point, by the facts."""
    rows = tables.scanned(
        client,
        leads,
        FilterExpression="erased_at >= :since",
        ExpressionAttributeValues={":since": {"N": str(instant - MARGIN_S)}},
    )
    return [(item["lead_id"]["S"], int(item["erased_at"]["N"])) for item in rows]


def verify(erased: Iterable[tuple[str, int]], now: int, report: Report) -> None:
    """Count whether every lead that was erased since has its receipt."""
    wanted = list(erased)
    addresses = [(f"lead/{lead_id}", f"{iso(at)}#{receipts.entry_id_of(lead_id)}") for lead_id, at in wanted]
    found = sum(ledger.get(subject, at_id, now) is not None for subject, at_id in addresses)
    report.expect("receipts of erased leads", found, len(wanted))
