"""Agents are notified of the leads assigned to them (WRK-2)."""

import json
from contextlib import suppress
from typing import Any

import boto3
import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Permission
from chalicelib.core.retention import Policy
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.work.handlers.notify_agents import notify_agents as on_schedule
from chalicelib.work.store import notifications
from chalicelib.work.usecases.assign_lead import assign_lead
from chalicelib.work.usecases.notify_agents import notify_agents
from tests.factories.leads import (
    AGENT,
    DAY,
    LEAD,
    MANAGER,
    NOW,
    create_campaign,
    create_lead,
    create_manager,
    create_organisation,
)
from tests.factories.work import (
    HOUR,
    change_project_settings,
    create_agent,
    create_assigned_lead,
    rewrite_user,
    set_disabled,
)
from tests.harness.faults import (
    Crash,
    Fault,
    denied,
    dying,
    fault,
    first,
    first_of_each_call,
    lost,
    metered,
    step,
    throttled,
)

pytestmark = pytest.mark.usefixtures("aws")
REMOVAL = {"TransactWriteItems"}
LINK = "https://api.example.com/api/v1/leads/"
EVENT: Any = dict.fromkeys(
    ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"), "-"
)


class Context:
    """The context that Lambda passes besides the event."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left."""
        return 60_000


def notify(now: int = NOW) -> int:
    return notify_agents(clock.new_id("run"), lambda: True, now)


def receivers(outbox: Any) -> list[str]:
    return [to for sent in outbox for to in sent.destinations["ToAddresses"]]


def test_WRK_2_an_agent_gets_one_mail_for_all_waiting_leads(outbox: Any) -> None:
    create_organisation()
    for number in range(3):
        create_assigned_lead(f"lead_{number}")
    assert notify() == 1
    (sent,) = outbox
    assert receivers(outbox) == ["agent@example.com"]
    assert sent.subject == "3 leads assigned to you"
    assert [f"{LINK}lead_{number}" in sent.body for number in range(3)] == [True] * 3
    assert [notify(NOW + 60), notify(NOW + 120), notifications.list_waiting(NOW)] == [0, 0, {}]


def test_WRK_2_a_lead_assigned_at_intake_is_notified_once(outbox: Any) -> None:
    create_organisation()
    create_campaign("cmp_2", policy=Policy(), agent=AGENT.id)
    create_lead("lead_1", campaign_id="cmp_2")
    create_lead("lead_test", campaign_id="cmp_2", test=True)
    for _ in range(2):
        process_new_lead("lead_1", NOW + 1)
        process_new_lead("lead_test", NOW + 1)
    assert notify(NOW + 2) == 1
    assert outbox[0].subject == "1 lead assigned to you"
    process_new_lead("lead_1", NOW + 3)
    assert notify(NOW + 100) == 0


def test_WRK_2_a_lead_that_a_user_took_before_it_was_counted_brings_no_mail(outbox: Any) -> None:
    create_organisation()
    create_manager()
    create_lead()
    assign_lead(MANAGER, "lead_1", MANAGER.id, NOW)
    process_new_lead("lead_1", NOW + 1)
    assert (notify(NOW + 2), outbox) == (0, [])


def test_WRK_2_a_lead_assigned_before_it_was_counted_brings_one_mail(outbox: Any) -> None:
    create_organisation()
    create_assigned_lead("lead_1")
    assert notify() == 1
    process_new_lead("lead_1", NOW + 1)
    assert notify(NOW + 100) == 0


def test_WRK_2_one_mail_a_minute_is_sent_at_most(outbox: Any) -> None:
    create_organisation()
    create_assigned_lead("lead_1")
    assert notify() == 1
    create_assigned_lead("lead_2", now=NOW + 1)
    assert [notify(NOW + 1), notify(NOW + 59), notify(NOW + 60)] == [0, 0, 1]
    assert ("lead_2" in outbox[1].body, "lead_1" in outbox[1].body) == (True, False)


def test_WRK_2_each_agent_has_a_separate_minute(outbox: Any) -> None:
    create_organisation()
    create_agent("usr_2")
    create_assigned_lead("lead_1")
    create_assigned_lead("lead_2", "usr_2")
    assert notify() == 2
    assert sorted(receivers(outbox)) == ["agent@example.com", "usr_2@example.com"]
    assert [f"{LINK}lead_1" in sent.body for sent in outbox].count(True) == 1


def test_WRK_2_a_disabled_agent_is_not_notified(outbox: Any) -> None:
    create_organisation()
    create_assigned_lead()
    set_disabled(AGENT.id)
    assert notify() == 0
    set_disabled(AGENT.id, by=False)
    assert (notify(NOW + 60), outbox) == (0, [])


@pytest.mark.parametrize(
    "ending", [{"withdrawn": (Permission.LEADS_READ,)}, {"project_ids": ("prj_2",)}, {"project_ids": ()}]
)
def test_SEC_A5_an_agent_whose_right_ended_is_not_notified(outbox: Any, ending: dict[str, Any]) -> None:
    create_organisation()
    create_assigned_lead()
    rewrite_user(AGENT.id, **ending)
    assert notify() == 0
    assert receivers(outbox) == []


def test_WRK_2_an_agent_who_lost_the_lead_is_not_notified(outbox: Any) -> None:
    create_organisation()
    create_agent("usr_2")
    create_assigned_lead("lead_1")
    create_assigned_lead("lead_2")
    create_assigned_lead("lead_3")
    assign_lead(MANAGER, "lead_1", "usr_2", NOW)
    assign_lead(MANAGER, "lead_2", None, NOW)
    assert notify() == 2
    (theirs,) = (sent for sent in outbox if sent.destinations["ToAddresses"] == ["agent@example.com"])
    assert theirs.subject == "1 lead assigned to you"
    assert f"{LINK}lead_3" in theirs.body


