"""One mail a day with leads at risk and follow-ups (WRK-12)."""

from typing import Any

import boto3
import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import counters
from chalicelib.core.access import Permission
from chalicelib.core.retention import Policy
from chalicelib.core.times import local_day, local_hour
from chalicelib.work.handlers.send_daily_mails import send_daily_mails as on_schedule
from chalicelib.work.usecases.send_daily_mails import send_daily_mails
from chalicelib.work.usecases.set_follow_up import set_follow_up
from tests.factories.leads import AGENT, DAY, LEAD, NOW, create_organisation
from tests.factories.work import (
    HOUR,
    change_project_settings,
    create_agent,
    create_assigned_lead,
    rewrite_user,
    set_disabled,
)
from tests.harness.faults import Crash, dying, fault, first, lost, step, throttled, unreachable
from tests.work.test_notify_agents import EVENT, LINK, Context, receivers

pytestmark = pytest.mark.usefixtures("aws")
MIDNIGHT = NOW - NOW % DAY
SEVEN = MIDNIGHT + DAY + 7 * HOUR


@pytest.fixture(autouse=True)
def _project(aws: None) -> None:
    """A project whose leads retire after four days and are at risk for one."""
    create_organisation(Policy())
    change_project_settings(inactivity="P4D")


def send(now: int) -> int:
    return send_daily_mails(clock.new_id("run"), lambda: True, now)


