"""One run: our code with simulated time above tables in memory, and callers that use it.

with simulation(seed=1) as run:
    add_item(Campaign(...))                     # outside of a run a call takes no time
    run.line.start(lambda: receive_lead(...))   # a caller
    run.go()
    run.service.counts["conflicts"]
"""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto import mock_aws

from chalicelib.aws.dynamodb import rows
from tests import conftest
from tests.benchmarks.environment import environment
from tests.factories.leads import NOW
from tests.harness import retry_quota
from tests.harness.conflicts.durations import Durations
from tests.harness.conflicts.mishaps import Mishaps
from tests.harness.conflicts.service import Service
from tests.harness.conflicts.surroundings import simulated
from tests.harness.conflicts.tables.rows import Store
from tests.harness.conflicts.time_line import TimeLine
from tests.harness.conflicts.wire import answering


@dataclass(frozen=True)
class Simulation:
    """What a run consists of. `chance` is for the arrivals of callers."""

    line: TimeLine
    service: Service
    chance: random.Random

    def go(self) -> None:
        """Run all callers to their end. What they log is dropped."""
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
            self.line.run()


@contextmanager
def simulation(
    seed: int = 0,
    *,
    begin: float = NOW,
    durations: Durations | None = None,
    mishaps: Mishaps | None = None,
    conflicts: bool = True,
) -> Iterator[Simulation]:
    """Provide the seven tables, empty, and the secrets; no organisation yet."""
    line = TimeLine(begin)
    retry_quota.share_no_quota()
    with environment(conftest._ENVIRONMENT), mock_aws():
        conftest.make_aws()
        store = Store()
        for model in conftest.TABLES:
            store.create(_definition(model))
        service = Service(store, line, seed, durations=durations, mishaps=mishaps, conflicts=conflicts)
        with simulated(line, seed), answering(rows.connection().client, service):
            yield Simulation(line, service, random.Random(f"{seed} arrivals"))


def _definition(model: Any) -> dict[str, Any]:
    """Return the definition of a table, as `CreateTable` takes it."""
    connection = model._get_connection()
    schema = model._get_schema()
    return {
        "TableName": connection.table_name,
        "AttributeDefinitions": schema["attribute_definitions"],
        "KeySchema": schema["key_schema"],
        "GlobalSecondaryIndexes": [
            {"IndexName": one["index_name"], "KeySchema": one["key_schema"], "Projection": one["projection"]}
            for one in schema.get("global_secondary_indexes", [])
        ],
    }
