"""The application's own code in this process, on the running stack's tables, for steps that HTTP does not offer."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from infra.local import aws
from tests.conftest import clear_caches
from tests.e2e.stack import Stack


@contextmanager
def in_process(stack: Stack, function: str = "api") -> Iterator[None]:
    """Use the settings of a deployed function, with the rights of the root user."""
    functions = aws.client(stack.config, "lambda")
    configuration = functions.get_function_configuration(FunctionName=f"leadwarden-local-{function}")
    variables = configuration["Environment"]["Variables"] | aws.credentials(stack.config)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        clear_caches()
        try:
            yield
        finally:
            clear_caches()
