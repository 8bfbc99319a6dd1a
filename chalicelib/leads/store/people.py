"""The person of a lead (table `people`): no backup, no stream images, removed by TTL (data-model.md, Tables)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.aws.dynamodb import batch, rows
from chalicelib.aws.dynamodb.batch import BatchRows, Delete, Key, Put, Update
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.core.errors import Invalid
from chalicelib.core.retention import expires_at
from chalicelib.core.times import DAY_S
from chalicelib.leads.domain.leads import Activity, Facts, Person
from chalicelib.leads.domain.person_size import MAX_BYTES, text_of, too_long
from chalicelib.organisation.domain.found_contacts import from_stored

PERSON = "person"
_COMMENT = "comment#"
ATTEMPTS, _ATTEMPT = "attempts#", "attempt#"
_BYTES_A_CHARACTER = 4


class PersonRow(Row):
    """The person (`part` = person), or the text of one comment (`comment#…`); or a campaign's refused post."""

    TABLE: ClassVar[str] = "people"

    class Meta(MetaDefaults):
        """Table settings."""

    lead_id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()
    version = NumberAttribute(default=1)
    expires_at = NumberAttribute(null=True)


def key(lead_id: str) -> Key:
    """Return the key of a lead's person, for a batch read."""
    return Key(PersonRow, lead_id, PERSON)


def from_batch(lead_id: str, batch_rows: BatchRows) -> Person | None:
    """Return the live person that a batch read found, or None."""
    row = batch_rows.get(PersonRow, lead_id, PERSON)
    return None if row is None else _person(row)


def get(lead_id: str, now: int) -> Person | None:
    """Return a lead's live person, or None. A caller that shows the person must check the facts too (RET-14)."""
    row = rows.get(PersonRow, lead_id, PERSON, now)
    return None if row is None else _person(row)


def get_many(lead_ids: Iterable[str], now: int) -> dict[str, Person]:
    """Return the live persons of any number of leads by id; a lead without one is left out."""
    ids = list(dict.fromkeys(lead_ids))
    found = batch.read_many([key(lead_id) for lead_id in ids], now)
    return {lead_id: person for lead_id in ids if (person := from_batch(lead_id, found)) is not None}


def list_comments(lead_id: str, now: int) -> dict[str, dict[str, Any]]:
    """Return the live texts of a lead's comments, by part."""
    return {row.part: json.loads(row.body) for row in rows.query(PersonRow, lead_id, now, _COMMENT)}


def get_comments(
    histories: Mapping[str, Iterable[Activity]], now: int
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the live texts of the comments in the histories of leads, by lead and part; a round trip for a hundred."""
    parts = {
        lead_id: [_comment_part(entry.at, entry.id) for entry in entries if entry.kind == "comment"]
        for lead_id, entries in histories.items()
    }
    keys = [Key(PersonRow, lead_id, part) for lead_id, each in parts.items() for part in each]
    found = batch.read_many(keys, now) if keys else BatchRows({})
    texts: dict[str, dict[str, dict[str, Any]]] = {lead_id: {} for lead_id in parts}
    for key in keys:
        row = found.get(PersonRow, key.hash_key, key.range_key)
        if row is not None:
            texts[key.hash_key][key.range_key] = json.loads(row.body)
    return texts


def add_comment(facts: Facts, entry_id: str, text: str, now: int) -> Put:
    """Return the write of a comment's text, with the person's end, if its key is not in use (WRK-3)."""
    body = json.dumps({"id": entry_id, "at": now, "text": text}, separators=(",", ":"), ensure_ascii=False)
    row = PersonRow(
        facts.lead_id,
        _comment_part(now, entry_id),
        body=body,
        version=1,
        expires_at=expires_at(facts.erase_at, now),
    )
    return Put(row, PersonRow.lead_id.does_not_exist())


def put_attempt(campaign_id: str, place: int, content: dict[str, Any], now: int) -> Put:
    """Return the write of a refused post, which has no person's value, over the oldest one of its campaign (INT-18).

    It is unconditional: the intake may not read this table, and each place belongs to one post.
    """
    body = json.dumps(content, separators=(",", ":"))
    row = PersonRow(
        f"{ATTEMPTS}{campaign_id}", f"{_ATTEMPT}{place:02d}", body=body, version=1, expires_at=now + DAY_S
    )
    return Put(row, None)


def list_attempts(campaign_id: str, now: int) -> list[dict[str, Any]]:
    """Return the refused posts of a campaign that are kept, in any order."""
    return [json.loads(row.body) for row in rows.query(PersonRow, f"{ATTEMPTS}{campaign_id}", now, _ATTEMPT)]


def insert(lead_id: str, person: Person, erase_at: int | None, now: int) -> Put:
    """Return the write of a new lead's person, if it does not exist yet. Raise Invalid if it is too large (INT-7)."""
    row = _row(lead_id, person, expires_at(erase_at, now))
    if len(row.body) > MAX_BYTES // _BYTES_A_CHARACTER and len(row.body.encode()) > MAX_BYTES:
        raise Invalid("The lead is too large.", fields=[too_long()])
    return Put(row, PersonRow.lead_id.does_not_exist())


def update(lead_id: str, person: Person, erase_at: int | None, now: int) -> Put:
    """Return the write that replaces the version before `person.version`, if it exists and is live."""
    condition = (PersonRow.version == person.version - 1) & _live(now)
    return Put(_row(lead_id, person, expires_at(erase_at, now)), condition)


def update_expiry(lead_id: str, part: str, erase_at: int | None, now: int) -> Update:
    """Return the write that gives a part its new end, if the part exists and is live."""
    stamp = expires_at(erase_at, now)
    action = PersonRow.expires_at.remove() if stamp is None else PersonRow.expires_at.set(stamp)
    return Update(PersonRow(lead_id, part), [action], PersonRow.lead_id.exists() & _live(now))


def get_including_expired(lead_id: str) -> dict[str, Person | None]:
    """Return every stored part by name, expired or not: the person, or None for a comment. For erasure."""
    return {
        row.part: _person(row) if row.part == PERSON else None
        for row in rows.get_including_expired(PersonRow, lead_id)
    }


def get_many_including_expired(lead_ids: Iterable[str]) -> dict[str, Person]:
    """Return the stored persons of any number of leads by id, expired or not. For erasure."""
    return get_many(lead_ids, 0)  # at the first instant no row has expired


def delete(lead_id: str, part: str) -> Delete:
    """Return the write that removes one part. Unconditional: an absent part is no error."""
    return Delete(PersonRow(lead_id, part))


def _comment_part(at: int, entry_id: str) -> str:
    return f"{_COMMENT}{at:012d}#{entry_id}"


def _live(now: int) -> Condition:
    condition: Condition = PersonRow.expires_at.does_not_exist() | (PersonRow.expires_at > now)
    return condition


def _row(lead_id: str, person: Person, stamp: int | None) -> PersonRow:
    return PersonRow(lead_id, PERSON, body=text_of(person), version=person.version, expires_at=stamp)


def _person(row: PersonRow) -> Person:
    body = json.loads(row.body)
    return Person(
        fields=body.get("fields", {}),
        extras=body.get("extras", {}),
        evidence=body.get("evidence", {}),
        refs=tuple(body.get("refs", ())),
        windows=tuple(body.get("windows", ())),
        checked=body.get("checked", {}),
        decided=body.get("decided", {}),
        version=int(row.version),
        other_refs=tuple(body.get("other_refs", ())),
        found=from_stored(body["found"]) if "found" in body else None,
    )
