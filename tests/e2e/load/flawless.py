"""The outcome of a plan as a service without a fault would answer and show it, for the tests of the checks."""

import json
from collections import Counter
from decimal import Decimal
from typing import Any

from tests.e2e.load.observed import Observed
from tests.e2e.load.outcome import Forgotten, Imported, Outcome, Posted
from tests.e2e.load.plan import FIRST, LIMITED, OF_LEAD, OPEN, UNIQUE, Forget, Plan, Post
from tests.e2e.load.target import PRICE


def outcome_of(plan: Plan) -> Outcome:
    """Return the outcome: posts one after another, then one forget, then a replay of the forgotten lead."""
    outcome, answers = Outcome(plan, "tag"), dict[str, dict[str, Any]]()
    for at, action in enumerate(plan.actions):
        if isinstance(action, Post):
            answer = answers.setdefault(action.key, _answer(action, answers, plan.limit))
            outcome.posted.append(posted(action, answer, at))
    outcome.imported.append(
        Imported("leads", len(plan.imported), {}, tuple(f"row-{each}" for each in plan.imported), 0, 1)
    )
    _forget_one(outcome, len(plan.actions))
    refused = {"status": "rejected", "reason": "blocked"}
    outcome.probes += [
        posted(Post(FIRST, OPEN, person, f"probe-{person}"), refused, 0) for person in plan.blocked
    ]
    return outcome


def posted(post: Post, answer: dict[str, Any], at: float) -> Posted:
    """Return a post that was answered so at an instant."""
    status = 201 if answer["status"] == "accepted" else 200
    return Posted(post, status, json.dumps(answer).encode(), at, at + 0.5)


def observed_of(outcome: Outcome) -> Observed:
    """Return what the service shows."""
    erased = outcome.erased()
    listed: dict[str, list[dict[str, Any]]] = {OPEN: [], UNIQUE: [], LIMITED: []}
    for each in outcome.stored():
        email = outcome.person(each.post.person).email
        listed[each.post.campaign].append(_lead(str(each.lead_id), each.body["status"], email, erased))
    for number, lead_id in zip(outcome.plan.imported, outcome.imported_leads(), strict=True):
        listed[OPEN].append(_lead(lead_id, "accepted", outcome.person(number).email, erased))
    probes = {OPEN: len(outcome.probes)}
    return Observed(listed, {name: _report(leads, probes.get(name, 0)) for name, leads in listed.items()})


def _answer(post: Post, answers: dict[str, dict[str, Any]], limit: int) -> dict[str, Any]:
    lead = {"lead_id": f"lead-{post.key}"}
    if post.campaign == UNIQUE:
        same = [answer for key, answer in answers.items() if key.startswith(f"{UNIQUE}-{post.person}-")]
        if same:
            original = next(answer["lead_id"] for answer in same if answer["status"] == "accepted")
            return {**lead, "status": "duplicate", "duplicate_of": original}
    taken = sum(answer["status"] == "accepted" for key, answer in answers.items() if key.startswith(LIMITED))
    if post.campaign == LIMITED and taken == limit:
        return {**lead, "status": "rejected", "reason": "over_limit"}
    return {**lead, "status": "accepted"}


def _forget_one(outcome: Outcome, at: int) -> None:
    """Forget the first lead of the open campaign, and replay its post."""
    first = next(each for each in outcome.stored() if each.post.campaign == OPEN)
    lead_ids = (str(first.lead_id),)
    outcome.forgotten.append(Forgotten(Forget(first.post.person, OF_LEAD), lead_ids, (), at, at + 1, 2))
    erased = {"lead_id": first.lead_id, "status": "accepted", "state": "erased"}
    outcome.posted.append(Posted(first.post, 200, json.dumps(erased).encode(), at + 2, at + 3))


def _lead(lead_id: str, status: str, email: str, erased: set[str]) -> dict[str, Any]:
    """Return a lead as a list shows it."""
    person = {} if lead_id in erased else {"person": {"email": email}}
    return {"lead_id": lead_id, "status": status, "received_at": "2027-01-15T08:00:00Z", **person}


def _report(leads: list[dict[str, Any]], refused: int) -> dict[str, Any]:
    """Return the totals of a report over these leads."""
    statuses = Counter(lead["status"] for lead in leads)
    reasons = Counter(lead["status"] for lead in leads if lead["status"] != "accepted")
    return {
        "leads": dict(statuses),
        "cost": {"USD": str(statuses["accepted"] * Decimal(PRICE))},
        "reasons": dict(reasons),
        "refused": {"blocked": refused} if refused else {},
        "erased": sum("person" not in lead for lead in leads),
    }
