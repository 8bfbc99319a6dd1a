"""The application's own code in this process, on the running stack's tables: for what HTTP cannot do."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from infra.local import aws
from tests.conftest import forget_everything
from tests.e2e.stack import Stack


@contextmanager
def inside(stack: Stack, function: str = "api") -> Iterator[None]:
    """Have the settings of a deployed function, with the rights of the root user."""
    functions = aws.client(stack.place, "lambda")
    configuration = functions.get_function_configuration(FunctionName=f"leadwarden-local-{function}")
    variables = configuration["Environment"]["Variables"] | aws.credentials(stack.place)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        forget_everything()
        try:
            yield
        finally:
            forget_everything()
