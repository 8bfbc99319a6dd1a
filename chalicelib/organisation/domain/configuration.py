"""The configuration items of the organisation. Each has an id and a version."""

from itertools import islice
from typing import ClassVar

from chalicelib.core.quick_dataclass import cached_value, dataclass
from chalicelib.core.retention import Policy
from chalicelib.core.words import contact_kind
from chalicelib.organisation.domain.grading import Grading

ORGANISATION_ID = "organisation"
STATUSES = ("active", "closed", "inactive", "on_hold", "late", "suspended")
FIELD_KINDS = (
    "text", "phone", "email", "number", "date", "choice", "postal_code", "country", "ip", "url", "boolean",
)  # fmt: skip
_MOST_SETS = 80  # a transaction has 100 writes: facts, person, ten contacts and a few more of the lead
CONTACT_KINDS = ("phone", "email")
OUTCOMES = ("won", "lost", "not_interested", "invalid", "unqualified", "no_contact")


@dataclass(frozen=True, kw_only=True)
class ConfigItem:
    """The common fields of configuration items: id, version, and the digest of the last confirmation."""

    CONFIG_KIND: ClassVar[str]
    """The name of this class in the store; it never changes."""

    WITHHELD: ClassVar[frozenset[str]] = frozenset()
    """Fields with personal values, which the ledger records without their values (PRI-31)."""

    id: str
    version: int = 0
    confirmed_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Organisation(ConfigItem):
    """The settings of the deployment."""

    CONFIG_KIND: ClassVar[str] = "organisation"

    id: str = ORGANISATION_ID
    name: str = "Leadwarden"
    zone: str = "UTC"
    region: str = "US"
    statuses: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    max_lag: str = "PT6H"
    changes_kept_days: int = 2190
    accesses_kept_days: int = 730
    name_staff_in_exports: bool = True
    grading: Grading | None = None
    requests_clock: str = "gdpr"
    second_factor: str = "off"

    @property
    def all_statuses(self) -> tuple[str, ...]:
        """Return the statuses a campaign may have: the fixed ones and the organisation's own (INT-3)."""
        return STATUSES + self.statuses


@dataclass(frozen=True)
class OutcomeRule:
    """An outcome of a project, and the retention it sets, if any (RET-7)."""

    outcome: str
    retention_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class Project(ConfigItem):
    """A sales division: its region and zone, its lists, its inactivity period."""

    CONFIG_KIND: ClassVar[str] = "project"

    name: str
    region: str = "US"
    zone: str = "UTC"
    stages: tuple[str, ...] = ("new", "contacted", "appointment", "proposal", "closed")
    closing_stages: tuple[str, ...] = ("closed",)
    call_tags: tuple[str, ...] = ("interested", "call_back", "voicemail", "wrong_number")
    outcomes: tuple[OutcomeRule, ...] = tuple(OutcomeRule(name) for name in OUTCOMES)
    inactivity: str | None = "P14D"
    warning: str | None = None
    working_hours: str | None = None
    default_retention: Policy = Policy()


@dataclass(frozen=True)
class Field:
    """One field of a lead type (INT-1)."""

    key: str
    label: str
    kind: str = "text"
    required: bool = False
    personal: bool = True
    duplicate: str | None = None
    choices: tuple[str, ...] = ()
    multiple: bool = False
    retired: bool = False


@dataclass(frozen=True, kw_only=True)
class LeadType(ConfigItem):
    """The template of a lead's fields."""

    CONFIG_KIND: ClassVar[str] = "lead_type"

    name: str
    fields: tuple[Field, ...] = ()

    @cached_value
    def fields_in_use(self) -> dict[str, Field]:
        """Return the fields that are not retired, by key."""
        return {field.key: field for field in self.fields if not field.retired}

    @cached_value
    def contact_fields(self) -> tuple[Field, ...]:
        """Return the fields of phone numbers and e-mail addresses, retired ones included."""
        return tuple(field for field in self.fields if field.kind in CONTACT_KINDS)

    @cached_value
    def keys_by_kind(self) -> dict[str, list[str]]:
        """Return the keys of the fields of each kind, retired ones included."""
        keys: dict[str, list[str]] = {}
        for field in self.fields:
            keys.setdefault(field.kind, []).append(field.key)
        return keys

    @cached_value
    def contact_text_keys(self) -> tuple[str, ...]:
        """Return the keys of fields of plain text that are contact words (SRC-3)."""
        return tuple(field.key for field in self.fields if field.kind == "text" and contact_kind(field.key))

    @cached_value
    def duplicate_sets(self) -> dict[str, tuple[str, ...]]:
        """Return the named sets of fields; equal values in a set mean the same person (CAM-4).

        A lead type of an earlier version may have more sets than are saved now. The first ones count, as many as have
        room in a lead's transaction (INT-1).
        """
        sets: dict[str, tuple[str, ...]] = {}
        for field in self.fields:
            if field.duplicate and not field.retired:
                sets[field.duplicate] = (*sets.get(field.duplicate, ()), field.key)
        return dict(islice(sets.items(), _MOST_SETS))
