"""The rows of blocks as JSON are exactly the rows that pynamodb writes (B6)."""

import json
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.blocks.domain import Block
from chalicelib.blocks.store.block_rows import json_of, pointer_json_of, pointer_of, row_of
from tests.factories.rows import NOW, create_block_row

TEXTS = st.text(min_size=1, max_size=20)
LATER = st.integers(NOW + 1, NOW + 10**7)
BLOCKS = st.builds(
    Block,
    ref=TEXTS,
    scope=TEXTS,
    blocked_at=st.integers(0, NOW),
    until=st.none() | LATER,
    by_kind=st.sampled_from(["job", "user", "forget"]),
    by_id=TEXTS,
    masked=TEXTS,
    number=st.none() | TEXTS,
    reason=st.none() | TEXTS,
    version=st.integers(1, 1000),
    by_user=st.none() | TEXTS,
    by_line=st.none() | st.integers(1, 10**9),
    form=st.integers(1, 3),
    former_refs=st.lists(TEXTS, max_size=3).map(tuple),
)


@given(BLOCKS)
@example(create_block_row())
@example(replace(create_block_row(), number='+1"\\\u2028\n', masked="…47", former_refs=('a"', "b\\")))
def test_B6_a_block_as_json_is_the_row_that_is_written(block: Block) -> None:
    assert json.loads(json_of(block)) == row_of(block, NOW).serialize()


@given(BLOCKS, TEXTS)
def test_B6_a_pointer_as_json_is_the_row_that_is_written(block: Block, ref: str) -> None:
    assert json.loads(pointer_json_of(ref, block)) == pointer_of(ref, block, NOW).serialize()
