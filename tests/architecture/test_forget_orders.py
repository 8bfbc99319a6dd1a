"""Every reader of facts applies the open forget orders, save those that are listed with a reason (PRI-8a)."""

from pathlib import Path

CODE = Path(__file__).parents[2] / "chalicelib"
WITHOUT_ORDERS = {
    "audit/usecases/visible_subjects.py": "asks for the project alone",
    "imports/usecases/import_forgets.py": "forgets",
    "intake/usecases/evaluate_lead.py": "the intake reads no orders (B2)",
    "intake/usecases/process_new_lead.py": "after the intake: counts, marks, forgets",
    "leads/store/leads.py": "the place of the rule",
    "privacy/usecases/carry_out_forgets.py": "carries the orders out",
    "privacy/usecases/finish_due.py": "erases",
    "privacy/usecases/finish_erasure.py": "erases",
    "privacy/usecases/forget_contact.py": "forgets",
    "privacy/usecases/forget_lead.py": "forgets",
    "privacy/usecases/mark_forgotten.py": "forgets",
    "privacy/usecases/read_receipt.py": "shows a receipt",
    "privacy/usecases/require_clock.py": "reads the store's clock",
    "privacy/usecases/start_forget_order.py": "forgets",
    "privacy/usecases/watch_forgetting.py": "shows the progress of an erasure",
    "reports/usecases/correct_prices.py": "changes prices of erased leads as well",
    "reports/usecases/what_if.py": "counts",
}
WAYS_ROUND = ("leads.from_batch(", "get_as_stored(", "get_many_as_stored(", "FactsRow")


def test_PRI_8a_only_listed_modules_read_facts_without_the_orders() -> None:
    found = {
        str(path.relative_to(CODE))
        for path in CODE.rglob("*.py")
        if any(way in path.read_text() for way in WAYS_ROUND)
    }
    assert found - {"leads/store/leads_rows.py", "routes.py"} <= WITHOUT_ORDERS.keys()
