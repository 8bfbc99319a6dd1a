"""The origin of a sign-in (ACC-11)."""

import pytest

from chalicelib.users.domain.origins import origin_of


@pytest.mark.parametrize(
    ("source_ip", "origin"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
        ("2001:DB8:0:1::9", "2001:db8:0:1::/64"),
        ("2001:db8:0:2::9", "2001:db8:0:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unknown", ""),
        ("192.0.2.7, 192.0.2.8", ""),
    ],
)
def test_ACC_11_the_origin_is_an_address_or_a_64_network(source_ip: str, origin: str) -> None:
    assert origin_of(source_ip) == origin
