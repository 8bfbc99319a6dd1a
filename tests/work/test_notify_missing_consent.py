"""Leads without consent are counted, and one mail an hour reports the number (CAM-11)."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws import ses
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Consent, Duplicates, Quality
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.organisation import store as configuration
from chalicelib.work.store import consents
from chalicelib.work.usecases.notify_missing_consent import notify_missing_consent
from chalicelib.work.usecases.release_lead import release_lead
from tests.factories.leads import LEAD, MANAGER, NOW, create_lead, create_organisation
from tests.factories.quality import create_bare_campaign
from tests.harness.faults import (
    Crash,
    dying,
    fault,
    first,
    first_of_each_call,
    lost,
    meanwhile,
    step,
    throttled,
)

HOUR = 3_600
CONSENT = Consent(enabled=True, notify="compliance@example.com", reject=False)
WRITE = {"TransactWriteItems"}


@pytest.fixture(autouse=True)
def campaign(outbox: Any) -> None:
    """A campaign that accepts leads without consent and has an address for mails."""
    create_organisation()
    create_bare_campaign("cmp_2", name="Portal", consent=CONSENT)


def create_leads(count: int, start: int = 0, campaign_id: str = "cmp_2", **more: Any) -> None:
    for number in range(start, start + count):
        values = {**LEAD, "phone": f"202-555-01{number:02d}", **more}
        create_lead(f"lead_{number}", NOW, campaign_id, values)
        process_new_lead(f"lead_{number}", NOW)


def send_notification(now: int = NOW) -> int:
    return notify_missing_consent(clock.new_id("run"), lambda: True, now)


def waiting_counts() -> list[int]:
    return [item.count for item in consents.list_waiting(NOW)]


def test_CAM_11_one_mail_an_hour_has_only_the_number(outbox: Any) -> None:
    create_leads(3)
    assert (send_notification(), send_notification(NOW + 60)) == (1, 0)
    (sent,) = outbox
    assert sent.destinations["ToAddresses"] == ["compliance@example.com"]
    assert sent.subject == "3 leads without consent"
    assert "Portal" in sent.body
    for personal in ("Ada", "ada@example.com", "0147", "lead_0"):
        assert personal not in sent.body + sent.subject
    create_leads(1, 3)
    assert (send_notification(NOW + HOUR - 1), len(outbox)) == (0, 1)
    assert send_notification(NOW + HOUR) == 1
    assert outbox[1].subject == "1 lead without consent"
    assert (send_notification(NOW + 2 * HOUR), waiting_counts()) == (0, [])


def test_CAM_11_each_campaign_has_its_own_mail(outbox: Any) -> None:
    create_bare_campaign("cmp_3", consent=replace(CONSENT, notify="other@example.com"))
    create_leads(2)
    create_leads(1, 2, "cmp_3")
    assert send_notification() == 2
    assert {item.subject for item in outbox} == {"2 leads without consent", "1 lead without consent"}


def test_CAM_11_only_accepted_leads_without_consent_count() -> None:
    create_leads(1, tcpa_consent=True)
    create_leads(1, 1, test=True)
    create_bare_campaign("cmp_3", consent=replace(CONSENT, reject=True))
    create_bare_campaign("cmp_4", consent=replace(CONSENT, enabled=False))
    create_bare_campaign("cmp_5", consent=CONSENT, duplicates=Duplicates(enabled=True))
    for number, campaign_id in enumerate(("cmp_3", "cmp_4", "cmp_5"), 2):
        create_leads(1, number, campaign_id)
    create_lead("lead_again", NOW, "cmp_5", {**LEAD, "phone": "202-555-0104"})
    process_new_lead("lead_again", NOW)
    assert [(item.campaign_id, item.count) for item in consents.list_waiting(NOW)] == [("cmp_5", 1)]


def test_CAM_11_a_held_lead_counts_once_before_or_after_its_release() -> None:
    create_bare_campaign("cmp_3", consent=CONSENT, quality=Quality(hold_all=True))
    create_lead("lead_1", campaign_id="cmp_3")
    release_lead(MANAGER, "lead_1", NOW)
    for _ in range(2):
        process_new_lead("lead_1", NOW)
    assert waiting_counts() == [1]


def test_data_model_a_lead_counts_once_however_often_it_is_processed() -> None:
    create_lead("lead_1", campaign_id="cmp_2")
    with fault(lost, on=WRITE, when=first_of_each_call):
        process_new_lead("lead_1", NOW)
    with fault(meanwhile(lambda: process_new_lead("lead_1", NOW)), on=WRITE, when=step(1)):
        process_new_lead("lead_1", NOW)
    assert waiting_counts() == [1]


def test_CAM_11_two_schedules_at_once_send_one_mail(outbox: Any) -> None:
    create_leads(2)
    with fault(meanwhile(send_notification), on={"PutItem"}, when=step(1)):
        assert send_notification() == 0
    assert len(outbox) == 1


def test_CAM_11_a_refused_mail_is_retried(monkeypatch: pytest.MonkeyPatch, outbox: Any) -> None:
    create_leads(2)
    with monkeypatch.context() as broken:
        broken.setattr(ses, "send", lambda *_: (_ for _ in ()).throw(RuntimeError))
        assert send_notification() == 0
    assert send_notification(NOW + 60) == 1
    assert outbox[0].subject == "2 leads without consent"


def test_CAM_11_after_a_crash_the_mail_is_repeated_an_hour_later(outbox: Any) -> None:
    create_leads(2)
    with pytest.raises(Crash), fault(dying, on={"UpdateItem"}, when=step(1)):
        send_notification()
    assert (send_notification(NOW + 60), send_notification(NOW + HOUR), len(outbox)) == (0, 1, 2)


def test_CAM_11_lost_answers_send_one_mail(outbox: Any) -> None:
    create_leads(2)
    with fault(lost, on={"UpdateItem"}, when=first_of_each_call):
        assert send_notification() == 1
    assert (len(outbox), waiting_counts()) == (1, [])


def test_CAM_11_a_failed_claim_stops_no_other_campaign(outbox: Any) -> None:
    create_bare_campaign("cmp_3", consent=replace(CONSENT, notify="other@example.com"))
    create_leads(2)
    create_leads(1, 2, "cmp_3")
    with fault(throttled, on={"PutItem"}, when=first(3)):
        assert send_notification() == 1
    assert (send_notification(NOW + 60), len(outbox)) == (1, 2)


def test_CAM_11_leads_received_during_the_mail_are_in_the_next(outbox: Any) -> None:
    create_leads(2)
    with fault(meanwhile(lambda: create_leads(1, 2)), on={"UpdateItem"}, when=step(1)):
        send_notification()
    assert waiting_counts() == [1]


@pytest.mark.parametrize("consent", [replace(CONSENT, notify=None), replace(CONSENT, enabled=False)])
def test_CAM_11_without_an_address_the_count_is_cleared(consent: Consent, outbox: Any) -> None:
    create_leads(2)
    before = configuration.get(Campaign, "cmp_2", NOW)
    assert before is not None
    batch.write(configuration.update(replace(before, consent=consent, version=2)), clock.new_id("t"))
    assert (send_notification(), len(outbox), waiting_counts()) == (0, 0, [])


def test_CAM_11_without_a_sender_nothing_is_sent_or_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    create_leads(1)
    monkeypatch.setattr(ses, "is_on", lambda: False)
    assert (send_notification(), waiting_counts()) == (0, [1])
