"""The scenario of reading and correcting leads, and of their retention."""

from tests.http.examples.example_run import ExampleRun


def play(run: ExampleRun) -> None:
    """Post two leads. Read them, correct one and set its retention."""
    run.lead("lead_2szpahgjoxfsgpbxdt23e252ro")
    run.later(minutes=5)
    run.lead(
        "lead_hbnrt6ycpfgja5d2qk7mzv3xw4", first_name="Gus", phone="+1 202-555-0151", email="gus@example.com"
    )
    run.show("list_leads", "of_a_day", "with_persons")
    run.show("export_leads", "as_csv", "as_lines")
    run.show("get_lead", "lead", by="agent")
    run.show("correct_lead", "email", by="agent")
    run.show("set_retention", "effect", "days", "until_effect", "until", "none_effect", "none")
    run.show("list_lead_history", "history", by="agent")
