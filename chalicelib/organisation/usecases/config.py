"""What every change to a set-up thing shares: versions, confirmations, and the ledger entry beside it (PRI-27)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass, replace
from typing import Any, TypeVar

from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Actor
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import Conflict, Effect, NotFound
from chalicelib.core.paging import LastKey, Page
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry, FieldChange, change, entry_id
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import ORGANISATION_ID, ConfigItem, Organisation
from chalicelib.organisation.domain.differences import differences

T = TypeVar("T", bound=ConfigItem)


def get_organisation(now: int) -> Organisation:
    """Return the organisation's settings; until one is changed they are the defaults, as version 0."""
    return configuration.get(Organisation, ORGANISATION_ID, now) or Organisation()


def get(cls: type[T], item_id: str, now: int) -> T:
    """Return a thing as it is now; NotFound if there is none."""
    thing = configuration.get(cls, item_id, now)
    if thing is None:
        raise NotFound("There is no such thing.")
    return thing


def list_visible(cls: type[T], limit: int, after: LastKey | None, visible: Callable[[T], bool]) -> Page[T]:
    """Return up to `limit` things the reader may see (ACC-4)."""
    seen: list[T] = []
    while len(seen) < limit:
        page = configuration.list_page(cls, limit - len(seen), after)
        seen += [thing for thing in page.items if visible(thing)]
        after = page.next
        if after is None:
            break
    return Page(seen, after)


def require_version(item: ConfigItem, version: int) -> None:
    """Raise Conflict `version_conflict` unless the thing is still as the caller read it."""
    if item.version != version:
        raise _version_conflict()


def next_version(before: T, values: Mapping[str, Any], confirmed_by: Confirmation | None = None) -> T:
    """Return the next version of a thing with these values; it keeps the digest of what confirmed it (RET-12)."""
    digest = confirmed_by.digest if confirmed_by else before.confirmed_by
    return replace(before, **values, version=before.version + 1, confirmed_by=digest)


def confirmation_binding(
    actor: Actor, action: str, item_id: str, version: int, values: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return what a confirmation of this request is bound to: deed, user, thing, version, new values (RET-12)."""
    return (action, actor.id, item_id, str(version), json.dumps(values, sort_keys=True, default=_plain))


def is_retry(item: ConfigItem | None, confirmation: Confirmation | None, bound: tuple[str, ...]) -> bool:
    """Tell whether this very confirmed request was carried out before and its answer got lost (RET-12)."""
    return (
        item is not None
        and confirmation is not None
        and confirmation.confirms(bound)
        and item.confirmed_by == confirmation.digest
    )


def derived_id(kind: str, confirmation: Confirmation) -> str:
    """Return the id of what a confirmation creates, so that the repeated request finds it (RET-12)."""
    return f"{kind}_{confirmation.digest[:26]}"


def create(actor: Actor, item: T, now: int, *, effect: Effect | None = None) -> T:
    """Add a thing as version 1 and record it; Conflict `exists` if something is there."""
    first = replace(item, version=1)
    entry = _entry(actor, first, "created", (), effect, now)
    try:
        batch.write(
            [*configuration.insert(first), ledger.insert(entry, get_organisation(now))], _token(first, entry)
        )
    except batch.Cancelled as error:
        raise Conflict("There is such a thing already.", "exists") from error
    return first


def update(
    actor: Actor,
    before: T,
    after: T,
    now: int,
    *,
    action: str = "changed",
    effect: Effect | None = None,
    extra_writes: Sequence[batch.Write] = (),
) -> T:
    """Replace exactly the version `before` and record it; Conflict `version_conflict` if it was overtaken.

    What follows from the change is written `beside` it, in its transaction. Where nothing differs, nothing is
    written and `before` is returned.

    Example:
        >>> before = get_organisation(now)
        >>> after = update(actor, before, next_version(before, {"name": "Example Ltd"}), now)
        >>> after.version, get_organisation(now).name
        (1, 'Example Ltd')
    """
    changes = differences(before, after)
    if not changes:
        return before
    entry = _entry(actor, after, action, changes, effect, now)
    writes = configuration.update(after) if before.version else configuration.insert(after)
    try:
        batch.write(
            [*writes, ledger.insert(entry, get_organisation(now)), *extra_writes], _token(after, entry)
        )
    except batch.Cancelled as error:
        raise _version_conflict() from error
    return after


def delete(actor: Actor, item: ConfigItem, action: str, now: int) -> None:
    """Take a thing away and record it; Conflict `version_conflict` if it was changed meanwhile."""
    entry = _entry(actor, replace(item, version=item.version + 1), action, (), None, now)
    try:
        batch.write(
            [*configuration.delete(item), ledger.insert(entry, get_organisation(now))],
            batch.token_of(entry.id),
        )
    except batch.Cancelled as error:
        raise _version_conflict() from error


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def _entry(
    actor: Actor,
    item: ConfigItem,
    action: str,
    changed: tuple[FieldChange, ...],
    effect: Effect | None,
    now: int,
) -> Entry:
    subject = f"{item.CONFIG_KIND}/{item.id}"
    detail = {"effect": effect.summary} if effect else None
    derived = f"{item.version:08d}{entry_id(subject, action, now)[:24]}"
    return change(actor, subject, action, now, derived, changed, detail)


def _token(item: ConfigItem, entry: Entry) -> str:
    """Return the token of a change: its content is in it and not in the entry's id, which stays (PRI-31)."""
    return batch.token_of(entry.id, asdict(item))


def _version_conflict() -> Conflict:
    return Conflict("This was changed by someone else in between: read it again.", "version_conflict")
