"""The export of all data of a person (PRI-33)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

from chalicelib.blocks.domain import Block
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Service
from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.core.providers import host_of
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.times import DAY_S, iso, optional_iso
from chalicelib.jobs.domain import Job, JobState, JobWork, WholePosition
from chalicelib.leads.domain import history
from chalicelib.leads.domain.leads import Activity, StoredLead
from chalicelib.ledger.domain.entries import Entry, EntryKind
from chalicelib.organisation.domain.configuration import LeadType, Project

RETENTION_S = DAY_S
STAFF = "staff"
Named = Callable[[str, str], str]
Content = dict[str, Any]


class ExportAsked(TypedDict):
    """The contact of an export: encrypted refs and masked forms, no number."""

    contact: str


class ExportedTally(TypedDict, total=False):
    """The leads in the files of an export, by id, and the projects it covers (`*` for all), each with 1."""

    leads: dict[str, int]
    projects: dict[str, int]


ExportWork = JobWork[ExportAsked, WholePosition, ExportedTally]


@dataclass(frozen=True)
class ExportedLead:
    """One lead of an export: with its campaign, project, type, comments, accesses and recipients."""

    lead: StoredLead
    campaign: Campaign
    project: Project
    lead_type: LeadType
    comments: Mapping[str, Mapping[str, Any]]
    entries: Sequence[Entry]
    recipients: Sequence[str] = ()


def scopes_covered(actor: Actor) -> list[str]:
    """Return the projects whose leads and blocks an export of the actor covers; `*` for an admin."""
    return [ALL_PROJECTS] if actor.is_admin else sorted(actor.project_ids)


def keys_of(job_id: str) -> dict[str, str]:
    """Return the keys of an export's files, by format."""
    return {kind: f"exports/{job_id}/export.{kind}" for kind in ("json", "html")}


def may_have(actor: Actor, job: Job, now: int) -> bool:
    """Return True if the actor may get the files: the user who started the job, for a day after it is done."""
    is_starter = (actor.kind, actor.id) == (job.by_kind, job.by_id)
    return is_starter and job.state is JobState.DONE and not is_over(job, now)


def is_over(job: Job, now: int) -> bool:
    """Return True if the day for which the files are kept is over."""
    return job.ended_at is not None and job.ended_at + RETENTION_S <= now


def asked_services(lead: StoredLead) -> list[str]:
    """Return the validation services that were called for a lead, also those that failed."""
    results = lead.person.decided.get("services", {}) if lead.person else {}
    return [name for name, result in results.items() if result["ran"] or result["failed"]]


def recipients_of(lead: StoredLead, original: Campaign) -> list[str]:
    """Return the hosts of providers that got data of a lead, by its original settings (PRI-33)."""
    service_options = (original.services.get(name, Service()).options for name in asked_services(lead))
    return sorted({host for options in service_options if (host := host_of(options.get("url", "")))})


def content_of(
    organisation: str,
    masked: Sequence[str],
    leads: Sequence[ExportedLead],
    blocks: Sequence[Block],
    named: Named,
    now: int,
) -> Content:
    """Return the whole export as data; `named` returns the name of an actor."""
    return {
        "organisation": organisation,
        "made_at": iso(now),
        "asked_for": list(masked),
        "leads": [_lead(lead, named, now) for lead in leads],
        "blocks": [_block(block) for block in blocks],
        "recipients": sorted({name for lead in leads for name in lead.recipients}),
    }


def _lead(exported: ExportedLead, named: Named, now: int) -> Content:
    facts, person = exported.lead.facts, exported.lead.person
    labels = {field.key: field.label for field in exported.lead_type.fields}
    fields = person.fields if person else {}
    return {
        "lead_id": facts.lead_id,
        "received_at": iso(facts.received_at),
        "source": {"name": exported.campaign.source, "channel": exported.campaign.channel},
        "purposes": [
            f"{exported.lead_type.name}: contact by {exported.project.name} ({exported.campaign.name})"
        ],
        "status": facts.status.value,
        "data": [{"key": key, "label": labels.get(key, key), "value": fields[key]} for key in fields],
        "further_data": person.extras if person else {},
        "contacts_read": [
            {"field": one.field, "contact": one.normal} for one in (person.found or () if person else ())
        ],
        "evidence": person.evidence if person else {},
        "found_by_checks": person.checked if person else {},
        "decided_by_settings": person.decided if person else {},
        "comments": [dict(text) for _, text in sorted(exported.comments.items())],
        "retention": {
            "days": facts.retention.days,
            "due_at": optional_iso(facts.retention.due_at),
            "erased_from": optional_iso(facts.erase_at),
            "decided_by": facts.retention.origin.value,
        },
        "recipients": list(exported.recipients),
        "history": [_event(event, named) for event in history.of(exported.lead, now)],
        "read": [
            {"at": iso(entry.at), "through": entry.through, "by": named(entry.actor_kind, entry.actor_id)}
            for entry in exported.entries
            if entry.kind is EntryKind.ACCESS
        ],
    }


def _event(activity: Activity, named: Named) -> Content:
    """Return the event without its detail, which may contain ids of staff."""
    return {
        "at": iso(activity.at),
        "what": activity.kind,
        "by": named(activity.by_kind, activity.by_id),
    }


def _block(block: Block) -> Content:
    return {
        "contact": block.number or block.masked,
        "for": "all projects" if block.scope == ALL_PROJECTS else block.scope,
        "since": iso(block.blocked_at),
        "until": optional_iso(block.until),
        "reason": block.reason,
    }
