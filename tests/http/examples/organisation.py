"""The scenario of the organisation, its projects and lead types."""

from tests.http.examples.example_run import ExampleRun


def play(run: ExampleRun) -> None:
    """Create and change a lead type, projects and the settings."""
    run.show("create_lead_type", "solar")
    run.show("list_lead_types", "all")
    run.show("get_lead_type", "lead_type")
    run.show("update_lead_type", "retired_field")
    run.show("get_organisation", "settings")
    run.show("update_organisation", "all_settings")
    run.show("create_project", "small", "effect", "confirmed")
    run.show("list_projects", "first_page")
    run.show("get_project", "project")
    run.show("update_project", "name", "effect", "confirmed")
