"""Parts of the running stack that are switched off for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from infra.local import aws
from infra.local.deploy import SENDER
from tests.e2e.stack import Stack


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
