"""Devices: what a sign-in answers, and the next sign-in of the same user sends back (ACC-11)."""

import hashlib

from chalicelib.aws import encrypted_tokens
from chalicelib.core.errors import Malformed
from chalicelib.core.times import DAY_S
from chalicelib.organisation import store as configuration
from chalicelib.users.domain.users import User
from chalicelib.users.usecases.bounds import spelled

VALID_FOR_S = 90 * DAY_S
_PURPOSE = "device"


def device_of(token: str | None, email: str, now: int) -> str | None:
    """Return the id of a device that belongs to the user of this address; otherwise None.

    A device that is expired, forged, or of another user is as good as none: it is no error, and says nothing.
    """
    if token is None:
        return None
    try:
        content = encrypted_tokens.decrypt_token(_PURPOSE, token)
    except Malformed:
        return None
    if now >= content["until"]:
        return None
    user = configuration.cached(User, content["user"], now)
    if user is None or user.disabled or spelled(user.email) != spelled(email):
        return None
    return str(content["id"])


def token_for(subject: str, id_token: str, device_id: str | None, now: int) -> str:
    """Return the device to send back for 90 days.

    A known device keeps its id, so that its bound stays one. A new id is derived from the ID token of the sign-in.
    """
    new_id = hashlib.sha256(id_token.encode()).hexdigest()[:26]
    content = {"user": subject, "id": device_id or new_id, "until": now + VALID_FOR_S}
    return encrypted_tokens.encrypt_token(_PURPOSE, content)
