"""One read or one transaction over several tables (data-model.md, Writes that survive a lost answer)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.aws.dynamodb import batch, counters, rows
from chalicelib.blocks.store import blocks
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import SYSTEM
from chalicelib.core.errors import Unavailable
from chalicelib.core.paging import Page
from chalicelib.leads.store import leads, people
from chalicelib.leads.store.leads_rows import ActivityRow, FactsRow
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Organisation
from tests.factories.rows import DUE, NOW, PERSON, create_block_row, create_campaign_row, create_facts, write
from tests.harness.faults import (
    READS,
    WRITES,
    Fault,
    conflicting,
    denied,
    fault,
    first,
    lost,
    metered,
    throttled,
    unprocessed,
    unreachable,
)

pytestmark = pytest.mark.usefixtures("aws")
ENTRY = ledger_entries.change(SYSTEM, "campaign/cmp_1", "created", NOW, "e1")


def creation_writes() -> list[batch.Write]:
    """Return the writes that create a campaign, with their entry in the ledger."""
    return [*configuration.insert(create_campaign_row()), ledger.insert(ENTRY, Organisation())]


def test_one_consistent_read_covers_several_tables() -> None:
    # given rows in three tables
    write(*creation_writes(), leads.insert(create_facts()), people.insert("lead_1", PERSON, DUE, NOW))

    # when they are read together with an absent row
    with metered() as meter:
        keys = [
            configuration.key(Campaign, "cmp_1"),
            leads.key("lead_1"),
            people.key("lead_1"),
            leads.key("lead_9"),
        ]
        rows_read = batch.read([*keys, keys[0]], NOW)

    # then one strongly consistent call returns the rows that exist
    assert meter.operations == {"BatchGetItem": 1}
    assert all(request["ConsistentRead"] for request in meter.attempts[0].body["RequestItems"].values())
    assert configuration.from_batch(Campaign, "cmp_1", rows_read) == create_campaign_row()
    assert leads.from_batch("lead_1", rows_read) == create_facts()
    assert people.from_batch("lead_1", rows_read) == PERSON
    assert leads.from_batch("lead_9", rows_read) is None


def test_one_read_takes_at_most_100_keys() -> None:
    assert batch.read([leads.key(f"lead_{n}") for n in range(100)], NOW).rows == {}
    with pytest.raises(ValueError, match="100"):
        batch.read([leads.key(f"lead_{n}") for n in range(101)], NOW)


def test_many_keys_are_read_a_hundred_at_a_time() -> None:
    for number in (0, 150, 249):
        write(leads.insert(create_facts(f"lead_{number}")))
    keys = [leads.key(f"lead_{number}") for number in range(250)]

    with metered() as meter:
        rows_read = batch.read_many([*keys, *keys], NOW)

    assert meter.operations == {"BatchGetItem": 3}
    assert rows_read.rows.keys() == {keys[0], keys[150], keys[249]}
    assert batch.read_many([], NOW).rows == {}


def test_unprocessed_keys_are_read_again() -> None:
    write(leads.insert(create_facts()))

    with fault(unprocessed, on={"BatchGetItem"}, when=first(2)) as fired:
        rows_read = batch.read([leads.key("lead_1")], NOW)

    assert len(fired) == 2
    assert leads.from_batch("lead_1", rows_read) == create_facts()


@pytest.mark.parametrize("does", [unprocessed, throttled, unreachable, lost, denied])
def test_INT_11_a_failed_read_is_never_an_absent_row(does: Fault) -> None:
    with fault(does, on={"BatchGetItem"}), pytest.raises(Unavailable):
        batch.read(blocks.keys(["ref_1"], "prj_1"), NOW)


@pytest.mark.parametrize("does", [throttled, unreachable, lost, denied])
@pytest.mark.parametrize(
    "ask",
    [
        lambda: leads.get("lead_1", NOW),
        lambda: people.get("lead_1", NOW),
        lambda: people.get_including_expired("lead_1"),
        lambda: blocks.get("ref_1", "prj_1", NOW),
        lambda: leads.list_day("cmp_1", "2023-11-14", 5, None),
        lambda: configuration.get(Campaign, "cmp_1", NOW),
        lambda: configuration.cached(Campaign, "cmp_1", NOW),
        lambda: ledger.list_subject("lead/lead_1", NOW),
    ],
)
def test_INT_11_no_read_accepts_an_empty_answer(does: Fault, ask: Callable[[], object]) -> None:
    with fault(does, on=READS) as fired, pytest.raises(Unavailable):
        ask()
    assert fired


@pytest.mark.parametrize("does", [throttled, unreachable, denied])
@pytest.mark.parametrize(
    "write_it",
    [
        lambda: write(leads.insert(create_facts())),
        lambda: batch.write_one(leads.insert(create_facts())),
        lambda: ledger.append(ENTRY, Organisation()),
        lambda: counters.record_use("crd_1", "2023-11-14"),
        lambda: counters.count_failure("crd_1", NOW),
    ],
)
def test_no_write_accepts_an_empty_answer(does: Fault, write_it: Callable[[], object]) -> None:
    with fault(does, on=WRITES) as fired, pytest.raises(Unavailable):
        write_it()
    assert fired


def test_a_transaction_with_every_answer_lost_is_undecided() -> None:
    with fault(lost), pytest.raises((Unavailable, batch.Cancelled)):
        batch.write([leads.insert(create_facts())], "token")

    assert leads.get("lead_1", NOW) == create_facts()


def test_a_transaction_writes_all_or_nothing() -> None:
    write(leads.insert(create_facts()))

    with pytest.raises(batch.Cancelled) as cancelled:
        write(people.insert("lead_1", PERSON, DUE, NOW), leads.insert(create_facts()))

    assert not cancelled.value.conflict
    assert [type(row) for row in cancelled.value.failed] == [FactsRow]
    assert people.get("lead_1", NOW) is None


def test_failed_rows_are_named_in_any_order_of_writes() -> None:
    # given a lead and a block that exist
    write(leads.insert(create_facts()), blocks.put(create_block_row(), NOW))

    # when three conditions fail in a transaction of all four kinds of writes
    changed = leads.update(replace(create_facts(), version=7), replace(create_facts(), agent_id="usr_1"), NOW)
    blocked = blocks.put(create_block_row(), NOW)
    missing = leads.require_live("lead_9", NOW)
    with pytest.raises(batch.Cancelled) as cancelled:
        write(changed, blocked, people.delete("lead_1", people.PERSON), missing)

    # then exactly the rows of these conditions are named
    assert {id(row) for row in cancelled.value.failed} == {
        id(entry.row) for entry in (changed, blocked, missing)
    }


def test_a_transaction_conflict_can_be_retried() -> None:
    with fault(conflicting) as fired, pytest.raises(batch.Cancelled) as cancelled:
        write(leads.insert(create_facts()))

    assert cancelled.value.conflict
    assert cancelled.value.failed == []
    assert len(fired) == 1
    assert leads.get("lead_1", NOW) is None


def test_an_own_write_is_recognised_by_its_entry() -> None:
    # when the transaction is applied, its answer is lost, and the SDK sends it again (moto forgets tokens)
    with fault(lost, when=first(1)) as fired:
        batch.write(creation_writes(), "token")

    # then it succeeded, once
    assert len(fired) == 1
    assert configuration.get(Campaign, "cmp_1", NOW) == create_campaign_row()
    assert ledger.list_subject("campaign/cmp_1", NOW) == [ENTRY]


def test_without_recognition_an_own_write_looks_like_a_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_is_own", lambda *_: False)

    with fault(lost, when=first(1)), pytest.raises(batch.Cancelled):
        batch.write(creation_writes(), "token")


def test_an_equal_transaction_of_another_caller_is_not_own() -> None:
    batch.write(creation_writes(), "token")
    other = replace(ENTRY, actor_id="someone_else")

    with pytest.raises(batch.Cancelled):
        batch.write(
            [*configuration.insert(create_campaign_row()), ledger.insert(other, Organisation())], "other"
        )


@pytest.mark.parametrize("does", [throttled, unreachable])
def test_a_short_fault_is_retried_without_notice(does: Fault) -> None:
    with fault(does, when=first(2)) as fired:
        write(leads.insert(create_facts()))

    assert len(fired) == 2
    assert leads.get("lead_1", NOW) == create_facts()


def test_a_token_depends_on_everything_in_the_transaction() -> None:
    assert batch.token_of("a", 1) == batch.token_of("a", 1)
    assert (
        len(
            {
                batch.token_of(*parts)
                for parts in [("a", "b"), ("ab",), ("a", "b", ""), ("", "ab"), ("b", "a")]
            }
        )
        == 5
    )
    assert len(batch.token_of("a")) == 36


def test_the_token_is_sent() -> None:
    with metered() as meter:
        batch.write(creation_writes(), "the token")

    assert meter.attempts[0].body["ClientRequestToken"] == "the token"


def test_write_one_reports_a_failed_condition() -> None:
    batch.write_one(leads.insert(create_facts()))

    with pytest.raises(batch.Cancelled) as cancelled:
        batch.write_one(leads.insert(create_facts()))
    assert not cancelled.value.conflict

    batch.write_one(people.insert("lead_1", PERSON, DUE, NOW))
    batch.write_one(people.delete("lead_1", people.PERSON))
    assert people.get("lead_1", NOW) is None


def test_one_client_serves_all_tables() -> None:
    models = rows.Row.__subclasses__()

    clients = {id(model._get_connection().connection.client) for model in models}

    assert {model.TABLE for model in models} == {
        "setup", "leads", "people", "contacts", "blocks", "ledger", "counters",
    }  # fmt: skip
    assert clients == {id(rows.connection().client)}


def test_an_index_is_found_whichever_row_type_came_first() -> None:
    rows.clear_cache()
    ActivityRow._get_connection()

    assert leads.list_day("cmp_1", "2023-11-14", 5, None) == Page([], None)


def test_a_fresh_process_reads_the_table_names_again(monkeypatch: pytest.MonkeyPatch) -> None:
    FactsRow._get_connection()
    rows.clear_cache()

    with pytest.raises(RuntimeError):
        rows.connection()
    assert FactsRow._get_connection().table_name == "leadwarden-test-leads"
