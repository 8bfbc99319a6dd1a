"""The ledger: entries are only ever added (PRI-31)."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import SYSTEM, Actor
from chalicelib.core.errors import Unavailable
from chalicelib.core.times import DAY_S
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import FieldChange
from chalicelib.organisation.domain.configuration import Organisation
from tests.factories.rows import NOW, write
from tests.harness.faults import fault, first, lost, metered

pytestmark = pytest.mark.usefixtures("aws")
USUAL = Organisation()
USER = Actor("user", "usr_1")
FIELDS = (FieldChange("name", "Web", "Site"), FieldChange("phone"))
ENTRY = ledger_entries.change(USER, "campaign/cmp_1", "changed", NOW, "e1", FIELDS, {"effect": "10 days"})
ACCESS = ledger_entries.access(USER, "lead/lead_1", "view", NOW, "e2")


@pytest.mark.parametrize(
    "entry", [ENTRY, ACCESS, ledger_entries.change(SYSTEM, "user/u", "disabled", NOW, "e3")]
)
def test_a_written_row_is_read_back(entry: ledger_entries.Entry) -> None:
    write(ledger.insert(entry, USUAL))

    assert ledger.list_subject(entry.subject, NOW) == [entry]


def test_PRI_28_entries_of_an_item_are_in_order_of_time() -> None:
    entries = [replace(ENTRY, id=f"e{9 - number}", at=NOW + number * 7) for number in range(4)]
    write(*(ledger.insert(entry, USUAL) for entry in reversed(entries)))

    assert ledger.list_subject("campaign/cmp_1", NOW) == entries


def test_PRI_31_an_entry_is_written_only_if_absent() -> None:
    write(ledger.insert(ENTRY, USUAL))

    with pytest.raises(batch.Cancelled):
        write(ledger.insert(replace(ENTRY, action="tampered"), USUAL))
    ledger.append(replace(ENTRY, action="tampered"), USUAL)

    assert ledger.list_subject("campaign/cmp_1", NOW) == [ENTRY]


def test_PRI_31_every_write_to_the_ledger_is_a_conditional_put() -> None:
    with metered() as meter:
        ledger.append(ACCESS, USUAL)
        write(ledger.insert(ENTRY, USUAL))

    single, many = meter.attempts
    assert (single.operation, many.operation) == ("PutItem", "TransactWriteItems")
    put = many.body["TransactItems"][0]["Put"]
    for written in (single.body, put):
        assert written["ConditionExpression"] == "attribute_not_exists (#0)"
        assert written["ExpressionAttributeNames"] == {"#0": "subject"}


def test_PRI_31_no_code_changes_or_removes_an_entry() -> None:
    """`LedgerRow` is written in one place, by a Put, and never passed to an Update or a Delete."""
    makers = set()
    for path in (Path(__file__).parents[2] / "chalicelib").rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and any(
                isinstance(node, ast.Call) and ast.unparse(node.func).endswith("LedgerRow")
                for node in ast.walk(function)
            ):
                makers.add(f"{path.stem}.{function.name}")

    assert makers == {"store.insert"}


def test_PRI_30_an_access_with_a_lost_answer_is_logged_once() -> None:
    with fault(lost, when=first(1)) as fired:
        ledger.append(ACCESS, USUAL)

    assert len(fired) == 1
    assert ledger.list_subject("lead/lead_1", NOW) == [ACCESS]


def test_PRI_30_an_access_that_cannot_be_logged_raises() -> None:
    with fault(lost), pytest.raises(Unavailable):
        ledger.append(ACCESS, USUAL)


def test_data_model_accesses_and_changes_end_by_their_class() -> None:
    write(ledger.insert(ENTRY, USUAL))
    ledger.append(ACCESS, USUAL)

    assert ledger.list_subject("lead/lead_1", NOW + 730 * DAY_S - 1) == [ACCESS]
    assert ledger.list_subject("lead/lead_1", NOW + 730 * DAY_S) == []
    assert ledger.list_subject("campaign/cmp_1", NOW + 2190 * DAY_S - 1) == [ENTRY]
    assert ledger.list_subject("campaign/cmp_1", NOW + 2190 * DAY_S) == []


def test_data_model_an_entry_ends_in_at_most_ten_years() -> None:
    with pytest.raises(ValueError, match="ten years"):
        ledger.insert(ENTRY, Organisation(changes_kept_days=4000))
