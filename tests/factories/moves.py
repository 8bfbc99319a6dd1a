"""Helpers of the tests of moves."""

from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import JobState
from chalicelib.organisation import store as configuration
from chalicelib.users.domain.users import User
from chalicelib.users.gateways import user_pool
from chalicelib.work.domain.jobs import MoveWork
from tests.factories.leads import NOW
from tests.factories.work import create_agent

SETTLED = NOW + 30


def create_pooled_agent(*project_ids: str) -> User:
    """Create an agent who is also in the user pool."""
    agent = create_agent(user_pool.invite("pooled@example.com", "Pooled"), *project_ids)
    user = configuration.get(User, agent.id, NOW)
    assert user is not None
    return user


def moved_count(job_id: str, now: int = SETTLED) -> int:
    job = jobs.get(job_id, now)
    assert job is not None
    work: MoveWork = job.work
    return work.tally["leads"]["moved"]


def state_of(job_id: str, now: int = SETTLED) -> JobState:
    job = jobs.get(job_id, now)
    assert job is not None
    return job.state
