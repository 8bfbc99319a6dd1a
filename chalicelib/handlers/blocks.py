"""The Do Not Call list (PRI-12)."""

from chalicelib.contracts.blocks import Block, NewBlock
from chalicelib.domain.access import Permission
from chalicelib.http.api import Answer, Api
from chalicelib.http.call import Call
from chalicelib.usecases.block_contact import block_contact

blocks = Api(__name__)


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
    blocked = block_contact(call.body.to_domain(), call.actor, call.now)
    return Answer(201 if blocked.created else 200, Block.of(blocked))
