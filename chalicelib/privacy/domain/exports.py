"""What a person is given of everything that is held on them (PRI-33)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from chalicelib.blocks.domain import Block
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Service
from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.core.providers import host_of
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
    """The leads in the files of an export, by id, each with 1."""

    leads: dict[str, int]


ExportWork = JobWork[ExportAsked, WholePosition, ExportedTally]


@dataclass(frozen=True)
class ExportedLead:
    """One lead as it is held: with its campaign, project and type, its comments, who read it and who was asked."""

    lead: StoredLead
    campaign: Campaign
    project: Project
    lead_type: LeadType
    comments: Mapping[str, Mapping[str, Any]]
    entries: Sequence[Entry]
    recipients: Sequence[str] = ()


def keys_of(job_id: str) -> dict[str, str]:
    """Return where the files of an export lie, by what they are."""
    return {kind: f"exports/{job_id}/export.{kind}" for kind in ("json", "html")}


def may_have(actor: Actor, job: Job, now: int) -> bool:
    """Tell whether the files are the actor's to have: who started it, once it is done, for a day."""
    mine = (actor.kind, actor.id) == (job.by_kind, job.by_id)
    return mine and job.state is JobState.DONE and not is_over(job, now)


def is_over(job: Job, now: int) -> bool:
    """Tell whether the day is over for which the files are kept."""
    return job.ended_at is not None and job.ended_at + RETENTION_S <= now


def asked_services(lead: StoredLead) -> list[str]:
    """Return the validation services that were asked about a lead, one that failed to answer too."""
    results = lead.person.decided.get("services", {}) if lead.person else {}
    return [name for name, result in results.items() if result["ran"] or result["failed"]]


def recipients_of(lead: StoredLead, judged_by: Campaign) -> list[str]:
    """Return by their hosts the providers that were given data of a lead, by the settings that judged it (PRI-33)."""
    asked = (judged_by.services.get(name, Service()).options for name in asked_services(lead))
    return sorted({host for options in asked if (host := host_of(options.get("url", "")))})


def content_of(
    organisation: str,
    masked: Sequence[str],
    held: Sequence[ExportedLead],
    blocks: Sequence[Block],
    named: Named,
    now: int,
) -> Content:
    """Return everything as data; `named` says how whoever did something is called in it."""
    return {
        "organisation": organisation,
        "made_at": iso(now),
        "asked_for": list(masked),
        "leads": [_lead(one, named, now) for one in held],
        "blocks": [_block(one) for one in blocks],
        "recipients": sorted({name for one in held for name in one.recipients}),
    }


def _lead(held: ExportedLead, named: Named, now: int) -> Content:
    facts, person = held.lead.facts, held.lead.person
    labels = {field.key: field.label for field in held.lead_type.fields}
    fields = person.fields if person else {}
    return {
        "lead_id": facts.lead_id,
        "received_at": iso(facts.received_at),
        "source": {"name": held.campaign.source, "channel": held.campaign.channel},
        "purposes": [f"{held.lead_type.name}: contact by {held.project.name} ({held.campaign.name})"],
        "status": facts.status.value,
        "data": [{"key": key, "label": labels.get(key, key), "value": fields[key]} for key in fields],
        "further_data": person.extras if person else {},
        "evidence": person.evidence if person else {},
        "found_by_checks": person.checked if person else {},
        "decided_by_settings": person.decided if person else {},
        "comments": [dict(text) for _, text in sorted(held.comments.items())],
        "retention": {
            "days": facts.retention.days,
            "due_at": optional_iso(facts.retention.due_at),
            "erased_from": optional_iso(facts.erase_at),
            "decided_by": facts.retention.origin.value,
        },
        "recipients": list(held.recipients),
        "history": [_event(one, named) for one in history.of(held.lead, now)],
        "read": [
            {"at": iso(one.at), "through": one.through, "by": named(one.actor_kind, one.actor_id)}
            for one in held.entries
            if one.kind is EntryKind.ACCESS
        ],
    }


def _event(activity: Activity, named: Named) -> Content:
    """Return what happened; its detail may name staff by id and stays out."""
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
