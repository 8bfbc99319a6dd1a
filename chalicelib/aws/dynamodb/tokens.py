"""The tokens of transactions: the same intent, sent again, counts once."""

import hashlib


def token_of(*parts: object) -> str:
    """Return a transaction token (36 characters) derived from all parts that identify the transaction.

    Example:
        >>> token_of("stage", "lead_1", 2) == token_of("stage", "lead_1", 2)
        True
        >>> token_of("stage", "lead_1", 2) == token_of("stage", "lead_1", 3)
        False
    """
    framed = "".join([f"{len(part)}:{part}" for part in map(str, parts)])
    return hashlib.sha256(framed.encode()).hexdigest()[:36]
