"""Faults while a lead comes in, by the rows of the fault matrix (INT-9, INT-10, INT-11).

Each row has a second test without its protection, which shows that the bad outcome then happens. A test of an
unnecessary protection would prove nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from chalicelib import clock
from chalicelib.aws.dynamodb import batch, counters, rows
from chalicelib.blocks import store as blocks
from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.core import identifiers
from chalicelib.core.access import Actor, Permission, Role
from chalicelib.core.errors import Invalid, Unavailable
from chalicelib.core.times import utc_day
from chalicelib.intake.usecases import receive_lead as door
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.leads.store import leads, leads_rows
from chalicelib.ledger import store as ledger
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import ConfigItem
from chalicelib.users.domain import credentials
from tests.factories.leads import LEAD, MANAGER, NOW, create_organisation
from tests.harness.api import ApiHarness, add_credential
from tests.harness.faults import (
    ALL,
    Crash,
    Fault,
    conflicting,
    denied,
    dying,
    dying_after,
    fault,
    first,
    first_of_each_call,
    leaving,
    lost,
    meanwhile,
    metered,
    step,
    throttled,
    unprocessed,
    unreachable,
)
from tests.scenarios.intake import nothing_is_there, parts, post, race, restart, source_result, stored

OTHER = {**LEAD, "first_name": "Grace"}
ADMIN = Actor("user", "usr_admin", Role.ADMIN, frozenset(Permission))
TRANSACTION = {"TransactWriteItems"}
READ = {"BatchGetItem"}


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    """A campaign that accepts leads."""
    create_organisation()


def has_one_whole_lead(lead_id: str) -> bool:
    """Return whether exactly this lead exists, with all its parts."""
    return [item.lead_id for item in stored()] == [lead_id] and all(parts(lead_id))


# 1: the store is throttled once


@pytest.mark.parametrize("does", [throttled, unreachable])
@pytest.mark.parametrize("on", [READ, TRANSACTION])
def test_row_1_a_short_fault_is_retried_within_the_time_budget(does: Fault, on: set[str]) -> None:
    with fault(does, on=on, when=first(1)) as fired:
        receipt = post()

    assert len(fired) == 1
    assert has_one_whole_lead(source_result(receipt).lead_id)


def test_row_1_retries_of_read_and_write_fit_into_29_seconds() -> None:
    limits = rows.MetaDefaults
    longest = (limits.connect_timeout_seconds + limits.read_timeout_seconds) * (limits.max_retry_attempts + 1)

    assert longest <= 29 * 2 / 3


def test_row_1_without_retries_a_short_fault_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leads_rows.FactsRow.Meta, "max_retry_attempts", 0)
    monkeypatch.setattr(configuration.ConfigRow.Meta, "max_retry_attempts", 0)
    restart()

    with fault(throttled, on=TRANSACTION, when=first(1)), pytest.raises(Unavailable):
        post()
    assert nothing_is_there()


# 2: the store is throttled until the budget ends


@pytest.mark.parametrize("does", [throttled, unreachable, denied])
@pytest.mark.parametrize("on", [READ, TRANSACTION])
def test_row_2_a_long_fault_stores_nothing_and_the_key_stays_usable(does: Fault, on: set[str]) -> None:
    with fault(does, on=on) as fired, pytest.raises(Unavailable):
        post()
    assert fired
    assert nothing_is_there()

    assert has_one_whole_lead(source_result(post()).lead_id)


def test_row_2_the_source_gets_503_and_retry_after(api: ApiHarness) -> None:
    with fault(throttled, on=TRANSACTION):
        reply = api.stranger().post("/v1/campaigns/cmp_1/leads", LEAD)

    assert reply.status == 503
    assert reply.code == "unavailable"
    assert int(reply.headers["Retry-After"]) > 0


def test_row_2_without_the_check_a_lead_would_be_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_raise_cancelled", lambda *_: None)

    with fault(throttled, on=TRANSACTION):
        assert source_result(post()).lead_id
    assert nothing_is_there()


# 3: an answer is lost once


@pytest.mark.parametrize("key", ["order-1", None])
def test_row_3_an_own_write_is_recognised(key: str | None) -> None:
    with fault(lost, on=TRANSACTION, when=first(1)) as fired:
        receipt = post(key=key)

    assert len(fired) == 1
    assert has_one_whole_lead(source_result(receipt).lead_id)
    assert source_result(post()) == source_result(receipt) or key is None


def test_row_3_without_reading_again_a_good_lead_would_be_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(door, "_TRIES", 1)

    with fault(lost, on=TRANSACTION, when=first(1)), pytest.raises(Unavailable):
        post()
    assert len(stored()) == 1


# 4: every answer is lost


def post_with_lost_answers() -> None:
    """Post with every write applied and every answer lost."""
    with (
        fault(lost, on=TRANSACTION),
        fault(unreachable, on=READ, when=lambda attempt: attempt.number > 1),
        pytest.raises(Unavailable),
    ):
        post()


def test_row_4_the_same_key_again_finds_the_same_lead() -> None:
    post_with_lost_answers()
    (lead,) = stored()

    repeated = post(now=NOW + 60)

    assert repeated.replayed
    assert source_result(repeated).lead_id == lead.lead_id
    assert has_one_whole_lead(lead.lead_id)


def test_row_4_without_ids_from_the_key_there_would_be_two_leads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fresh = count()
    monkeypatch.setattr(identifiers, "lead_id_of", lambda *_: f"lead_{next(fresh)}")
    post_with_lost_answers()

    post(now=NOW + 60)

    assert len(stored()) == 2


# 6: two identical requests at once


def race_two_posts(on: set[str]) -> tuple[Any, Any]:
    """Run a complete second request, a second later, while the first waits before its read or its write."""
    second: list[Any] = []
    with fault(meanwhile(lambda: second.append(post(now=NOW + 1))), on=on, when=first(1)) as fired:
        own = post(now=NOW)
    assert len(fired) == 1
    return own, second[0]


@pytest.mark.parametrize("on", [READ, TRANSACTION])
def test_row_6_two_at_once_make_one_lead_with_equal_answers(on: set[str]) -> None:
    own, other = race_two_posts(on)

    assert source_result(own) == source_result(other)
    assert own.replayed
    assert has_one_whole_lead(source_result(own).lead_id)


def test_row_6_without_conditions_the_first_would_be_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    conditional = batch._add

    def write_unconditionally(transaction: Any, entry: batch.Write) -> None:
        conditional(transaction, entry if isinstance(entry, batch.Check) else replace(entry, condition=None))

    monkeypatch.setattr(batch, "_add", write_unconditionally)

    own, other = race_two_posts(TRANSACTION)

    assert source_result(own) != source_result(other)


@pytest.mark.parametrize("number", [200])
def test_INT_10_200_identical_posts_at_once_make_one_lead(number: int) -> None:
    receipts = race(number)

    assert len({source_result(receipt) for receipt in receipts}) == 1
    assert has_one_whole_lead(source_result(receipts[0]).lead_id)


@pytest.mark.parametrize("number", [200])
def test_INT_10_with_lost_first_answers_they_make_one_lead_too(number: int) -> None:
    with fault(lost, on=TRANSACTION, when=first_of_each_call) as fired:
        receipts = race(number)

    assert len(fired) >= 1
    assert len({source_result(receipt) for receipt in receipts}) == 1
    assert has_one_whole_lead(source_result(receipts[0]).lead_id)


def test_INT_10_posts_without_a_key_make_one_lead_each() -> None:
    with fault(lost, on=TRANSACTION, when=first_of_each_call):
        receipts = race(5, key=None)

    ids = {source_result(receipt).lead_id for receipt in receipts}
    assert len(ids) == 5
    assert {item.lead_id for item in stored()} == ids


# 7: the same key, other content


def test_row_7_the_key_is_refused_and_the_first_lead_unchanged() -> None:
    first_one = post()

    with pytest.raises(Invalid) as refused:
        post(OTHER)

    assert refused.value.code == "key_reused"
    assert stored() == [first_one.facts]


def test_row_7_the_key_is_refused_also_at_once() -> None:
    with (
        fault(meanwhile(lambda: post(OTHER)), on=TRANSACTION, when=first(1)),
        pytest.raises(Invalid) as refused,
    ):
        post()

    assert refused.value.code == "key_reused"
    assert len(stored()) == 1


def test_row_7_without_a_digest_other_content_would_be_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(identifiers, "digest_of", lambda *_: "the same")
    first_one = post()

    assert source_result(post(OTHER)) == source_result(first_one)


# 9: other transactions are in the way


def test_row_9_a_conflict_is_retried_with_a_new_token() -> None:
    with fault(conflicting, when=first(2)) as fired:
        receipt = post()

    assert len({attempt.body["ClientRequestToken"] for attempt in fired}) == 2
    assert has_one_whole_lead(source_result(receipt).lead_id)


def test_row_9_lasting_conflicts_are_503_after_limited_tries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "backoff", lambda _: None)

    with fault(conflicting) as fired, pytest.raises(Unavailable):
        post()

    assert len(fired) == door._TRIES
    assert nothing_is_there()


# 12: the function is killed at any step


def steps() -> Iterator[tuple[str, Fault, int]]:
    """Yield every step of an intake in a fresh process, before it and after it."""
    for number in range(1, 9):
        yield from ((name, does, number) for name, does in (("before", dying), ("after", dying_after)))


@pytest.mark.parametrize(("when", "crash", "number"), list(steps()))
def test_row_12_a_crash_leaves_a_whole_lead_or_none(when: str, crash: Fault, number: int) -> None:
    # given a fresh process that dies at a step
    restart()
    with fault(crash, on=ALL, when=step(number)) as fired:
        try:
            post()
        except Crash:
            restart()

    # then there is a complete lead or none
    assert nothing_is_there() or has_one_whole_lead(stored()[0].lead_id)

    # and the retry of the source ends with one complete lead
    assert has_one_whole_lead(source_result(post(now=NOW + 60)).lead_id)
    assert bool(fired) == (number <= steps_of_an_intake())


def steps_of_an_intake() -> int:
    """Return how many calls an intake makes in a fresh process."""
    restart()
    with metered() as meter:
        post(key="another", values={"phone": "202-555-0199"})
    return meter.round_trips


def test_row_12_every_step_is_tested() -> None:
    assert steps_of_an_intake() <= 8


def test_row_12_separate_writes_would_leave_half_a_lead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def write_separately(writes: Sequence[batch.Write], token: str) -> None:
        for entry in writes:
            assert not isinstance(entry, batch.Check)
            batch.write_one(entry)

    monkeypatch.setattr(batch, "write", write_separately)

    with fault(dying, when=step(2)), pytest.raises(Crash):
        post()

    (lead,) = stored()
    assert not all(parts(lead.lead_id))
    assert not all(parts(source_result(post(now=NOW + 60)).lead_id))


# 15: the Do Not Call list cannot be read


def blocked() -> None:
    block_contact(MANAGER, BlockRequest("phone", LEAD["phone"], "prj_1", None, None), "req_block", NOW)


@pytest.mark.parametrize("does", [throttled, unreachable, lost, unprocessed, denied, leaving("blocks")])
def test_row_15_an_unreadable_list_is_never_an_empty_one(does: Fault) -> None:
    blocked()

    with fault(does, on=READ, table="blocks") as fired, pytest.raises(Unavailable):
        post()

    assert fired
    assert nothing_is_there()
    assert post().declined == "blocked"


def test_row_15_ignoring_unread_keys_would_accept_a_blocked_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read_once(request: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        answer = rows.connection().dispatch("BatchGetItem", {"RequestItems": request})
        yield from ((table, item) for table, items in answer["Responses"].items() for item in items)

    monkeypatch.setattr(batch, "_items", read_once)
    blocked()

    with fault(leaving("blocks"), on=READ, table="blocks"):
        assert source_result(post()).lead_id


def test_PRI_17_a_block_made_during_intake_marks_the_lead() -> None:
    with fault(meanwhile(blocked), on=TRANSACTION, when=first(1)):
        lead_id = source_result(post()).lead_id
    assert stored()[0].blocked_at is None

    process_new_lead(lead_id, NOW + 5)

    assert stored()[0].blocked_at == NOW + 5


# 5 and the statistics: a lead counts once, however often it is processed


def process_repeatedly(lead_id: str) -> None:
    """Process a lead as a repeating stream does, with every first answer lost and two at once."""
    with fault(lost, on=TRANSACTION, when=first_of_each_call):
        process_new_lead(lead_id, NOW + 5)
    with fault(meanwhile(lambda: process_new_lead(lead_id, NOW + 6)), on=TRANSACTION, when=first(1)):
        process_new_lead(lead_id, NOW + 6)
    process_new_lead(lead_id, NOW + 7)


def accepted() -> int:
    return counters.read_day("statistics#cmp_1", utc_day(NOW)).get("accepted", 0)


def test_data_model_a_lead_counts_once() -> None:
    lead_id = source_result(post()).lead_id

    process_repeatedly(lead_id)

    assert accepted() == 1


def test_data_model_without_the_mark_it_would_count_again(monkeypatch: pytest.MonkeyPatch) -> None:
    marked = leads.mark_counted

    def mark_unconditionally(lead_id: str) -> batch.Write:
        update = marked(lead_id)
        assert isinstance(update, batch.Update)
        return replace(update, condition=None)

    monkeypatch.setattr(leads, "mark_counted", mark_unconditionally)
    lead_id = source_result(post()).lead_id

    process_repeatedly(lead_id)

    assert accepted() > 1


def test_INT_11_a_lost_rejection_count_is_sent_again_with_one_token() -> None:
    blocked()

    with fault(lost, on=TRANSACTION, when=first(1)) as fired, metered() as meter:
        assert post().declined == "blocked"

    assert len(fired) == 1
    tokens = {
        attempt.body["ClientRequestToken"] for attempt in meter.attempts if attempt.operation in TRANSACTION
    }
    assert len(tokens) == 1


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
@pytest.mark.parametrize("action", [post_by_hand, blocked])
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
    ("action", "model"), [(post_by_hand, leads_rows.FactsRow), (blocked, blocks.BlockRow)]
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
