"""Makes and reads the opaque id of a block, its id outside its table."""

from chalicelib.aws import encrypted_tokens
from chalicelib.blocks.domain import Block
from chalicelib.core.errors import Malformed, NotFound

_PURPOSE = "block"


def opaque_id(ref: str, scope: str) -> str:
    """Return the opaque id of a block. It has no meaning without this deployment's key."""
    return encrypted_tokens.encrypt_token(_PURPOSE, {"ref": ref, "scope": scope})


def public_id(block: Block) -> str:
    """Return the public id of a block: the first one that it had, in any form of its contact (PRI-12)."""
    return opaque_id(block.first_ref or block.ref, block.scope)


def ids_of(block_id: str) -> tuple[str, str]:
    """Return the ref and the scope of a block's opaque id. Raise NotFound if this deployment did not make the id."""
    try:
        content = encrypted_tokens.decrypt_token(_PURPOSE, block_id)
    except Malformed as error:
        raise NotFound("There is no such block.") from error
    return str(content["ref"]), str(content["scope"])