def test_RET_14_a_lead_past_its_end_is_not_notified(outbox: Any) -> None:
    create_organisation(Policy(1))
    create_assigned_lead()
    assert (notify(NOW + DAY), outbox, notifications.list_waiting(NOW + DAY)) == (0, [], {})


def test_WRK_2_no_mail_contains_a_person(outbox: Any) -> None:
    create_organisation()
    create_assigned_lead()
    notify()
    (sent,) = outbox
    for value in (*LEAD.values(), "2025550147", "Ada"):
        assert value not in sent.body + sent.subject


def test_WRK_2_a_mail_refused_by_ses_is_retried_and_stops_no_other(outbox: Any) -> None:
    create_organisation()
    create_agent("usr_2")
    create_assigned_lead("lead_1")
    create_assigned_lead("lead_2", "usr_2")
    ses = boto3.client("ses")
    ses.delete_identity(Identity="leads@example.com")
    assert notify() == 0
    assert set(notifications.list_waiting(NOW)) == {AGENT.id, "usr_2"}
    ses.verify_email_identity(EmailAddress="leads@example.com")
    assert notify(NOW + 60) == 2


def test_WRK_2_after_a_crash_the_mail_is_repeated_an_hour_later(outbox: Any) -> None:
    create_organisation()
    create_assigned_lead()
    with fault(dying, on=REMOVAL, when=step(1)), pytest.raises(Crash):
        notify()
    assert [notify(NOW + 60), notify(NOW + HOUR - 1), notify(NOW + HOUR), notify(NOW + HOUR + 60)] == [
        0,
        0,
        1,
        0,
    ]
    assert len(outbox) == 2


def create_notifications(count: int, user_id: str = AGENT.id) -> None:
    """Note notifications of leads for a user, one of which is theirs."""
    create_assigned_lead("lead_x", user_id)
    for number in range(count - 1):
        batch.write_one(notifications.insert(user_id, f"lead_{number:05d}", NOW))


def test_WRK_2_many_notifications_go_in_hundreds_with_a_time_check(outbox: Any) -> None:
    create_organisation()
    create_notifications(301)
    request: list[int] = []
    with metered() as meter:

        def go_on() -> bool:
            request.append(meter.operations["TransactWriteItems"])
            return True

        notify_agents("run_1", go_on, NOW)
    assert (meter.operations["TransactWriteItems"], meter.operations["DeleteItem"]) == (4, 0)
    assert request == [0, 1, 2, 3]
    assert (len(outbox), notifications.list_waiting(NOW)) == (1, {})


@pytest.mark.parametrize("disturbance", [dying, denied])
def test_WRK_2_remaining_notifications_repeat_each_hour_not_each_minute(
    outbox: Any, disturbance: Fault
) -> None:
    create_organisation()
    create_notifications(150)
    with fault(disturbance, on=REMOVAL):
        for minute in range(0, 120, 5):
            with suppress(Crash):
                notify(NOW + 60 * minute)
    assert len(outbox) == 2
    notify(NOW + 2 * HOUR)
    assert (len(outbox), notifications.list_waiting(NOW)) == (3, {})


def test_WRK_2_without_time_the_rest_is_notified_an_hour_later(outbox: Any) -> None:
    create_organisation()
    create_notifications(150)
    turns = iter([True])
    notify_agents("run_1", lambda: next(turns, False), NOW)
    assert len(notifications.list_waiting(NOW)[AGENT.id]) == 50
    assert [notify(NOW + 60), notify(NOW + HOUR), notify(NOW + HOUR + 60)] == [0, 1, 0]


def test_WRK_2_a_claim_with_a_lost_answer_is_recognised(outbox: Any) -> None:
    create_organisation()
    create_assigned_lead()
    with fault(lost, on={"PutItem"}, when=first_of_each_call) as fired:
        assert notify() == 1
    assert fired


def test_WRK_2_a_failed_claim_stops_no_other_agent(outbox: Any) -> None:
    create_organisation()
    create_agent("usr_2")
    create_assigned_lead("lead_1")
    create_assigned_lead("lead_2", "usr_2")
    with fault(throttled, on={"PutItem"}, when=first(3)) as fired:
        assert notify() == 1
    assert len(fired) == 3
    assert notify(NOW + 60) == 1
    assert sorted(receivers(outbox)) == ["agent@example.com", "usr_2@example.com"]


def test_WRK_2_many_leads_are_read_at_once(outbox: Any) -> None:
    create_organisation()
    for number in range(12):
        create_assigned_lead(f"lead_{number:02d}")
    with metered() as meter:
        assert notify() == 1
    assert meter.operations["BatchGetItem"] == 1
    assert outbox[0].subject == "12 leads assigned to you"


def test_WRK_2_without_mail_notifications_are_kept_for_a_week(aws: None) -> None:
    create_organisation()
    create_assigned_lead()
    assert (notify(), notifications.list_waiting(NOW)) == (0, {AGENT.id: ["lead_1"]})
    assert notifications.list_waiting(NOW + 7 * DAY) == {}


def test_WRK_2_the_schedule_notifies_and_logs_no_address(
    outbox: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    create_organisation()
    change_project_settings(inactivity=None)
    create_assigned_lead()
    monkeypatch.setattr(clock, "now", lambda: NOW + 5)
    on_schedule(EVENT, Context())
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert [line["count"] for line in lines if line.get("message") == "agents notified"] == [1]
    assert len(outbox) == 1
    assert "agent@example.com" not in json.dumps(lines)
