"""The outcome of a lead, and the retention it sets (WRK-14, RET-7, RET-8, RET-11, RET-12)."""

import pytest

from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import ConfirmationRequired, Conflict, Invalid
from chalicelib.core.retention import DeadlineOrigin, Policy
from chalicelib.core.times import iso
from chalicelib.leads.domain.lead_retention import RetentionRequest
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store.leads_rows import FactsRow
from chalicelib.leads.usecases.set_retention import set_retention
from chalicelib.organisation.domain.configuration import OutcomeRule
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.work.domain.activities import Comment
from chalicelib.work.usecases.set_follow_up import set_follow_up
from chalicelib.work.usecases.set_outcome import set_outcome
from tests.factories.leads import (
    AGENT,
    DAY,
    ENTERS_AT_ONCE,
    MANAGER,
    NOW,
    confirmation_of,
    confirmed,
    create_comments,
    create_organisation,
    facts_of,
    stamps_of,
)
from tests.factories.work import (
    actions,
    change_project_settings,
    changes,
    create_activity,
    create_assigned_lead,
    history,
    own_leads,
)

pytestmark = pytest.mark.usefixtures("aws")
LATER = NOW + 3 * DAY
BASE = NOW + 10 * DAY
WON, NOT_INTERESTED = LATER + 60 * DAY, LATER + 2 * DAY


@pytest.fixture(autouse=True)
def _lead(aws: None) -> None:
    """An agent's lead of ten days, in a project where won leads end after 60 days and not interested ones after 2."""
    create_organisation(Policy(10), duplicates=ENTERS_AT_ONCE)
    change_project_settings(
        outcomes=(
            OutcomeRule("won", 60),
            OutcomeRule("lost"),
            OutcomeRule("not_interested", 2),
            OutcomeRule("invalid", 2),
        )
    )
    create_assigned_lead()


def outcome(name: str | None, token: Confirmation | None = None, now: int = LATER) -> Facts:
    return set_outcome(AGENT, "lead_1", name, token, now)


def set_confirmed_outcome(name: str | None, now: int = LATER) -> Facts:
    return confirmed(lambda token: outcome(name, token, now))


def test_WRK_14_an_outcome_without_a_rule_closes_and_keeps_the_deadline() -> None:
    set_follow_up(AGENT, "lead_1", "2027-02-01", NOW)
    facts = outcome("lost")
    assert (facts.outcome, facts.closed, facts.last_activity_at) == ("lost", True, LATER)
    assert (facts.follow_up_on, facts.erase_at, facts.retention.origin) == (
        None,
        BASE,
        DeadlineOrigin.CAMPAIGN,
    )
    assert (own_leads(now=LATER), own_leads("closed", now=LATER)) == ([], ["lead_1"])
    assert history()[-1] == ("outcome", {"from": None, "to": "lost"})
    assert {field.name: (field.before, field.after) for field in changes()[-1].fields} == {
        "outcome": (None, "lost"),
        "follow_up_on": ("2027-02-01", None),
    }


def test_WRK_14_the_same_outcome_again_is_no_activity() -> None:
    first = outcome("lost")
    assert outcome("lost", now=LATER + 60) == first == facts_of("lead_1")
    assert actions() == ["assigned", "outcome"]


def test_WRK_14_removing_the_outcome_opens_the_lead_again() -> None:
    outcome("lost")
    facts = outcome(None, now=LATER + 60)
    assert (facts.outcome, facts.closed, facts.last_activity_at) == (None, False, LATER + 60)
    assert own_leads(now=LATER + 60) == ["lead_1"]
    assert history()[-1] == ("outcome", {"from": "lost", "to": None})


def test_WRK_14_an_outcome_unknown_to_the_project_is_refused() -> None:
    for name in ("sold", "unqualified"):
        with pytest.raises(Invalid) as caught:
            outcome(name)
        assert [field.field for field in caught.value.fields] == ["outcome"]
    assert facts_of("lead_1").version == 2


@pytest.mark.parametrize(("name", "due"), [("won", WON), ("not_interested", NOT_INTERESTED)])
def test_RET_12_an_outcome_that_moves_the_deadline_shows_its_effect_first(name: str, due: int) -> None:
    with pytest.raises(ConfirmationRequired) as caught:
        outcome(name)
    numbers = caught.value.effect.numbers
    assert (numbers["leads"], numbers["due_at"], numbers["due_at_before"]) == (1, iso(due), iso(BASE))
    assert iso(due) in caught.value.effect.summary
    assert facts_of("lead_1").version == 2
    assert set(stamps_of("lead_1").values()) == {BASE}


@pytest.mark.parametrize(("name", "due"), [("won", WON), ("not_interested", NOT_INTERESTED)])
def test_RET_7_the_days_count_from_the_outcome_for_every_part(name: str, due: int) -> None:
    create_activity(Comment("First."))
    create_activity(Comment("Second."))
    facts = set_confirmed_outcome(name)
    assert facts == facts_of("lead_1", LATER)
    assert (facts.erase_at, facts.retention.origin, facts.retention.base_due_at) == (
        due,
        DeadlineOrigin.OUTCOME,
        BASE,
    )
    stamps = stamps_of("lead_1")
    assert sorted(name.split()[0] for name in stamps) == ["directory"] * 2 + ["people"] * 3 + ["window"]
    assert set(stamps.values()) == {due}
    row = FactsRow.get("lead_1", "lead")
    assert (row.erase_at, row.due_at, row.base_due_at) == (due, due, BASE)
    assert actions()[-1] == "outcome"
    assert history()[-1] == ("outcome", {"from": None, "to": name, "due_at": iso(due)})


