"""Which names a caller may know, and what reading them costs (ACC-12, USE-U6)."""

import pytest

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.usecases.read_names import read_names
from chalicelib.core.access import Actor, Permission, Role, permissions_of
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases import config
from chalicelib.users.domain.credentials import Credential
from chalicelib.users.usecases.revoke_credential import revoke_credential
from tests.factories.leads import NOW, create_organisation
from tests.factories.work import create_agent, rewrite_user
from tests.harness.api import add_credential, add_item
from tests.harness.faults import metered

FOREIGN = ("project", "prj_2"), ("campaign", "cmp_2")
OWN = ("project", "prj_1"), ("campaign", "cmp_1")


def actor_of(role: Role, *project_ids: str, withdrawn: frozenset[Permission] = frozenset()) -> Actor:
    return Actor(
        "user", f"usr_{role}", role, permissions_of(role, withdrawn), project_ids=frozenset(project_ids)
    )


ADMIN, MANAGER = actor_of(Role.ADMIN), actor_of(Role.MANAGER, "prj_1")


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    """Two projects with a campaign each, and a user."""
    create_organisation()
    add_item(Project(id="prj_2", version=1, name="Cars"))
    add_item(
        Campaign(id="cmp_2", version=1, name="Portal", project_id="prj_2", lead_type_id="lt_1", source="site")
    )
    create_agent("usr_1")
    configuration.clear_cache()


def names_of(actor: Actor, *wanted: tuple[str, str]) -> set[tuple[str, str]]:
    return set(read_names(actor, wanted, NOW))


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AGENT, Role.PRIVACY, Role.AUDITOR])
def test_ACC_12_a_project_that_the_caller_is_not_in_has_no_name(role: Role) -> None:
    assert names_of(actor_of(role, "prj_1"), *OWN, *FOREIGN) == set(OWN)
    assert names_of(actor_of(role), *OWN, *FOREIGN) == set()


def test_ACC_12_an_admin_knows_every_name() -> None:
    credential, _ = add_credential("cmp_2")
    wanted = {*OWN, *FOREIGN, ("user", "usr_1"), ("lead_type", "lt_1"), ("credential", credential.id)}

    assert names_of(ADMIN, *wanted) == wanted


def test_ACC_12_the_name_of_a_disabled_user_stays_and_an_unknown_one_has_none() -> None:
    rewrite_user("usr_1", disabled=True)

    assert read_names(MANAGER, [("user", "usr_1"), ("user", "usr_0")], NOW) == {("user", "usr_1"): "An agent"}


def test_ACC_12_things_without_names_are_left_out() -> None:
    unknown = [
        ("campaign", "cmp_0"),
        ("job", "job_1"),
        ("system", "leadwarden"),
        ("project", "*"),
        ("credential", "x"),
    ]

    assert names_of(ADMIN, *unknown) == set()


def test_ACC_12_a_credential_is_known_to_who_may_read_the_settings_of_its_campaigns() -> None:
    own, foreign = (("credential", add_credential(campaign)[0].id) for campaign in ("cmp_1", "cmp_2"))
    withdrawn = actor_of(Role.MANAGER, "prj_1", withdrawn=frozenset({Permission.CAMPAIGNS_MANAGE}))

    assert names_of(MANAGER, own, foreign) == {own}
    assert names_of(actor_of(Role.AUDITOR, "prj_1"), own, foreign) == {own}
    for stranger in (actor_of(Role.AGENT, "prj_1"), actor_of(Role.PRIVACY, "prj_1"), withdrawn):
        assert names_of(stranger, own, foreign) == set()


def test_ACC_12_a_revoked_credential_keeps_its_last_name() -> None:
    credential, _ = add_credential("cmp_1")
    renamed = config.update(ADMIN, credential, config.next_version(credential, {"name": "Portal"}), NOW)
    revoke_credential(ADMIN, renamed.id, NOW)
    wanted = ("credential", credential.id)

    assert configuration.cached(Credential, credential.id, NOW) is None
    assert read_names(MANAGER, [wanted], NOW) == {wanted: "Portal"}
    assert configuration.cached(Credential, credential.id, NOW) is None, "a revoked one must not be cached"
    assert names_of(actor_of(Role.MANAGER, "prj_2"), wanted) == set()


def test_ACC_12_one_revoked_before_its_last_version_was_marked_has_its_first_name() -> None:
    credential, _ = add_credential("cmp_1")
    revoke_credential(ADMIN, credential.id, NOW)
    row = configuration.ConfigRow.get(f"credential#{credential.id}", "last")
    row.delete()

    assert names_of(MANAGER, ("credential", credential.id)) == {("credential", credential.id)}


def test_USE_U6_a_page_is_one_batch_read_of_a_unit_for_each_name() -> None:
    users = [("user", f"usr_page_{number}") for number in range(90)]
    for _, user_id in users:
        create_agent(user_id)
    configuration.clear_cache()

    with metered() as first:
        found = read_names(MANAGER, [*users, *OWN, ("lead_type", "lt_1")] * 2, NOW)
    with metered() as second:
        again = read_names(MANAGER, [*users, *OWN], NOW + 9)

    assert (len(found), len(again)) == (93, 92)
    assert [attempt.operation for attempt in first.attempts] == ["BatchGetItem"]
    assert (first.read_units, second.read_units, second.attempts) == (93, 0, [])


def test_USE_U6_what_is_cached_is_not_read_again() -> None:
    configuration.cached(Project, "prj_1", NOW)

    with metered() as meter:
        names_of(MANAGER, *OWN)

    assert (len(meter.attempts), meter.read_units) == (1, 1)


def test_USE_U6_a_name_is_at_most_ten_seconds_old() -> None:
    project = configuration.get(Project, "prj_1", NOW)
    assert project is not None
    before = read_names(MANAGER, [("project", "prj_1")], NOW)
    config.update(ADMIN, project, config.next_version(project, {"name": "Homes"}), NOW)

    assert read_names(MANAGER, [("project", "prj_1")], NOW + 9) == before
    assert read_names(MANAGER, [("project", "prj_1")], NOW + 10) == {("project", "prj_1"): "Homes"}


def test_USE_U6_credentials_of_a_page_cost_at_most_three_round_trips() -> None:
    wanted = [("credential", add_credential("cmp_1")[0].id) for _ in range(20)]
    for _, credential_id in wanted[:5]:
        revoke_credential(ADMIN, credential_id, NOW)
    configuration.clear_cache()

    with metered() as meter:
        assert names_of(MANAGER, *wanted) == set(wanted)

    assert [attempt.operation for attempt in meter.attempts] == ["BatchGetItem"] * 3
