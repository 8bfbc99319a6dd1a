"""The live forms of contacts with their keys, made once for as long as nothing changes (data-model.md, Contacts)."""

from dataclasses import replace

import pytest

from chalicelib.aws import secrets
from chalicelib.aws.dynamodb import batch
from chalicelib.core.contact_points import fingerprint
from chalicelib.core.errors import Unavailable
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.contact_forms import ContactForm
from chalicelib.organisation.usecases.contact_forms import contact_forms, get_contact_forms
from chalicelib.organisation.usecases.register_keys import register_keys

NOW = 1_800_000_000


@pytest.fixture(autouse=True)
def registered(aws: None) -> None:
    register_keys(NOW)


def test_B3_the_same_forms_and_key_give_the_same_live_forms() -> None:
    assert contact_forms(NOW) is contact_forms(NOW)


def test_INT_11_a_changed_form_is_seen_after_ten_seconds() -> None:
    before = contact_forms(NOW)
    stored = get_contact_forms(NOW)
    older = replace(stored, version=stored.version + 1, current=ContactForm(stored.current.fingerprint, 1))
    batch.write(configuration.update(older), batch.token_of("older"))
    later = contact_forms(NOW + configuration.CACHED_FOR_S + 1)
    assert (before.written.form, later.written.form) == (2, 1)
    assert later.written.key == before.written.key


def test_INT_11_a_key_that_is_not_the_registered_one_is_noticed_though_the_right_one_was_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = contact_forms(NOW)
    other = b"another key"
    monkeypatch.setattr(secrets, "contacts_key", lambda key_id=None: other)
    assert fingerprint(other) != fingerprint(known.written.key)
    for _ in range(2):
        with pytest.raises(Unavailable):
            contact_forms(NOW)