def test_PRI_29_the_ledger_has_the_confirmed_effect() -> None:
    set_confirmed_outcome("won")
    entry = changes()[-1]
    assert (entry.action, entry.actor_id) == ("outcome", AGENT.id)
    assert iso(WON) in (entry.detail or {})["effect"]
    moved = {field.name: (field.before, field.after) for field in entry.fields}
    assert moved["outcome"] == (None, "won")
    assert moved["retention.due_at"] == (iso(BASE), iso(WON))
    assert moved["retention.origin"] == ("campaign", "outcome")


def test_RET_7_comments_beyond_one_transaction_end_with_the_lead() -> None:
    create_comments("lead_1", 130)
    for name, due in (("won", WON), ("not_interested", NOT_INTERESTED)):
        set_confirmed_outcome(name)
        stamps = stamps_of("lead_1")
        assert len(stamps) == 1 + 130 + 2 + 1
        assert set(stamps.values()) == {due}


def test_RET_7_removing_the_outcome_restores_the_deadline_with_confirmation() -> None:
    set_confirmed_outcome("won")
    with pytest.raises(ConfirmationRequired) as caught:
        outcome(None, now=LATER + 60)
    assert caught.value.effect.numbers["due_at"] == iso(BASE)
    facts = set_confirmed_outcome(None, LATER + 60)
    assert (facts.outcome, facts.erase_at, facts.retention.origin) == (None, BASE, DeadlineOrigin.CAMPAIGN)
    assert set(stamps_of("lead_1").values()) == {BASE}


def test_RET_7_another_outcome_counts_from_its_own_instant() -> None:
    set_confirmed_outcome("won")
    facts = set_confirmed_outcome("not_interested", LATER + 60)
    assert facts.erase_at == NOT_INTERESTED + 60
    assert [detail["to"] for kind, detail in history() if kind == "outcome"] == ["won", "not_interested"]


def test_RET_12_a_confirmation_is_for_one_outcome_version_and_user() -> None:
    token = confirmation_of(lambda confirmation: outcome("won", confirmation))
    with pytest.raises(ConfirmationRequired):
        outcome("not_interested", token)
    with pytest.raises(ConfirmationRequired):
        set_outcome(MANAGER, "lead_1", "won", token, LATER)
    create_activity(now=NOW + 60)
    with pytest.raises(ConfirmationRequired):
        outcome("won", token)
    assert facts_of("lead_1").outcome is None


def test_RET_12_a_confirmation_is_not_valid_for_an_outcome_of_equal_days() -> None:
    token = confirmation_of(lambda confirmation: outcome("not_interested", confirmation))
    with pytest.raises(ConfirmationRequired):
        outcome("invalid", token)


def test_RET_12_the_confirmed_call_repeated_after_a_lost_answer_succeeds() -> None:
    token = confirmation_of(lambda confirmation: outcome("won", confirmation))
    first = outcome("won", token)
    assert outcome("won", token) == outcome("won", token, LATER + 60) == first
    assert actions() == ["assigned", "outcome"]


def test_RET_8_the_lead_s_own_setting_wins_over_an_outcome() -> None:
    confirmed(lambda token: set_retention(MANAGER, "lead_1", RetentionRequest(days=20), token, NOW))
    facts = outcome("won")
    assert (facts.outcome, facts.erase_at, facts.retention.origin) == (
        "won",
        NOW + 20 * DAY,
        DeadlineOrigin.LEAD,
    )
    assert set(stamps_of("lead_1").values()) == {NOW + 20 * DAY}


@pytest.mark.parametrize("late", [0, 1, DAY])
def test_RET_11_from_the_initial_deadline_on_only_the_list_changes(late: int) -> None:
    confirmed(lambda token: set_retention(MANAGER, "lead_1", RetentionRequest(days=20), token, NOW))
    facts = outcome("not_interested", now=BASE + late)
    assert (facts.outcome, facts.erase_at) == ("not_interested", NOW + 20 * DAY)
    assert facts.retention.outcome_due_at is None
    assert set(stamps_of("lead_1").values()) == {NOW + 20 * DAY}


def test_RET_11_if_the_deadline_passes_meanwhile_the_retention_stays() -> None:
    set_confirmed_outcome("won")
    token = confirmation_of(lambda confirmation: outcome("not_interested", confirmation, BASE - 1))
    facts = outcome("not_interested", token, BASE)
    assert (facts.outcome, facts.erase_at) == ("not_interested", WON)
    assert set(stamps_of("lead_1").values()) == {WON}


def test_RET_19_an_outcome_under_a_legal_hold_moves_only_the_deadline() -> None:
    place_legal_hold(MANAGER, "lead_1", "dispute", NOW + 30 * DAY, NOW)
    facts = set_confirmed_outcome("not_interested")
    assert (facts.retention.due_at, facts.erase_at) == (NOT_INTERESTED, NOW + 30 * DAY)
    assert set(stamps_of("lead_1").values()) == {NOW + 30 * DAY}
    with pytest.raises(Conflict) as caught:
        outcome("lost", now=NOT_INTERESTED)
    assert caught.value.code == "legal_hold"


def test_RET_7_a_lead_without_a_policy_gets_that_of_the_outcome() -> None:
    create_assigned_lead("lead_2", now=NOW)
    confirmed(lambda token: set_retention(MANAGER, "lead_2", RetentionRequest(reason="contract"), token, NOW))
    facts = set_outcome(AGENT, "lead_2", "won", None, LATER)
    assert (facts.erase_at, facts.retention.origin) == (None, DeadlineOrigin.LEAD)


def test_RET_7_a_later_rule_change_keeps_leads_as_they_are() -> None:
    set_confirmed_outcome("won")
    change_project_settings(outcomes=(OutcomeRule("won", 5),))
    assert outcome("won", now=LATER + 60).erase_at == WON
