"""Rotated secrets, rows of other releases, and a ledger that cannot be written (fault rows 49, 50, 52)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from chalicelib.aws.dynamodb import batch, rows
from chalicelib.blocks.store import blocks
from chalicelib.core.access import Actor, Permission, Role
from chalicelib.core.errors import Unavailable
from chalicelib.leads.store import leads, leads_rows
from chalicelib.ledger import store as ledger
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import ConfigItem
from chalicelib.users.domain import credentials
from tests.factories.leads import LEAD, NOW, create_organisation
from tests.harness.api import ApiHarness, add_credential
from tests.harness.faults import Fault, denied, fault, throttled, unreachable
from tests.intake.intake_fault_support import block_phone
from tests.scenarios.intake import nothing_is_there, post, restart, source_result, stored

ADMIN = Actor("user", "usr_admin", Role.ADMIN, frozenset(Permission))


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    """A campaign that accepts leads."""
    create_organisation()


# 49: a secret is rotated during requests


def rotate_secret(api: ApiHarness) -> list[int]:
    """Post with the old token, add a second secret, post with both. Return the statuses."""
    credential, old = add_credential("cmp_1")
    before = api.bearer(old).post("/v1/campaigns/cmp_1/leads", LEAD).status
    new = credentials.token_of(credential.id, b"n" * credentials.SECRET_BYTES)
    both = (*credential.secrets, credentials.hash_of_token(new))
    batch.write(configuration.update(replace(credential, version=2, secrets=both)), batch.token_of("rotate"))
    configuration.clear_cache()
    return [before, *(api.bearer(item).post("/v1/campaigns/cmp_1/leads", LEAD).status for item in (old, new))]


def test_row_49_old_and_new_secret_work_while_both_are_live(api: ApiHarness) -> None:
    assert rotate_secret(api) == [201, 201, 201]


def test_row_49_with_one_live_secret_a_rotation_would_refuse_leads(
    api: ApiHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "LIVE_SECRETS", 1)

    assert rotate_secret(api) == [201, 201, 401]


# 50: new code with old rows, old code with new rows


def test_row_50_configuration_of_other_releases_accepts_leads() -> None:
    stored_value = (
        '"id":"cmp_1","version":1,"name":"Web","project_id":"prj_1","lead_type_id":"lt_1","source":"site"'
    )
    for body in (f"{{{stored_value}}}", f'{{{stored_value},"limits":{{"day":5}}}}'):
        restart()
        configuration.ConfigRow("campaign", "cmp_1", version=1, body=body).save()
        assert source_result(post(key=str(len(body)))).lead_id


def test_row_50_refusing_unknown_settings_would_stop_intake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read_strictly(cls: type[ConfigItem], row: configuration.ConfigRow) -> ConfigItem:
        return TypeAdapter(cls).validate_json(row.body, extra="forbid")

    monkeypatch.setattr(configuration, "_item", read_strictly)
    stored_value = (
        '"id":"cmp_1","version":1,"name":"Web","project_id":"prj_1","lead_type_id":"lt_1","source":"site"'
    )
    configuration.ConfigRow("campaign", "cmp_1", version=1, body=f'{{{stored_value},"limits":null}}').save()

    with pytest.raises(ValidationError):
        post()


def test_row_50_facts_of_a_later_release_are_kept_completely() -> None:
    first_one = post()
    assert first_one.facts is not None
    add_unknown_attribute(first_one.facts.lead_id)

    assert source_result(post()) == source_result(first_one)
    change = leads.update(first_one.facts, replace(first_one.facts, stage="contacted"), NOW)
    batch.write([change], batch.token_of("change"))

    assert raw(first_one.facts.lead_id)["score"] == {"N": "7"}


def test_row_50_writing_facts_whole_would_lose_later_attributes() -> None:
    first_one = post()
    assert first_one.facts is not None
    add_unknown_attribute(first_one.facts.lead_id)

    complete = replace(leads.insert(replace(first_one.facts, stage="contacted")), condition=None)
    batch.write([complete], batch.token_of("change"))

    assert "score" not in raw(first_one.facts.lead_id)


def test_row_50_facts_of_an_earlier_release_have_defaults() -> None:
    first_one = post()
    assert first_one.facts is not None
    item = raw(first_one.facts.lead_id)
    for optional in ("answer", "price", "base_due", "digest"):
        item.pop(optional)
    client().put_item(TableName=table(), Item=item)

    (old,) = stored()

    assert (old.answer, old.price, old.digest, old.erase_at) == (None, None, None, first_one.facts.erase_at)


def client() -> Any:
    return rows.connection().client


def table() -> str:
    return str(leads_rows.FactsRow._get_connection().table_name)


def raw(lead_id: str) -> dict[str, Any]:
    item: dict[str, Any] = client().get_item(TableName=table(), Key=at(lead_id))["Item"]
    return item


def at(lead_id: str) -> dict[str, Any]:
    return {"lead_id": {"S": lead_id}, "part": {"S": leads.LEAD}}


def add_unknown_attribute(lead_id: str) -> None:
    """Add an attribute to the facts that this release does not know."""
    client().put_item(TableName=table(), Item={**raw(lead_id), "score": {"N": "7"}})


# 52: the ledger entry cannot be written


def post_by_hand() -> None:
    post(actor=ADMIN)


@pytest.mark.parametrize("does", [denied, throttled, unreachable])
@pytest.mark.parametrize("action", [post_by_hand, block_phone])
def test_row_52_a_change_that_cannot_be_logged_does_not_happen(
    does: Fault, action: Callable[[], None]
) -> None:
    with fault(does, table="ledger") as fired, pytest.raises(Unavailable):
        action()

    assert fired
    assert nothing_is_there()
    assert list(blocks.BlockRow.scan()) == []
    assert list(ledger.LedgerRow.scan()) == []


@pytest.mark.parametrize(
    ("action", "model"), [(post_by_hand, leads_rows.FactsRow), (block_phone, blocks.BlockRow)]
)
def test_row_52_a_separate_entry_would_be_missing(
    action: Callable[[], None], model: type[rows.Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    together = batch.write

    def write_entries_later(writes: Sequence[batch.Write], token: str) -> None:
        entries = [entry for entry in writes if isinstance(entry.row, ledger.LedgerRow)]
        together([entry for entry in writes if entry not in entries], token)
        together(entries, token[::-1])

    monkeypatch.setattr(batch, "write", write_entries_later)

    with fault(denied, table="ledger"), pytest.raises(Unavailable):
        action()

    assert len(list(model.scan())) == 1
    assert list(ledger.LedgerRow.scan()) == []
