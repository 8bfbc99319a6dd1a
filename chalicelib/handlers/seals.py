"""The seals of the record (PRI-32)."""

from chalicelib.contracts.seals import Seal, SealedEntriesQuery, SealPage, SealQuery
from chalicelib.domain.access import Permission
from chalicelib.http import cursors, exports
from chalicelib.http.api import Answer, Api
from chalicelib.http.call import Call
from chalicelib.usecases.export_sealed import export_sealed
from chalicelib.usecases.read_seals import list_seals
from chalicelib.usecases.record_access import Access

seals = Api(__name__)


@seals.route("/v1/seals", permission=Permission.AUDIT_READ, query=SealQuery, answer=SealPage)
def get_seals(call: Call[None, SealQuery]) -> SealPage:
    """List the seals of the record, newest first.

    Each UTC day is sealed an hour after its end. A seal is bound to the one before it.
    """
    after = cursors.opened(call)
    found, following = list_seals(call.query.limit, after["day"] if after else None, call.now)
    position = {"day": following} if following else None
    return SealPage(items=[Seal.of(one) for one in found], next=cursors.sealed(call, position))


@seals.route(
    "/v1/seals/{day}/entries",
    permission=Permission.AUDIT_READ,
    query=SealedEntriesQuery,
    media_type=exports.JSON_LINES,
)
def export_sealed_day(call: Call[None, SealedEntriesQuery], day: str) -> Answer:
    """Export a sealed day: its entries as JSON lines, in the order and in the bytes that were sealed.

    For admins. Where there is more, the header X-Next-Cursor says where it goes on. Each page is recorded. The
    pages in order, joined, are what `python -m infra.verify --day` checks against the seal.
    """
    access = Access(call.actor, "export", call.request_id)
    lines, following = export_sealed(day, access, call.query.limit, cursors.opened(call), call.now)
    text = "".join(f"{line}\n" for line in lines)
    return exports.exported(text, "jsonl", cursors.sealed(call, following))
