"""Callers without a credential share no idempotency key (INT-9, SEC-C4)."""

import pytest

from tests.factories.leads import LEAD
from tests.harness.api import Caller, Reply
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
