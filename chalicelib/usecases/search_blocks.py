"""The blocks of one contact (PRI-13)."""

from chalicelib.domain import contacts
from chalicelib.domain.blocks import ALL_PROJECTS, Blocked
from chalicelib.domain.errors import FieldError, Invalid
from chalicelib.domain.setup import Project
from chalicelib.stores import batch, blocks, setup
from chalicelib.usecases.block_contact import opaque_id
from chalicelib.usecases.contact_key import contact_key
from chalicelib.usecases.list_blocks import scopes_of
from chalicelib.usecases.organisation import organisation
from chalicelib.usecases.record_access import Access
from chalicelib.usecases.record_search import record_search

_AT_ONCE = 100


def search_blocks(kind: str, contact: str, access: Access, now: int) -> list[Blocked]:
    """Return the live blocks of a contact for the actor's projects and for all, newest first (PRI-13).

    A phone number is read as it is when it is blocked: with each project's own region, for all projects with the
    organisation's. The search is recorded before anything is answered (PRI-5). Raises Invalid for what can be no
    contact.
    """
    wanted = _wanted(kind, contact, access, now)
    record_search(sorted({ref for ref, _ in wanted}), access, now)
    seen: list[Blocked] = []
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        found = batch.read([blocks.key(ref, scope) for ref, scope in some], now)
        standing = (blocks.found_at(ref, scope, found) for ref, scope in some)
        seen += [Blocked(opaque_id(one.ref, one.scope), one, created=False) for one in standing if one]
    return sorted(seen, key=lambda one: (-one.block.blocked_at, one.block.scope))


def _wanted(kind: str, contact: str, access: Access, now: int) -> list[tuple[str, str]]:
    """Return under which refs and scopes the contact may be blocked."""
    key = contact_key(now)
    refs: dict[str, str | None] = {}
    wanted = []
    for scope in sorted({ALL_PROJECTS, *scopes_of(access.actor)}):
        region = _region(scope, now)
        if region not in refs:
            normal = _normal(kind, contact, region)
            refs[region] = None if normal is None else contacts.ref_of(key, kind, normal)
        ref = refs[region]
        if ref is not None:
            wanted.append((ref, scope))
    if not wanted:
        message = "Must be a phone number." if kind == "phone" else "Must be an e-mail address."
        raise Invalid("This contact cannot be searched.", fields=[FieldError(kind, kind, message)])
    return wanted


def _normal(kind: str, contact: str, region: str) -> str | None:
    if kind == "phone":
        return contacts.normal_phone(contact, region, possible=True)
    return contacts.normal_email(contact)


def _region(scope: str, now: int) -> str:
    project = None if scope == ALL_PROJECTS else setup.cached(Project, scope, now)
    return organisation(now).region if project is None else project.region
