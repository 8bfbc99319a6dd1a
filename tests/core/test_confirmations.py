"""The two steps of an action that cannot be undone (RET-12)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.confirmations import Confirmation, binding_digest, require
from chalicelib.core.errors import ConfirmationRequired, Effect

EFFECT = Effect("Persons of new leads are erased after 10 days.", {"days": 10})
BINDING = ("set_retention", "campaign/cmp_1", "3", "10")

parts = st.lists(st.text(max_size=5), max_size=4).map(tuple)


def test_RET_12_the_first_call_returns_the_effect() -> None:
    with pytest.raises(ConfirmationRequired) as caught:
        require(None, EFFECT, BINDING)

    assert (caught.value.effect, caught.value.binding) == (EFFECT, BINDING)


def test_RET_12_the_second_call_goes_through() -> None:
    confirmation = Confirmation(binding_digest(BINDING), "digest")

    assert require(confirmation, EFFECT, BINDING) is confirmation


@pytest.mark.parametrize("place", range(len(BINDING)))
def test_RET_12_a_confirmation_of_something_else_is_requested_again(place: int) -> None:
    other = tuple("other" if index == place else part for index, part in enumerate(BINDING))

    with pytest.raises(ConfirmationRequired):
        require(Confirmation(binding_digest(other), "digest"), EFFECT, BINDING)


@given(parts, parts)
def test_RET_12_the_boundaries_of_the_parts_are_bound_too(
    first: tuple[str, ...], other: tuple[str, ...]
) -> None:
    assert (binding_digest(first) == binding_digest(other)) == (first == other)
