"""The routes of the Do Not Call list (PRI-12 … PRI-14)."""

from chalicelib.blocks.schemas import (
    Block,
    BlockChange,
    BlockPage,
    BlockQuery,
    BlockSearch,
    FoundBlocks,
    NewBlock,
)
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.blocks.usecases.change_block import change_block
from chalicelib.blocks.usecases.list_blocks import BlockPosition, list_blocks
from chalicelib.blocks.usecases.read_block import read_block
from chalicelib.blocks.usecases.search_blocks import search_blocks, search_with_history
from chalicelib.blocks.usecases.unblock_contact import unblock_contact
from chalicelib.core.access import Permission
from chalicelib.http import cursors
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import Api, ApiResponse
from chalicelib.ledger.domain.entries import Access
from chalicelib.ledger.schemas import Entry

api = Api(__name__)
_ONE = "/v1/blocks/{block_id}"


@api.route(
    "/v1/blocks",
    methods=["POST"],
    permission=Permission.PRIVACY_BLOCK,
    body=NewBlock,
    answer=Block,
    status=201,
    also={200: "The contact was already blocked; its end is now the later of the two."},
)
def create_block(request: ApiRequest[NewBlock]) -> ApiResponse:
    """Block a contact for a project or, as an admin, for all projects.

    After the answer no lead with this contact comes in, by any route or import.
    """
    blocked = block_contact(request.actor, request.body.to_domain(), request.request_id, request.now)
    return ApiResponse(201 if blocked.created else 200, Block.of(blocked))


@api.route("/v1/blocks", permission=Permission.PRIVACY_BLOCK, query=BlockQuery, answer=BlockPage)
def get_blocks(request: ApiRequest[None, BlockQuery]) -> BlockPage:
    """List the blocks of your projects, newest first.

    Admins also see blocks for all projects. A page may be short and still have a next one.
    """
    query, after = request.query, cursors.decrypt(request, BlockPosition)
    page = list_blocks(request.actor, query.project, query.limit, after, request.now)
    return BlockPage(
        items=[Block.of(block) for block in page.items], next=cursors.encrypt(request, page.next)
    )


@api.route(
    "/v1/blocks/search",
    methods=["POST"],
    permission=Permission.PRIVACY_BLOCK,
    body=BlockSearch,
    answer=FoundBlocks,
)
def search_for_blocks(request: ApiRequest[BlockSearch]) -> FoundBlocks:
    """Find the blocks of one contact in your projects and for all projects.

    With `history` the answer says who blocked and unblocked the contact, and when, also of blocks that were lifted. The
    search is recorded without the contact.
    """
    access, body = Access(request.actor, "search", request.request_id), request.body
    if not body.history:
        found = search_blocks(access, body.kind, body.value, request.now)
        return FoundBlocks(items=[Block.of(block) for block in found], next=None)
    shown, entries = search_with_history(access, body.kind, body.value, request.now)
    history = [Entry.of(entry) for entry in entries]
    return FoundBlocks(items=[Block.of(block) for block in shown], next=None, history=history)


@api.route(_ONE, permission=Permission.PRIVACY_BLOCK, answer=Block)
def get_block(request: ApiRequest, block_id: str) -> Block:
    """Read a block with its history."""
    blocked, history = read_block(request.actor, block_id, request.now)
    return Block.of(blocked, history)


@api.route(_ONE, methods=["PATCH"], permission=Permission.PRIVACY_BLOCK, body=BlockChange, answer=Block)
def patch_block(request: ApiRequest[BlockChange], block_id: str) -> Block:
    """Set, change or remove the end of a block."""
    body = request.body
    return Block.of(
        change_block(request.actor, block_id, body.version, body.end, request.request_id, request.now)
    )


@api.route(_ONE, methods=["DELETE"], permission=Permission.PRIVACY_BLOCK)
def delete_block(request: ApiRequest, block_id: str) -> None:
    """Unblock a contact immediately.

    The number is removed. The ledger keeps who blocked and unblocked it, and when.
    """
    unblock_contact(request.actor, block_id, request.request_id, request.now)
