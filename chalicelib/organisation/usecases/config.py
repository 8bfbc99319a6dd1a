"""Reads and writes configuration items: versions, confirmations, and the ledger entry of each change (PRI-27)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass, replace
from typing import Any, TypeVar

from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Actor
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import Conflict, Effect, FieldError, Invalid, NotFound
from chalicelib.core.paging import LastKey, Page, cut
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry, FieldChange, change, entry_id
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import ORGANISATION_ID, ConfigItem, Organisation
from chalicelib.organisation.domain.differences import config_changes

T = TypeVar("T", bound=ConfigItem)
MAX_BYTES = 90_000


def get_organisation(now: int) -> Organisation:
    """Return the organisation's settings. Until the first change they are the defaults, as version 0."""
    return configuration.get(Organisation, ORGANISATION_ID, now) or Organisation()


def get(cls: type[T], item_id: str, now: int) -> T:
    """Return an item as it is now. Raise NotFound if it does not exist."""
    item = configuration.get(cls, item_id, now)
    if item is None:
        raise NotFound("Not found.")
    return item


def list_visible(cls: type[T], limit: int, after: LastKey | None, visible: Callable[[T], bool]) -> Page[T]:
    """Return up to `limit` items that the reader may see (ACC-4), and no more than have room in an answer."""
    items: list[T] = []
    while len(items) < limit:
        page = configuration.list_page(cls, limit - len(items), after)
        items += [item for item in page.items if visible(item)]
        after = page.next
        if after is None:
            break
    return cut(Page(items, after), configuration.encoded_size_of, configuration.list_position)


def require_version(item: ConfigItem, version: int) -> None:
    """Raise Conflict `version_conflict` if the item changed since the caller read it."""
    if item.version != version:
        raise _version_conflict(item.version)


def next_version(before: T, values: Mapping[str, Any], confirmed_by: Confirmation | None = None) -> T:
    """Return the next version of an item with these values and the digest of its last confirmation (RET-12)."""
    digest = confirmed_by.digest if confirmed_by else before.confirmed_by
    return replace(before, **values, version=before.version + 1, confirmed_by=digest)


def confirmation_binding(
    actor: Actor, action: str, item_id: str, version: int, values: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return the binding of a confirmation: action, user, item, version and new values (RET-12)."""
    return (action, actor.id, item_id, str(version), json.dumps(values, sort_keys=True, default=_plain))


def is_retry(item: ConfigItem | None, confirmation: Confirmation | None, bound: tuple[str, ...]) -> bool:
    """Tell whether this confirmed request was carried out before, and its answer was lost (RET-12)."""
    return (
        item is not None
        and confirmation is not None
        and confirmation.confirms(bound)
        and item.confirmed_by == confirmation.digest
    )


def derived_id(kind: str, confirmation: Confirmation) -> str:
    """Return the id of the item that a confirmation creates, so that the repeated request finds it (RET-12)."""
    return f"{kind}_{confirmation.digest[:26]}"


def create(actor: Actor, item: T, now: int, *, effect: Effect | None = None) -> T:
    """Add an item as version 1, with its ledger entry. Raise Conflict `exists` if the id is in use.

    Raise Invalid `too_long` for an item that is too large.
    """
    first = replace(item, version=1)
    _require_size(first)
    entry = _entry(actor, first, "created", (), effect, now)
    try:
        batch.write(
            [*configuration.insert(first), ledger.insert(entry, get_organisation(now))], _token(first, entry)
        )
    except batch.Cancelled as error:
        raise Conflict("This id is in use already.", "exists") from error
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
    """Replace exactly the version `before`, with a ledger entry. Raise Conflict `version_conflict` if it changed.

    `extra_writes` are made in the same transaction. If nothing differs, write nothing and return `before`. Raise
    Invalid `too_long` for an item that is too large.

    Example:
        >>> before = get_organisation(now)
        >>> after = update(actor, before, next_version(before, {"name": "Example Ltd"}), now)
        >>> after.version, get_organisation(now).name
        (1, 'Example Ltd')
    """
    changes = config_changes(before, after)
    if not changes:
        return before
    _require_size(after)
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
    """Delete an item, with its ledger entry. Raise Conflict `version_conflict` if it changed meanwhile."""
    entry = _entry(actor, replace(item, version=item.version + 1), action, (), None, now)
    try:
        batch.write(
            [*configuration.delete(item), ledger.insert(entry, get_organisation(now))],
            batch.token_of(entry.id),
        )
    except batch.Cancelled as error:
        raise _version_conflict() from error


def _require_size(item: ConfigItem) -> None:
    """Raise Invalid for an item that, before and after a change, has no room in the entry of the ledger."""
    if configuration.size_of(item) > MAX_BYTES:
        message = f"All settings of an item together can have at most {MAX_BYTES} bytes."
        raise Invalid("The settings are too large.", fields=[FieldError("*", "too_long", message)])


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
    """Return the transaction token of a change. It covers the content, unlike the id of the entry (PRI-31)."""
    return batch.token_of(entry.id, asdict(item))


def _version_conflict(current: int | None = None) -> Conflict:
    known = "" if current is None else f" The version is now {current}."
    return Conflict(f"Someone else changed this: read it again.{known}", "version_conflict")
