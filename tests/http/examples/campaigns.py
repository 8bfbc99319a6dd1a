"""The scenario of campaigns: from the smallest to one with every setting."""

from tests.http.examples.example_run import ExampleRun


def play(run: ExampleRun) -> None:
    """Create campaigns, change one, and read what is said about it."""
    run.show("create_campaign", "small", "all_settings", "confirmed")
    run.show("list_campaigns", "of_a_project")
    run.show("get_campaign", "campaign")
    run.show("update_campaign", "paused", "retention", "confirmed", "all_settings")
    run.show("list_findings", "findings")
    run.show("get_instructions", "instructions")
