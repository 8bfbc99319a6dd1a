"""The words of the ledger: kinds of subjects, actions, and ways of an access (PRI-28). docs/record.md describes them.

A word is never renamed and never removed, because entries with it are kept for years.
"""

CHANGED_SUBJECTS = frozenset(
    "block campaign contact_forms credential forgetting import lead lead_type organisation project request"
    " user".split()
)
READ_SUBJECTS = frozenset("campaign contact day days lead seal".split())
ACTIONS = frozenset(
    # settings, users and credentials
    "created changed enabled disabled address_changed made_admin second_factor_removed rotated revoked"
    # leads
    " received assigned reassigned unassigned comment call call_tag stage follow_up outcome retired restored"
    " released rejected reconsidered corrected appended resend retention hold hold_released forget_started erased"
    # blocks, and leads whose contact is blocked
    " blocked block_changed unblocked"
    # imports, projects, campaigns and forgotten contacts
    " import_started import_confirmed import_cancelled import_ended apply_outcomes set_campaigns"
    " price_correction contact_forgotten".split()
)
WAYS = frozenset("view list search export replay forget".split())
CHANGE_KINDS = CHANGED_SUBJECTS | ACTIONS
ACCESS_KINDS = READ_SUBJECTS | WAYS | {"read"}


def require_change(subject: str, action: str) -> None:
    """Raise ValueError for a kind of subject or an action that readers of the record cannot look up."""
    _require(subject.partition("/")[0], CHANGED_SUBJECTS)
    _require(action, ACTIONS)


def require_access(subject: str, through: str) -> None:
    """Raise ValueError for a kind of subject or a way that readers of the record cannot look up."""
    _require(subject.partition("/")[0], READ_SUBJECTS)
    _require(through, WAYS)


def _require(word: str, words: frozenset[str]) -> None:
    if word not in words:
        raise ValueError(f"add {word} to chalicelib/ledger/domain/kinds.py and to docs/record.md")
