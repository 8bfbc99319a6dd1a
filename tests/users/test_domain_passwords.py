"""The password rule, which the API checks before it asks the pool (ACC-1, ACC-11)."""

import pytest

from chalicelib.core.errors import Invalid
from chalicelib.users.domain.passwords import require_strong
from tests.infra.template_reader import ROOT

GOOD = ["Long-enough-1", "aB3456789012", "Aa1 with spaces within", "Ünï-Aa1-códe", "Aa1" + "x" * 253]
WEAK = [
    "",
    "Short-pass1",  # eleven characters
    "no-upper-case-1",
    "NO-LOWER-CASE-1",
    "No-Digit-In-It",
    "É-no-ascii-upper-1",
    "É-NO-ASCII-LOWERß-1",
    "No-Ascii-Digit-٣",
    " Leading-space-1",
    "Trailing-space-1 ",
    "Trailing-tab-1\t",
]


@pytest.mark.parametrize("password", GOOD)
def test_ACC_1_a_strong_password_is_taken(password: str) -> None:
    require_strong(password)


@pytest.mark.parametrize("password", WEAK)
def test_ACC_11_a_weak_password_is_refused_by_name(password: str) -> None:
    with pytest.raises(Invalid) as refusal:
        require_strong(password)
    assert [(field.field, field.code) for field in refusal.value.fields] == [("new_password", "too_weak")]
    assert not password.strip() or password not in str(refusal.value.fields)


def test_ACC_1_the_pool_has_the_same_rule() -> None:
    policy = (ROOT / "infra/resources/users.yaml").read_text()
    for line in (
        "MinimumLength: 12",
        "RequireLowercase: true",
        "RequireUppercase: true",
        "RequireNumbers: true",
    ):
        assert line in policy
    assert "RequireSymbols: false" in policy
