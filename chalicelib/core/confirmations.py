"""The two steps of an action that cannot be undone (RET-12)."""

import hashlib

from chalicelib.core.errors import ConfirmationRequired, Effect
from chalicelib.core.quick_dataclass import dataclass

VALID_FOR_S = 600


@dataclass(frozen=True)
class Confirmation:
    """A confirmation token that `http` has decrypted: the digest of its binding, and its own digest."""

    binding_digest: str
    digest: str

    def confirms(self, binding: tuple[str, ...]) -> bool:
        """Return True if the token was issued for exactly this action on exactly these versions."""
        return self.binding_digest == binding_digest(binding)


def binding_digest(binding: tuple[str, ...]) -> str:
    """Return the digest of a binding. The length of each part is included."""
    framed = "".join(f"{len(part)}:{part}" for part in binding)
    return hashlib.sha256(framed.encode()).hexdigest()


def require(confirmation: Confirmation | None, effect: Effect, binding: tuple[str, ...]) -> Confirmation:
    """Return the confirmation if it belongs to this binding; otherwise raise ConfirmationRequired (RET-12).

    Example:
        >>> effect, binding = Effect("One lead is erased.", {"leads": 1}), ("forget", "usr_1", "lead_1")
        >>> try:
        ...     require(None, effect, binding)
        ... except ConfirmationRequired as required:
        ...     print(required.effect.summary)
        One lead is erased.
        >>> confirmation = Confirmation(binding_digest(binding), "digest of the token")
        >>> require(confirmation, effect, binding) is confirmation
        True
    """
    if confirmation is None or not confirmation.confirms(binding):
        raise ConfirmationRequired(effect, binding)
    return confirmation
