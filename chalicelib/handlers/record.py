"""The record: who changed what, who read whom, and the receipts of erasures (PRI-27 … PRI-32)."""

from chalicelib.contracts.record import (
    Entry,
    EntryPage,
    Receipt,
    ReceiptQuery,
    RecordQuery,
    csv_of,
    lines_of,
)
from chalicelib.domain.access import Permission
from chalicelib.domain.ledger import Kind
from chalicelib.http import cursors, exports
from chalicelib.http.api import Answer, Api
from chalicelib.http.call import Call
from chalicelib.usecases.export_entries import export_entries
from chalicelib.usecases.list_entries import ACCESSES, CHANGES, Wanted, list_entries
from chalicelib.usecases.read_receipt import read_receipt
from chalicelib.usecases.read_seals import prove
from chalicelib.usecases.record_access import Access

record = Api(__name__)
_FORMATS = (exports.JSON_LINES, exports.CSV)


@record.route(
    "/v1/changes", permission=Permission.AUDIT_READ, query=RecordQuery, answer=EntryPage, formats=_FORMATS
)
def get_changes(call: Call[None, RecordQuery]) -> EntryPage | Answer:
    """Read the changelog of a thing or of a UTC day, oldest first.

    Receipts of erasures stand in it. Managers see what belongs to their projects. A page may be short, or empty,
    and still have a next one. With `format` it is an export: JSON lines or CSV, its `next` in the header
    X-Next-Cursor, and recorded as an access.
    """
    return _answer(call, CHANGES)


@record.route(
    "/v1/accesses", permission=Permission.AUDIT_READ, query=RecordQuery, answer=EntryPage, formats=_FORMATS
)
def get_accesses(call: Call[None, RecordQuery]) -> EntryPage | Answer:
    """Read who read persons, by thing or by UTC day, oldest first.

    Managers see what belongs to their projects. A page may be short, or empty, and still have a next one. With
    `format` it is an export: JSON lines or CSV, its `next` in the header X-Next-Cursor, and recorded as an access.
    """
    return _answer(call, ACCESSES)


@record.route(
    "/v1/receipts/{receipt_id}", permission=Permission.AUDIT_READ, query=ReceiptQuery, answer=Receipt
)
def get_receipt(call: Call[None, ReceiptQuery], receipt_id: str) -> Receipt:
    """Read the receipt of an erasure.

    With `proof=true` it comes with the path that leads from it to the seal of its day. Until the day is sealed the
    proof is null, and `sealed_from` says from when there will be one.
    """
    entry = read_receipt(receipt_id, call.actor, call.now)
    receipt = Receipt.of(entry)
    return receipt.proven(entry, prove(entry, call.now)) if call.query.proof else receipt


def _answer(call: Call[None, RecordQuery], kinds: frozenset[Kind]) -> EntryPage | Answer:
    query, after = call.query, cursors.opened(call)
    day = cursors.day_of(query.day, after, call.now)
    wanted = Wanted(kinds, day, query.subject, query.user, query.kind)
    if query.format == "json":
        found, following = list_entries(wanted, call.actor, query.limit, after, call.now)
        return EntryPage(items=[Entry.of(one) for one in found], next=cursors.sealed(call, following))
    access = Access(call.actor, "export", call.request_id)
    found, following = export_entries(wanted, access, query.limit, after, call.now)
    items = [Entry.of(one) for one in found]
    text = lines_of(items) if query.format == "jsonl" else csv_of(items, header=after is None)
    return exports.exported(text, query.format, cursors.sealed(call, following))
