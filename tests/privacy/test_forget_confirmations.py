"""A confirmation is for the contact, the person and the action it was shown for (SEC-B1, RET-12)."""

from typing import Any

import pytest

from chalicelib import clock
from chalicelib.blocks.store.blocks import BlockRow
from chalicelib.core.access import Role
from chalicelib.core.confirmations import VALID_FOR_S
from chalicelib.core.errors import ConfirmationRequired
from chalicelib.core.retention import Policy
from chalicelib.imports.domain.import_job import ImportKind
from chalicelib.imports.usecases.change_import import confirm_import
from chalicelib.leads.store.leads_rows import FactsRow
from chalicelib.organisation import store as configuration
from tests.factories.imports import create_bucket, get_block, run_file
from tests.factories.leads import LEAD, MANAGER, NOW, confirmation_of, create_lead, create_organisation
from tests.harness.api import ApiHarness, Caller

FORGET, ONE_LEAD = "/v1/contacts/forget", "/v1/leads/lead_1/forget"
FIRST, SECOND, ADDRESS = {"phone": LEAD["phone"]}, {"phone": "202-555-0199"}, {"email": LEAD["email"]}
OUT, IN = {"keep_out": True}, {"keep_out": False}


@pytest.fixture
def manager(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Caller:
    """A manager, and two persons: one with phone and address, one with another phone."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    create_organisation(Policy(None, None))
    create_bucket()
    create_lead("lead_1")
    create_lead("lead_2", values={"first_name": "Bob", **SECOND})
    return api.user(Role.MANAGER, "prj_1", user_id="usr_manager")


def token(caller: Caller, path: str, body: dict[str, Any]) -> str:
    reply = caller.post(path, body)
    assert (reply.status, reply.code) == (409, "confirmation_required")
    return str(reply.json["confirm"])


def require_nothing_happened() -> None:
    assert [row.erased_at for row in FactsRow.scan()] == [None, None]
    assert list(BlockRow.scan()) == []


@pytest.mark.parametrize(
    ("shown", "sent"),
    [
        ((FORGET, {**SECOND, **OUT}), (FORGET, {**FIRST, **OUT})),
        ((FORGET, {**SECOND, **IN}), (FORGET, {**FIRST, **IN})),
        ((FORGET, {"phone": "202-555-0111", **OUT}), (FORGET, {"phone": "202-555-0112", **OUT})),
        ((FORGET, {**FIRST, **OUT}), (FORGET, {**ADDRESS, **OUT})),
        ((FORGET, {**ADDRESS, **OUT}), (FORGET, {**FIRST, **OUT})),
        ((FORGET, {**FIRST, **IN}), (FORGET, {**FIRST, **OUT})),
        ((FORGET, {**FIRST, **OUT}), (FORGET, {**FIRST, **IN})),
        ((ONE_LEAD, OUT), (FORGET, {**FIRST, **OUT})),
        ((FORGET, {**FIRST, **OUT}), (ONE_LEAD, OUT)),
        ((ONE_LEAD, OUT), (ONE_LEAD, IN)),
        ((ONE_LEAD, OUT), ("/v1/leads/lead_2/forget", OUT)),
        ((FORGET, {"email": "Ada@example.com", **IN}), (FORGET, {"email": "ada+1@example.com", **IN})),
    ],
)
def test_SEC_B1_a_token_of_another_request_is_asked_again(
    manager: Caller, shown: tuple[str, dict[str, Any]], sent: tuple[str, dict[str, Any]]
) -> None:
    given = token(manager, *shown)

    reply = manager.post(sent[0], sent[1] | {"confirm": given})

    assert (reply.status, reply.code) == (409, "confirmation_required")
    require_nothing_happened()


@pytest.mark.parametrize("sender", ["manager", "admin", "privacy"])
def test_SEC_B1_a_token_of_another_user_is_asked_again(api: ApiHarness, manager: Caller, sender: str) -> None:
    other = {
        "manager": api.user(Role.MANAGER, "prj_1", user_id="usr_other"),
        "admin": api.user(Role.ADMIN),
        "privacy": api.user(Role.PRIVACY, "prj_1"),
    }[sender]
    given = token(manager, FORGET, {**FIRST, **OUT})

    reply = other.post(FORGET, {**FIRST, **OUT, "confirm": given})

    assert reply.status == 409
    require_nothing_happened()


@pytest.mark.parametrize("path", [FORGET, ONE_LEAD])
def test_SEC_B1_a_token_is_good_for_ten_minutes(
    manager: Caller, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    body = {**IN, **(FIRST if path == FORGET else {})}
    given = token(manager, path, body)

    monkeypatch.setattr(clock, "now", lambda: NOW + VALID_FOR_S + 1)

    assert manager.post(path, {**body, "confirm": given}).status == 409
    require_nothing_happened()


@pytest.mark.parametrize("given", ["", "x", "e30", "x" * 2048])
def test_SEC_B1_a_text_that_is_no_token_is_asked_again_or_refused(manager: Caller, given: str) -> None:
    reply = manager.post(FORGET, {**FIRST, **OUT, "confirm": given})

    assert reply.status in (400, 409)
    require_nothing_happened()


@pytest.mark.parametrize("writing", ["+1 202 555 0147", "(202) 555-0147", "12025550147"])
def test_SEC_B1_another_writing_is_the_same_contact(manager: Caller, writing: str) -> None:
    given = token(manager, FORGET, {**FIRST, **OUT})

    reply = manager.post(FORGET, {"phone": writing, **OUT, "confirm": given})

    assert reply.status == 200
    assert get_block("+12025550147") is not None
    assert get_block("+12025550199") is None
    assert {row.lead_id: row.erased_at is None for row in FactsRow.scan()} == {
        "lead_1": False,
        "lead_2": True,
    }


def test_SEC_B1_a_token_shown_for_a_contact_without_leads_erases_nobody_else(manager: Caller) -> None:
    nobody = {"phone": "202-555-0111", **OUT}
    given = token(manager, FORGET, nobody)

    assert manager.post(FORGET, {**FIRST, **OUT, "confirm": given}).status == 409
    require_nothing_happened()
    assert manager.post(FORGET, {**nobody, "confirm": given}).status == 200
    assert get_block("+12025550111") is not None
    assert [row.erased_at for row in FactsRow.scan()] == [None, None]


def test_SEC_B1_a_permission_that_ended_after_the_first_step_ends_the_second(
    api: ApiHarness, manager: Caller
) -> None:
    given = token(manager, FORGET, {**FIRST, **OUT})
    admin = api.user(Role.ADMIN)
    assert admin.patch("/v1/users/usr_manager", {"version": 1, "withdrawn": ["privacy.forget"]}).status == 200
    configuration.clear_cache()
    reply = manager.post(FORGET, {**FIRST, **OUT, "confirm": given})

    assert reply.status == 403
    require_nothing_happened()


@pytest.mark.parametrize(
    ("shown", "sent"), [("202-555-0147", "202-555-0199"), ("202-555-0147", "ada@example.com")]
)
def test_SEC_B1_a_file_is_confirmed_by_its_own_token(manager: Caller, shown: str, sent: str) -> None:
    first, second = (run_file(f"{text}\n", ImportKind.FORGET, name=text[-3:]) for text in (shown, sent))
    given = confirmation_of(lambda values: confirm_import(MANAGER, first.id, values, NOW))

    with pytest.raises(ConfirmationRequired):
        confirm_import(MANAGER, second.id, given, NOW)

    require_nothing_happened()
