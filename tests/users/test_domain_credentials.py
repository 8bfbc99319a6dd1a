"""Source credentials (ACC-2)."""

import pytest

from chalicelib import clock
from chalicelib.users.domain import credentials

ID = "crd_01abc"


def test_ACC_2_a_token_names_its_credential_and_has_32_bytes() -> None:
    token = credentials.token_of(ID, bytes(32))
    assert token == "lw_source_01abc_" + "A" * 43
    shown = credentials.presented(token)
    assert shown is not None
    assert shown.credential_id == ID


@pytest.mark.parametrize("secret", [bytes([251] * 32), bytes([255] * 32)])
def test_ACC_2_a_secret_with_underscores_and_dashes_is_read_whole(secret: bytes) -> None:
    token = credentials.token_of(ID, secret)
    shown = credentials.presented(token)
    assert shown is not None
    assert shown.credential_id == ID
    assert shown.secret_hash == credentials.hash_of(token.removeprefix("lw_source_01abc_"))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "lw_source_",
        "lw_source_01abc",
        "lw_source_01abc_short",
        "lw_source_01ABC_" + "A" * 43,
        "lw_source_01abc_" + "A" * 44,
        "lw_source_01abc_" + "A" * 42 + "!",
        "xlw_source_01abc_" + "A" * 43,
    ],
)
def test_ACC_2_an_invalid_token_has_no_credential(token: str) -> None:
    assert credentials.presented(token) is None


def test_ACC_2_both_live_secrets_match_and_no_other() -> None:
    tokens = [credentials.token_of(ID, clock.new_secret()) for _ in range(3)]
    live = tuple(credentials.hash_of_token(token) for token in tokens[:2])
    assert [credentials.matches(credentials.presented(token), live) for token in tokens] == [
        True,
        True,
        False,
    ]


def test_ACC_2_without_live_secrets_nothing_matches() -> None:
    shown = credentials.presented(credentials.token_of(ID, bytes(32)))
    assert not credentials.matches(shown, ())
    assert not credentials.matches(None, ())


def test_ACC_2_an_unknown_id_takes_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def counting(left: bytes, right: bytes) -> bool:
        compared.append((left, right))
        return left == right

    monkeypatch.setattr("chalicelib.users.domain.credentials.hmac.compare_digest", counting)
    shown = credentials.presented(credentials.token_of(ID, bytes(32)))
    for live in ((), ("a" * 64,), ("a" * 64, "b" * 64), (shown.secret_hash if shown else "",)):
        compared.clear()
        credentials.matches(shown, live)
        assert len(compared) == 2
        assert {len(side) for pair in compared for side in pair} == {64}


def test_ACC_2_neither_secret_nor_hash_is_printed() -> None:
    token = credentials.token_of(ID, bytes(32))
    assert "A" * 10 not in repr(credentials.presented(token))
    assert credentials.hash_of_token(token) not in repr(credentials.presented(token))
