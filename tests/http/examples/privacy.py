"""The scenario of the privacy desk."""

from tests.http.examples.example_run import ExampleRun


def play(run: ExampleRun) -> None:
    """Answer the requests of data subjects: search, export, hold and forget."""
    lead = run.lead("lead_2szpahgjoxfsgpbxdt23e252ro")
    run.lead("lead_hbnrt6ycpfgja5d2qk7mzv3xw4", phone="+1 202-555-0151", email="hal@example.com")
    run.lead("lead_5d2qk7mzv3xw4hbnrt6ycpfgja", phone="+1 202-555-0152", email="ida@example.com")
    run.lead("lead_7bqx4tnmgz2kd5vhwyr3scpfja", phone="+1 202-555-0153", email="gus@example.com")
    run.caller("agent").get(f"/v1/leads/{lead}")
    run.show("search_contact", "phone", "email")
    run.show("export_contact", "phone", "email")
    run.show("get_persons_with_access", "access")
    run.show("create_subject_request", "access", "erase", "correct", "object")
    run.show("get_subject_request", "request")
    run.show("list_subject_requests", "open")
    run.show("update_subject_request", "longer", "closed")
    run.show("place_legal_hold", "hold")
    run.show("release_legal_hold", "effect", "confirmed")
    run.show("forget_lead", "effect", "confirmed")
    run.show("forget_contact", "effect", "phone", "email_effect", "email")
    run.show("apply_outcomes", "effect", "confirmed")
    run.show("set_campaigns_retention", "effect", "confirmed")
