"""Parts of the running stack that are switched off for a while, and the sudden end of its functions' processes."""

import json
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra.local import aws
from infra.local.deploy import SENDER
from tests.e2e.stack import Stack

# what a mapping from a stream to a function is made with, but for the function and its place in the stream
_KEPT = (
    *("EventSourceArn", "BatchSize", "MaximumBatchingWindowInSeconds", "ParallelizationFactor"),
    *("FilterCriteria", "DestinationConfig", "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError"),
    *("MaximumRetryAttempts", "FunctionResponseTypes"),
)


@contextmanager
def without_time_to_live(stack: Stack) -> Iterator[None]:
    """Switch off time to live on persons and the contact index meanwhile."""
    dynamodb = aws.client(stack.config, "dynamodb")

    def switch(on: bool) -> None:
        for table in ("people", "contacts"):
            dynamodb.update_time_to_live(
                TableName=stack.described["tables"][table],
                TimeToLiveSpecification={"Enabled": on, "AttributeName": "expires_at"},
            )

    switch(False)
    try:
        yield
    finally:
        switch(True)


@contextmanager
def without_stream(stack: Stack) -> Iterator[None]:
    """Switch off the reader of the records of removed persons meanwhile."""
    functions = aws.client(stack.config, "lambda")
    mapping = functions.list_event_source_mappings(FunctionName="leadwarden-local-after-erasure")
    uuid = mapping["EventSourceMappings"][0]["UUID"]
    functions.update_event_source_mapping(UUID=uuid, Enabled=False)
    try:
        yield
    finally:
        functions.update_event_source_mapping(UUID=uuid, Enabled=True)


@contextmanager
def without_records(stack: Stack, function: str) -> Iterator[None]:
    """Keep the records of what is written meanwhile from a function, as if it had processed them long ago."""
    functions = aws.client(stack.config, "lambda")
    mapping = functions.list_event_source_mappings(FunctionName=f"leadwarden-local-{function}")[
        "EventSourceMappings"
    ][0]
    functions.delete_event_source_mapping(UUID=mapping["UUID"])
    try:
        yield
    finally:
        kept = {name: mapping[name] for name in _KEPT if name in mapping}
        functions.create_event_source_mapping(
            FunctionName=mapping["FunctionArn"], StartingPosition="LATEST", **kept
        )


@contextmanager
def without_sender(stack: Stack) -> Iterator[None]:
    """Make Amazon SES refuse mail meanwhile."""
    mail = aws.client(stack.config, "ses")
    mail.delete_identity(Identity=SENDER)
    try:
        yield
    finally:
        mail.verify_email_identity(EmailAddress=SENDER)


@contextmanager
def with_services(stack: Stack, **settings: str) -> Iterator[None]:
    """Let the functions that decide on leads call providers on this machine, with these settings."""
    functions = aws.client(stack.config, "lambda")
    names = [f"leadwarden-local-{name}" for name in ("api", "intake", "import-leads")]
    before = {
        name: functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        for name in names
    }

    def set_all(changes: dict[str, str]) -> None:
        for name, variables in before.items():
            functions.update_function_configuration(
                FunctionName=name, Environment={"Variables": variables | changes}
            )

    set_all({"SERVICES_LOOPBACK": "allowed", **settings})
    try:
        yield
    finally:
        set_all({})


def kill_worker(stack: Stack, function: str) -> int:
    """Kill the processes in which the engine runs a function. Return how many there were."""
    engine = json.loads(stack.config.process_file.read_text(encoding="utf-8"))["pid"]
    killed = 0
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and _runs(process, engine, f"leadwarden-local-{function}"):
            os.kill(int(process.name), signal.SIGKILL)
            killed += 1
    return killed


def _runs(process: Path, engine: int, function: str) -> bool:
    try:
        parent = int(process.joinpath("stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        variables = process.joinpath("environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return parent == engine and f"AWS_LAMBDA_FUNCTION_NAME={function}".encode() in variables


@contextmanager
def killing(stack: Stack, functions: Sequence[str], every_s: float) -> Iterator[list[int]]:
    """Kill the processes of some functions again and again meanwhile. Yield the numbers of those killed each time."""
    killed: list[int] = []
    over = threading.Event()

    def kill() -> None:
        while not over.wait(every_s):
            killed.append(sum(kill_worker(stack, function) for function in functions))

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()
