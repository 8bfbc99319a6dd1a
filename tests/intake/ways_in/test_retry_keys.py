"""Only `external_id` and the header are keys of a retry; every other name of an id is a label (FILE-B1, INT-9)."""

from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib import clock
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Role
from chalicelib.imports.domain.import_job import ImportKind
from chalicelib.leads.store import people
from chalicelib.organisation.domain.configuration import Field, LeadType
from tests.factories.imports import create_bucket, run_file, verdicts
from tests.harness.api import ApiHarness, Caller, add_item
from tests.intake import test_api_side_fields as side_fields
from tests.intake.test_api_contacts import FORM
from tests.intake.test_api_side_fields import LEAD, PATH

source = side_fields.source

OTHER = {"phone": "202-555-0148"}
LABELS = [
    *("reference", "transaction_id", "Reference", "reference_id", "ref", "TransactionID", "lead_id", "id"),
    *("order_id", "txid", "click_id", "ping_id", "sub_id", "request_id", "external_reference", "key"),
]


@pytest.mark.parametrize("key", LABELS)
@pytest.mark.parametrize("sender", ["source", "user", "stranger"])
def test_FILE_B1_a_label_joins_no_two_leads_of_any_sender(
    api: ApiHarness, source: Caller, key: str, sender: str
) -> None:
    caller = {"source": api.source("cmp_1"), "user": api.user(Role.MANAGER, "prj_1")}.get(sender, source)

    replies = [caller.post(PATH, {**values, key: "spring-mailing"}) for values in (LEAD, OTHER, LEAD)]

    assert [reply.status for reply in replies] == [201, 201, 201]
    assert len({reply.json["lead_id"] for reply in replies}) == 3


@pytest.mark.parametrize("key", ["reference", "transaction_id", "Transaction ID"])
def test_FILE_B1_a_label_in_a_form_and_in_a_file_is_none_either(source: Caller, key: str) -> None:
    create_bucket()
    forms = [urlencode({**values, key: "spring-mailing"}).encode() for values in (LEAD, OTHER)]

    posted = [source.post(PATH, form, headers=FORM).status for form in forms]
    text = f"phone,{key}\n202-555-0147,spring\n202-555-0148,spring\n202-555-0147,spring\n"
    job = run_file(text, ImportKind.LEADS, "cmp_1", clock.now())

    assert posted == [201, 201]
    assert verdicts(job) == [("accepted", "")] * 3


@pytest.mark.parametrize("key", ["reference", "transaction_id", "Transaction-Id"])
def test_FILE_B1_a_label_stays_with_the_person(source: Caller, key: str) -> None:
    reply = source.post(PATH, {**LEAD, key: "spring-mailing"})

    person = people.get(reply.json["lead_id"], clock.now())
    assert person is not None
    assert person.extras == {key: "spring-mailing"}
    assert "external_id" not in person.evidence


@pytest.mark.parametrize("key", ["reference", "transaction_id"])
def test_FILE_B1_a_lead_type_may_have_a_label_as_its_field(source: Caller, key: str) -> None:
    fields = (Field("phone", "Phone", "phone"), Field(key, "Label", required=True))
    add_item(LeadType(id="lt_9", version=1, name="Loan", fields=fields))
    names: dict[str, Any] = {"name": "Web", "project_id": "prj_1", "lead_type_id": "lt_9", "source": "site"}
    add_item(Campaign(id="cmp_9", version=1, **names))

    path = "/v1/campaigns/cmp_9/leads"
    replies = [source.post(path, {**values, key: "spring-mailing"}) for values in (LEAD, OTHER)]

    assert [reply.status for reply in replies] == [201, 201]
    person = people.get(replies[1].json["lead_id"], clock.now())
    assert person is not None
    assert person.fields[key] == "spring-mailing"


@pytest.mark.parametrize("key", ["external_id", "External-Id", "externalId", "External Lead Id"])
def test_FILE_B1_a_key_in_any_writing_is_one(api: ApiHarness, source: Caller, key: str) -> None:
    sender = api.source("cmp_1")
    first, again = (sender.post(PATH, {**LEAD, key: "4711", "reference": "spring"}) for _ in range(2))
    other = sender.post(PATH, {**OTHER, key: "4711", "reference": "spring"})

    assert (again.text, again.headers.get("Idempotent-Replay")) == (first.text, "true")
    assert (other.status, other.code) == (422, "key_reused")


@pytest.mark.parametrize("labels", [{"reference": "a"}, {"transaction_id": "a"}])
def test_FILE_B1_another_label_under_one_key_is_other_content(
    api: ApiHarness, source: Caller, labels: dict[str, Any]
) -> None:
    sender = api.source("cmp_1")
    sender.post(PATH, {**LEAD, "external_id": "4711"})

    reply = sender.post(PATH, {**LEAD, **labels, "external_id": "4711"})

    assert (reply.status, reply.code) == (422, "key_reused")


@pytest.mark.parametrize("key", ["reference", "transaction_id"])
def test_FILE_B1_a_header_is_the_key_beside_a_label(source: Caller, key: str) -> None:
    values = {**LEAD, key: "spring-mailing"}
    replies = [source.post(PATH, values, headers={"Idempotency-Key": name}) for name in ("one", "one", "two")]

    ids = [reply.json["lead_id"] for reply in replies]
    assert (ids[0] == ids[1], ids[0] == ids[2]) == (True, False)
