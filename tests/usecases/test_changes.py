"""Changes of set-up things: one transaction with the record, one winner, one deed for a lost answer."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.domain.access import SYSTEM
from chalicelib.domain.errors import Conflict
from chalicelib.domain.setup import Project
from chalicelib.stores import batch, ledger, setup
from chalicelib.usecases import changes

NOW = 1_700_000_000


@pytest.fixture
def project(aws: None) -> Project:
    return changes.add(Project(id="prj_1", name="West"), SYSTEM, NOW)


def test_PRI_27_the_change_and_its_entry_are_one_transaction(project: Project) -> None:
    after = changes.amended(project, {"name": "North"})
    batch.write(setup.changed(after), batch.token_of("someone else"))
    with pytest.raises(Conflict, match="changed by someone else"):
        changes.save(project, changes.amended(project, {"name": "South"}), SYSTEM, NOW)
    assert [entry.action for entry in ledger.of_subject("project/prj_1", NOW)] == ["created"]


def test_PRI_27_an_entry_says_what_changed_from_what_to_what(project: Project) -> None:
    changes.save(project, changes.amended(project, {"name": "North", "stages": ("a",)}), SYSTEM, NOW)
    entry = ledger.of_subject("project/prj_1", NOW)[-1]
    found = {field.name: (field.before, field.after) for field in entry.fields}
    assert found["name"] == ("West", "North")
    assert found["stages"][1] == '["a"]'
    assert (entry.actor_kind, entry.actor_id) == ("system", "leadwarden")


def test_the_same_change_sent_again_after_a_lost_answer_is_one_change(project: Project) -> None:
    after = changes.amended(project, {"name": "North"})
    assert changes.save(project, after, SYSTEM, NOW) == after
    assert changes.save(project, after, SYSTEM, NOW) == after
    assert len(ledger.of_subject("project/prj_1", NOW)) == 2


def test_of_many_changes_at_once_one_wins_and_the_others_are_told(project: Project) -> None:
    def rename(number: int) -> str:
        try:
            changes.save(project, changes.amended(project, {"name": f"Name {number}"}), SYSTEM, NOW)
        except Conflict as error:
            return error.code
        return "won"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(rename, range(8))) == ["version_conflict"] * 7 + ["won"]
    kept = setup.get(Project, "prj_1", NOW)
    assert kept is not None
    assert kept.version == 2


def test_every_version_is_kept(project: Project) -> None:
    changes.save(project, changes.amended(project, {"name": "North"}), SYSTEM, NOW)
    names = [setup.version_of(Project, "prj_1", version, NOW) for version in (1, 2)]
    assert [version.name for version in names if version] == ["West", "North"]
