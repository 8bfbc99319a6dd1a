"""The state machine against the invariants: a short run always, a long one with `HYPOTHESIS_PROFILE=long`."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.harness.profiles import LONG
from tests.scenarios.life import Life


@pytest.mark.usefixtures("environment")
def test_RET_14_INT_10_any_order_of_events_keeps_the_invariants() -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=100 if LONG else 12,
            stateful_step_count=40 if LONG else 25,
            deadline=None,
            derandomize=not LONG,
            database=None,
            phases=(Phase.generate, Phase.shrink) if LONG else (Phase.generate,),
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
