"""The list of checks: which failures are overridable, the result of a decision, its replay (CAM)."""

import hashlib
import json
import re
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.blocks.domain import Block
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Consent, Duplicates, Limits, Quality, Service
from chalicelib.campaigns.domain.consent import with_text_version
from chalicelib.campaigns.domain.services.result import ServiceResult
from chalicelib.core.access import Actor
from chalicelib.core.period_counts import PeriodCounts
from chalicelib.intake.domain.checks.order import CHECKS, LAST
from chalicelib.intake.domain.decision import (
    CheckOutcome,
    DecisionInput,
    Declined,
    Evaluation,
    Replay,
    RequestError,
    Stored,
    decide,
)
from chalicelib.intake.domain.decision_record import decision_record
from chalicelib.intake.domain.new_lead import DecisionRecord, LeadKeys, facts_of, person_of
from chalicelib.intake.domain.replays import ReplayedDecision, Rules, grading_then, replay, verdict_then
from chalicelib.leads.domain.duplicate_index import Original, Window
from chalicelib.leads.domain.leads import Facts, Person, Status
from chalicelib.organisation.domain.configuration import LeadType, Project
from chalicelib.organisation.domain.fields import ParsedSubmission
from chalicelib.organisation.domain.grading import Grading
from tests.harness.profiles import LONG

