"""For any lead and settings the dry run and the replay agree with the decision of the intake.

CAM-18: a dry run has the same result, and nothing is stored or counted. CAM-20: a replay has the same result as the
stored decision, also after corrections, appended duplicates (contacts included) and a review.
"""

import itertools
from collections.abc import Collection, Mapping
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from moto.core.models import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.dynamodb.models import dynamodb_backends

from chalicelib import clock
from chalicelib.aws import secrets
from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.passwords import password_hash
from chalicelib.campaigns.domain.services.result import ServiceResult, not_run, provider_failed
from chalicelib.campaigns.usecases import ask_services
from chalicelib.core.access import Role
from chalicelib.core.errors import LeadwardenError
from chalicelib.core.retention import Policy
from chalicelib.intake.schemas.decisions import verdict_of
from chalicelib.intake.usecases.explain_lead import explain_lead
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.intake.usecases.replay_decision import replay_decision
from chalicelib.leads.domain.leads import Status
from chalicelib.leads.store import leads
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Organisation, Project
from chalicelib.organisation.domain.fields import ParsedSubmission
from chalicelib.organisation.domain.grading import Grading
from chalicelib.organisation.usecases.register_keys import register_keys
from chalicelib.work.usecases.release_lead import release_lead
from tests.factories.leads import MANAGER, NOW, read_access
from tests.harness.api import add_item
from tests.harness.profiles import LONG
from tests.scenarios.explain_steps import (
    GRADINGS,
    LEAD_TYPE,
    PASSWORD,
    SETTINGS,
    STEPS,
    Configure,
    Post,
    Review,
)

ADMIN = replace(MANAGER, role=Role.ADMIN, id="usr_admin")
numbers = itertools.count()
seen: dict[str, int] = {}


def answers(
    campaign: Campaign,
    read: ParsedSubmission,
    calculated: Mapping[str, Any],
    region: str,
    *,
    only: Collection[str],
    budget_s: float,
) -> dict[str, ServiceResult]:
    """Answer as services do, depending on the lead alone: right, wrong, silent, or without input."""
    by_digit = {
        "7": ServiceResult(passed=True, values={"kind": "mobile"}),
        "8": ServiceResult(passed=False),
        "9": provider_failed("timeout"),
        "0": not_run("no_contact"),
    }
    result = by_digit[str(read.fields["phone"])[-1]]
    return dict.fromkeys(only, result)


def emulator_tables() -> Any:
    """Return the tables of the emulator."""
    backend: Any = dynamodb_backends[ACCOUNT]["us-east-1"]
    return backend.tables


def create_start() -> Any:
    """Create two campaigns and a blocked number. Return the tables, as the start of each example."""
    register_keys(NOW)
    add_item(Project(id="prj_1", version=1, name="Loans", zone="America/New_York"))
    add_item(LEAD_TYPE)
    for campaign_id in ("cmp_1", "cmp_2"):
        add_item(example_campaign(campaign_id))
    request = BlockRequest("phone", "+12025550150", "prj_1")
    block_contact(ADMIN, request, clock.new_id("req"), NOW)
    return deepcopy(emulator_tables())


def example_campaign(campaign_id: str) -> Campaign:
    return Campaign(
        id=campaign_id,
        version=1,
        name="Web",
        project_id="prj_1",
        lead_type_id="lt_1",
        source="site",
        price=Decimal("15.00"),
        retention=Policy(60),
    )


def configure(campaign_id: str, values: Mapping[str, Any]) -> None:
    """Save a campaign with these settings and defaults for the others, without a cached copy."""
    before = configuration.get(Campaign, campaign_id, NOW)
    assert before is not None
    options = dict(values)
    if options.get("password_hash"):
        options["password_hash"] = password_hash(secrets.identity_key(), campaign_id, PASSWORD)
    after = replace(example_campaign(campaign_id), **options, version=before.version + 1)
    batch.write(configuration.update(after), batch.token_of("configure", campaign_id, after.version))
    configuration.clear_cache()


def tables() -> dict[str, str]:
    """Return the rows of every table."""
    return {
        name: "\n".join(sorted(repr(item.to_json()) for item in table.all_items()))
        for name, table in emulator_tables().items()
    }


