"""moto answers by the short ways what it answers by its own; what is made once is copied before it is changed."""

import importlib.metadata
import json
import os
import subprocess
import sys
import threading
from collections import Counter

import botocore.retries.quota
import botocore.session

from tests.harness import random_calls, retry_quota

SEED, COUNT = 8, 1500
OPERATIONS = 10


def test_the_short_ways_were_written_for_this_version() -> None:
    """They replace parts of moto: read what changed in those before another version is named here."""
    assert importlib.metadata.version("moto") == "5.2.5"


def test_random_calls_are_answered_as_by_moto_itself(aws: None) -> None:
    asked = [sys.executable, "-m", "tests.harness.random_calls", str(SEED), str(COUNT)]
    itself = subprocess.run(asked, env=dict(os.environ), capture_output=True, text=True, check=True)

    answered = random_calls.answers(SEED, COUNT)

    pairs = zip(answered, json.loads(itself.stdout), strict=True)
    assert [pair for pair in pairs if pair[0] != pair[1]][:1] == []
    worked = Counter(operation for operation, status, *_ in answered if status == 200)
    assert len(worked) == OPERATIONS
    assert all(worked[operation] > 10 for operation in worked)
    assert sum(status == 400 for _, status, *_ in answered) > COUNT / 10


def test_a_hook_of_one_session_is_none_of_another() -> None:
    one, other, asked = botocore.session.Session(), botocore.session.Session(), []
    one.register("called", lambda **_: asked.append("one"))

    for session in (one, other, botocore.session.Session()):
        session.get_component("event_emitter").emit("called.dynamodb.Scan")

    assert asked == ["one"]


def test_each_caller_has_a_quota_of_retries_of_its_own_and_a_full_one_in_each_test() -> None:
    quota, left = botocore.retries.quota.RetryQuota(10), list[bool]()
    assert quota.acquire(10)
    assert not quota.acquire(1)

    other = threading.Thread(target=lambda: left.append(quota.acquire(10)))
    other.start()
    other.join()
    assert left == [True]

    retry_quota.fill()
    assert quota.acquire(10)
