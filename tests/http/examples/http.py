"""The scenario of the service itself."""

from tests.http.examples.example_run import ExampleRun


def play(run: ExampleRun) -> None:
    """Ask for the health."""
    run.show("get_health", "healthy", by="nobody")