def tables_but_minutes() -> dict[str, str]:
    """Return the same without wrong passwords (ACC-9) and dry runs, which are counted and recorded (PRI-5)."""
    counted = ("refused#password/", "look_ups#", "'subject': {'S': 'contact/")
    return {
        name: "\n".join(line for line in text.splitlines() if not any(item in line for item in counted))
        for name, text in tables().items()
    }


def dry_result(submission: Submission, now: int) -> tuple[str, str | None]:
    try:
        return verdict_of(explain_lead(submission, now).decision)
    except LeadwardenError as error:
        return "refused", error.code


def real_result(submission: Submission, now: int) -> tuple[str, str | None, str | None]:
    try:
        receipt = receive_lead(submission, now)
    except LeadwardenError as error:
        return "refused", error.code, None
    if receipt.facts is None:
        return "rejected", receipt.declined, None
    answer = receipt.facts.answer
    assert answer is not None
    return answer.status.value, answer.reason, receipt.facts.lead_id


def post(step: Post, now: int) -> str | None:
    """Compare the dry run of a lead with its post. Return the stored lead."""
    submission = Submission(
        step.campaign_id, step.values, step.actor, f"lead_f{next(numbers)}", step.key, step.password
    )
    before = tables_but_minutes()
    dry = dry_result(submission, now)
    assert tables_but_minutes() == before
    status, reason, lead_id = real_result(submission, now)
    assert dry == (status, reason)
    seen[f"{status} {reason}"] = seen.get(f"{status} {reason}", 0) + 1
    return lead_id


def review(lead_id: str, corrections: Mapping[str, Any], now: int) -> None:
    """Correct the person and release a held lead. Impossible steps change nothing."""
    facts = leads.get(lead_id, now)
    assert facts is not None
    if facts.test:
        return
    correct_lead(read_access(request_id=f"req_{next(numbers)}"), lead_id, facts.version, corrections, now)
    if facts.status is Status.HELD:
        release_lead(MANAGER, lead_id, now)


def replay_agrees(lead_id: str, now: int) -> bool:
    repeated = replay_decision(read_access(request_id=f"req_{next(numbers)}"), lead_id, now)
    return repeated.then == repeated.again


def run(steps: list[Post | Configure | Review]) -> tuple[dict[str, int], int]:
    """Take the steps. Return the stored leads with their times, and the time at the end."""
    stored: dict[str, int] = {}
    now = NOW
    for step in steps:
        match step:
            case Post(wait=wait):
                now += wait
                lead_id = post(step, now)
                if lead_id is not None:
                    stored.setdefault(lead_id, now)
                    process_new_lead(lead_id, now)
            case Configure(campaign_id, values):
                configure(campaign_id, values)
            case Review(corrections):
                live = [item for item in stored if is_live(item, now)]
                if live:
                    review(live[-1], corrections, now)
    return stored, now


@pytest.fixture
def _services_answer_by_the_lead(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask_services, "ask_services", answers)
    monkeypatch.setattr(
        configuration, "CACHED_FOR_S", 10**9
    )  # the cache of saved settings is cleared at once


@pytest.mark.usefixtures("_services_answer_by_the_lead")
def test_CAM_18_CAM_20_dry_run_and_replay_agree_with_the_intake() -> None:
    organised = create_start()

    @settings(
        max_examples=1500 if LONG else 20,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(SETTINGS, SETTINGS, GRADINGS, STEPS)
    def course(
        first: dict[str, Any],
        second: dict[str, Any],
        default_grading: Grading | None,
        steps: list[Post | Configure | Review],
    ) -> None:
        emulator_tables().update(deepcopy(organised))
        configuration.clear_cache()
        if default_grading is not None:
            add_item(Organisation(version=1, grading=default_grading))
        configure("cmp_1", first)
        configure("cmp_2", second)
        stored, now = run(steps)
        configuration.clear_cache()
        live = [item for item in stored if is_live(item, now)]
        assert [item for item in live if not replay_agrees(item, now)] == []

    course()
    assert {item.split()[0] for item in seen} >= {"accepted", "rejected", "refused"}


def is_live(lead_id: str, now: int) -> bool:
    facts = leads.get(lead_id, now)
    return facts is not None and facts.is_live(now)
