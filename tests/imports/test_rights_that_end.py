"""An import goes on only while its users may (ACC-11, SEC-A4)."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.core.access import ALL_PROJECTS, Actor, Permission, Role
from chalicelib.imports.domain.import_job import FileFailure, Import, ImportKind, ImportState
from chalicelib.imports.usecases import run_import as use_case
from chalicelib.imports.usecases.change_import import confirm_import
from chalicelib.imports.usecases.run_import import run_import
from chalicelib.imports.usecases.start_import import NewImportRequest, start_import
from chalicelib.leads.store import leads
from chalicelib.organisation import store as configuration
from chalicelib.users.usecases.current_actor import current_actor
from tests.factories.imports import (
    create_bucket,
    get_block,
    get_import,
    import_run,
    keys,
    put,
    register,
    run_file,
)
from tests.factories.leads import (
    MANAGER,
    NOW,
    confirmed,
    create_lead,
    create_manager,
    create_organisation,
    facts_of,
)
from tests.factories.work import rewrite_user
from tests.harness.api import ApiHarness
from tests.harness.faults import READS, fault, throttled

pytestmark = pytest.mark.usefixtures("aws")
ONE, TWO = "+12025550101", "+12025550102"
PERMISSIONS = {
    ImportKind.BLOCK: Permission.PRIVACY_BLOCK,
    ImportKind.UNBLOCK: Permission.PRIVACY_BLOCK,
    ImportKind.FORGET: Permission.PRIVACY_FORGET,
    ImportKind.LEADS: Permission.LEADS_ASSIGN,
}
CONTENT = {
    ImportKind.BLOCK: f"{TWO}\n",
    ImportKind.UNBLOCK: f"{ONE}\n",
    ImportKind.FORGET: "202-555-0147\n",
    ImportKind.LEADS: "phone\n202-555-0148\n",
}
ENDINGS: dict[str, Callable[[Permission], dict[str, Any]]] = {
    "disabled": lambda _: {"disabled": True},
    "without the permission of the kind": lambda permission: {"withdrawn": (permission,)},
    "without imports": lambda _: {"withdrawn": (Permission.IMPORTS_MANAGE,)},
    "moved to another project": lambda _: {"project_ids": ("prj_2",)},
    "an agent now": lambda _: {"role": Role.AGENT},
}


@pytest.fixture(autouse=True)
def _set_up(aws: None) -> None:
    create_organisation()
    create_manager()
    create_bucket()


def started(kind: ImportKind, actor: Actor = MANAGER, scope: str | None = None) -> Import:
    where = scope or ("cmp_1" if kind is ImportKind.LEADS else "prj_1")
    keep_out = False if kind is ImportKind.FORGET else None
    return start_import(actor, NewImportRequest(kind, where, "a.csv", 100, keep_out), "imp_1", NOW)[0]


def arrive(job: Import, content: str, now: int = NOW) -> Import:
    """Put the file with the form and run the function for it."""
    arrived = register(put(content, job.key), now)
    run_import(arrived.id, import_run(now))
    return get_import(arrived.id, now)


def done_by(kind: ImportKind) -> list[Any]:
    """Return what an import of the kind would have changed."""
    return [
        get_block(TWO) is not None,
        get_block(ONE) is None,
        facts_of("lead_1").erased_at,
        len(leads.list_day("cmp_1", "2027-01-15", 100, None).items) - 1,
    ]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", ImportKind)
def test_SEC_A4_the_form_of_a_file_ends_with_the_right(kind: ImportKind, ending: str) -> None:
    create_lead()
    run_file(f"{ONE}\n", name="blocked")
    job = started(kind)
    rewrite_user(MANAGER.id, **ENDINGS[ending](PERMISSIONS[kind]))

    ended = arrive(job, CONTENT[kind])

    assert (ended.state, ended.failure) == (ImportState.FAILED, FileFailure("right_ended"))
    assert done_by(kind) == [False, False, None, 0]
    assert job.key not in keys()


@pytest.mark.parametrize("kind", ImportKind)
def test_ACC_11_a_user_who_still_may_imports(kind: ImportKind) -> None:
    create_lead()
    run_file(f"{ONE}\n", name="blocked")

    ended = arrive(started(kind), CONTENT[kind])

    waits = ImportState.AWAITING_CONFIRMATION if kind is ImportKind.FORGET else ImportState.DONE
    assert ended.state is waits


@pytest.mark.parametrize("ending", ENDINGS)
def test_SEC_A4_an_import_stops_at_the_batch_where_the_right_ended(
    ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(use_case.AT_ONCE, ImportKind.BLOCK, 1)
    job = started(ImportKind.BLOCK)
    register(put(f"{ONE}\n{TWO}\n", job.key))
    run_import(job.id, import_run(batches=1))
    rewrite_user(MANAGER.id, **ENDINGS[ending](Permission.PRIVACY_BLOCK))

    run_import(job.id, import_run())

    ended = get_import(job.id)
    assert (ended.state, ended.failure) == (ImportState.FAILED, FileFailure("right_ended"))
    assert (get_block(ONE) is not None, get_block(TWO)) == (True, None)
    assert ended.progress.by_verdict == {"blocked": 1}


def test_SEC_A4_a_second_file_by_an_old_form_does_nothing() -> None:
    job = started(ImportKind.BLOCK)
    arrive(job, f"{ONE}\n")
    rewrite_user(MANAGER.id, disabled=True)

    again = arrive(job, f"{TWO}\n", NOW + 60)

    assert (again.state, again.failure) == (ImportState.FAILED, FileFailure("right_ended"))
    assert get_block(TWO) is None


def test_SEC_A4_a_file_for_all_projects_needs_an_admin_to_the_end(api: ApiHarness) -> None:
    api.user(Role.ADMIN, user_id="usr_admin")
    job = started(ImportKind.BLOCK, current_actor("user", "usr_admin", NOW), ALL_PROJECTS)
    rewrite_user("usr_admin", role=Role.MANAGER, project_ids=("prj_1",))

    assert arrive(job, f"{ONE}\n").failure == FileFailure("right_ended")
    assert get_block(ONE, ALL_PROJECTS) is None


@pytest.mark.parametrize("who", [MANAGER.id, "usr_second"])
def test_SEC_A4_a_confirmed_forget_asks_who_started_and_who_confirmed(api: ApiHarness, who: str) -> None:
    api.user(Role.MANAGER, "prj_1", user_id="usr_second")
    create_lead()
    job = arrive(started(ImportKind.FORGET), CONTENT[ImportKind.FORGET])
    second = current_actor("user", "usr_second", NOW)
    confirmed(lambda token: confirm_import(second, job.id, token, NOW))
    rewrite_user(who, disabled=True)

    run_import(job.id, import_run())

    assert get_import(job.id).failure == FileFailure("right_ended")
    assert facts_of("lead_1").erased_at is None


def test_PRI_18_a_file_without_a_user_has_nobody_to_ask() -> None:
    rewrite_user(MANAGER.id, disabled=True)

    assert run_file(f"{ONE}\n").state is ImportState.DONE


def test_ACC_11_nothing_is_done_while_the_rights_cannot_be_read() -> None:
    job = started(ImportKind.BLOCK)
    register(put(f"{ONE}\n", job.key))

    with fault(throttled, on=READS, table="setup"):
        run_import(job.id, import_run())

    assert (get_import(job.id).state, get_block(ONE)) == (ImportState.RUNNING, None)
    run_import(job.id, import_run(NOW + 180))
    assert get_block(ONE) is not None


def test_SEC_A5_the_result_of_an_import_needs_the_permission_of_its_kind(api: ApiHarness) -> None:
    now = clock.now()
    manager = api.bearer(api.signer.token(MANAGER.id))
    job = start_import(MANAGER, NewImportRequest(ImportKind.BLOCK, "prj_1", "a.csv", 100), "imp_1", now)[0]
    arrive(job, f"{ONE}\n", now)
    assert "result_url" in manager.get("/v1/imports/imp_1").json
    rewrite_user(MANAGER.id, withdrawn=(Permission.PRIVACY_BLOCK,))
    configuration.clear_cache()

    assert "result_url" not in manager.get("/v1/imports/imp_1").json
