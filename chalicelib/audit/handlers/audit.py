"""The routes of the ledger: changes, accesses, and receipts of erasures (PRI-27 … PRI-32)."""

from chalicelib.audit.schemas.audit import (
    AccessQuery,
    AuditQuery,
    ChangeQuery,
    EntryPage,
    ReceiptQuery,
    ReceiptWithProof,
    csv_of,
    lines_of,
)
from chalicelib.audit.usecases.entry_range import EntryRange, entry_range
from chalicelib.audit.usecases.export_entries import export_entries
from chalicelib.audit.usecases.list_entries import ACCESSES, CHANGES, EntryFilter, EntryPosition, list_entries
from chalicelib.audit.usecases.read_seals import prove
from chalicelib.core.access import Permission
from chalicelib.http import cursors, exports, headers
from chalicelib.http.naming import with_names
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import Api, ApiResponse
from chalicelib.ledger.domain.entries import Access, EntryKind
from chalicelib.ledger.schemas import Entry
from chalicelib.privacy.usecases.read_receipt import read_receipt

api = Api(__name__)
_FORMATS = (exports.JSON_LINES, exports.CSV)


@api.route(
    "/v1/changes",
    permission=Permission.AUDIT_READ,
    query=ChangeQuery,
    answer=EntryPage,
    formats=_FORMATS,
    headers=(headers.NEXT_CURSOR,),
)
def get_changes(request: ApiRequest[None, ChangeQuery]) -> EntryPage | ApiResponse:
    """Read the changelog of an item, of a UTC day, or of a range of days (`from`, `to`), oldest first.

    It includes receipts of erasures. Managers see entries of their projects. A page may be short or empty and still
    have a next one. With `format` the answer is an export in JSON lines or CSV. Its `next` is in the header
    X-Next-Cursor, and it is recorded as an access.
    """
    return _answer(request, CHANGES)


@api.route(
    "/v1/accesses",
    permission=Permission.AUDIT_READ,
    query=AccessQuery,
    answer=EntryPage,
    formats=_FORMATS,
    headers=(headers.NEXT_CURSOR,),
)
def get_accesses(request: ApiRequest[None, AccessQuery]) -> EntryPage | ApiResponse:
    """Read the accesses to persons, by item, by UTC day, or by a range of days (`from`, `to`), oldest first.

    Managers see entries of their projects. A page may be short or empty and still have a next one. With `format` the
    answer is an export in JSON lines or CSV. Its `next` is in the header X-Next-Cursor, and it is recorded as an
    access.
    """
    return _answer(request, ACCESSES)


@api.route(
    "/v1/receipts/{receipt_id}", permission=Permission.AUDIT_READ, query=ReceiptQuery, answer=ReceiptWithProof
)
def get_receipt(request: ApiRequest[None, ReceiptQuery], receipt_id: str) -> ReceiptWithProof:
    """Read the receipt of an erasure.

    With `proof=true` it includes the path from it to the seal of its day. Until the day is sealed the proof is null,
    and `sealed_from` is the instant from which there can be one.
    """
    entry = read_receipt(request.actor, receipt_id, request.now)
    receipt = ReceiptWithProof.of(entry)
    return receipt.with_proof(entry, prove(entry, request.now)) if request.query.proof else receipt


def _range_of(query: AuditQuery, after: EntryPosition | None, now: int) -> EntryRange | None:
    """Return the range of the list. It stays that of the first page, whatever the time and the zone are then."""
    moments = query.moments()
    if moments is None:
        return None
    if after is not None and "within" in after:
        return EntryRange(*after["within"])
    return entry_range(*moments, query.zone, now)


def _answer(
    request: ApiRequest[None, ChangeQuery] | ApiRequest[None, AccessQuery], kinds: frozenset[EntryKind]
) -> EntryPage | ApiResponse:
    query, after = request.query, cursors.decrypt(request, EntryPosition)
    day = cursors.day_of(query.day, after, request.now)
    within = _range_of(query, after, request.now)
    entry_filter = EntryFilter(kinds, day, query.subject, query.user, query.kind, within)
    if query.format == "json":
        page = list_entries(request.actor, entry_filter, query.limit, after, request.now)
        items = [Entry.of(entry) for entry in page.items]
        return EntryPage(items=items, next=cursors.encrypt(request, page.next))
    access = Access(request.actor, "export", request.request_id)
    page = export_entries(access, entry_filter, query.limit, after, request.now)
    items = [Entry.of(entry) for entry in page.items]
    items = with_names(request.actor, items, request.now)
    text = lines_of(items) if query.format == "jsonl" else csv_of(items, header=after is None)
    return exports.export_response(text, query.format, cursors.encrypt(request, page.next))
