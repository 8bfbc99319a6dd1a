"""Records subject requests, with the time to answer them (PRI-34)."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import FieldError, Invalid, NotFound
from chalicelib.core.paging import LastKey, Page
from chalicelib.leads.store import leads
from chalicelib.organisation.usecases import config
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.privacy.domain import subject_requests
from chalicelib.privacy.domain.subject_requests import (
    LegalClock,
    SubjectRequest,
    SubjectRequestKind,
    SubjectRequestState,
)


def create_subject_request(
    actor: Actor,
    request_id: str,
    kind: SubjectRequestKind,
    received_on: str | None,
    clock: LegalClock | None,
    lead_ids: Sequence[str],
    now: int,
) -> SubjectRequest:
    """Record a request. The day it was received and the clock, by default the organisation's, determine its due day.

    Raise Invalid for leads that the actor may not see, and for days outside the last year.
    """
    actor.require(Permission.PRIVACY_SEARCH)
    settings = cached_organisation(now)
    today = subject_requests.day_in(now, settings.zone)
    day, law = received_on or today, clock or LegalClock(settings.requests_clock)
    subject_requests.require_received(day, today)
    return config.create(
        actor,
        SubjectRequest(
            id=request_id,
            kind=kind,
            clock=law,
            received_on=day,
            due_on=subject_requests.due_on(day, law),
            lead_ids=tuple(lead_ids),
            project_ids=_projects(actor, lead_ids, now),
        ),
        now,
    )


def change_subject_request(
    actor: Actor, request_id: str, version: int, values: Mapping[str, Any], now: int
) -> SubjectRequest:
    """Change state, answer, due day or leads of a request. Raise Conflict `version_conflict` after another change."""
    before = read_subject_request(actor, request_id, now)
    config.require_version(before, version)
    more = {"project_ids": _projects(actor, values["lead_ids"], now)} if "lead_ids" in values else {}
    after = config.next_version(before, {**values, **more})
    subject_requests.require_complete(after)
    return config.update(actor, before, after, now)


def read_subject_request(actor: Actor, request_id: str, now: int) -> SubjectRequest:
    """Return a request. Raise NotFound if the actor may not see it (ACC-4)."""
    actor.require(Permission.PRIVACY_SEARCH)
    request = config.get(SubjectRequest, request_id, now)
    if not subject_requests.may_see_request(actor, request):
        raise NotFound("Not found.")
    return request


def list_subject_requests(
    actor: Actor,
    state: SubjectRequestState | None,
    late: bool | None,
    limit: int,
    after: LastKey | None,
    now: int,
) -> Page[SubjectRequest]:
    """Return the requests the actor may see, in the order they were recorded: all, of one state, or the late ones."""
    actor.require(Permission.PRIVACY_SEARCH)
    today = today_of(now)

    def wanted(request: SubjectRequest) -> bool:
        return (
            subject_requests.may_see_request(actor, request)
            and state in (None, request.state)
            and late in (None, request.is_late(today))
        )

    return config.list_visible(SubjectRequest, limit, after, wanted)


def today_of(now: int) -> str:
    """Return today's date in the organisation's zone. A request is late from the day after its due day."""
    return subject_requests.day_in(now, cached_organisation(now).zone)


def _projects(actor: Actor, lead_ids: Sequence[str], now: int) -> tuple[str, ...]:
    facts_by_id = leads.get_many(lead_ids, now)
    project_ids = {facts.project_id for facts in facts_by_id.values()}
    if facts_by_id.keys() != set(lead_ids) or not all(map(actor.belongs_to, project_ids)):
        raise Invalid(
            "Some fields are not acceptable.",
            fields=[FieldError("lead_ids", "unknown", "One of these leads does not exist.")],
        )
    return tuple(sorted(project_ids))