def create_lead_at_risk(lead_id: str = "lead_1", agent: str = AGENT.id, at: int = SEVEN) -> None:
    """Create a lead that retires half a day after an instant."""
    create_assigned_lead(lead_id, agent, at + DAY // 2 - 4 * DAY)


def test_WRK_12_the_mail_names_leads_at_risk_and_follow_ups(outbox: Any) -> None:
    create_lead_at_risk("lead_risk")
    for number, lead_id in enumerate(("lead_today", "lead_overdue", "lead_tomorrow")):
        create_assigned_lead(lead_id, now=SEVEN - DAY)
        day = local_day(SEVEN + (0, -DAY, DAY)[number], "UTC")
        set_follow_up(AGENT, lead_id, day, SEVEN - DAY)
    create_assigned_lead("lead_other", now=SEVEN - HOUR)
    assert send(SEVEN) == 1
    (sent,) = outbox
    follow, risk = sent.body.split("1 lead will be retired soon")
    assert "2 leads to follow up today:" in follow
    assert follow.index("lead_overdue") < follow.index("lead_today")
    assert f"{LINK}lead_risk" in risk
    assert [item in sent.body for item in ("lead_tomorrow", "lead_other")] == [False, False]


def test_WRK_12_leads_that_wait_for_the_sweep_come_first(outbox: Any) -> None:
    create_assigned_lead("lead_overdue", now=SEVEN - 5 * DAY)
    create_lead_at_risk("lead_risk")
    send(SEVEN)
    assert "2 leads will be retired soon" in outbox[0].body
    assert outbox[0].body.index("lead_overdue") < outbox[0].body.index("lead_risk")


def test_WRK_12_once_a_day_from_seven_in_the_user_s_zone(outbox: Any) -> None:
    agents = [
        AGENT,
        create_agent("usr_la", zone="America/Los_Angeles"),
        create_agent("usr_tokyo", zone="Asia/Tokyo"),
    ]
    zones = {
        "agent@example.com": "UTC",
        "usr_la@example.com": "America/Los_Angeles",
        "usr_tokyo@example.com": "Asia/Tokyo",
    }
    for agent in agents:
        create_assigned_lead(f"lead_{agent.id}", agent.id, MIDNIGHT)
        set_follow_up(agent, f"lead_{agent.id}", local_day(MIDNIGHT + DAY, "Asia/Tokyo"), MIDNIGHT)
    shown_values: dict[str, list[tuple[str, int]]] = {address: [] for address in zones}
    seen = 0
    for now in range(MIDNIGHT + DAY + 15 * HOUR, MIDNIGHT + 3 * DAY + 15 * HOUR, HOUR):
        send(now)
        for address in receivers(outbox[seen:]):
            shown_values[address].append((local_day(now, zones[address]), local_hour(now, zones[address])))
        seen = len(outbox)
    for days in shown_values.values():
        assert len({day for day, _ in days}) == len(days) >= 2
        assert {hour for _, hour in days[1:]} == {7}


def test_WRK_12_nothing_is_sent_before_seven_and_one_mail_after(outbox: Any) -> None:
    create_lead_at_risk()
    assert [send(SEVEN - 1), send(SEVEN), send(SEVEN + HOUR), send(SEVEN + 16 * HOUR)] == [0, 1, 0, 0]
    assert len(outbox) == 1


def test_WRK_12_the_mail_contains_no_person(outbox: Any) -> None:
    create_lead_at_risk()
    send(SEVEN)
    (sent,) = outbox
    for value in (*LEAD.values(), "2025550147"):
        assert value not in sent.body + sent.subject


def test_WRK_12_without_tasks_no_mail_is_sent(outbox: Any) -> None:
    create_assigned_lead(now=SEVEN - HOUR)
    assert (send(SEVEN), outbox) == (0, [])


def test_WRK_12_users_who_are_disabled_or_cannot_read_get_none(outbox: Any) -> None:
    create_agent("usr_blind")
    create_lead_at_risk("lead_1")
    create_lead_at_risk("lead_2", "usr_blind")
    set_disabled(AGENT.id)
    rewrite_user("usr_blind", withdrawn=(Permission.LEADS_READ,))
    assert (send(SEVEN), outbox) == (0, [])


def test_WRK_12_leads_of_left_projects_are_not_included(outbox: Any) -> None:
    create_lead_at_risk()
    rewrite_user(AGENT.id, project_ids=("prj_2",))
    assert (send(SEVEN), outbox) == (0, [])


def test_WRK_12_a_mail_refused_by_ses_is_retried_by_the_next_run(outbox: Any) -> None:
    create_agent("usr_2")
    create_lead_at_risk("lead_1")
    create_lead_at_risk("lead_2", "usr_2")
    ses = boto3.client("ses")
    ses.delete_identity(Identity="leads@example.com")
    assert send(SEVEN) == 0
    ses.verify_email_identity(EmailAddress="leads@example.com")
    assert [send(SEVEN + HOUR), send(SEVEN + 2 * HOUR)] == [2, 0]
    assert sorted(receivers(outbox)) == ["agent@example.com", "usr_2@example.com"]


def test_WRK_12_no_user_gets_two_mails_after_a_crash(outbox: Any) -> None:
    create_lead_at_risk()
    with fault(dying, on={"Query"}, when=step(3)), pytest.raises(Crash):
        send(SEVEN)
    send(SEVEN + HOUR)
    assert len(outbox) <= 1


def test_WRK_12_a_claim_with_a_lost_answer_is_recognised(outbox: Any) -> None:
    create_lead_at_risk()
    with fault(lost, on={"PutItem"}, when=step(1)) as fired:
        assert send(SEVEN) == 1
    assert fired
    assert [send(SEVEN + HOUR), len(outbox)] == [0, 1]


def test_WRK_12_an_undecided_claim_is_released_for_the_next_run(outbox: Any) -> None:
    create_lead_at_risk()
    with fault(lost, on={"PutItem"}) as fired:
        assert send(SEVEN) == 0
    assert len(fired) == 3
    assert [send(SEVEN + HOUR), send(SEVEN + 2 * HOUR), len(outbox)] == [1, 0, 1]


def test_WRK_12_a_claim_of_another_run_is_not_released(outbox: Any) -> None:
    create_lead_at_risk()
    assert send(SEVEN) == 1
    with fault(unreachable, on={"PutItem"}) as fired:
        assert send(SEVEN + 60) == 0
    assert fired
    assert [send(SEVEN + HOUR), len(outbox)] == [0, 1]


@pytest.mark.parametrize("on", [{"PutItem"}, {"PutItem", "DeleteItem"}])
def test_WRK_12_a_failed_claim_stops_no_other_user(outbox: Any, on: set[str]) -> None:
    create_agent("usr_2")
    create_lead_at_risk("lead_1")
    create_lead_at_risk("lead_2", "usr_2")
    with fault(throttled, on=on, when=first(3 * len(on))) as fired:
        assert send(SEVEN) == 1
    assert len(fired) == 3 * len(on)
    assert send(SEVEN + HOUR) == 1
    assert sorted(receivers(outbox)) == ["agent@example.com", "usr_2@example.com"]


def test_WRK_12_without_time_the_next_run_continues(outbox: Any) -> None:
    create_lead_at_risk()
    assert send_daily_mails("run_1", lambda: False, SEVEN) == 0
    assert send(SEVEN + HOUR) == 1


def test_WRK_12_without_mail_no_day_is_claimed(aws: None) -> None:
    create_lead_at_risk()
    assert send(SEVEN) == 0
    assert [row.counter for row in counters.CounterRow.scan() if row.counter.startswith("told#")] == []


def test_WRK_12_the_schedule_sends_the_mails(
    outbox: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    create_lead_at_risk()
    monkeypatch.setattr(clock, "now", lambda: SEVEN)
    on_schedule(EVENT, Context())
    assert len(outbox) == 1
    assert "agent@example.com" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "ending",
    [
        {"disabled": True},
        {"withdrawn": (Permission.LEADS_READ,)},
        {"project_ids": ("prj_2",)},
        {"project_ids": ()},
    ],
)
def test_SEC_A5_a_right_that_ends_during_the_run_ends_the_mail(outbox: Any, ending: dict[str, Any]) -> None:
    create_lead_at_risk()

    def has_time() -> bool:
        """The users are listed by now; the right ends before this user's mail."""
        rewrite_user(AGENT.id, **ending)
        return True

    assert send_daily_mails("run_1", has_time, SEVEN) == 0
    assert receivers(outbox) == []
