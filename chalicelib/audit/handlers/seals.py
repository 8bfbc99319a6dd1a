"""The routes of the ledger's seals (PRI-32)."""

from chalicelib.audit.schemas.seals import Seal, SealedEntriesQuery, SealPage, SealQuery
from chalicelib.audit.usecases.export_sealed import SealedPosition, export_sealed
from chalicelib.audit.usecases.read_seals import list_seals
from chalicelib.core.access import Permission
from chalicelib.core.paging import DayPosition
from chalicelib.http import cursors, exports, headers
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import Api, ApiResponse
from chalicelib.ledger.domain.entries import Access

api = Api(__name__)


@api.route("/v1/seals", permission=Permission.AUDIT_READ, query=SealQuery, answer=SealPage)
def get_seals(request: ApiRequest[None, SealQuery]) -> SealPage:
    """List the seals of the ledger, newest first.

    Each UTC day is sealed an hour after its end. A seal is bound to the one before it.
    """
    page = list_seals(request.query.limit, cursors.decrypt(request, DayPosition), request.now)
    return SealPage(items=[Seal.of(seal) for seal in page.items], next=cursors.encrypt(request, page.next))


@api.route(
    "/v1/seals/{day}/entries",
    permission=Permission.AUDIT_READ,
    query=SealedEntriesQuery,
    media_type=exports.JSON_LINES,
    headers=(headers.NEXT_CURSOR,),
)
def export_sealed_day(request: ApiRequest[None, SealedEntriesQuery], day: str) -> ApiResponse:
    """Export a sealed day: its entries as JSON lines, in their sealed order and bytes.

    Only for admins. If there are more, the header X-Next-Cursor has the cursor of the next page. Each page is
    recorded. All pages joined are what `python -m infra.verify --day` checks against the seal.
    """
    access = Access(request.actor, "export", request.request_id)
    after = cursors.decrypt(request, SealedPosition)
    page = export_sealed(access, day, request.query.limit, after, request.now)
    text = "".join(f"{line}\n" for line in page.items)
    return exports.export_response(text, "jsonl", cursors.encrypt(request, page.next))
