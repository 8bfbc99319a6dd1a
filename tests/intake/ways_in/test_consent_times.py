"""A time of consent has one stored form, which criteria can read; another is kept as it was sent (FILE-C3, SRC-5)."""

from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib import clock
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Role
from chalicelib.core.times import iso
from chalicelib.imports.domain.import_job import ImportKind
from chalicelib.leads.store import people
from tests.factories.imports import create_bucket, result_rows, run_file
from tests.harness.api import ApiHarness, Caller, add_item
from tests.intake import test_api_side_fields as side_fields
from tests.intake.test_api_contacts import FORM
from tests.intake.test_api_side_fields import LEAD, PATH

source = side_fields.source

STORED = "2025-11-30T23:30:00Z"
READ_BY_A_CRITERION = "/v1/campaigns/cmp_3/leads"
# The first three are the line itself.
FORMS = [
    *("2025-11-30T23:30Z", "20251130T233000Z", "2025-11-30T23:30:00+0000"),
    *(
        "20251130T2330+0000",
        "2025-11-30T23:30:00-00:00",
        "2025-12-01T05:00:00+05:30",
        "2025-11-30T18:30-0500",
    ),
    *("2025-11-30 23:30:00Z", "2025-11-30T23:30:00.999Z", "20251130T233000,5Z", " 2025-11-30T23:30:00Z "),
]
UNREAD = [
    *("2025-11-30T23:30:00", "20251130T233000", "2025-11-30", "20251130", "2025-W48-7T23:30Z"),
    *("1764545400", 1764545400, "2025-11-30T24:30Z", "2025-02-30T10:00Z", "11/30/2025 23:30 UTC"),
    *("Sun, 30 Nov 2025 23:30:00 GMT", "2025-11-30T23:30 EST", "0001-01-01T00:00+14:00"),
    *("9999-12-31T23:59-14:00", "2025-11-30X23:30Z", "2025-11-30-23:30Z", True, ["2025-11-30T23:30Z"]),
]


@pytest.fixture(autouse=True)
def campaign_with_a_criterion(source: Caller) -> None:
    """A campaign that takes leads with a consent of an hour in the evening."""
    names: dict[str, Any] = {"name": "Web", "project_id": "prj_1", "lead_type_id": "lt_1", "source": "site"}
    expression = (
        'timestamp(lead.tcpa_consent_at) == timestamp("2025-11-30T23:30:00Z")'
        " && timestamp(lead.tcpa_consent_at).getHours() == 23"
    )
    add_item(Campaign(id="cmp_3", version=1, criteria={"expression": expression}, **names))


def evidence_of(lead_id: str) -> dict[str, Any]:
    person = people.get(lead_id, clock.now())
    assert person is not None
    return person.evidence


@pytest.mark.parametrize("key", ["tcpa_consent_at", "TCPA Consent Date"])
@pytest.mark.parametrize("text", FORMS)
def test_FILE_C3_every_form_is_stored_as_one_and_a_criterion_reads_it(
    source: Caller, text: str, key: str
) -> None:
    reply = source.post(READ_BY_A_CRITERION, {**LEAD, key: text})

    assert (reply.json["status"], evidence_of(reply.json["lead_id"])) == (
        "accepted",
        {"tcpa_consent_at": STORED},
    )


@pytest.mark.parametrize("text", FORMS)
def test_FILE_C3_a_form_a_file_and_a_user_store_the_same(api: ApiHarness, source: Caller, text: str) -> None:
    create_bucket()
    values = {**LEAD, "tcpa_consent_at": text}

    ids = [
        source.post(PATH, urlencode(values).encode(), headers=FORM).json["lead_id"],
        api.user(Role.MANAGER, "prj_1").post(PATH, values).json["lead_id"],
    ]
    file = f'phone,Consent At\n202-555-0147,"{text}"\n'
    (row,) = result_rows(run_file(file, ImportKind.LEADS, "cmp_1", clock.now()))

    stored = [evidence_of(lead_id)["tcpa_consent_at"] for lead_id in (*ids, row["detail"])]
    assert stored == [STORED] * 3


@pytest.mark.parametrize("value", UNREAD)
def test_FILE_C3_another_form_is_kept_as_sent_and_no_criterion_reads_it(source: Caller, value: Any) -> None:
    lead = {**LEAD, "tcpa_consent_at": value}

    kept, judged = source.post(PATH, lead), source.post(READ_BY_A_CRITERION, lead)

    assert kept.json["status"] == "accepted"
    assert evidence_of(kept.json["lead_id"]) == {"tcpa_consent_at": value, "unread": ["tcpa_consent_at"]}
    assert (judged.status, judged.json["status"]) == (200, "rejected")


@pytest.mark.parametrize(
    ("ahead", "is_read"), [(-1, True), (0, True), (299, True), (300, True), (301, False)]
)
def test_FILE_C3_a_time_is_evidence_up_to_five_minutes_ahead(
    source: Caller, monkeypatch: pytest.MonkeyPatch, ahead: int, is_read: bool
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)

    reply = source.post(PATH, {**LEAD, "tcpa_consent_at": iso(now + ahead).replace("Z", "+0000")})

    assert ("unread" not in evidence_of(reply.json["lead_id"])) == is_read


@pytest.mark.parametrize("text", FORMS)
def test_FILE_C3_a_retry_of_the_same_form_is_one_lead(api: ApiHarness, source: Caller, text: str) -> None:
    sender = api.source("cmp_1")
    values = {**LEAD, "external_id": "4711", "tcpa_consent_at": text}

    first, again = sender.post(PATH, values), sender.post(PATH, values)

    assert again.text == first.text
