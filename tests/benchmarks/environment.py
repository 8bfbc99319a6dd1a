"""A small organisation to measure on, in memory or on a local stack."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from moto import mock_aws

from chalicelib import clock
from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Consent, Duplicates, Limits
from chalicelib.core.retention import Policy
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.organisation.domain.configuration import Field, LeadType, Project
from chalicelib.organisation.usecases.register_keys import register_keys
from tests import conftest
from tests.factories.leads import ENTERS_AT_ONCE, MANAGER
from tests.harness.api import add_item

NAMES = {"first_name": "Ada", "last_name": "Lovelace", "city": "Springfield"}
BLOCKED = "202-555-0199"
CRITERIA = {
    "all": [
        *({"field": "loan", "op": "at_most", "value": 500_000 + number} for number in range(10)),
        *({"field": "city", "op": "not_equals", "value": f"Town {number}"} for number in range(10)),
    ]
}
STRICT: dict[str, Any] = {
    "criteria": CRITERIA,
    "duplicates": Duplicates(enabled=True),
    "limits": Limits(hourly=1_000_000, daily=1_000_000, monthly=1_000_000),
    "consent": Consent(enabled=True),
}


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set this environment, with the caches of a fresh process."""
    before = dict(os.environ)
    os.environ.pop("AWS_PROFILE", None)
    os.environ.update(values)
    conftest.clear_caches()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        conftest.clear_caches()


@contextmanager
def in_memory(**settings: str) -> Iterator[None]:
    """Provide empty tables in memory, with the organisation in them."""
    with environment(conftest._ENVIRONMENT | settings), mock_aws():
        conftest.make_aws()
        organisation()
        yield


def organisation(now: int | None = None) -> None:
    """Create campaigns: `cmp_full` whose type has everything, `cmp_lean` with the least, `cmp_strict` with checks.

    `cmp_open` has the type of `cmp_full` and looks for no duplicates.
    """
    now = clock.now() if now is None else now
    register_keys(now)
    add_item(Project(id="prj_1", version=1, name="Loans"))
    named = [Field(name, name.replace("_", " ").capitalize()) for name in NAMES]
    phone = Field("phone", "Phone", "phone", required=True)
    full = (
        *named,
        Field("phone", "Phone", "phone", required=True, duplicate="phone"),
        Field("email", "E-mail", "email"),
    )
    kinds = (("full", full, ENTERS_AT_ONCE), ("lean", (*named, phone), Duplicates()))
    for kind, fields, duplicates in kinds:
        add_item(LeadType(id=f"lt_{kind}", version=1, name=kind, fields=fields))
        add_item(replace(_campaign(kind), duplicates=duplicates))
    add_item(replace(_campaign("full"), id="cmp_open"))
    add_item(
        LeadType(id="lt_strict", version=1, name="strict", fields=(*full, Field("loan", "Loan", "number")))
    )
    add_item(replace(_campaign("strict"), **STRICT))
    block_contact(MANAGER, BlockRequest("phone", BLOCKED, "prj_1"), "request", now)


def _campaign(kind: str) -> Campaign:
    return Campaign(
        id=f"cmp_{kind}",
        version=1,
        name=kind,
        project_id="prj_1",
        lead_type_id=f"lt_{kind}",
        source="site",
        retention=Policy(30),
    )


def lead(number: int, *, email: bool = True) -> dict[str, Any]:
    """Return the values of an example lead."""
    values: dict[str, Any] = {**NAMES, "phone": f"+1 202-555-01{number % 99:02d}"}
    return values | ({"email": f"ada{number}@example.com"} if email else {})


def strict_lead(number: int) -> dict[str, Any]:
    """Return the values of a lead that passes every check of `cmp_strict` and is no duplicate."""
    phone = f"+1 202-555-{1000 + number:04d}"
    return {**lead(number), "phone": phone, "loan": "250000", "tcpa_consent": True}


def post(campaign_id: str, values: Mapping[str, Any], key: str | None = None) -> None:
    """Post a lead as a new request."""
    receive_lead(Submission(campaign_id, values, None, clock.new_id("lead"), key), clock.now())
