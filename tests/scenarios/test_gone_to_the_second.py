"""Every reader shows the person until `erase_at`, and none from then on (RET-14).

For any policy and any change of it, at any instant, with any delay of TTL (0 to 72 hours, and never), any interval
of the schedule (up to never), with and without the stream.
"""

import itertools
import random
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.core.errors import Conflict
from chalicelib.core.retention import Policy, gone
from chalicelib.core.times import utc_day
from chalicelib.leads.domain.lead_retention import RetentionRequest
from chalicelib.leads.store import contact_index, people
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.leads.usecases.list_leads import LeadFilter, list_leads
from chalicelib.leads.usecases.read_lead import read_lead
from chalicelib.leads.usecases.set_retention import set_retention
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.privacy.handlers.after_erasure import after_erasure
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from tests.factories.leads import (
    DAY,
    ENTERS_AT_ONCE,
    MANAGER,
    NOW,
    confirmed,
    create_campaign,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
)
from tests.harness.profiles import LONG
from tests.scenarios.reaper import reap, rows_left

HOUR = 3600
numbers = itertools.count()


@dataclass(frozen=True)
class Course:
    """The events of one lead: its days, perhaps others, and those around its end, in seconds from it."""

    days: int
    moved_to: int | None
    looks: tuple[int, ...]
    ttl: tuple[int, ...]
    schedules: tuple[int, ...]
    stream: bool
    seed: int


AROUND = st.one_of(st.integers(-3, 3), st.integers(-DAY + 1, 72 * HOUR), st.sampled_from([-1, 0, 1]))
AFTER = st.lists(st.integers(0, 72 * HOUR), max_size=3).map(tuple)
COURSES = st.builds(
    Course,
    days=st.sampled_from([1, 2, 30, 3650]),
    moved_to=st.sampled_from([None, None, 1, 3, 40]),
    looks=st.lists(AROUND, min_size=1, max_size=4, unique=True).map(tuple),
    ttl=AFTER,
    schedules=AFTER,
    stream=st.booleans(),
    seed=st.integers(0, 1000),
)


def shown(lead_id: str, campaign_id: str, now: int) -> set[str]:
    """Return the readers that show the person of a lead at an instant."""
    names = set()
    access = read_access(request_id=f"req_{next(numbers)}")
    if read_lead(access, lead_id, now).person is not None:
        names.add("get")
    lead_filter = LeadFilter(campaign_id, utc_day(NOW), person=True)
    for name, erased in (("list", False), ("list of the erased", True)):
        page = list_leads(access, replace(lead_filter, erased=erased), 50, None, now)
        if any(lead.person for lead in page.items):
            names.add(name)
    for row in people.PersonRow.query(lead_id):
        person = people.from_batch(lead_id, batch.read([people.key(lead_id)], now))
        if person is not None and row.part == people.PERSON:
            names |= {"directory" for ref in person.refs if lead_id in contact_index.list_leads(ref, now)}
            names |= {"windows" for ref in person.windows if is_original(ref, lead_id, now)}
    return names


def is_original(ref: str, lead_id: str, now: int) -> bool:
    """Return whether a later lead would be a duplicate of this one."""
    window = contact_index.window_from_batch(
        ref, "lt_1", batch.read([contact_index.window_key(ref, "lt_1")], now)
    )
    return any(
        original.lead_id == lead_id and not gone(original.erase_at, now) for original in window.originals
    )


def create_course(course: Course) -> tuple[str, str, int]:
    """Create a lead and, if set, move its end. Return the lead, its campaign and its end."""
    number = next(numbers)
    lead_id, campaign_id = f"lead_{number}", f"cmp_x{number}"
    create_campaign(campaign_id, policy=Policy(course.days), duplicates=ENTERS_AT_ONCE)
    create_lead(
        lead_id,
        NOW,
        campaign_id,
        {"phone": f"202-555-01{number % 100:02d}", "email": f"p{number}@example.com"},
    )
    if course.moved_to is not None:
        request = RetentionRequest(days=course.moved_to)
        confirmed(lambda token: set_retention(MANAGER, lead_id, request, token, NOW))
    end = facts_of(lead_id).erase_at
    assert end == NOW + (course.moved_to or course.days) * DAY
    return lead_id, campaign_id, end


def events(course: Course) -> list[tuple[int, str]]:
    looks = [(at, "look") for at in course.looks]
    return sorted(
        [*looks, *((at, "ttl") for at in course.ttl), *((at, "schedule") for at in course.schedules)]
    )


@pytest.fixture
def set_up(aws: None) -> None:
    """One organisation for all examples. Each example has a new lead and campaign."""
    create_organisation(max_lag="PT0S", duplicates=ENTERS_AT_ONCE)


@pytest.mark.usefixtures("set_up")
@settings(
    max_examples=400 if LONG else 25,
    deadline=None,
    derandomize=not LONG,
    database=None,
    phases=(Phase.explicit, Phase.generate),  # an example is slow: it is reported as found, without shrinking
    suppress_health_check=list(HealthCheck),
)
@given(course=COURSES)
def test_RET_14_the_person_is_shown_exactly_until_its_end(course: Course) -> None:
    lead_id, campaign_id, end = create_course(course)
    chance = random.Random(course.seed)
    for after, what in events(course):
        now = end + after
        if what == "schedule":
            finish_due_erasures(lambda: True, now)
        elif what == "ttl":
            records = reap(now, chance, share=0.6)
            if course.stream:
                deliver_records(records, now)
        else:
            seen = shown(lead_id, campaign_id, now)
            assert seen == ({"get", "list", "directory", "windows"} if now < end else set())
            if now >= end:
                with pytest.raises(Conflict):
                    correct_lead(read_access(), lead_id, 1, {"first_name": "Eve"}, now)
    last = end + 73 * HOUR
    reap(last, chance)
    finish_due_erasures(lambda: True, last)
    assert list(rows_left(lead_id)) == []
    entries = ledger.list_subject(f"lead/{lead_id}", NOW)
    assert len([entry for entry in entries if entry.kind is EntryKind.RECEIPT]) == 1


def deliver_records(records: list[dict[str, object]], now: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: now)
        assert after_erasure({"Records": records}, None) == {"batchItemFailures": []}
