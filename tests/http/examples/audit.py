"""The scenario of the ledger: what was read and changed, a receipt with its proof, and the seals."""

from datetime import UTC, datetime

from chalicelib.audit.usecases.seal_day import seal_days
from tests.factories.configuration import confirmed_post
from tests.http.examples.example_run import CAMPAIGN, ExampleRun

LEAD, ERASED = "lead_2szpahgjoxfsgpbxdt23e252ro", "lead_hbnrt6ycpfgja5d2qk7mzv3xw4"


def play(run: ExampleRun) -> None:
    """Read a lead, change a campaign and forget a lead. Seal the day, and read the record."""
    lead, erased = run.lead(LEAD), run.lead(ERASED, phone="+1 202-555-0151", email="gus@example.com")
    run.caller("agent").get(f"/v1/leads/{lead}")
    run.caller("admin").patch(f"/v1/campaigns/{CAMPAIGN}", {"version": 1, "limits": {"daily": 100}})
    forgotten = confirmed_post(run.caller("admin"), "POST", f"/v1/leads/{erased}/forget", {"keep_out": False})
    run.names.learn(f"rct_{ERASED}_{run.now}", forgotten.json["receipt_id"])
    run.show("list_accesses", "of_today", "of_a_lead", "as_csv", "as_lines")
    run.show("list_changes", "of_a_campaign", "of_a_day", "as_csv", "as_lines")
    run.show("get_receipt", "receipt")
    for _ in range(2):
        run.later(days=1)
        seal_days("run", lambda: True, run.now)
    run.show("get_receipt", "with_proof")
    run.show("list_seals", "newest")
    assert datetime.fromtimestamp(run.now, UTC).day == 23
    run.show("export_sealed_day", "as_lines")
