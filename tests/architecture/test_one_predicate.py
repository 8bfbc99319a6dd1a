"""From its end on, to the second, no reader sees a row (RET-14, PRI-15): one predicate, in one place."""

import ast
import functools
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.aws.dynamodb import batch, counters, leases, rows
from chalicelib.blocks.store import blocks
from chalicelib.core.access import SYSTEM
from chalicelib.imports import store as imports
from chalicelib.imports.domain.import_job import Import, ImportKind, Upload
from chalicelib.imports.domain.uploads import BUCKET
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import Job, JobWork
from chalicelib.leads.domain.duplicate_index import Original, Window, with_original
from chalicelib.leads.store import contact_index, leads, people
from chalicelib.ledger import store as ledger
from chalicelib.work.store import notifications
from tests.factories.rows import DUE, NOW, PERSON, create_block_row, create_facts, write

ROOT = Path(__file__).parents[2]
ASKING = {"get", "query", "scan", "batch_get", "count", "rate_limited_scan", "refresh", "exists"}
CALLS_OF_THE_STORE = {"dispatch", "get_item", "batch_get_item", "transact_get_items"}
STORES = re.compile(r"chalicelib/(aws/dynamodb/\w+|\w+/store|\w+/store/\w+)\.py")
ALLOWED = {"chalicelib/aws/dynamodb/rows.py", "chalicelib/aws/dynamodb/batch.py"}
SLOW_ON_PURPOSE = [
    HealthCheck.function_scoped_fixture,
    HealthCheck.too_slow,
]  # tables of moto for each example
ends = st.integers(min_value=NOW - 3, max_value=NOW + 3)


@functools.cache
def sources() -> tuple[tuple[str, ast.AST], ...]:
    """Return every module of the system."""
    paths = sorted((ROOT / "chalicelib").rglob("*.py"))
    return tuple((str(path.relative_to(ROOT)), ast.parse(path.read_text())) for path in paths)


