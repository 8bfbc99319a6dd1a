"""Callers without a credential share no idempotency key (INT-9, SEC-C4)."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Role
from tests.factories.leads import LEAD
from tests.harness.api import ApiHarness, Caller, Reply, add_item
from tests.harness.faults import fault, first, meanwhile
from tests.intake.test_api_intake import INTAKE_PATH, anonymous, stored_leads

__all__ = ["anonymous"]


@pytest.mark.parametrize("with_header", [True, False])
def test_SEC_C4_a_stranger_takes_no_key_from_another(anonymous: Caller, with_header: bool) -> None:
    """A stranger who sends a key first cannot make the lead of the real source fail."""
    headers = {"Idempotency-Key": "k1"} if with_header else {}
    key = {} if with_header else {"external_id": "k1"}

    def post(first_name: str) -> Reply:
        return anonymous.post(INTAKE_PATH, LEAD | key | {"first_name": first_name}, headers=headers)

    taken, real, repeated = post("Mallory"), post("Grace"), post("Grace")

    assert [taken.status, real.status, repeated.status, stored_leads()] == [201, 201, 201, 2]
    assert repeated.text == real.text
    assert repeated.headers["Idempotent-Replay"] == "true"


def test_SEC_C4_two_posts_of_a_stranger_at_once_make_one_lead(anonymous: Caller) -> None:
    headers = {"Idempotency-Key": "k1"}
    inner: list[Reply] = []

    def same() -> None:
        inner.append(anonymous.post(INTAKE_PATH, LEAD, headers=headers))

    with fault(meanwhile(same), on={"TransactWriteItems"}, when=first(1)):
        outer = anonymous.post(INTAKE_PATH, LEAD, headers=headers)

    assert (outer.text, stored_leads()) == (inner[0].text, 1)


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
KEYED = LEAD | {"external_id": "k1"}
SENDERS: dict[str, Callable[[ApiHarness], Caller]] = {
    "source": lambda api: api.source("cmp_1"),
    "user": lambda api: api.user(Role.MANAGER, "prj_1"),
    "stranger": lambda api: api.stranger(),
}


@pytest.mark.parametrize("first", SENDERS)
@pytest.mark.parametrize("second", ["source", "user"])
@pytest.mark.parametrize("same_content", [True, False])
def test_SEC_C4_a_key_that_anybody_took_is_free_for_the_real_sender(
    api: ApiHarness, anonymous: Caller, first: str, second: str, same_content: bool
) -> None:
    """Also with the same content: the earlier lead, its price and its id are not shown to another sender."""
    taken = SENDERS[first](api).post(INTAKE_PATH, KEYED)
    values = KEYED if same_content else KEYED | {"first_name": "Grace"}

    real = SENDERS[second](api).post(INTAKE_PATH, values)

    assert (taken.status, real.status, stored_leads()) == (201, 201, 2)
    assert real.json["lead_id"] != taken.json["lead_id"]
    assert "Idempotent-Replay" not in real.headers


@pytest.mark.parametrize("sender", ["source", "user"])
@pytest.mark.parametrize("header", [True, False])
def test_SEC_C4_a_stranger_learns_nothing_with_the_key_of_a_sender(
    api: ApiHarness, anonymous: Caller, sender: str, header: bool
) -> None:
    values, headers = (LEAD, {"Idempotency-Key": "k1"}) if header else (KEYED, {})
    sent = SENDERS[sender](api).post(INTAKE_PATH, values, headers=headers)

    guess = anonymous.post(INTAKE_PATH, values, headers=headers)
    other = anonymous.post(INTAKE_PATH, values | {"first_name": "Mallory"}, headers=headers)

    assert len({reply.json["lead_id"] for reply in (sent, guess, other)}) == 3
    assert [reply.status for reply in (sent, guess, other)] == [201, 201, 201]


@pytest.mark.parametrize("sender", ["source", "user"])
def test_SEC_C4_a_sender_keeps_the_key_after_a_stranger_used_it(
    api: ApiHarness, anonymous: Caller, sender: str
) -> None:
    caller = SENDERS[sender](api)
    sent = caller.post(INTAKE_PATH, KEYED)
    anonymous.post(INTAKE_PATH, KEYED | {"first_name": "Mallory"})

    again, reused = caller.post(INTAKE_PATH, KEYED), caller.post(INTAKE_PATH, KEYED | {"first_name": "Eve"})

    assert (again.text, again.headers["Idempotent-Replay"]) == (sent.text, "true")
    assert (reused.status, reused.code) == (422, "key_reused")


def test_SEC_C4_a_stranger_s_key_is_of_one_campaign(anonymous: Caller) -> None:
    add_item(
        Campaign(id="cmp_9", version=1, name="W", project_id="prj_1", lead_type_id="lt_1", source="site")
    )

    one, other = (anonymous.post(f"/v1/campaigns/{name}/leads", KEYED) for name in ("cmp_1", "cmp_9"))

    assert (one.status, other.status, stored_leads()) == (201, 201, 2)


def test_SEC_C4_header_and_external_id_of_strangers_are_two_keys(anonymous: Caller) -> None:
    one = anonymous.post(INTAKE_PATH, KEYED)
    two = anonymous.post(INTAKE_PATH, KEYED, headers={"Idempotency-Key": "k1"})
    again = anonymous.post(INTAKE_PATH, KEYED, headers={"Idempotency-Key": "k1"})

    assert one.json["lead_id"] != two.json["lead_id"]
    assert again.text == two.text


def test_SEC_C4_a_form_of_a_stranger_is_repeated_like_json(anonymous: Caller) -> None:
    form = urlencode(KEYED).encode()

    first, again, json = (
        anonymous.post(INTAKE_PATH, form, headers=FORM),
        anonymous.post(INTAKE_PATH, form, headers=FORM),
        anonymous.post(INTAKE_PATH, KEYED),
    )

    assert again.text == first.text == json.text
    assert stored_leads() == 1


@pytest.mark.parametrize("key", ["", " ", "K1", "k2"])
def test_SEC_C4_another_key_with_the_same_content_is_another_lead(anonymous: Caller, key: str) -> None:
    anonymous.post(INTAKE_PATH, KEYED)

    reply = anonymous.post(INTAKE_PATH, LEAD | {"external_id": key})

    assert ("Idempotent-Replay" in reply.headers, stored_leads()) == (False, 2)
