"""Addresses and secret names of external providers (CAM-13, PRI-31)."""

import re
from urllib.parse import urlsplit

_SECRET = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def is_https(url: str) -> bool:
    """Return True for a valid provider address: https, with a host, without a user name, password or fragment."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url
    return plain and parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and (
        not parts.fragment and port != 0
    )  # fmt: skip


def host_of(url: str) -> str | None:
    """Return only the host of an address, because path and query may contain a key."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def is_secret_name(name: str) -> bool:
    """Return True for a valid short name of a secret. No such name reaches the deployment's own keys."""
    return _SECRET.fullmatch(name) is not None
