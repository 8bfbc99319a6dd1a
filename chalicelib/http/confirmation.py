"""The two-step confirmation as HTTP speaks it: 409 with an effect and a token, then the token again (RET-12)."""

import hashlib
from typing import Any

from chalicelib.aws import encrypted_tokens
from chalicelib.core import confirmations
from chalicelib.core.access import Actor
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import ConfirmationRequired, Conflict, LeadwardenError, Malformed
from chalicelib.http.request import ApiRequest

_PURPOSE = "confirmation"


def offer(error: LeadwardenError, call: ApiRequest[Any, Any]) -> dict[str, Any]:
    """Return what a refusal says besides its error: for a missing confirmation, the effect and the token."""
    if not isinstance(error, ConfirmationRequired):
        return {}
    content = {
        "user": _name(call.actor),
        "binding": confirmations.digest_of(error.binding),
        "until": call.now + confirmations.VALID_FOR_S,
    }
    effect = {"summary": error.effect.summary, **error.effect.numbers}
    return {"effect": effect, "confirm": encrypted_tokens.encrypt_token(_PURPOSE, content)}


def open_token(actor: Actor, token: str, now: int) -> Confirmation | None:
    """Return what a token confirms; None for another user's, 409 for an expired and 400 for a forged one."""
    try:
        content = encrypted_tokens.decrypt_token(_PURPOSE, token)
    except Malformed as error:
        raise Malformed("The confirmation is not one of ours.", code="confirmation_invalid") from error
    if content["user"] != _name(actor):
        return None
    if content["until"] <= now:
        raise Conflict(
            "The confirmation has expired; ask for a new one by leaving `confirm` out.",
            code="confirmation_expired",
        )
    return Confirmation(content["binding"], hashlib.sha256(token.encode()).hexdigest())


def _name(actor: Actor) -> str:
    return f"{actor.kind}/{actor.id}"
