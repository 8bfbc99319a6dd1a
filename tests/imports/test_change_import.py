"""An import is confirmed and cancelled, once and logged, also after a lost answer (PRI-11, PRI-27, RET-12)."""

from collections.abc import Callable

import pytest

from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import Conflict
from chalicelib.imports.domain.import_job import Import, ImportKind, ImportState
from chalicelib.imports.domain.uploads import key_of
from chalicelib.imports.usecases.change_import import cancel_import, confirm_import
from chalicelib.imports.usecases.run_import import run_import
from chalicelib.imports.usecases.start_import import NewImportRequest, start_import
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry
from tests.factories.imports import (
    create_bucket,
    example_numbers,
    get_import,
    import_run,
    lines,
    put,
    register,
    run_file,
)
from tests.factories.leads import (
    MANAGER,
    NOW,
    confirmation_of,
    create_lead,
    create_manager,
    create_organisation,
    facts_of,
)
from tests.harness.faults import conflicting, dying, fault, first_of_each_call, lost, meanwhile, step

pytestmark = pytest.mark.usefixtures("aws")
TRANSACTIONS = {"TransactWriteItems"}


@pytest.fixture(autouse=True)
def _set_up(aws: None) -> None:
    create_organisation()
    create_manager()
    create_bucket()


def create_counted_import() -> tuple[Import, Confirmation]:
    """Return a forget import that waits, and its confirmation."""
    create_lead()
    job = run_file("202-555-0147\n", ImportKind.FORGET)
    return job, confirmation_of(lambda confirmation: confirm_import(MANAGER, job.id, confirmation, NOW))


def entries_of_action(job: Import, action: str) -> list[Entry]:
    return [entry for entry in ledger.list_subject(f"import/{job.id}", NOW) if entry.action == action]


def test_PRI_29_a_confirmed_forget_import_is_logged_with_its_effect() -> None:
    job, confirmation = create_counted_import()

    confirm_import(MANAGER, job.id, confirmation, NOW)

    (entry,) = entries_of_action(job, "import_confirmed")
    assert (entry.actor_kind, entry.actor_id) == (MANAGER.kind, MANAGER.id)
    assert entry.detail is not None
    assert entry.detail["effect"].startswith("Up to 1 lead(s) will be erased")


def test_PRI_27_a_confirmation_that_cannot_be_logged_is_refused() -> None:
    job, confirmation = create_counted_import()

    with fault(conflicting, on=TRANSACTIONS), pytest.raises(Conflict):
        confirm_import(MANAGER, job.id, confirmation, NOW)

    assert get_import(job.id).state is ImportState.AWAITING_CONFIRMATION
    assert entries_of_action(job, "import_confirmed") == []


@pytest.mark.parametrize("until", [lambda job: None, lambda job: run_import(job.id, import_run(NOW + 1))])
def test_RET_12_a_confirmed_call_after_a_lost_answer_succeeds(until: Callable[[Import], object]) -> None:
    job, confirmation = create_counted_import()
    confirm_import(MANAGER, job.id, confirmation, NOW)
    until(job)
    before = get_import(job.id)

    assert confirm_import(MANAGER, job.id, confirmation, NOW + 5) == before
    assert get_import(job.id) == before
    assert len(entries_of_action(job, "import_confirmed")) == 1


def test_RET_12_two_equal_confirmed_calls_at_once_succeed() -> None:
    job, confirmation = create_counted_import()

    with fault(
        meanwhile(lambda: confirm_import(MANAGER, job.id, confirmation, NOW + 1)),
        on=TRANSACTIONS,
        when=step(1),
    ):
        after = confirm_import(MANAGER, job.id, confirmation, NOW)

    assert after == get_import(job.id)
    assert len(entries_of_action(job, "import_confirmed")) == 1


def test_RET_12_a_lost_answer_of_the_store_confirms_once() -> None:
    job, confirmation = create_counted_import()

    with fault(lost, on=TRANSACTIONS, when=first_of_each_call):
        confirm_import(MANAGER, job.id, confirmation, NOW)
    run_import(job.id, import_run(NOW + 1))

    assert facts_of("lead_1").erased_at is not None
    assert len(entries_of_action(job, "import_confirmed")) == 1


def test_RET_12_another_confirmation_has_nothing_to_confirm() -> None:
    job, confirmation = create_counted_import()
    confirm_import(MANAGER, job.id, confirmation, NOW)

    for other in (None, Confirmation(confirmation.binding_digest, "another")):
        with pytest.raises(Conflict) as refused:
            confirm_import(MANAGER, job.id, other, NOW)
        assert refused.value.code == "nothing_to_confirm"


def test_PRI_27_cancelling_a_running_import_is_logged_once() -> None:
    job = register(put(lines(example_numbers(3))))

    stopping = cancel_import(MANAGER, job.id, NOW)
    assert cancel_import(MANAGER, job.id, NOW + 1) == stopping
    run_import(job.id, import_run(NOW + 2))

    (entry,) = entries_of_action(job, "import_cancelled")
    assert (entry.actor_kind, entry.actor_id) == (MANAGER.kind, MANAGER.id)
    assert get_import(job.id).state is ImportState.CANCELLED


def test_PRI_27_cancelling_a_waiting_import_is_logged() -> None:
    job, _ = start_import(MANAGER, NewImportRequest(ImportKind.BLOCK, "prj_1", "a.csv", 10), "imp_1", NOW)
    assert job.key == key_of(ImportKind.BLOCK, "prj_1", "imp_1")

    with fault(dying, on=TRANSACTIONS, when=step(1)), pytest.raises(BaseException, match="before"):
        cancel_import(MANAGER, job.id, NOW)
    assert (get_import(job.id).state, entries_of_action(job, "import_cancelled")) == (ImportState.WAITING, [])
    cancel_import(MANAGER, job.id, NOW)

    assert [entry.actor_id for entry in entries_of_action(job, "import_cancelled")] == [MANAGER.id]
