"""An authenticator for tests (RFC 6238). The product checks no code itself: Amazon Cognito does."""

import base64
import hashlib
import hmac
import struct
import time

STEP_S = 30


def code_of(secret: str, steps: int = 0) -> str:
    """Return the code that an authenticator with this secret shows, or will show in so many steps."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // STEP_S + steps), hashlib.sha1)
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def wrong_code(secret: str) -> str:
    """Return a code that this secret shows neither now nor a few steps around."""
    near = {code_of(secret, steps) for steps in range(-3, 4)}
    return next(code for code in (f"{number:06d}" for number in range(10)) if code not in near)
