"""Addresses and secret names of outside providers (CAM-13, PRI-31)."""

import re
from urllib.parse import urlsplit

_SECRET = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def is_https(url: str) -> bool:
    """Tell whether a provider may have this address: https, a host, nothing in it that identifies anybody."""
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
    """Return the host of an address and nothing else of it: path and query may hold a key."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def is_secret_name(name: str) -> bool:
    """Tell whether a secret may have this short name; the deployment's own keys cannot be named with one."""
    return _SECRET.fullmatch(name) is not None
