"""The keyed hash of ids, digests and contacts."""

import hmac

from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.core.contact_points import keyed_hash


@given(st.binary(min_size=1, max_size=80), st.lists(st.binary(max_size=200), min_size=1, max_size=4))
@example(b"k" * 64, [b"as long as a block"])
@example(b"k" * 65, [b"longer than a block"])
def test_B3_a_prepared_key_gives_the_standard_HMAC_SHA256_each_time(
    key: bytes, messages: list[bytes]
) -> None:
    for message in [*messages, *messages]:
        assert keyed_hash(key, message) == hmac.digest(key, message, "sha256")
