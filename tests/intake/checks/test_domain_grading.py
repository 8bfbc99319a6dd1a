"""Points, letters and the actions of letters (CAM-14)."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Quality, Service
from chalicelib.campaigns.domain.services.result import ServiceResult, not_run, provider_failed
from chalicelib.intake.domain.checks.grade import grade, letter_for, passed_checks
from chalicelib.intake.domain.checks.order import CHECKS, GRADED, LAST
from chalicelib.intake.domain.decision import CheckOutcome, DecisionInput, Stored, TraceEntry, decide
from chalicelib.leads.domain.leads import Status
from chalicelib.organisation.domain.fields import ParsedSubmission
from chalicelib.organisation.domain.grading import Grading

LETTERS = (("A", 20, "accept"), ("B", 10, "hold"), ("C", 0, "reject"))
GOOD, UNKNOWN = ServiceResult(passed=True), ServiceResult()


def grading(**points: int) -> Grading:
    return Grading({name.replace("__", "."): worth for name, worth in points.items()}, LETTERS)  # type: ignore[arg-type]


def case(grading_used: Grading | None, default: Grading | None = None, **settings: Any) -> DecisionInput:
    services: dict[str, ServiceResult] = settings.pop("services", {})
    campaign = Campaign(
        id="cmp_1",
        name="A",
        project_id="prj_1",
        lead_type_id="lt_1",
        source="web",
        grading=grading_used,
        services={name: Service(enabled=True) for name in services},
        quality=settings.pop("quality", Quality()),
    )
    reading = ParsedSubmission({}, {}, {}, (), ())
    values = DecisionInput(campaign, None, reading, None, "digest", 1_800_000_000, grading=default)
    return replace(values, ask_services=lambda: services)


def verdict(values: DecisionInput) -> tuple[str | None, int | None, Status, tuple[str, ...]]:
    """Return the letter, the points and the decision of the whole list of checks."""
    decision = decide(values, CHECKS, LAST)
    assert isinstance(decision.decision, Stored)
    line = next(line for line in decision.trace if line.check == "grade")
    detail = line.detail or {}
    return detail.get("letter"), detail.get("points"), decision.decision.status, decision.decision.reasons


def test_CAM_14_a_passed_check_gives_points_and_a_skipped_one_none() -> None:
    grading_used = grading(shape=15, blocks=5, duplicate=100, criteria=100, consent=100, authentication=100)
    assert verdict(case(grading_used)) == ("A", 20, Status.ACCEPTED, ())


@pytest.mark.parametrize(
    ("points", "letter", "status", "reasons"),
    [
        (21, "A", Status.ACCEPTED, ()),
        (20, "A", Status.ACCEPTED, ()),
        (19, "B", Status.HELD, ("held",)),
        (10, "B", Status.HELD, ("held",)),
        (9, "C", Status.REJECTED, ("low_grade",)),
        (0, "C", Status.REJECTED, ("low_grade",)),
        (-5, "C", Status.REJECTED, ("low_grade",)),
    ],
)
def test_CAM_14_a_threshold_is_reached_by_exactly_its_points(
    points: int, letter: str, status: Status, reasons: tuple[str, ...]
) -> None:
    assert verdict(case(grading(shape=points))) == (letter, points, status, reasons)


def test_CAM_14_each_service_counts_separately() -> None:
    results = {
        "address": GOOD,
        "line_type": GOOD,
        "city_state": not_run("no_postal_code"),
        "geolocation": UNKNOWN,
    }
    worth = {f"services.{name}": 10**place for place, name in enumerate(results)}
    result = verdict(case(Grading(worth, LETTERS), services=results))  # type: ignore[arg-type]
    assert result[:2] == ("B", 11)


def test_CAM_14_all_services_pass_if_each_answered_and_none_is_wrong() -> None:
    going_on = Quality(on_service_failure="continue", reject_to="delivery")
    grading_used = grading(services=20, services__address=1)
    silent, wrong = provider_failed("timeout"), ServiceResult(passed=False)
    for other, points in ((GOOD, 21), (UNKNOWN, 21), (not_run("no_phone"), 21), (silent, 1), (wrong, 1)):
        results = {"address": GOOD, "line_type": other}
        assert verdict(case(grading_used, services=results, quality=going_on))[1] == points


def test_CAM_14_the_campaign_s_grading_replaces_the_organisation_s() -> None:
    low, high = grading(shape=1), grading(shape=20, blocks=5)
    assert verdict(case(None, low))[:2] == ("C", 1)
    assert verdict(case(high, low))[:2] == ("A", 25)
    assert verdict(case(low, high))[:2] == ("C", 1)
    assert verdict(case(Grading(), high)) == (None, None, Status.ACCEPTED, ())
    assert verdict(case(None, None)) == (None, None, Status.ACCEPTED, ())


def test_CAM_16_a_rejecting_letter_follows_the_default_reject_option() -> None:
    low = grading(shape=1)
    assert verdict(case(low, quality=Quality(reject_to="quality")))[2] is Status.HELD
    assert verdict(case(low, quality=Quality(reject_to="delivery")))[2] is Status.ACCEPTED


def test_CAM_14_letters_are_sorted_by_their_thresholds() -> None:
    shuffled = Grading({}, (LETTERS[2], LETTERS[0], LETTERS[1]))  # type: ignore[arg-type]
    assert [letter_for(points, shuffled)[0] for points in (25, 20, 15, 10, 5, -1)] == list("AABBCC")


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=8, unique=True), st.integers(-100, 100))
def test_CAM_14_more_points_never_give_a_lower_letter(thresholds: list[int], points: int) -> None:
    grading_used = Grading(
        {}, tuple((str(least), least, "accept") for least in sorted(thresholds, reverse=True))
    )
    letter = int(letter_for(points, grading_used)[0])
    assert letter == max((least for least in thresholds if least <= points), default=min(thresholds))
    assert int(letter_for(points + 1, grading_used)[0]) >= letter


def test_CAM_14_the_trace_shows_letter_and_points_unless_skipped() -> None:
    line = TraceEntry("shape", CheckOutcome.PASSED, "INT-7")
    result = grade(case(grading(shape=10)), [line])
    assert result.entry.detail == {"letter": "B", "points": 10, "hold": True}
    assert grade(case(None), [line]).entry.outcome is CheckOutcome.SKIPPED


def test_CAM_14_every_check_with_points_has_a_name() -> None:
    results = {"address": GOOD, "line_type": GOOD}
    decision = decide(case(None, services=results), CHECKS, LAST)
    assert passed_checks(decision.trace) - {"replay", "quality", "coverage"} <= set(GRADED)