@functools.cache
def models() -> set[str]:
    """Return the names of all classes of rows and indexes."""
    stores = [tree for name, tree in sources() if STORES.fullmatch(name)]
    classes = [node for tree in stores for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    bases = {"Row", "Model", "GlobalSecondaryIndex", "LocalSecondaryIndex"}
    named = {
        item.name: {n.id for base in item.bases for n in ast.walk(base) if isinstance(n, ast.Name)}
        for item in classes
    }
    return {name for name, over in named.items() if over & bases} | {"Model", "Row"}


def avoids_predicate(node: ast.AST, rows_and_indexes: set[str]) -> bool:
    """Return whether a call reads rows of a table without the predicate."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    called, of = node.func.attr, node.func.value
    if called in CALLS_OF_THE_STORE:
        return True
    receiver = of.id if isinstance(of, ast.Name) else of.attr if isinstance(of, ast.Attribute) else ""
    index = isinstance(of, ast.Attribute) and receiver.startswith("by_")
    return called in ASKING and (receiver in rows_and_indexes or receiver in {"model", "cls"} or index)


def test_RET_14_only_rows_and_batch_query_tables() -> None:
    known = models()
    assert {
        "FactsRow",
        "PersonRow",
        "ContactRow",
        "BlockRow",
        "LedgerRow",
        "CounterRow",
        "ConfigRow",
        "ByDay",
    } <= known

    asking = {name for name, tree in sources() for node in ast.walk(tree) if avoids_predicate(node, known)}

    assert asking == ALLOWED


@pytest.mark.parametrize(
    "code",
    [
        *(
            "PersonRow.get('a', 'b')",
            "model.query('a')",
            "FactsRow.by_day.query('a')",
            "x.dispatch('GetItem')",
        ),
        *("leads_rows.FactsRow.scan()", "PersonRow.batch_get([])", "BlockRow.count()"),
    ],
)
def test_RET_14_the_check_finds_a_read_around_the_predicate(code: str) -> None:
    assert any(avoids_predicate(node, models()) for node in ast.walk(ast.parse(code)))


def local_name(module: str) -> str:
    """Return the name under which a store is called: the area of `<area>/store.py`, else the name of the file."""
    path = Path(module)
    return path.parent.name if path.stem == "store" else path.stem


@pytest.mark.parametrize("reader", ["rows.page", "rows.get_including_expired"])
def test_RET_14_only_listed_functions_read_expired_rows(reader: str) -> None:
    """These functions return an id or a number, or rows that are about to be removed."""
    callers: dict[str, set[str]] = {"rows.page": set(), "rows.get_including_expired": set()}
    for name, tree in sources():
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Attribute) and ast.unparse(node) in callers:
                        callers[ast.unparse(node)].add(f"{local_name(name)}.{function.name}")

    # ids only, to be read again; counters without personal data; configuration, which has no end; for erasure;
    # entries, each of which passes `rows.if_live` before it is shown (`first_entry` shows when a campaign began)
    ids = {"leads.list_day", "leads._due", "leads.list_worklist", "block_list._lane", "imports._entries"}
    ids.add("contact_index.page_of_leads")  # it applies `gone` to each entry
    # entries of a lead's history, which have no end
    entries = {"ledger._lane", "ledger.first_entry", "ledger.list_newest", "activities.list_page"}
    allowed = {
        "rows.page": ids
        | entries
        | {"counters.read_days", "folding.fold", "folding.list_spread_days", "organisation.list_page"},
        "rows.get_including_expired": {
            "people.get_including_expired",
            "contact_index.list_windows",
            "organisation.list_all",
            "blocks.list_of",
        },
    }
    assert callers[reader] <= allowed[reader]


@pytest.mark.usefixtures("aws")
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(end=ends, now=ends, other=st.none() | ends)
def test_RET_14_no_read_returns_a_row_at_or_past_its_end(end: int, now: int, other: int | None) -> None:
    # given rows that TTL never removes (moto does not remove them)
    before = min(end, now) - 10
    model = people.PersonRow
    model("lead_1", people.PERSON, body='{"fields":{}}', expires_at=end).save()
    contact_index.ContactRow("ref_1", "lead#lead_1", expires_at=end).save()
    contact_index.ContactRow("ref_1", "lead#lead_2", expires_at=other).save()
    window = with_original(Window("ref_1", "lt_1"), Original("lead_1", "cmp_1", "prj_1", before, end), before)
    contact_index.ContactRow(
        "ref_1", "window#lt_1", originals="[]", version=window.version, expires_at=end
    ).save()
    write(blocks.put(create_block_row(until=end), before))
    keys = [people.key("lead_1"), contact_index.window_key("ref_1", "lt_1"), *blocks.keys(["ref_1"], "prj_1")]

    # when they are read at any instant, by every read there is
    rows_read = batch.read(keys, now)
    seen = [
        people.get("lead_1", now) is not None,
        people.from_batch("lead_1", rows_read) is not None,
        contact_index.window_from_batch("ref_1", "lt_1", rows_read).version > 0,
        "lead_1" in contact_index.list_leads("ref_1", now),
        blocks.get("ref_1", "prj_1", now) is not None,
        blocks.from_batch(["ref_1"], "prj_1", rows_read) != [],
        rows.query(model, "lead_1", now) != [],
    ]

    # then they are returned exactly until their end
    assert seen == [now < end] * len(seen)
    assert ("lead_2" in contact_index.list_leads("ref_1", now)) == (other is None or now < other)
    blocks.BlockRow("ref_1", "prj_1").delete()


@pytest.mark.usefixtures("aws")
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(now=st.integers(DUE - 2, DUE + 2), lag_h=st.integers(0, 72))
def test_RET_14_a_lead_past_its_deadline_cannot_be_written(now: int, lag_h: int) -> None:
    lead_id = f"lead_{now}_{lag_h}"
    lead = create_facts(lead_id)
    if leads.get(lead_id, NOW) is None:
        write(leads.insert(lead), people.insert(lead_id, PERSON, lead.erase_at, NOW))
    writes: list[batch.Write] = [
        leads.require_live(lead_id, now + lag_h * 3600 * (now >= DUE)),
        people.update_expiry(lead_id, people.PERSON, DUE, NOW),
    ]

    if now < DUE:
        write(*writes)
        return
    with pytest.raises(batch.Cancelled):
        write(*writes)


def example_import(now: int) -> Import:
    return Import("imp_1", ImportKind.BLOCK, "prj_1", "prj_1", BUCKET.kind, BUCKET.id, now)


def example_job(now: int) -> Job:
    return Job("job_1", SYSTEM.kind, SYSTEM.id, now, JobWork("forecast", {}, {}, of=1))


UPLOAD = Upload("bucket", "imports/block/prj_1/x.csv", "etag", "01", 1)
NEW: dict[str, Callable[[int], list[batch.Write]]] = {
    "an import": lambda now: imports.insert(example_import(now)),
    "the last file of a key": lambda now: [imports.set_latest(UPLOAD, example_import(now), None, now)],
    "a job": lambda now: jobs.insert(example_job(now)),
    "a job that is watched": lambda now: [jobs.enqueue(example_job(now))],
    "a lease": lambda now: [leases.acquire("x", f"run_{now}", now, now + 5)],
    "a claim to tell": lambda now: [notifications.claim("usr_1", "x", f"run_{now}", now, now + 5)],
    "a block": lambda now: [blocks.put(create_block_row(until=now + 5), now)],
}


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("what", NEW)
def test_RET_14_a_new_row_replaces_only_an_expired_row(what: str) -> None:
    write(*NEW[what](NOW))
    first = NEW[what](NOW)[0].row
    ended = int(getattr(first, "expires_at", 0))

    with pytest.raises(batch.Cancelled):
        write(*NEW[what](ended - 1))
    write(*NEW[what](ended))


@pytest.mark.usefixtures("aws")
def test_RET_14_counters_and_ledger_use_the_same_predicate() -> None:
    counters.CounterRow("refused#x", "2023-11-14T22:13", n=3, expires_at=DUE).save()
    ledger.LedgerRow("lead/1", "t#e", day_shard="d", kind="access", body="{}", expires_at=DUE).save()

    assert counters.failures_on("x", "2023-11-14", DUE - 1) == 3
    assert counters.failures_on("x", "2023-11-14", DUE) == 0
    assert ledger.list_subject("lead/1", DUE) == []
    assert ledger.get("lead/1", "t#e", DUE) is None
    for listed in (ledger.places_of_subject("lead/1", None, DUE), ledger._lane("d", "by_day", None, DUE)):
        assert [place.entry for place in listed] == [None]
