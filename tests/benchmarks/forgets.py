"""B9: the calls of a forget and the writes of an erasure, measured from the requests that are sent."""

from collections.abc import Iterator
from dataclasses import replace

from chalicelib import clock
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.organisation.domain.configuration import Field, LeadType, Organisation
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from chalicelib.privacy.usecases.forget_lead import forget_lead
from tests.benchmarks.environment import _campaign, in_memory, lead
from tests.benchmarks.figures import Figure
from tests.factories.leads import DAY, ENTERS_AT_ONCE, MANAGER, confirmation_of, create_comments, stamps_of
from tests.harness.api import add_item
from tests.harness.faults import WRITES, Meter, metered

_OWED = 3  # the two entries of the ledger and the statistic
_WIDE = (
    Field("last_name", "Last name", duplicate="name"),
    Field("phone", "Phone", "phone", required=True, duplicate="phone"),
    Field("email", "E-mail", "email", duplicate="email"),
)
_SHAPES = (
    ("phone only", "cmp_lean", False, 0),
    ("phone, e-mail, duplicates", "cmp_full", True, 0),
    ("the same with five comments", "cmp_full", True, 5),
    ("phone, e-mail, three sets of duplicates", "cmp_wide", True, 0),
)


def figures() -> list[Figure]:
    """Return B9 for persons of several sizes, and B1 of an erasure."""
    with in_memory():
        now = clock.now()
        add_item(Organisation(version=1))
        add_item(LeadType(id="lt_wide", version=1, name="wide", fields=_WIDE))
        add_item(replace(_campaign("wide"), duplicates=ENTERS_AT_ONCE))
        return [*_forgets(now), _erasure(now)]


def _forgets(now: int) -> Iterator[Figure]:
    for number, (what, campaign_id, email, texts) in enumerate(_SHAPES):
        lead_id = _post_lead(number, campaign_id, email, texts, now)
        items = 1 + len(stamps_of(lead_id)) + _OWED
        calls = _forget(lead_id, now).round_trips
        assert stamps_of(lead_id) == {}
        yield Figure("B9", f"forget, {what}: calls ÷ items", "", 1.2, calls, items)


def _erasure(now: int) -> Figure:
    """Return the rows that an erasure at the end writes or removes. The budget is one for each row, and four."""
    lead_id = _post_lead(50, "cmp_full", True, 0, now)
    rows = 1 + len(stamps_of(lead_id))
    with metered() as meter:
        finish_erasure(lead_id, "schedule", now + 30 * DAY)
    writes = sum(attempt.tables.total() for attempt in meter.attempts if attempt.operation in WRITES)
    return Figure("B1", "erased at its end: rows written or removed", "rows", 1, writes, rows + 4)


def _post_lead(number: int, campaign_id: str, email: bool, texts: int, now: int) -> str:
    lead_id = f"lead_{number}"
    receive_lead(Submission(campaign_id, lead(number, email=email), None, lead_id), now)
    create_comments(lead_id, texts, now)
    return lead_id


def _forget(lead_id: str, now: int) -> Meter:
    """Forget as a warm function does on a confirmed request: the organisation's settings are cached."""
    cached_organisation(now)
    confirmation = confirmation_of(lambda token: forget_lead(MANAGER, lead_id, False, token, now))
    with metered() as meter:
        forget_lead(MANAGER, lead_id, False, confirmation, now)
    return meter
