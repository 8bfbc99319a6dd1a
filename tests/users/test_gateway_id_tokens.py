"""ID tokens, checked against a key set served over HTTP (ACC-1)."""

import base64
import json
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.core.errors import Unauthenticated, Unavailable
from chalicelib.users.gateways import id_tokens
from tests.harness.api import Signer, serving


def test_ACC_1_a_good_token_names_its_user_and_sign_in_time(signer: Signer) -> None:
    now = clock.now()
    assert id_tokens.verify(signer.token("usr_1", iat=now - 7), now) == id_tokens.Verified("usr_1", now - 7)


def test_ACC_1_a_refreshed_token_keeps_its_sign_in_time(signer: Signer) -> None:
    now = clock.now()
    assert (
        id_tokens.verify(signer.token("usr_1", iat=now - 7, auth_time=now - 900), now).signed_in_at
        == now - 900
    )


@pytest.mark.parametrize(
    "claims",
    [
        {"token_use": "access"},
        {"token_use": None},
        {"aud": "another-client"},
        {"aud": None},
        {"iss": "https://pool.example.com/other"},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"exp": "soon"},
        {"kid": "unknown"},
        {"algorithm": "HS256"},
        {"algorithm": "none"},
    ],
)
def test_ACC_1_a_token_for_another_audience_is_refused(signer: Signer, claims: dict[str, Any]) -> None:
    algorithm = claims.pop("algorithm", "RS256")
    token = unsigned("usr_1") if algorithm == "none" else signer.token("usr_1", algorithm=algorithm, **claims)
    with pytest.raises(Unauthenticated):
        id_tokens.verify(token, clock.now())


def test_ACC_1_expiry_is_exact_at_the_given_time(signer: Signer) -> None:
    token = signer.token("usr_1", iat=1000, exp=2000)
    assert id_tokens.verify(token, 1999).subject == "usr_1"
    with pytest.raises(Unauthenticated):
        id_tokens.verify(token, 2000)
    with pytest.raises(Unauthenticated):
        id_tokens.verify(token, 900)


def test_ACC_1_a_signature_of_another_key_is_refused(signer: Signer) -> None:
    stranger = Signer(kid=signer.kid)
    with pytest.raises(Unauthenticated):
        id_tokens.verify(stranger.token("usr_1"), clock.now())


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "lw", "e30.e30.e30", "é.é.é"])
def test_ACC_1_an_invalid_token_is_refused(signer: Signer, token: str) -> None:
    with pytest.raises(Unauthenticated):
        id_tokens.verify(token, clock.now())


def test_ACC_1_keys_are_read_once(signer: Signer) -> None:
    for _ in range(5):
        id_tokens.verify(signer.token("usr_1"), clock.now())
    assert signer.key_requests == 1


def test_ACC_1_an_unknown_key_is_looked_up_again_at_most_so_often(signer: Signer) -> None:
    now = clock.now()
    id_tokens.verify(signer.token("usr_1"), now)
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            id_tokens.verify(signer.token("usr_1", kid="unknown"), now + id_tokens.ASK_AGAIN_AFTER_S)
    assert signer.key_requests == 2


def test_ACC_1_a_rotated_key_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib import settings

    now = clock.now()
    with serving(Signer()) as own:
        monkeypatch.setenv("POOL_KEYS_URL", own.url)
        settings.current.cache_clear()
        id_tokens.verify(own.token("usr_1"), now)
        own.key, own.kid = Signer().key, "key-2"
        assert id_tokens.verify(own.token("usr_2"), now + id_tokens.ASK_AGAIN_AFTER_S).subject == "usr_2"


def test_ACC_1_unreadable_keys_are_503_and_never_accepted(signer: Signer) -> None:
    signer.broken = True
    with pytest.raises(Unavailable):
        id_tokens.verify(signer.token("usr_1"), clock.now())


def test_ACC_1_an_unreachable_pool_is_503() -> None:
    with pytest.raises(Unavailable):
        id_tokens.verify(Signer().token("usr_1"), clock.now())


def test_ACC_1_known_keys_work_for_a_while_without_the_pool(signer: Signer) -> None:
    now = clock.now()
    token = signer.token("usr_1", exp=now + 10 * id_tokens.KEYS_GOOD_FOR_S)
    id_tokens.verify(token, now)
    signer.broken = True
    assert id_tokens.verify(token, now + id_tokens.KEYS_GOOD_FOR_S - 1).subject == "usr_1"
    for _ in range(2):
        with pytest.raises(Unavailable):
            id_tokens.verify(token, now + id_tokens.KEYS_GOOD_FOR_S)


def unsigned(subject: str) -> str:
    parts = ({"alg": "none", "kid": "key-1"}, {"sub": subject, "token_use": "id"})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, ""])
