"""Strangers cannot lock staff out, and guess no faster than the bounds allow (ACC-11, SEC-B5, SEC-C8)."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Barrier
from typing import Any

import pytest

from chalicelib import settings
from chalicelib.aws.dynamodb import counters
from chalicelib.core.access import Role
from chalicelib.core.errors import Invalid, Throttled, Unauthenticated, Unavailable
from chalicelib.core.times import DAY_S
from chalicelib.organisation import store as configuration
from chalicelib.users.domain.session import Session
from chalicelib.users.domain.users import User
from chalicelib.users.gateways import user_pool
from chalicelib.users.gateways.app_client import cognito
from chalicelib.users.usecases import bounds, devices, reset_password, throttling
from chalicelib.users.usecases.sign_in import sign_in
from tests.harness.api import add_item
from tests.harness.faults import denied, fault, first, lost, throttled, unreachable

EMAIL, OTHER = "ann@example.com", "bob@example.com"
PASSWORD, WRONG = "Long-enough-1", "Wrong-password-1"
HOME, STRANGER = "192.0.2.1", "203.0.113.9"
NOW = 1_780_000_020
DEVICE_S = 90 * DAY_S


@pytest.fixture(autouse=True)
def users(pool: Any) -> dict[str, str]:
    """Two users with passwords of their own, in the pool and in the table; their ids."""
    return {email: _user(pool, email) for email in (EMAIL, OTHER)}


def _user(pool: Any, email: str) -> str:
    subject = user_pool.invite(email, "A user")
    pool.admin_set_user_password(
        UserPoolId=settings.current().pool_id, Username=email, Password=PASSWORD, Permanent=True
    )
    add_item(User(id=subject, version=1, email=email, name="A user", role=Role.AGENT))
    return subject


def enter(
    password: str = PASSWORD,
    *,
    email: str = EMAIL,
    device: str | None = None,
    source_ip: str = STRANGER,
    now: int = NOW,
) -> Session:
    """Sign in, and return the session."""
    session = sign_in(email, password, device, source_ip, now)
    assert isinstance(session, Session)
    return session


def wrong(times: int, **more: Any) -> list[type[Exception]]:
    """Return what so many wrong sign-ins raise."""
    return [type(refused(**more)) for _ in range(times)]


def refused(**more: Any) -> Exception:
    with pytest.raises((Unauthenticated, Throttled)) as refusal:
        enter(WRONG, **more)
    return refusal.value


def device_of(email: str = EMAIL, now: int = NOW) -> str:
    device = enter(email=email, source_ip=HOME, now=now).device
    assert device is not None
    return device


@contextmanager
def asked_of_the_pool(operation: str = "AdminInitiateAuth") -> Iterator[list[Any]]:
    """Count the calls that reach the pool."""
    calls: list[Any] = []
    events = cognito().meta.events
    name = f"before-send.cognito-identity-provider.{operation}"

    def count(**named: Any) -> None:
        calls.append(named)

    events.register(name, count)
    try:
        yield calls
    finally:
        events.unregister(name, count)


def test_SEC_B5_wrong_sign_ins_of_a_stranger_do_not_lock_the_user_out() -> None:
    assert wrong(12) == [Unauthenticated] * 10 + [Throttled] * 2
    assert enter(source_ip=HOME).id_token


def test_ACC_11_ten_wrong_ones_a_minute_for_address_and_origin() -> None:
    wrong(10)
    throttle = refused()
    assert isinstance(throttle, Throttled)
    assert throttle.retry_after_s == 60 - NOW % 60
    with pytest.raises(Throttled):
        enter()
    assert wrong(1, email=OTHER) == [Unauthenticated]
    assert enter(now=NOW + 60).id_token


def test_ACC_11_the_spelling_of_an_address_is_no_new_bound() -> None:
    wrong(5)
    assert wrong(6, email=EMAIL.upper()) == [Unauthenticated] * 5 + [Throttled]


def test_ACC_11_a_hundred_wrong_ones_a_minute_for_an_origin() -> None:
    for number in range(100):
        assert wrong(1, email=f"user{number}@example.org") == [Unauthenticated]
    with pytest.raises(Throttled):
        enter(email=OTHER)
    assert enter(email=OTHER, source_ip=HOME).id_token


def test_ACC_11_an_ipv6_network_is_one_origin() -> None:
    kinds = [kind for number in range(12) for kind in wrong(1, source_ip=f"2001:db8::{number:x}")]
    assert kinds == [Unauthenticated] * 10 + [Throttled] * 2
    assert enter(source_ip="2001:db8:0:1::1").id_token


def test_ACC_11_right_sign_ins_are_not_counted() -> None:
    for _ in range(25):
        enter()
    assert wrong(11) == [Unauthenticated] * 10 + [Throttled]


def test_ACC_11_refused_attempts_do_not_use_up_the_origin() -> None:
    wrong(10)
    for _ in range(100):
        assert wrong(1) == [Throttled]
    assert enter(email=OTHER).id_token


def test_ACC_11_with_a_device_neither_address_nor_origin_is_bounded() -> None:
    device = device_of()
    wrong(10)
    for number in range(90):
        wrong(1, email=f"user{number}@example.org")
    with pytest.raises(Throttled):
        enter(email=OTHER)
    assert enter(device=device).id_token


def test_ACC_11_a_device_has_ten_wrong_ones_a_minute() -> None:
    device = device_of()
    assert wrong(12, device=device, source_ip=HOME) == [Unauthenticated] * 10 + [Throttled] * 2
    renewed = enter(device=device, now=NOW + 60).device
    assert wrong(11, device=renewed, now=NOW + 60) == [Unauthenticated] * 10 + [Throttled]


def _of_another_user(device: str) -> tuple[str, int]:
    return device_of(OTHER), NOW


def _expired(device: str) -> tuple[str, int]:
    return device, NOW + DEVICE_S


def _forged(device: str) -> tuple[str, int]:
    return ("A" if device[0] != "A" else "B") + device[1:], NOW


def _made_up(device: str) -> tuple[str, int]:
    return "device", NOW


@pytest.mark.parametrize("change", [_of_another_user, _expired, _forged, _made_up])
def test_ACC_11_no_other_device_lifts_the_bound(change: Callable[[str], tuple[str, int]]) -> None:
    device, now = change(device_of())
    assert wrong(11, device=device, now=now) == [Unauthenticated] * 10 + [Throttled]
    with pytest.raises(Throttled):
        enter(device=device, now=now)


def test_ACC_11_a_device_is_good_for_90_days() -> None:
    device = device_of()
    wrong(10, now=NOW + DEVICE_S - 1)
    assert enter(device=device, now=NOW + DEVICE_S - 1).id_token


def test_ACC_11_a_device_ends_with_the_address_and_with_the_user(users: dict[str, str]) -> None:
    device = device_of()
    user = configuration.get(User, users[EMAIL], NOW)
    assert user is not None
    assert devices.device_of(device, EMAIL.title(), NOW) is not None
    assert devices.device_of(device, "new@example.com", NOW) is None
    assert devices.device_of(device, "", NOW) is None


def test_ACC_11_a_device_says_nothing_to_its_holder(users: dict[str, str]) -> None:
    assert users[EMAIL] not in device_of()
    assert device_of() != device_of()


def test_ACC_11_guesses_at_once_are_bounded_like_guesses_in_turn() -> None:
    with asked_of_the_pool() as asked, ThreadPoolExecutor(40) as many:
        kinds = list(many.map(lambda _: type(refused()), range(40)))
    assert kinds.count(Unauthenticated) == len(asked) == 10
    assert kinds.count(Throttled) == 30


def test_ACC_11_counting_after_the_answer_would_let_more_through() -> None:
    """What the count before the answer protects from: everybody looks first, then everybody guesses."""
    looked, bucket = Barrier(30), "sign_in/test"

    def guess(_: int) -> None:
        throttling.require_room(bucket, NOW)
        looked.wait()
        try:
            user_pool.sign_in(EMAIL, WRONG)
        except Unauthenticated:
            with suppress(Throttled):
                throttling.count_failure(bucket, bounds.WRONG_A_MINUTE, NOW)

    with asked_of_the_pool() as asked, ThreadPoolExecutor(30) as many:
        list(many.map(guess, range(30)))
    assert len(asked) == 30


@pytest.mark.parametrize("does", [throttled, unreachable, denied])
def test_ACC_11_an_attempt_that_cannot_be_counted_is_not_made(does: Any) -> None:
    with (
        asked_of_the_pool() as asked,
        fault(does, on={"UpdateItem"}, table="counters") as fired,
        pytest.raises(Unavailable),
    ):
        enter()
    assert fired
    assert asked == []


def test_ACC_11_a_lost_answer_counts_on_the_safe_side() -> None:
    with fault(lost, on={"UpdateItem"}, table="counters", when=first(1)) as fired:
        wrong(1)
    assert len(fired) == 1
    assert wrong(10) == [Unauthenticated] * 9 + [Throttled]


def test_ACC_11_a_count_that_cannot_be_given_back_refuses_nobody() -> None:
    def third_and_later(attempt: Any) -> bool:
        return "REMOVE" not in str(attempt.body) and attempt.number > 2

    with fault(throttled, on={"UpdateItem"}, table="counters", when=third_and_later) as fired:
        assert enter().id_token
    assert fired


def test_ACC_11_an_unreachable_pool_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pool_id = settings.current().pool_id
    for _ in range(12):
        monkeypatch.setenv("POOL_ID", "us-east-1_gone")
        settings.current.cache_clear()
        with pytest.raises(Unavailable):
            enter()
    monkeypatch.setenv("POOL_ID", pool_id)
    settings.current.cache_clear()
    assert enter().id_token


def forgot(email: str = EMAIL, source_ip: str = STRANGER, device: str | None = None, now: int = NOW) -> None:
    reset_password.send_reset_code(email, device, source_ip, now)


def reset(
    email: str = EMAIL, code: str = "moto-confirmation-code:0", device: str | None = None, now: int = NOW
) -> None:
    reset_password.reset_password(email, code, "Another-long-1", device, STRANGER, now)


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
def test_SEC_C8_three_codes_an_hour_for_an_address_known_or_not(email: str) -> None:
    with asked_of_the_pool("ForgotPassword") as asked:
        for number in range(3):
            forgot(email, f"198.51.100.{number}")
        with pytest.raises(Throttled):
            forgot(email, HOME)
    assert len(asked) == 3
    forgot(email, now=NOW + 3600)


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
def test_SEC_C8_three_wrong_codes_an_hour_for_an_address_known_or_not(email: str) -> None:
    forgot(email)
    for _ in range(3):
        with pytest.raises(Invalid):
            reset(email)
    with pytest.raises(Throttled):
        reset(email)


def test_SEC_C8_strangers_do_not_use_up_the_resets_of_a_device() -> None:
    device = device_of()
    for _ in range(3):
        forgot()
    for _ in range(3):
        forgot(device=device)
    with pytest.raises(Throttled):
        forgot(device=device)


def test_SEC_C8_mails_of_one_origin_are_bounded_for_all_addresses_together() -> None:
    for number in range(100):
        forgot(f"user{number}@example.org")
    with pytest.raises(Throttled):
        forgot("another@example.org")


def test_SEC_C8_codes_asked_for_at_once_are_bounded() -> None:
    def ask(_: int) -> bool:
        try:
            forgot()
        except Throttled:
            return False
        return True

    with ThreadPoolExecutor(20) as many:
        assert sum(many.map(ask, range(20))) == 3


def test_ACC_11_a_weak_password_never_reaches_the_pool() -> None:
    with asked_of_the_pool("ConfirmForgotPassword") as asked, pytest.raises(Invalid) as refusal:
        reset_password.reset_password(EMAIL, "123456", "too-weak", None, STRANGER, NOW)
    assert [field.code for field in refusal.value.fields] == ["too_weak"]
    assert asked == []


def test_no_counter_shows_an_address_or_an_origin() -> None:
    wrong(1)
    forgot()
    rows = [row.serialize() for row in counters.CounterRow.scan()]
    assert len(rows) >= 3
    for word in ("ann", "example", STRANGER):
        assert word not in str(rows)
    assert {int(row.expires_at) - NOW <= DAY_S + 3600 for row in counters.CounterRow.scan()} == {True}
