"""Encrypted tokens and the secrets that encrypt them."""

import boto3
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chalicelib import settings
from chalicelib.aws import encrypted_tokens, secrets
from chalicelib.core.errors import Malformed, Unavailable


def test_an_encrypted_value_is_decrypted(aws: None) -> None:
    token = encrypted_tokens.encrypt_token("cursor", {"at": {"lead_id": {"S": "lead_1"}}, "n": 3})
    assert encrypted_tokens.decrypt_token("cursor", token) == {"at": {"lead_id": {"S": "lead_1"}}, "n": 3}
    assert "lead_1" not in token


def test_equal_values_give_equal_tokens(aws: None) -> None:
    assert encrypted_tokens.encrypt_token(
        "block", {"ref": "r", "scope": "*"}
    ) == encrypted_tokens.encrypt_token("block", {"scope": "*", "ref": "r"})


def test_a_token_of_another_purpose_is_refused(aws: None) -> None:
    with pytest.raises(Malformed):
        encrypted_tokens.decrypt_token("confirmation", encrypted_tokens.encrypt_token("cursor", {"n": 1}))


def test_a_token_under_another_secret_is_refused(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    token = encrypted_tokens.encrypt_token("cursor", {"n": 1})
    monkeypatch.setenv("SIGNING_SECRET", "test/identity")
    settings.current.cache_clear()
    with pytest.raises(Malformed):
        encrypted_tokens.decrypt_token("cursor", token)


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60
)
@given(position=st.integers(0, 200), letter=st.sampled_from("Aa0_-=é. "))
def test_one_changed_character_is_refused(aws: None, position: int, letter: str) -> None:
    token = encrypted_tokens.encrypt_token("cursor", {"n": 1, "at": "somewhere"})
    changed = token[: position % len(token)] + letter + token[position % len(token) + 1 :]
    if changed != token:
        with pytest.raises(Malformed):
            encrypted_tokens.decrypt_token("cursor", changed)


@pytest.mark.parametrize("token", ["", "x", "=", "é" * 20, "A" * 5000, "A\n" * 20])
def test_an_invalid_token_is_refused(aws: None, token: str) -> None:
    with pytest.raises(Malformed):
        encrypted_tokens.decrypt_token("cursor", token)


def test_secrets_are_read_once_and_unchanged(aws: None) -> None:
    assert secrets.contacts_key() == b"contacts-" + b"k" * 40
    boto3.client("secretsmanager").put_secret_value(SecretId="test/contacts", SecretString="new")
    assert secrets.contacts_key() == b"contacts-" + b"k" * 40
    secrets.clear_cache()
    assert secrets.contacts_key() == b"new"


def test_an_unreadable_secret_is_unavailable_and_read_again(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_SECRET", "test/absent")
    settings.current.cache_clear()
    with pytest.raises(Unavailable):
        secrets.identity_key()
    boto3.client("secretsmanager").create_secret(Name="test/absent", SecretString="now here")
    assert secrets.identity_key() == b"now here"
