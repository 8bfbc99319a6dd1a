"""The price of leads is corrected over a period, each lead once, also during other writes (INT-4)."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from chalicelib.core.access import Actor
from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.core.times import utc_day
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import JobState
from chalicelib.jobs.usecases.continue_jobs import continue_jobs
from chalicelib.leads.domain.leads import Status
from chalicelib.ledger import store as ledger
from chalicelib.privacy.usecases.forget_lead import forget_lead
from chalicelib.reports.domain import Numbers
from chalicelib.reports.usecases import correct_prices as usecase
from chalicelib.reports.usecases.correct_prices import correct_prices
from chalicelib.reports.usecases.report_campaign import report_campaign
from chalicelib.work.usecases.reject_lead import reject_lead
from chalicelib.work.usecases.release_lead import release_lead
from tests.factories.leads import (
    AGENT,
    DAY,
    MANAGER,
    NOW,
    OUTSIDER,
    confirmed,
    create_lead,
    create_manager,
    create_organisation,
    facts_of,
)
from tests.factories.quality import HOLDING, create_bare_campaign, create_held_lead, create_holding_campaign
from tests.harness.faults import Crash, dying, dying_after, fault, lost, meanwhile, step

pytestmark = pytest.mark.usefixtures("aws")
WRITE = {"TransactWriteItems"}
TODAY, TOMORROW = utc_day(NOW), utc_day(NOW + DAY)
LATER = NOW + 2 * DAY


@pytest.fixture(autouse=True)
def _manager(aws: None) -> None:
    create_manager()


def leads_of_two_days(count: int = 3) -> list[str]:
    """Create leads on one day and on the next, and count them as the stream does."""
    create_organisation()
    created = [("lead_a%d", NOW), ("lead_b%d", NOW + DAY)]
    ids: list[str] = []
    for pattern, at in created:
        for number in range(count):
            lead_id = pattern % number
            create_lead(lead_id, at + number, phone=f"202-555-01{len(ids):02d}")
            process_new_lead(lead_id, at + number)
            ids.append(lead_id)
    return ids


def start_correction(first: str = TODAY, last: str = TOMORROW, price: str = "12.50") -> None:
    correct_prices(MANAGER, "cmp_1", first, last, Decimal(price), "job_1", LATER)


def run_jobs(now: int = LATER) -> None:
    continue_jobs(lambda: now, lambda: True)


def reject(actor: Actor, lead_id: str, now: int) -> None:
    confirmed(lambda token: reject_lead(actor, lead_id, "fraud", token, now))


def prices(ids: list[str]) -> list[str]:
    return [str(facts_of(lead_id).price) for lead_id in ids]


def numbers(first: str = TODAY, last: str = TOMORROW) -> Numbers:
    return report_campaign(MANAGER, "cmp_1", first, last, LATER).total


def test_INT_4_leads_and_report_of_the_period_get_the_new_price() -> None:
    ids = leads_of_two_days()
    start_correction(TOMORROW, TOMORROW)
    run_jobs()
    assert prices(ids) == ["15.00"] * 3 + ["12.50"] * 3
    assert numbers().cost == {"USD": Decimal("82.5")}
    assert numbers(TOMORROW).cost == {"USD": Decimal("37.5")}
    assert numbers().leads == {"accepted": 6}


def test_INT_4_one_entry_says_who_corrected_what() -> None:
    leads_of_two_days(1)
    start_correction()
    run_jobs()
    (entry,) = [
        item for item in ledger.list_subject("campaign/cmp_1", LATER) if item.action == "price_correction"
    ]
    assert (entry.actor_id, entry.at) == (MANAGER.id, LATER)
    assert [(field.name, field.after) for field in entry.fields] == [("price", "12.50")]
    assert entry.detail == {"job_id": "job_1", "from": TODAY, "to": TOMORROW}


def test_INT_4_the_stored_answer_to_the_source_stays() -> None:
    ids = leads_of_two_days(1)
    start_correction()
    run_jobs()
    answer = facts_of(ids[0]).answer
    assert answer is not None
    assert str(answer.price) == "15.00"


def test_INT_4_test_leads_and_free_leads_are_skipped() -> None:
    create_organisation()
    create_lead("lead_t", test=True)
    start_correction()
    run_jobs()
    assert facts_of("lead_t").price is None
    assert numbers() == Numbers()


def create_counted_held_lead() -> None:
    create_organisation()
    create_holding_campaign()
    create_held_lead("lead_h")
    process_new_lead("lead_h", NOW)


def correct_held_price(price: str = "5.00") -> None:
    correct_prices(MANAGER, HOLDING, TODAY, TODAY, Decimal(price), "job_h", LATER)


def held_cost() -> dict[str, Decimal]:
    costs = report_campaign(MANAGER, HOLDING, TODAY, TODAY, LATER).total.cost
    return {currency: amount for currency, amount in costs.items() if amount}


def test_INT_4_a_held_lead_gets_the_new_price_at_its_release() -> None:
    create_counted_held_lead()
    correct_held_price()
    run_jobs()
    assert held_cost() == {}
    assert facts_of("lead_h").status is Status.HELD
    release_lead(MANAGER, "lead_h", LATER)
    assert facts_of("lead_h").price == Decimal("5.00")
    assert held_cost() == {"USD": Decimal(5)}


def test_INT_4_a_price_of_nothing_applies_to_a_held_lead_too() -> None:
    create_counted_held_lead()
    correct_held_price("0")
    run_jobs()
    release_lead(MANAGER, "lead_h", LATER)
    assert (facts_of("lead_h").price, held_cost()) == (Decimal(0), {})


def test_INT_4_a_held_lead_rejected_after_the_correction_is_free() -> None:
    create_counted_held_lead()
    correct_held_price()
    run_jobs()
    reject(MANAGER, "lead_h", LATER)
    assert (facts_of("lead_h").price, held_cost()) == (None, {})


@pytest.mark.parametrize("review", [release_lead, reject])
def test_INT_4_a_concurrent_review_is_handled(review: Callable[..., object]) -> None:
    create_counted_held_lead()
    correct_held_price()
    with fault(
        meanwhile(lambda: review(MANAGER, "lead_h", LATER)), on=WRITE, table="leads", when=step(1)
    ) as fired:
        run_jobs()
    assert fired
    priced = review is release_lead
    assert facts_of("lead_h").price == (Decimal("5.00") if priced else None)
    assert held_cost() == ({"USD": Decimal(5)} if priced else {})


def test_INT_4_an_unset_price_may_become_nothing() -> None:
    create_organisation()
    create_bare_campaign("cmp_n", price=None)
    create_lead("lead_n", campaign_id="cmp_n")
    correct_prices(MANAGER, "cmp_n", TODAY, TODAY, Decimal(0), "job_n", LATER)
    run_jobs()
    assert facts_of("lead_n").price == Decimal(0)


def test_INT_4_an_erased_lead_gets_the_new_price_too() -> None:
    ids = leads_of_two_days(1)
    confirmed(lambda token: forget_lead(MANAGER, ids[0], False, token, NOW + DAY))
    start_correction()
    run_jobs()
    assert not facts_of(ids[0]).is_live(LATER)
    assert prices(ids) == ["12.50"] * 2
    assert numbers().cost == {"USD": Decimal(25)}


@pytest.mark.parametrize("kill", [dying, dying_after])
@pytest.mark.parametrize("at", [1, 2, 4, 6])
def test_INT_4_after_a_crash_and_resume_every_lead_counts_once(
    monkeypatch: pytest.MonkeyPatch, kill: object, at: int
) -> None:
    monkeypatch.setattr(usecase, "_PAGE", 2)
    ids = leads_of_two_days()
    start_correction()
    with pytest.raises(Crash), fault(kill, on=WRITE, when=step(at)):  # type: ignore[arg-type]
        run_jobs()
    assert "12.50" not in prices(ids) or "15.00" in prices(ids) or at == 6
    run_jobs(LATER + 1_000)
    job = jobs.get("job_1", LATER + 1_000)
    assert job is not None
    assert job.state is JobState.DONE
    assert prices(ids) == ["12.50"] * 6
    assert numbers().cost == {"USD": Decimal(75)}


def test_INT_4_a_lost_answer_counts_no_lead_twice() -> None:
    ids = leads_of_two_days(1)
    start_correction()
    with fault(lost, on=WRITE, when=step(1)) as fired:
        run_jobs()
    assert fired
    assert prices(ids) == ["12.50"] * 2
    assert numbers().cost == {"USD": Decimal(25)}


def test_INT_4_a_lead_counted_after_its_correction_is_the_same() -> None:
    create_organisation()
    create_lead()
    start_correction()
    run_jobs()
    process_new_lead("lead_1", LATER)
    process_new_lead("lead_1", LATER)
    assert numbers().cost == {"USD": Decimal("12.5")}
    assert numbers().leads == {"accepted": 1}


@pytest.mark.parametrize("erased_first", [True, False])
def test_INT_4_a_lead_erased_and_corrected_before_it_is_counted_is_the_same(erased_first: bool) -> None:
    create_organisation()
    create_lead()
    if not erased_first:
        start_correction()
        run_jobs()
    confirmed(lambda token: forget_lead(MANAGER, "lead_1", False, token, LATER))
    if erased_first:
        start_correction()
        run_jobs()
    process_new_lead("lead_1", LATER)
    assert numbers().cost == {"USD": Decimal("12.5")}
    assert (numbers().leads, numbers().erased) == ({"accepted": 1}, 1)


def test_INT_4_a_price_of_nothing_is_a_price() -> None:
    ids = leads_of_two_days(1)
    start_correction(price="0")
    run_jobs()
    assert prices(ids) == ["0"] * 2
    assert numbers().cost.get("USD", Decimal(0)) == 0


def test_INT_4_it_needs_campaigns_manage_and_the_project() -> None:
    create_organisation()
    for actor, error in ((AGENT, Forbidden), (OUTSIDER, NotFound)):
        with pytest.raises(error):
            correct_prices(actor, "cmp_1", TODAY, TODAY, Decimal(1), "job_1", NOW)
    assert jobs.get("job_1", NOW) is None