NOW = 1_800_000_000
RULES = (Path(__file__).parents[3] / "docs/rules/campaign.md").read_text(encoding="utf-8")
ORDER = re.search(r"^authentication → .*$", RULES, re.MULTILINE)[0].split(" → ")  # type: ignore[index]
CAMPAIGN = Campaign(
    id="cmp_1",
    version=3,
    name="Web",
    project_id="prj_1",
    lead_type_id="lt_1",
    source="s",
    price=Decimal("15.00"),
)
PROJECT = Project(id="prj_1", version=1, name="Loans")
WANTED = {"all": [{"field": "loan", "op": "at_least", "value": 100}]}
FAILING = Grading({"criteria": 5}, (("A", 5, "accept"), ("F", 0, "reject")))
EARLIER = Window("ref", "lt_1", (Original("lead_0", "cmp_1", "prj_1", NOW - 60, None, source_id="crd_1"),))
FULL = PeriodCounts(minute=NOW // 60, taken=1, day="2027-01-15", in_day=1, in_month=1)
BLOCKED = Block("ref", "prj_1", NOW - 1, None, "user", "usr_1", "…47")
WRONG = {"line_type": ServiceResult(passed=False)}
SILENT = {"line_type": ServiceResult(ran=False, failed=True)}


def reading(test: bool = False, **values: Any) -> ParsedSubmission:
    evidence = {"tcpa_consent": values.pop("consent")} if "consent" in values else {}
    return ParsedSubmission(values, {}, evidence, (), (), test)


def decision_input(
    read: ParsedSubmission | None = None, results: dict[str, ServiceResult] | None = None, **more: Any
) -> DecisionInput:
    """Return the input of a decision. Other arguments are settings of the campaign."""
    about: dict[str, Any] = {name: more.pop(name) for name in ("blocks", "windows") if name in more}
    if results is not None:
        more.setdefault("services", {name: Service(True, Decimal("0.01")) for name in results})
        about["ask_services"] = lambda: results
    usual: dict[str, Any] = {"actor": None, "password_hash": None, "digest": "d", "now": NOW}
    return DecisionInput(replace(CAMPAIGN, **more), parsed=read or reading(loan=50), **usual | about)


def decision_of(case: DecisionInput) -> tuple[str, str | None]:
    match decide(case, CHECKS, LAST).decision:
        case Stored(status, reasons):
            return status.value, reasons[0] if reasons else None
        case Declined(reason):
            return "turned_away", reason
        case RequestError(error):
            return "refused", error.code
        case Replay():
            return "replayed", None


def test_CAM_order_every_check_is_in_the_trace_in_order() -> None:
    trace = decide(decision_input(), CHECKS, LAST).trace
    assert [line.check for line in trace] == ORDER == [check.__name__ for check in (*CHECKS, *LAST)]
    assert all(line.rule for line in trace)


def test_CAM_order_the_list_ends_with_the_deciding_check() -> None:
    decision = decide(decision_input(criteria=WANTED, limits=Limits(0)), CHECKS, LAST)
    assert [line.check for line in decision.trace] == ORDER[: ORDER.index("criteria") + 1]
    assert decision.failed == (decision.trace[-1],)


MILD: list[tuple[str, dict[str, Any]]] = [
    ("outside_criteria", {"criteria": WANTED}),
    ("service_failed", {"results": WRONG}),
    ("low_grade", {"grading": FAILING}),
]


@pytest.mark.parametrize(("reason", "options"), MILD)
def test_CAM_16_an_overridable_failure_is_rejected_held_or_forwarded(
    reason: str, options: dict[str, Any]
) -> None:
    assert decision_of(decision_input(**options, quality=Quality(reject_to="source"))) == ("rejected", reason)
    assert decision_of(decision_input(**options, quality=Quality(reject_to="quality"))) == ("held", "held")
    forwarded = decide(decision_input(**options, quality=Quality(reject_to="delivery")), CHECKS, LAST)
    assert forwarded.decision == Stored(Status.ACCEPTED)
    assert len(forwarded.failed) == 1  # the failed check stays in the trace


STRICT: list[tuple[tuple[str, str], dict[str, Any]]] = [
    (("turned_away", "blocked"), {"blocks": (BLOCKED,)}),
    (("turned_away", "campaign_not_active"), {"status": "closed"}),
    (("rejected", "no_consent"), {"consent": Consent(enabled=True)}),
    (("duplicate", "duplicate"), {"duplicates": Duplicates(enabled=True), "windows": (EARLIER,)}),
    (("rejected", "over_limit"), {"limits": Limits(0)}),
    (("refused", "unauthenticated"), {"require_authentication": True}),
    (("refused", "wrong_password"), {"password_hash": "h"}),
    (("duplicate", "duplicate"), {"results": {"external_duplicate": ServiceResult(passed=False)}}),
]


@pytest.mark.parametrize(("text", "options"), STRICT)
@pytest.mark.parametrize("reject_to", ["quality", "delivery"])
def test_CAM_16_other_failures_cannot_be_overridden(
    text: tuple[str, str], options: dict[str, Any], reject_to: Any
) -> None:
    values = dict(options)
    password = values.pop("password_hash", None)
    case = decision_input(**values, quality=Quality(reject_to=reject_to))
    if password:
        case = replace(case, campaign=replace(case.campaign, password_hash=password))
    assert decision_of(case) == text


@pytest.mark.parametrize("reject_to", ["quality", "delivery"])
def test_CAM_16_an_earlier_failure_does_not_override_a_strict_one(reject_to: Any) -> None:
    quality = Quality(reject_to=reject_to)
    case = decision_input(criteria=WANTED, limits=Limits(0), quality=quality)
    decision = decide(case, CHECKS, LAST)
    assert decision.decision == Stored(Status.REJECTED, ("over_limit",))
    assert [line.check for line in decision.failed] == ["criteria", "limits"]


@pytest.mark.parametrize(("name", "limits"), [
    ("hourly", Limits(1, 1, 1)), ("daily", Limits(None, 1, 1)), ("monthly", Limits(2, 2, 1)),
])  # fmt: skip
def test_CAM_10_over_limit_names_its_limit(name: str, limits: Limits) -> None:
    case = replace(decision_input(limits=limits), limits=FULL)
    decision = decide(case, CHECKS, LAST)
    assert decision.trace[-1].detail == {"limit": name, "most": 1, "taken": 1}
    assert decision_record(case, decision, {}).failed == (f"limits/CAM-10/{name}",)


def test_INT_12_a_test_lead_skips_limits_and_duplicates() -> None:
    case = decision_input(reading(test=True, loan=1), duplicates=Duplicates(enabled=True), windows=(EARLIER,))
    case = replace(case, campaign=replace(case.campaign, limits=Limits(0)))
    assert decision_of(case) == ("accepted", None)


def test_CAM_11_when_off_consent_is_not_evaluated() -> None:
    case = decision_input(reading(consent=False))
    decision = decide(case, CHECKS, LAST)
    (line,) = [line for line in decision.trace if line.check == "consent"]
    marks = decision_record(case, decision, {})
    assert (line.outcome, marks.consent, marks.evidence) == (CheckOutcome.SKIPPED, None, {})


def test_CAM_11_an_accepted_lead_without_consent_is_flagged() -> None:
    points = Grading({"consent": 10}, (("A", 10, "accept"), ("B", 0, "accept")))
    grading_used: dict[str, Any] = {"consent": Consent(enabled=True, reject=False), "grading": points}
    for given_now, failed, letter in ((True, [], "A"), (False, ["consent"], "B")):
        case = decision_input(
            reading(consent=given_now), **grading_used, quality=Quality(reject_to="quality")
        )
        decision = decide(case, CHECKS, LAST)
        assert decision.decision == Stored(Status.ACCEPTED)
        assert [line.check for line in decision.failed] == failed
        assert decision_record(case, decision, {}).grade == letter


@pytest.mark.parametrize(("given_now", "stored_value"), [(True, True), (False, False), (None, False)])
def test_CAM_12_facts_keep_consent_and_the_person_keeps_the_hash(
    given_now: bool | None, stored_value: bool
) -> None:
    read = reading() if given_now is None else reading(consent=given_now)
    case = decision_input(read, consent=Consent(enabled=True, text="I agree.", reject=False, version=4))
    decision = decide(case, CHECKS, LAST)
    marks = decision_record(case, decision, {})
    assert decision.decision == Stored(Status.ACCEPTED)
    assert json.loads(marks.consent or "") == {"given": stored_value, "text_version": 4, "at": NOW}
    assert marks.evidence == {
        "consent_text_version": 4,
        "consent_text_sha256": hashlib.sha256(b"I agree.").hexdigest(),
    }


def test_CAM_11_texts_are_counted_only_when_they_change() -> None:
    first = replace(CAMPAIGN, consent=Consent(enabled=True, text="One."))
    switched = with_text_version(first, replace(first, consent=Consent(enabled=False, text="One.")))
    second = with_text_version(switched, replace(first, consent=Consent(enabled=True, text="Two.")))
    back = with_text_version(second, replace(first, consent=Consent(enabled=True, text="One.")))
    assert [item.consent.version for item in (first, switched, second, back)] == [1, 1, 2, 3]
    assert with_text_version(None, first) == first


@pytest.mark.parametrize(("points", "letter", "result"), [
    (10, "A", ("accepted", None)), (4, "B", ("held", "held")), (3, "C", ("rejected", "low_grade")),
])  # fmt: skip
def test_CAM_14_points_give_a_letter_and_a_letter_an_action(
    points: int, letter: str, result: tuple[str, str | None]
) -> None:
    letters: Any = (("A", 10, "accept"), ("B", 4, "hold"), ("C", 0, "reject"))
    case = replace(decision_input(), grading=Grading({"shape": points}, letters))
    assert decision_of(case) == result
    assert decision_record(case, decide(case, CHECKS, LAST), {}).grade == letter


def test_CAM_13_a_silent_service_holds_the_lead_or_is_ignored() -> None:
    assert decision_of(decision_input(results=SILENT)) == ("held", "held")
    assert (
        decision_of(decision_input(results=SILENT, quality=Quality(on_service_failure="continue")))[0]
        == "accepted"
    )


RESULTS = st.builds(
    ServiceResult,
    ran=st.booleans(),
    failed=st.booleans(),
    passed=st.sampled_from([None, True, False]),
    values=st.just({}),
    detail=st.just({}),
)
GRADINGS = st.one_of(
    st.none(),
    st.builds(
        Grading,
        st.dictionaries(st.sampled_from(["criteria", "services", "duplicate", "limits"]), st.integers(-5, 9)),
        st.sampled_from([FAILING.letters, (("A", 6, "accept"), ("B", 0, "hold")), ()]),
    ),
)
FEW = st.one_of(st.none(), st.integers(0, 3))
CASES = st.builds(
    decision_input,
    st.builds(
        reading,
        test=st.booleans(),
        loan=st.integers(0, 200),
        consent=st.booleans(),
    ),
    st.dictionaries(st.sampled_from(["line_type", "external_duplicate"]), RESULTS),
    criteria=st.sampled_from([None, WANTED]),
    duplicates=st.builds(Duplicates, enabled=st.booleans(), check_rejected=st.booleans()),
    consent=st.builds(Consent, enabled=st.booleans(), reject=st.booleans()),
    quality=st.builds(
        Quality,
        st.booleans(),
        st.sampled_from(["source", "quality", "delivery"]),
        st.sampled_from(["hold", "continue"]),
    ),
    windows=st.sampled_from([(), (EARLIER,)]),
)


def stored_lead(case: DecisionInput, decision: Evaluation, settled: Stored) -> tuple[Facts, Person]:
    """Return the lead as the tables return it."""
    request = any(
        line.check == "services" and line.outcome is not CheckOutcome.SKIPPED for line in decision.trace
    )
    marks: DecisionRecord = decision_record(case, decision, case.ask_services() if request else {})
    origin = LeadKeys("lead_1", "d", Actor("credential", "crd_1"), (), {})
    facts = facts_of(case.campaign, case.parsed, settled, origin, marks, None, None, NOW)
    stored_value = json.loads(json.dumps(asdict(person_of(case.parsed, origin, marks))))
    return facts, Person(**stored_value)


@settings(max_examples=3000 if LONG else 300, deadline=None)
@given(
    case=CASES,
    limits=st.builds(Limits, FEW, FEW, FEW),
    state=st.sampled_from([PeriodCounts(), FULL, replace(FULL, minute=FULL.minute - 3, before={FULL.minute - 9: 2})]),
    own=GRADINGS,
    default=GRADINGS,
    later=GRADINGS,
    zone=st.sampled_from(["UTC", "Pacific/Apia"]),
)  # fmt: skip
def test_CAM_20_the_stored_data_of_a_lead_replays_the_decision(
    case: DecisionInput,
    limits: Limits,
    state: PeriodCounts,
    own: Grading | None,
    default: Grading | None,
    later: Grading | None,
    zone: str,
) -> None:
    campaign = replace(case.campaign, limits=limits, grading=own)
    case = replace(case, campaign=campaign, limits=state, zone=zone, grading=None if own else default)
    decision = decide(case, CHECKS, LAST)
    assert isinstance(decision.decision, Stored)
    facts, person = stored_lead(case, decision, decision.decision)

    rules = Rules(campaign, LeadType(id="lt_1", name="Loan"), PROJECT, grading_then(person))
    repeated = replay(facts, person, rules, campaign)

    redecided = ReplayedDecision(facts, verdict_then(facts), repeated, campaign.version)
    assert redecided.then == redecided.again
    assert [line.check for line in repeated.failed] == [line.check for line in decision.failed]


@pytest.mark.parametrize("check", ORDER[: ORDER.index("criteria")])
def test_CAM_20_criteria_that_a_lead_did_not_reach_are_evaluated_in_a_replay(check: str) -> None:
    case = decision_input(criteria=WANTED)
    facts, person = stored_lead(case, decide(case, CHECKS, LAST), Stored(Status.REJECTED, ("other",)))
    facts = replace(facts, failed=(f"{check}/CAM-11",))
    person = replace(person, decided={"fields": person.fields, "contacts": [], "contacts_corrected": True})

    rules = Rules(case.campaign, LeadType(id="lt_1", name="Loan"), PROJECT, None)
    repeated = replay(facts, person, rules, case.campaign)

    assert repeated.decision == Stored(Status.REJECTED, ("outside_criteria",))
