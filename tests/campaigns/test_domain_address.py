"""A standardised address is never another address (CAM-13)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.campaigns.domain.services.address import WHY, read_address, standardised
from chalicelib.campaigns.domain.services.place import PostalPlace


def place(street: str, street2: str = "") -> PostalPlace:
    return PostalPlace(street, street2, "Springfield", "IL", "62701", "US")


@pytest.mark.parametrize(
    ("street", "first"),
    [
        ("7200 N Old State Road 37", "7200 N OLD STATE ROAD 37"),
        ("7200 Old N State Road 37", "7200 OLD N STATE ROAD 37"),
        ("123 39.2 Rd", "123 39.2 RD"),
        ("12.5 Main St", "12.5 MAIN ST"),
        ("3914 W 1.5 Mile Rd", "3914 W 1.5 MILE RD"),
        ("123 5 Mile Rd", "123 5 MILE RD"),
        ("12 St.Mary's Rd", "12 ST MARY'S RD"),
        ("12 N.W. 5th St.", "12 NW 5TH ST"),
        ("842 N W Temple St", "842 N W TEMPLE ST"),
        ("100 N 100 W", "100 N 100 W"),
        ("842 East 1700 South", "842 E 1700 S"),
        ("5678 County Road 1200 N", "5678 COUNTY ROAD 1200 N"),
        ("123 FM 1960 Rd W", "123 FM 1960 RD W"),
        ("N6W23001 Bluemound Rd", "N6W23001 BLUEMOUND RD"),
        ("P.O. Box 12", "PO BOX 12"),
    ],
)
def test_FILE_C5_the_words_keep_their_order_and_their_decimals(street: str, first: str) -> None:
    address = standardised(place(street))
    assert address is not None
    assert address["address_line_1"] == first


@pytest.mark.parametrize(
    ("street", "street2"),
    [
        ("123 Main St 456 Oak Ave", ""),
        ("123 Main St; 456 Oak Ave", ""),
        ("123 Main St, 456 Oak Ave", ""),
        ("123 Main St", "456 Oak Ave"),
        ("12 Main St. 14 Main St.", ""),
        ("123 456 Main St", ""),
        ("123 / 456 Main St", ""),
        ("123, 125 Main St", ""),
        ("12 14 16 Main St", ""),
        ("123 39, 2 Rd", ""),
        ("123 Main St PO Box 12", ""),
        ("PO Box 12, 123 Main St", ""),
        ("123 Main St Apt 4 456 Oak Ave", ""),
        ("123 Main St #4 #5", ""),
    ],
)
def test_FILE_C5_two_numbers_are_not_standardised(street: str, street2: str) -> None:
    assert read_address(place(street, street2)) == "two_numbers"


@pytest.mark.parametrize(
    ("given_place", "why"),
    [
        (PostalPlace("123 Main St", "", "", "IL", "62701"), "no_city"),
        (PostalPlace("123 Main St", "", "Springfield", "", "62701"), "no_state"),
        (PostalPlace("123 Main St", "", "Springfield", "IL", ""), "no_postal_code"),
        (PostalPlace("Main St", "", "", "IL", "62701"), "no_city"),
        (place("asdf"), "unknown"),
        (PostalPlace("123 Main St", "", "Springfield", "IL", "627"), "unknown"),
        (PostalPlace("123 Main St", "", "Springfield", "ZZ", "62701"), "unknown"),
    ],
)
def test_USE_U13_what_an_address_lacks_is_told(given_place: PostalPlace, why: str) -> None:
    assert why in WHY
    assert read_address(given_place) == why


def numbers_of(text: str) -> list[str]:
    """Return the words of a text that begin with a digit."""
    return [word for word in text.upper().split() if word[0].isdigit()]


@given(
    st.decimals(1, 9_999, places=1).map(lambda number: f"{number}".removesuffix(".0")),
    st.lists(
        st.sampled_from(["N", "Old", "South", "State Road", "37", "39.2", "Main", "12th", "W."]), max_size=4
    ),
    st.sampled_from(["St", "Rd.", "Avenue", ""]),
    st.sampled_from(["", "Apt 4", "# 5"]),
)
def test_FILE_C5_no_number_is_lost_moved_or_changed(
    house: str, words: list[str], suffix: str, unit: str
) -> None:
    street = " ".join(word for word in (house, *words, suffix) if word)
    address = standardised(place(street, unit))
    if address is not None:
        lines = f"{address['address_line_1']} {address.get('address_line_2', '')}"
        assert numbers_of(lines) == numbers_of(f"{street} {unit}")
