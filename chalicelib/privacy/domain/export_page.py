"""An export as a readable page: plain HTML with escaped values and without external content (PRI-33)."""

import html
import json
from collections.abc import Iterable, Sequence
from typing import Any

from chalicelib.core.retention import DeadlineOrigin

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="robots" content="noindex"><title>Your data</title>
<style>
body {font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem}
table {border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem}
th, td {border: 1px solid #999; padding: .3rem .6rem; text-align: left; vertical-align: top; overflow-wrap: anywhere}
</style></head><body>
"""

_POLICIES = {
    DeadlineOrigin.FORGET.value: "a request to erase it",
    DeadlineOrigin.TEST.value: "the rule for test leads",
    DeadlineOrigin.LEAD.value: "its own setting",
    DeadlineOrigin.OUTCOME.value: "the policy for its outcome",
    DeadlineOrigin.REJECTED.value: "the policy for rejected leads",
    DeadlineOrigin.PROJECT.value: "the policy of its project",
    DeadlineOrigin.CAMPAIGN.value: "the policy of its campaign",
    DeadlineOrigin.NONE.value: "no policy",
}


def html_page(content: dict[str, Any]) -> str:
    """Return the page of the data that `content_of` returned."""
    parts = [
        f"<h1>Your data at {_text(content['organisation'])}</h1>",
        f"<p>Made on {_text(content['made_at'])} for {_text(', '.join(content['asked_for']))}. Times are UTC.</p>",
        *(_lead(number, lead) for number, lead in enumerate(content["leads"], 1)),
        _section(
            "Where you may not be contacted",
            content["blocks"],
            ("contact", "for", "since", "until", "reason"),
        ),
    ]
    if not content["leads"] and not content["blocks"]:
        parts.append("<p>There is no data about you.</p>")
    return f"{_HEAD}{''.join(parts)}</body></html>\n"


def _lead(number: int, lead: dict[str, Any]) -> str:
    retention = lead["retention"]
    about = [
        ("Received", lead["received_at"]),
        ("Source", f"{lead['source']['name']} ({lead['source']['channel']})"),
        ("Purpose", "; ".join(lead["purposes"])),
        ("Status", lead["status"]),
        ("Kept for", _period(retention["days"])),
        ("Kept by", _POLICIES[retention["decided_by"]]),
        ("Erased from", retention["erased_from"] or "no date is set"),
        ("Passed on to", ", ".join(lead["recipients"]) or "nobody"),
        ("Reference", lead["lead_id"]),
    ]
    data = [(field["label"], field["value"]) for field in lead["data"]]
    data += [*lead["further_data"].items(), *lead["evidence"].items()]
    data += [("Comment", text.get("text", text)) for text in lead["comments"]]
    return "".join(
        (
            f"<h2>{number}. {_text(lead['purposes'][0])}</h2>",
            _table(("What", "Value"), about),
            "<h3>Your data</h3>",
            _table(("Field", "Value"), data),
            _section("Contacts that were read from your data", lead["contacts_read"], ("field", "contact")),
            _pairs("Results of checks", ("Check", "Found"), lead["found_by_checks"]),
            _pairs("Inputs of the decision", ("What", "Value"), lead["decided_by_settings"]),
            _section("History", lead["history"], ("at", "what", "by")),
            _section("Accesses", lead["read"], ("at", "through", "by")),
        )
    )


def _period(days: int | None) -> str:
    return "no number of days is set" if days is None else f"{days} day(s) from receipt"


def _pairs(title: str, head: tuple[str, str], values: dict[str, Any]) -> str:
    return f"<h3>{_text(title)}</h3>{_table(head, values.items())}" if values else ""


def _section(title: str, entries: Sequence[dict[str, Any]], columns: Sequence[str]) -> str:
    if not entries:
        return ""
    rows = ([entry[column] for column in columns] for entry in entries)
    return f"<h3>{_text(title)}</h3>{_table([column.capitalize() for column in columns], rows)}"


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    titles = "".join(f"<th>{_text(title)}</th>" for title in head)
    lines = ("".join(f"<td>{_text(value)}</td>" for value in row) for row in rows)
    return f"<table><tr>{titles}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _text(value: Any) -> str:
    text = (
        value if isinstance(value, str) else "–" if value is None else json.dumps(value, ensure_ascii=False)
    )
    return html.escape(text)
