"""Changes of configuration items: one transaction with the ledger entry, one winner, one change after a lost answer."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Consent, Service
from chalicelib.core.access import SYSTEM, Role
from chalicelib.core.errors import Conflict
from chalicelib.ledger import store as ledger
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import ConfigItem, Project
from chalicelib.organisation.usecases import config
from chalicelib.users.domain.credentials import Credential
from chalicelib.users.domain.users import User

NOW = 1_700_000_000


@pytest.fixture
def project(aws: None) -> Project:
    return config.create(SYSTEM, Project(id="prj_1", name="West"), NOW)


def test_PRI_27_the_change_and_its_entry_are_one_transaction(project: Project) -> None:
    after = config.next_version(project, {"name": "North"})
    batch.write(configuration.update(after), batch.token_of("someone else"))
    with pytest.raises(Conflict, match="Someone else changed"):
        config.update(SYSTEM, project, config.next_version(project, {"name": "South"}), NOW)
    assert [entry.action for entry in ledger.list_subject("project/prj_1", NOW)] == ["created"]


def test_PRI_27_an_entry_has_old_and_new_values(project: Project) -> None:
    config.update(SYSTEM, project, config.next_version(project, {"name": "North", "stages": ("a",)}), NOW)
    entry = ledger.list_subject("project/prj_1", NOW)[-1]
    fields = {field.name: (field.before, field.after) for field in entry.fields}
    assert fields["name"] == ("West", "North")
    assert fields["stages"][1] == '["a"]'
    assert (entry.actor_kind, entry.actor_id) == ("system", "leadwarden")


def test_the_same_change_after_a_lost_answer_is_one_change(project: Project) -> None:
    after = config.next_version(project, {"name": "North"})
    assert config.update(SYSTEM, project, after, NOW) == after
    assert config.update(SYSTEM, project, after, NOW) == after
    assert len(ledger.list_subject("project/prj_1", NOW)) == 2


def test_of_many_changes_at_once_one_wins(project: Project) -> None:
    def rename(number: int) -> str:
        try:
            config.update(SYSTEM, project, config.next_version(project, {"name": f"Name {number}"}), NOW)
        except Conflict as error:
            return error.code
        return "won"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(rename, range(8))) == ["version_conflict"] * 7 + ["won"]
    stored_value = configuration.get(Project, "prj_1", NOW)
    assert stored_value is not None
    assert stored_value.version == 2


def test_every_version_is_kept(project: Project) -> None:
    config.update(SYSTEM, project, config.next_version(project, {"name": "North"}), NOW)
    names = [configuration.get_version(Project, "prj_1", version, NOW) for version in (1, 2)]
    assert [version.name for version in names if version] == ["West", "North"]


CANARY = "zolqui@example.org"
WITH_CANARIES: list[tuple[ConfigItem, dict[str, Any]]] = [
    (User(id="usr_1", email="u@example.org", name="U", role=Role.AGENT), {"email": CANARY, "name": "Zolqui"}),
    (Credential(id="crd_1", name="Site", campaign_ids=("cmp_1",)), {"secrets": ("zolqui",)}),
    (
        Campaign(id="cmp_1", name="Web", project_id="prj_1", lead_type_id="lt_1", source="site"),
        {
            "password_hash": "zolqui",
            "consent": Consent(enabled=True, notify=CANARY),
            "services": {"line_type": Service(True, None, {"url": "https://example.org/zolqui?k=zolqui"})},
        },
    ),
]


@pytest.mark.parametrize(("thing", "values"), WITH_CANARIES, ids=lambda item: type(item).__name__)
def test_PRI_31_no_configuration_entry_has_personal_or_secret_values(
    aws: None, thing: ConfigItem, values: dict[str, Any]
) -> None:
    first = config.create(SYSTEM, thing, NOW)
    second = config.update(SYSTEM, first, config.next_version(first, values), NOW + 1)
    config.update(
        SYSTEM, second, config.next_version(second, {name: getattr(thing, name) for name in values}), NOW + 2
    )
    config.create(SYSTEM, replace(second, id="other"), NOW + 3)
    config.delete(SYSTEM, replace(second, id="other", version=1), "revoked", NOW + 4)

    entries = [str(row.attribute_values) for row in ledger.LedgerRow.scan()]

    assert len(entries) == 5
    assert not [text for text in entries if "zolqui" in text.lower()]


def test_PRI_31_the_id_of_an_entry_contains_nothing_personal(aws: None) -> None:
    ids = set()
    for email in (CANARY, "other@example.org"):
        config.create(SYSTEM, User(id="usr_1", email=email, name="U", role=Role.AGENT), NOW)
        ids |= {entry.id for entry in ledger.list_subject("user/usr_1", NOW)}
        for model in (configuration.ConfigRow, ledger.LedgerRow):
            for row in model.scan():
                row.delete()
    assert len(ids) == 1
