"""Makes and reads the opaque id of a block, its id outside its table."""

from chalicelib.aws import encrypted_tokens
from chalicelib.core.errors import Malformed, NotFound

_PURPOSE = "block"


def opaque_id(ref: str, scope: str) -> str:
    """Return the opaque id of a block. It has no meaning without this deployment's key."""
    return encrypted_tokens.encrypt_token(_PURPOSE, {"ref": ref, "scope": scope})


def ids_of(block_id: str) -> tuple[str, str]:
    """Return the ref and the scope of a block's opaque id. Raise NotFound if this deployment did not make the id."""
    try:
        content = encrypted_tokens.decrypt_token(_PURPOSE, block_id)
    except Malformed as error:
        raise NotFound("There is no such block.") from error
    return str(content["ref"]), str(content["scope"])
