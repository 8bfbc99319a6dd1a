"""Bulk changes of retention at project level: outcome rules, and one policy for all campaigns (RET-20)."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Permission, Role
from chalicelib.core.errors import ConfirmationRequired, Forbidden, NotFound
from chalicelib.core.retention import DeadlineOrigin, Policy
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import RETENTION, Job
from chalicelib.jobs.usecases.continue_jobs import continue_jobs
from chalicelib.leads.domain.lead_retention import RetentionRequest
from chalicelib.leads.usecases.read_lead import read_lead
from chalicelib.leads.usecases.set_retention import set_retention
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import change
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Organisation, OutcomeRule
from chalicelib.privacy.usecases import restamp_leads
from chalicelib.privacy.usecases import start_bulk_retention as bulk
from chalicelib.privacy.usecases.read_receipt import receipt_of
from chalicelib.work.domain.quality import reject
from chalicelib.work.usecases.set_outcome import set_outcome
from tests.factories.leads import (
    AGENT,
    DAY,
    MANAGER,
    NOW,
    OUTSIDER,
    confirmation_of,
    confirmed,
    create_campaign,
    create_comments,
    create_lead,
    create_manager,
    create_organisation,
    facts_of,
    read_access,
    stamps_of,
)
from tests.factories.work import change_project_settings, create_activity, create_assigned_lead, history
from tests.harness.api import ApiHarness, Caller
from tests.harness.faults import WRITES, Crash, dying, dying_after, fault, meanwhile, step

pytestmark = pytest.mark.usefixtures("aws")
LATER = NOW + 5 * DAY
RULES = (OutcomeRule("won", 60), OutcomeRule("lost", 3), OutcomeRule("invalid"))


def created(campaign_id: str, at: int = NOW) -> None:
    """Record that a campaign was created, as the API does."""
    ledger.append(
        change(MANAGER, f"campaign/{campaign_id}", "created", at, f"e_{campaign_id}"), Organisation()
    )


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    create_organisation(Policy(30, 20))
    create_manager()
    created("cmp_1")


def run(now: int = LATER) -> None:
    """Continue the bulk changes until the second round is over."""
    continue_jobs(lambda: now, lambda: True, RETENTION)
    continue_jobs(lambda: now + 30, lambda: True, RETENTION)


def job_of(job_id: str, now: int = LATER) -> Job:
    job = jobs.get(job_id, now)
    assert job is not None
    return job


def set_policy(policy: Policy, now: int = LATER, *, existing: bool = True) -> str:
    """Set the policy of all campaigns, confirmed, and do the job."""
    job_id = confirmed(
        lambda given: bulk.set_campaigns(MANAGER, "prj_1", policy, given, now, existing=existing)
    )
    run(now)
    return job_id


def apply_rules(now: int = LATER) -> str:
    """Apply the outcome rules, confirmed, and do the job."""
    job_id = confirmed(lambda given: bulk.apply_outcomes(MANAGER, "prj_1", given, now))
    run(now)
    return job_id


def effect(work: Any) -> dict[str, Any]:
    with pytest.raises(ConfirmationRequired) as caught:
        work()
    return {"summary": caught.value.effect.summary, **caught.value.effect.numbers}


def policy_of(campaign_id: str) -> Policy:
    campaign = configuration.get(Campaign, campaign_id, NOW)
    assert campaign is not None
    return campaign.retention


def outcome_leads() -> None:
    """Create leads whose outcomes were recorded before there were rules."""
    for number, outcome in enumerate(("won", "lost", "invalid"), 1):
        create_assigned_lead(f"lead_{number}", phone=f"202-555-015{number}")
        set_outcome(AGENT, f"lead_{number}", outcome, None, NOW + DAY)
        create_activity(lead_id=f"lead_{number}", now=NOW + 2 * DAY)
    create_assigned_lead("lead_4", phone="202-555-0154")
    change_project_settings(outcomes=RULES)


def test_RET_20_outcome_rules_apply_to_leads_that_have_the_outcome() -> None:
    outcome_leads()
    assert effect(lambda: bulk.apply_outcomes(MANAGER, "prj_1", None, LATER)) == {
        "summary": "The outcome rules apply to leads that have their outcome already: 2 lead(s) change, 1 are erased "
        "earlier and 1 later. 1 of them are erased immediately. This cannot be undone.",
        "leads": 2,
        "earlier": 1,
        "later": 1,
        "due_now": 1,
        "complete": True,
    }
    job_id = apply_rules()
    won = facts_of("lead_1")
    assert won.retention.due_at == NOW + DAY + 60 * DAY, (
        "counted from the outcome, not from the last activity"
    )
    assert (won.retention.due_origin, won.retention.base_due_at) == (DeadlineOrigin.OUTCOME, NOW + 30 * DAY)
    assert set(stamps_of("lead_1").values()) == {NOW + 61 * DAY}
    assert history("lead_1", LATER)[-1][1]["reason"] == "apply_outcomes"
    lost = facts_of("lead_2")
    assert (lost.erased_at, lost.retention.due_at) == (LATER, NOW + 4 * DAY)
    assert receipt_of("lead_2", LATER).through == "retention"
    assert facts_of("lead_3").retention.due_at == NOW + 30 * DAY
    assert facts_of("lead_4").retention.due_at == NOW + 30 * DAY
    assert job_of(job_id).work.tally["counts"] == {"campaigns": 0, "changed": 2, "erased": 1, "failed": 0}
    entry = ledger.list_subject("project/prj_1", LATER)[-1]
    assert (entry.action, entry.actor_id) == ("apply_outcomes", MANAGER.id)
    assert entry.detail is not None
    assert "2 lead(s) change" in entry.detail["effect"]


def test_RET_20_an_own_setting_and_a_passed_deadline_win_over_the_rules() -> None:
    outcome_leads()
    asked = RetentionRequest(days=40)
    confirmed(lambda given: set_retention(MANAGER, "lead_1", asked, given, NOW + DAY))
    apply_rules()
    assert facts_of("lead_1").retention.due_at == NOW + 40 * DAY
    change_project_settings(outcomes=(OutcomeRule("invalid", 90),))
    assert effect(lambda: bulk.apply_outcomes(MANAGER, "prj_1", None, NOW + 30 * DAY))["leads"] == 0


def test_RET_20_one_policy_for_all_campaigns_touches_later_leads_only() -> None:
    create_campaign("cmp_2", policy=Policy())
    created("cmp_2")
    create_lead()
    numbers = effect(lambda: bulk.set_campaigns(MANAGER, "prj_1", Policy(7), None, LATER, existing=False))
    assert (numbers["campaigns"], numbers.get("leads")) == (2, None)
    assert policy_of("cmp_1") == Policy(30, 20)
    job_id = set_policy(Policy(7), existing=False)
    assert [policy_of(campaign) for campaign in ("cmp_1", "cmp_2")] == [Policy(7), Policy(7)]
    assert facts_of("lead_1").retention.due_at == NOW + 30 * DAY
    assert create_lead("lead_2", LATER, phone="202-555-0188").retention.due_at == LATER + 7 * DAY
    assert job_of(job_id).work.tally["counts"]["campaigns"] == 2
    assert ledger.list_subject("campaign/cmp_2", LATER)[-1].actor_id == MANAGER.id


def test_RET_20_existing_leads_are_erased_earlier_never_later() -> None:
    create_campaign("cmp_2", policy=Policy())
    create_campaign("cmp_3", policy=Policy(7))
    for campaign in ("cmp_2", "cmp_3"):
        created(campaign)
    create_lead("lead_1")
    create_lead("lead_2", campaign_id="cmp_2", phone="202-555-0152")
    create_lead("lead_3", campaign_id="cmp_3", phone="202-555-0153")
    create_lead("lead_test", phone="202-555-0155", test=True)
    create_comments("lead_1", 3)
    numbers = effect(lambda: bulk.set_campaigns(MANAGER, "prj_1", Policy(10), None, LATER, existing=True))
    assert (numbers["leads"], numbers["due_now"]) == (2, 0)
    set_policy(Policy(10))
    for lead_id, base in (("lead_1", NOW + 30 * DAY), ("lead_2", None)):
        retention = facts_of(lead_id).retention
        assert (retention.due_at, retention.base_due_at) == (NOW + 10 * DAY, base)
        assert (retention.due_origin, retention.days) == (DeadlineOrigin.PROJECT, 10)
        assert set(stamps_of(lead_id).values()) == {NOW + 10 * DAY}
    assert facts_of("lead_3").retention.due_at == NOW + 7 * DAY
    assert facts_of("lead_test").retention.due_at == NOW + DAY
    assert read_lead(read_access(), "lead_1", NOW + 10 * DAY).person is None


def test_RET_20_a_new_deadline_that_has_passed_erases_at_once() -> None:
    create_lead()
    numbers = effect(lambda: bulk.set_campaigns(MANAGER, "prj_1", Policy(2), None, LATER, existing=True))
    assert (numbers["leads"], numbers["due_now"]) == (1, 1)
    job_id = set_policy(Policy(2))
    assert facts_of("lead_1").erased_at == LATER
    assert job_of(job_id).work.tally["counts"] == {"campaigns": 1, "changed": 1, "erased": 1, "failed": 0}


@pytest.mark.parametrize(
    ("stamped", "policy", "accepted", "rejected"),
    [
        (Policy(30, 20), Policy(10, 5), 10, 5),
        (Policy(30, 20), Policy(10), 10, 10),
        (Policy(30, 20), Policy(25, 25), 25, 20),
        (Policy(30), Policy(10, 40), 10, 30),
        (Policy(), Policy(10, 40), 10, 40),
        (Policy(), Policy(10), 10, 10),
        (Policy(5, 60), Policy(10, 20), 5, 60),
    ],
)
def test_RET_6_a_later_rejection_keeps_the_fewer_rejected_days(
    stamped: Policy, policy: Policy, accepted: int, rejected: int
) -> None:
    create_campaign("cmp_2", policy=stamped)
    created("cmp_2")
    create_lead(campaign_id="cmp_2")
    set_policy(policy, NOW + 60)
    facts = facts_of("lead_1")
    assert facts.retention.due_at == NOW + accepted * DAY
    assert reject(facts, "fraud", NOW + 60).retention.due_at == NOW + rejected * DAY


def test_RET_20_a_lead_decided_just_before_its_campaign_was_set_is_found() -> None:
    now = NOW + 60
    given = confirmation_of(
        lambda one: bulk.set_campaigns(MANAGER, "prj_1", Policy(10), one, now, existing=True)
    )
    bulk.set_campaigns(MANAGER, "prj_1", Policy(10), given, now, existing=True)
    first_round = meanwhile(lambda: continue_jobs(lambda: now, lambda: True, RETENTION))
    with fault(first_round, on={"TransactWriteItems"}, when=step(1)) as fired:
        create_lead("lead_late", now)
    assert fired
    assert policy_of("cmp_1") == Policy(10)
    assert facts_of("lead_late").retention.due_at == now + 30 * DAY
    continue_jobs(lambda: now + 30, lambda: True, RETENTION)
    assert facts_of("lead_late").retention.due_at == now + 10 * DAY


@pytest.mark.parametrize("death", [dying, dying_after])
@pytest.mark.parametrize("number", range(1, 12))
def test_RET_20_a_run_that_dies_changes_each_lead_once(death: Any, number: int, monkeypatch: Any) -> None:
    monkeypatch.setattr(restamp_leads, "_PAGE", 2)
    for lead in range(1, 4):
        create_lead(f"lead_{lead}", phone=f"202-555-015{lead}")
    now = NOW + 60
    given = confirmation_of(
        lambda one: bulk.set_campaigns(MANAGER, "prj_1", Policy(10), one, now, existing=True)
    )
    job_id = bulk.set_campaigns(MANAGER, "prj_1", Policy(10), given, now, existing=True)
    with fault(death, on=WRITES, when=step(number)), suppress(Crash):
        continue_jobs(lambda: now, lambda: True, RETENTION)
    run(now + 1_000)
    assert job_of(job_id, now).state == "done"
    for lead in range(1, 4):
        facts = facts_of(f"lead_{lead}")
        assert (facts.retention.due_at, facts.version) == (NOW + 10 * DAY, 2)
        assert set(stamps_of(facts.lead_id).values()) == {NOW + 10 * DAY}


def test_RET_20_a_lead_that_is_worked_meanwhile_is_changed_after_it() -> None:
    create_assigned_lead()
    given = confirmation_of(
        lambda one: bulk.set_campaigns(MANAGER, "prj_1", Policy(10), one, NOW, existing=True)
    )
    bulk.set_campaigns(MANAGER, "prj_1", Policy(10), given, NOW, existing=True)
    with fault(meanwhile(lambda: create_activity(now=NOW)), on={"TransactWriteItems"}, when=step(2)) as fired:
        run(NOW)
    assert fired
    assert facts_of("lead_1").retention.due_at == NOW + 10 * DAY
    assert [kind for kind, _ in history()].count("comment") == 1


def test_RET_12_a_repeat_is_the_same_job_and_changed_settings_ask_again() -> None:
    create_lead()
    given = confirmation_of(
        lambda one: bulk.set_campaigns(MANAGER, "prj_1", Policy(10), one, NOW, existing=True)
    )
    started = bulk.set_campaigns(MANAGER, "prj_1", Policy(10), given, NOW, existing=True)
    run(NOW)
    again = bulk.set_campaigns(MANAGER, "prj_1", Policy(10), given, NOW + 60, existing=True)
    assert started == again
    assert facts_of("lead_1").version == 2
    other = confirmation_of(lambda one: bulk.apply_outcomes(MANAGER, "prj_1", one, NOW))
    change_project_settings(outcomes=RULES)
    with pytest.raises(ConfirmationRequired):
        bulk.apply_outcomes(MANAGER, "prj_1", other, NOW)


def test_RET_13_both_need_their_permissions_and_the_project() -> None:
    with pytest.raises(Forbidden):
        bulk.apply_outcomes(AGENT, "prj_1", None, NOW)
    with pytest.raises(Forbidden):
        bulk.set_campaigns(AGENT, "prj_1", Policy(10), None, NOW, existing=True)
    with pytest.raises(NotFound):
        bulk.apply_outcomes(OUTSIDER, "prj_1", None, NOW)


def test_RET_20_a_large_count_is_a_lower_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    create_lead()
    create_lead("lead_2", NOW + DAY, phone="202-555-0152")
    monkeypatch.setattr(bulk, "_MOST_LEADS", 1)
    numbers = effect(lambda: bulk.set_campaigns(MANAGER, "prj_1", Policy(9), None, LATER, existing=True))
    assert (numbers["complete"], numbers["leads"]) == (False, 1)
    assert "at least 1 are erased earlier" in numbers["summary"]


def test_RET_20_over_http_it_is_confirmed_and_answers_a_job(
    api: ApiHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    create_lead()
    manager = Caller(api.client, api.signer.token(MANAGER.id))
    path, body = "/v1/projects/prj_1/set-campaigns", {"retention": {"days": 10}, "existing": True}
    first = manager.post(path, body)
    assert (first.status, first.json["effect"]["leads"]) == (409, 1)
    reply = manager.post(path, body | {"confirm": first.json["confirm"]})
    assert reply.status == 202
    run(NOW)
    shown = manager.get(f"/v1/jobs/{reply.json['job_id']}").json
    assert shown["result"] == {"campaigns": 1, "leads": 1, "erased": 0, "failed": 0}
    assert manager.get("/v1/leads/lead_1").json["retention"]["origin"] == "project"
    assert manager.post("/v1/projects/prj_1/apply-outcomes", {}).status == 409
    bare = api.user(Role.MANAGER, "prj_1", user_id="usr_bare", withdrawn=(Permission.RETENTION_MANAGE,))
    assert bare.post(path, body).status == 403


@pytest.mark.parametrize("later", [1, 3, 59, None])
def test_RET_12_the_rules_that_were_confirmed_are_applied(later: int | None) -> None:
    outcome_leads()
    confirmed(lambda given: bulk.apply_outcomes(MANAGER, "prj_1", given, LATER))
    change_project_settings(outcomes=(OutcomeRule("won", later), OutcomeRule("lost", later)))
    configuration.clear_cache()
    run()
    assert facts_of("lead_1").retention.due_at == NOW + 61 * DAY
    assert facts_of("lead_2").erased_at == LATER


def test_RET_20_a_job_of_an_earlier_release_takes_the_rules_of_the_project() -> None:
    outcome_leads()
    job_id = confirmed(lambda given: bulk.apply_outcomes(MANAGER, "prj_1", given, LATER))
    job = job_of(job_id)
    asked = {name: value for name, value in job.work.asked.items() if name != "rules"}
    for write in jobs.insert(replace(job, work=replace(job.work, asked=asked))):
        write.row.save()
    run()
    assert facts_of("lead_1").retention.due_at == NOW + 61 * DAY


@pytest.mark.parametrize(
    ("policy", "existing"), [(Policy(5), True), (Policy(10), False), (Policy(10, 2), True), (Policy(), True)]
)
def test_RET_12_a_token_is_good_for_its_own_values_only(policy: Policy, existing: bool) -> None:
    def ask(wanted: Policy, given: Any, *, leads: bool = True) -> str:
        return bulk.set_campaigns(MANAGER, "prj_1", wanted, given, LATER, existing=leads)

    given = confirmation_of(lambda one: ask(Policy(10), one))
    assert ask(Policy(10), given) == ask(Policy(10), given)
    with pytest.raises(ConfirmationRequired):
        ask(policy, given, leads=existing)
    with pytest.raises(ConfirmationRequired):
        bulk.apply_outcomes(MANAGER, "prj_1", given, LATER)
