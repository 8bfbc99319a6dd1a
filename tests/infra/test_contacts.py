"""The command that migrates contacts (docs/migrating-contacts.md)."""

import pytest

from chalicelib.core.errors import Conflict
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.contact_forms import SETTLES_IN_S
from chalicelib.organisation.usecases.contact_forms import contact_forms
from chalicelib.organisation.usecases.register_keys import register_keys
from infra import contacts
from tests.factories.contacts import register_form_1, run
from tests.factories.leads import NOW

pytestmark = pytest.mark.usefixtures("aws")


def finish() -> list[str]:
    run(NOW + SETTLES_IN_S)
    run(NOW + 2 * SETTLES_IN_S)
    return contacts.status(NOW)


def test_data_model_a_new_deployment_begins_with_form_2() -> None:
    register_keys(NOW)
    register_keys(NOW)
    assert [line.rpartition(", ")[2] for line in contacts.status(NOW)] == ["form 2"]


def test_data_model_an_older_deployment_keeps_form_1_until_the_command() -> None:
    register_form_1()
    register_keys(NOW)
    before = contacts.status(NOW)
    contacts.start(NOW, new_key=False)
    during = contacts.status(NOW)
    assert [line.rpartition(", ")[2] for line in (*before, *during)] == ["form 1", "form 1", "form 2"]
    assert [line.rpartition(", ")[2] for line in finish()] == ["form 2"]


def test_data_model_the_command_changes_the_key_and_keeps_the_old_one_readable() -> None:
    register_keys(NOW)
    before = contact_forms(NOW).written
    contacts.start(NOW, new_key=True)
    with pytest.raises(Conflict):
        contacts.start(NOW, new_key=True)
    finish()
    configuration.clear_cache()
    after = contact_forms(NOW + 2 * SETTLES_IN_S).written
    assert before.key != after.key
    register_keys(NOW)  # a later deployment finds the first key as it was
