"""The Do Not Call list (PRI-12 … PRI-14)."""

from chalicelib.contracts.blocks import Block, BlockChange, BlockPage, BlockQuery, Contact, NewBlock
from chalicelib.domain.access import Permission
from chalicelib.http import cursors
from chalicelib.http.api import Answer, Api
from chalicelib.http.call import Call
from chalicelib.usecases.block_contact import block_contact
from chalicelib.usecases.change_block import change_block
from chalicelib.usecases.list_blocks import list_blocks
from chalicelib.usecases.read_block import read_block
from chalicelib.usecases.record_access import Access
from chalicelib.usecases.search_blocks import search_blocks
from chalicelib.usecases.unblock_contact import unblock_contact

blocks = Api(__name__)
_ONE = "/v1/blocks/{block_id}"


@blocks.route(
    "/v1/blocks",
    methods=["POST"],
    permission=Permission.PRIVACY_BLOCK,
    body=NewBlock,
    answer=Block,
    status=201,
    also={200: "The contact was blocked already; its end is the later of the two."},
)
def create_block(call: Call[NewBlock]) -> Answer:
    """Block a contact for a project or, as an admin, for all.

    From the answer on no lead with this contact comes in, through any door.
    """
    blocked = block_contact(call.body.to_domain(), call.actor, call.request_id, call.now)
    return Answer(201 if blocked.created else 200, Block.of(blocked))


@blocks.route("/v1/blocks", permission=Permission.PRIVACY_BLOCK, query=BlockQuery, answer=BlockPage)
def get_blocks(call: Call[None, BlockQuery]) -> BlockPage:
    """List blocks, newest first.

    Those of your projects; admins see those for all projects as well. A page may be short and have a next one.
    """
    query = call.query
    found, following = list_blocks(query.project, call.actor, query.limit, cursors.opened(call), call.now)
    return BlockPage(items=[Block.of(one) for one in found], next=cursors.sealed(call, following))


@blocks.route(
    "/v1/blocks/search",
    methods=["POST"],
    permission=Permission.PRIVACY_BLOCK,
    body=Contact,
    answer=BlockPage,
)
def search_for_blocks(call: Call[Contact]) -> BlockPage:
    """Find the blocks of one contact, of your projects and for all.

    The search is recorded, without the contact.
    """
    access = Access(call.actor, "search", call.request_id)
    found = search_blocks(call.body.kind, call.body.value, access, call.now)
    return BlockPage(items=[Block.of(one) for one in found], next=None)


@blocks.route(_ONE, permission=Permission.PRIVACY_BLOCK, answer=Block)
def get_block(call: Call, block_id: str) -> Block:
    """Read a block, with what happened to it."""
    blocked, history = read_block(block_id, call.actor, call.now)
    return Block.of(blocked, history)


@blocks.route(_ONE, methods=["PATCH"], permission=Permission.PRIVACY_BLOCK, body=BlockChange, answer=Block)
def patch_block(call: Call[BlockChange], block_id: str) -> Block:
    """Set, move or take away the end of a block."""
    body = call.body
    return Block.of(change_block(block_id, body.version, body.end, call.actor, call.request_id, call.now))


@blocks.route(_ONE, methods=["DELETE"], permission=Permission.PRIVACY_BLOCK)
def delete_block(call: Call, block_id: str) -> None:
    """Unblock a contact, at once.

    The number goes; who blocked and unblocked it, and when, stays in the record.
    """
    unblock_contact(block_id, call.actor, call.request_id, call.now)
