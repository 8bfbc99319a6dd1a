"""The Do Not Call list (PRI-12 … PRI-14)."""

from chalicelib.blocks.schemas import Block, BlockChange, BlockPage, BlockQuery, ContactQuery, NewBlock
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.blocks.usecases.change_block import change_block
from chalicelib.blocks.usecases.list_blocks import BlockPosition, list_blocks
from chalicelib.blocks.usecases.read_block import read_block
from chalicelib.blocks.usecases.search_blocks import search_blocks
from chalicelib.blocks.usecases.unblock_contact import unblock_contact
from chalicelib.core.access import Permission
from chalicelib.http import cursors
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import Api, ApiResponse
from chalicelib.ledger.domain.entries import Access

api = Api(__name__)
_ONE = "/v1/blocks/{block_id}"


@api.route(
    "/v1/blocks",
    methods=["POST"],
    permission=Permission.PRIVACY_BLOCK,
    body=NewBlock,
    answer=Block,
    status=201,
    also={200: "The contact was blocked already; its end is the later of the two."},
)
def create_block(request: ApiRequest[NewBlock]) -> ApiResponse:
    """Block a contact for a project or, as an admin, for all.

    From the answer on no lead with this contact comes in, through any door.
    """
    blocked = block_contact(request.actor, request.body.to_domain(), request.request_id, request.now)
    return ApiResponse(201 if blocked.created else 200, Block.of(blocked))


@api.route("/v1/blocks", permission=Permission.PRIVACY_BLOCK, query=BlockQuery, answer=BlockPage)
def get_blocks(request: ApiRequest[None, BlockQuery]) -> BlockPage:
    """List blocks, newest first.

    Those of your projects; admins see those for all projects as well. A page may be short and have a next one.
    """
    query, after = request.query, cursors.decrypt(request, BlockPosition)
    page = list_blocks(request.actor, query.project, query.limit, after, request.now)
    return BlockPage(items=[Block.of(one) for one in page.items], next=cursors.encrypt(request, page.next))


@api.route(
    "/v1/blocks/search",
    methods=["POST"],
    permission=Permission.PRIVACY_BLOCK,
    body=ContactQuery,
    answer=BlockPage,
)
def search_for_blocks(request: ApiRequest[ContactQuery]) -> BlockPage:
    """Find the blocks of one contact, of your projects and for all.

    The search is recorded, without the contact.
    """
    access = Access(request.actor, "search", request.request_id)
    found = search_blocks(access, request.body.kind, request.body.value, request.now)
    return BlockPage(items=[Block.of(one) for one in found], next=None)


@api.route(_ONE, permission=Permission.PRIVACY_BLOCK, answer=Block)
def get_block(request: ApiRequest, block_id: str) -> Block:
    """Read a block, with what happened to it."""
    blocked, history = read_block(request.actor, block_id, request.now)
    return Block.of(blocked, history)


@api.route(_ONE, methods=["PATCH"], permission=Permission.PRIVACY_BLOCK, body=BlockChange, answer=Block)
def patch_block(request: ApiRequest[BlockChange], block_id: str) -> Block:
    """Set, move or take away the end of a block."""
    body = request.body
    return Block.of(
        change_block(request.actor, block_id, body.version, body.end, request.request_id, request.now)
    )


@api.route(_ONE, methods=["DELETE"], permission=Permission.PRIVACY_BLOCK)
def delete_block(request: ApiRequest, block_id: str) -> None:
    """Unblock a contact, at once.

    The number goes; who blocked and unblocked it, and when, stays in the record.
    """
    unblock_contact(request.actor, block_id, request.request_id, request.now)
