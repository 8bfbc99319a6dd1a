"""The two-step confirmation in HTTP: 409 with the effect and a token, then the same request with the token (RET-12)."""

import hashlib
from typing import Any

from chalicelib.aws import encrypted_tokens
from chalicelib.core import confirmations
from chalicelib.core.access import Actor
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import ConfirmationRequired, Conflict, Malformed
from chalicelib.http.naming import with_names
from chalicelib.http.request import ApiRequest
from chalicelib.http.schemas.named import EffectNames

_PURPOSE = "confirmation"


def offer(error: ConfirmationRequired, call: ApiRequest[Any, Any]) -> dict[str, Any]:
    """Return what the error response contains in addition: the effect, with names, and the token."""
    content = {
        "user": _name(call.actor),
        "binding": confirmations.binding_digest(error.binding),
        "until": call.now + confirmations.VALID_FOR_S,
    }
    names = with_names(call.actor, EffectNames.of(error.effect.numbers), call.now).model_dump()
    effect = {"summary": error.effect.summary, **error.effect.numbers, **names}
    return {"effect": effect, "confirm": encrypted_tokens.encrypt_token(_PURPOSE, content)}


def decrypt(actor: Actor, token: str, now: int) -> Confirmation | None:
    """Return the confirmation of a token; None for another user's token, Conflict if expired, Malformed if forged."""
    try:
        content = encrypted_tokens.decrypt_token(_PURPOSE, token)
    except Malformed as error:
        raise Malformed(
            "The confirmation was not issued by this deployment.", code="confirmation_invalid"
        ) from error
    if content["user"] != _name(actor):
        return None
    if content["until"] <= now:
        raise Conflict(
            "The confirmation has expired; send the request without `confirm` for a new one.",
            code="confirmation_expired",
        )
    return Confirmation(content["binding"], hashlib.sha256(token.encode()).hexdigest())


def _name(actor: Actor) -> str:
    return f"{actor.kind}/{actor.id}"
