"""The things an organisation sets up; each has an id and a version."""

from dataclasses import dataclass, field
from decimal import Decimal

from chalicelib.domain.access import Actor, Permission, Role, permissions_of
from chalicelib.domain.campaign_settings import (
    Calculated,
    Consent,
    Criteria,
    Duplicates,
    Grading,
    Limits,
    Quality,
    Service,
)
from chalicelib.domain.retention import Policy

ORGANISATION_ID = "organisation"
STATUSES = ("active", "closed", "inactive", "on_hold", "late", "suspended")
FIELD_KINDS = (
    "text", "phone", "email", "number", "date", "choice", "postal_code", "country", "ip", "url", "boolean",
)  # fmt: skip
OUTCOMES = ("won", "lost", "not_interested", "invalid", "unqualified", "no_contact")


@dataclass(frozen=True, kw_only=True)
class ConfigItem:
    """What every set-up thing has: its id, its version, and the digest of the confirmation that changed it last."""

    id: str
    version: int = 0
    confirmed_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Organisation(ConfigItem):
    """The settings of the deployment."""

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

    @property
    def all_statuses(self) -> tuple[str, ...]:
        """Return the statuses a campaign may have: the fixed ones, then the organisation's own (INT-3)."""
        return STATUSES + self.statuses


@dataclass(frozen=True)
class OutcomeRule:
    """An outcome of a project and the retention it sets, if any (RET-7)."""

    outcome: str
    retention_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class Project(ConfigItem):
    """A sales division: its region and zone, its lists, its clock for inactive leads."""

    name: str
    region: str = "US"
    zone: str = "UTC"
    stages: tuple[str, ...] = ("new", "contacted", "appointment", "proposal", "closed")
    closing_stages: tuple[str, ...] = ("closed",)
    call_tags: tuple[str, ...] = ("interested", "call_back", "voicemail", "wrong_number")
    outcomes: tuple[OutcomeRule, ...] = tuple(OutcomeRule(name) for name in OUTCOMES)
    inactivity: str | None = "P14D"
    warning: str | None = None
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

    name: str
    fields: tuple[Field, ...] = ()

    @property
    def duplicate_sets(self) -> dict[str, tuple[str, ...]]:
        """Return the named sets of fields that together mean "the same person again" (CAM-4)."""
        sets: dict[str, tuple[str, ...]] = {}
        for entry in self.fields:
            if entry.duplicate and not entry.retired:
                sets[entry.duplicate] = (*sets.get(entry.duplicate, ()), entry.key)
        return sets


@dataclass(frozen=True)
class Assignment:
    """Whom and what a campaign stamps on its leads (CAM-23, WRK-2)."""

    user_id: str | None = None
    category: str | None = None
    group: str | None = None


@dataclass(frozen=True, kw_only=True)
class Campaign(ConfigItem):
    """One source of leads into one project, with its settings (INT-2)."""

    name: str
    project_id: str
    lead_type_id: str
    source: str
    channel: str = "web"
    status: str = "active"
    price: Decimal | None = None
    currency: str = "USD"
    require_authentication: bool = False
    password_hash: str | None = None
    retention: Policy = Policy()
    assignment: Assignment = Assignment()
    criteria: Criteria | None = None
    calculated: tuple[Calculated, ...] = ()
    duplicates: Duplicates = Duplicates()
    limits: Limits = Limits()
    consent: Consent = Consent()
    services: dict[str, Service] = field(default_factory=dict)
    quality: Quality = Quality()
    grading: Grading | None = None
    delimiter: str | None = None
    tell_source_reasons: bool = False

    @property
    def accepts_leads(self) -> bool:
        """Tell whether leads come in: only the status `active` lets them (INT-3)."""
        return self.status == "active"


@dataclass(frozen=True, kw_only=True)
class User(ConfigItem):
    """A person of the organisation; the id is the subject of the user pool."""

    email: str
    name: str
    role: Role
    project_ids: tuple[str, ...] = ()
    zone: str = "UTC"
    withdrawn: tuple[Permission, ...] = ()
    disabled: bool = False
    signed_out_at: int = 0

    @property
    def permissions(self) -> frozenset[Permission]:
        """Return what the user holds (ACC-3)."""
        return permissions_of(self.role, frozenset(self.withdrawn))

    def may_be_assigned(self, project_id: str) -> bool:
        """Tell whether leads of a project may be assigned to the user (WRK-2, ACC-8)."""
        works = self.permissions >= {Permission.LEADS_READ, Permission.LEADS_WORK}
        return works and not self.disabled and self.actor.belongs_to(project_id)

    @property
    def actor(self) -> Actor:
        """Return the user as the one who acts."""
        return Actor(
            kind="user",
            id=self.id,
            role=self.role,
            permissions=self.permissions,
            project_ids=frozenset(self.project_ids),
            zone=self.zone,
        )


@dataclass(frozen=True, kw_only=True)
class Credential(ConfigItem):
    """The API token with which a lead source posts to named campaigns; only hashes are kept (ACC-2)."""

    name: str
    campaign_ids: tuple[str, ...]
    kind: str = "source"
    secrets: tuple[str, ...] = field(default=(), repr=False)
