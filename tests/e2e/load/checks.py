"""The invariants after a run: each check returns what is wrong, in words. No wrong is an empty list."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from tests.e2e.load.observed import Observed
from tests.e2e.load.outcome import Outcome, Posted
from tests.e2e.load.plan import LIMITED, OPEN, UNIQUE
from tests.e2e.load.target import PRICE

_STORED = {"accepted": 201, "rejected": 200, "duplicate": 200}


def findings(outcome: Outcome, observed: Observed) -> list[str]:
    """Return everything that is wrong after a run, counted and read."""
    return [
        *answers_are_right(outcome),
        *each_lead_is_found_once(outcome, observed),
        *duplicates_are_right(outcome),
        *limits_are_kept(outcome, observed),
        *nobody_reads_a_forgotten_person(outcome, observed),
        *blocks_hold(outcome),
        *reports_are_sums(outcome, observed.reports),
    ]


def answers_are_right(outcome: Outcome) -> Iterator[str]:
    """Yield keys with two answers, leads of two keys, and answers of a status that is not due (INT-9, INT-10)."""
    leads = Counter(posted.lead_id for posted in outcome.stored())
    yield from (f"{lead_id} is of {count} keys" for lead_id, count in leads.items() if count > 1)
    erased_since = {
        lead_id: each.ended for each in outcome.forgotten for lead_id in each.lead_ids
    }  # from then on a replay is that of an erased lead
    for key, answers in outcome.by_key().items():
        contents = {each.content for each in answers if each.lead_id and not each.is_of_erased}
        if len(contents) > 1 or len({each.lead_id for each in answers if each.lead_id}) > 1:
            yield f"{key} has {len(contents)} answers"
        yield from (f"{key}: {why}" for each in answers if (why := _wrong_in(each, answers, erased_since)))


def _wrong_in(posted: Posted, answers: Iterable[Posted], erased_since: Mapping[str, float]) -> str | None:
    """Return what is wrong in one answer to a key, compared with the others, or None."""
    if posted.status not in (200, 201):
        return f"status {posted.status}"
    lead_id, status = posted.lead_id, posted.body["status"]
    if lead_id is None:
        if posted.body.get("reason") != "blocked":
            return f"{status} without a lead"
        earlier = any(each.lead_id and each.ended < posted.began for each in answers)
        return "blocked, although it has a lead" if earlier else None
    if posted.began > erased_since.get(lead_id, float("inf")) and not posted.is_of_erased:
        return "a replay answers like a live lead after the forget"
    if posted.is_of_erased:
        return None if lead_id in erased_since else "erased, and nobody forgot it"
    return None if _STORED.get(status) == posted.status else f"{status} with status {posted.status}"


def each_lead_is_found_once(outcome: Outcome, observed: Observed) -> Iterator[str]:
    """Yield leads that no list shows, or several; leads that nobody posted; and live leads without their person."""
    wanted, erased = _wanted(outcome), outcome.erased()
    for name, leads in observed.listed.items():
        times = Counter(lead["lead_id"] for lead in leads)
        for lead_id in times.keys() | wanted[name].keys():
            if times[lead_id] != (lead_id in wanted[name]):
                yield f"{name}: {lead_id} is listed {times[lead_id]} times"
        for lead in leads:
            status, email = wanted[name].get(lead["lead_id"], ("", None))
            shown = (lead.get("person") or {}).get("email")
            if lead["status"] != status or shown != (None if lead["lead_id"] in erased else email):
                yield f"{name}: {lead['lead_id']} is {lead['status']}, or its person is not right"


def _wanted(outcome: Outcome) -> dict[str, dict[str, tuple[str, str | None]]]:
    """Return status and address of every lead, by campaign and id."""
    wanted: dict[str, dict[str, tuple[str, str | None]]] = {OPEN: {}, UNIQUE: {}, LIMITED: {}}
    for posted in outcome.stored():
        email = outcome.person(posted.post.person).email
        wanted[posted.post.campaign][str(posted.lead_id)] = (posted.body["status"], email)
    imported = [outcome.person(number).email for number in outcome.plan.imported]
    wanted[OPEN] |= {
        lead_id: ("accepted", email)
        for lead_id, email in zip(outcome.imported_leads(), imported, strict=True)
    }
    return wanted


def duplicates_are_right(outcome: Outcome) -> Iterator[str]:
    """Yield persons of whom more than one lead was accepted, or whose duplicates name another lead (CAM-9)."""
    people: dict[int, list[Posted]] = {}
    for posted in outcome.stored():
        if posted.post.campaign == UNIQUE:
            people.setdefault(posted.post.person, []).append(posted)
    for number, leads in people.items():
        accepted = [each.lead_id for each in leads if each.body["status"] == "accepted"]
        named = {each.body.get("duplicate_of") for each in leads if each.body["status"] == "duplicate"}
        if len(accepted) != 1 or not named <= set(accepted):
            yield f"person {number}: {len(accepted)} accepted, duplicates name {len(named)} leads"


def limits_are_kept(outcome: Outcome, observed: Observed) -> Iterator[str]:
    """Yield months in which more was accepted than the limit, or refused while a place was free (CAM-10)."""
    months: dict[str, Counter[str]] = {}
    for lead in observed.listed[LIMITED]:
        months.setdefault(lead["received_at"][:7], Counter())[lead["status"]] += 1
    for month, counts in months.items():
        if counts["accepted"] > outcome.plan.limit:
            yield f"{month}: {counts['accepted']} accepted, the limit is {outcome.plan.limit}"
    full = any(counts["accepted"] == outcome.plan.limit for counts in months.values())
    refused = sum(counts["rejected"] for counts in months.values())
    if refused and not full:
        yield f"{refused} refused while a place was free"


def nobody_reads_a_forgotten_person(outcome: Outcome, observed: Observed) -> Iterator[str]:
    """Yield forgotten persons who were read after the forget, are found, or left a trace (I8, PRI-7)."""
    for each in outcome.forgotten:
        yield from (f"{lead_id} was read after its forget" for lead_id in each.readable)
    yield from (f"the desk finds the forgotten person {number}" for number in sorted(observed.found))
    yield from (f"{table} has a trace of person {number}" for table, number in sorted(observed.traces))


def blocks_hold(outcome: Outcome) -> Iterator[str]:
    """Yield persons who are blocked or were kept out, and came in all the same (PRI-10, PRI-17)."""
    for probe in outcome.probes:
        if probe.lead_id or probe.body.get("reason") != "blocked":
            yield f"person {probe.post.person} is blocked and came in"
    if {probe.post.person for probe in outcome.probes} != outcome.kept_out():
        yield "not every blocked person was tried"


def reports_are_sums(outcome: Outcome, reports: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """Yield campaigns whose report is not the sum of their leads: each counts once, and costs once (I13)."""
    erased, imported = outcome.erased(), outcome.imported_leads()
    for name, report in reports.items():
        leads = {each.lead_id: each.body["status"] for each in outcome.stored() if each.post.campaign == name}
        if name == OPEN:
            leads |= dict.fromkeys(imported, "accepted")
        wanted = Counter(leads.values())
        if (shown := Counter(report["leads"])) != wanted:
            yield f"{name}: the report has {dict(shown)}, the answers {dict(wanted)}"
        cost = sum((Decimal(amount) for amount in report["cost"].values()), Decimal(0))
        if cost != wanted["accepted"] * Decimal(PRICE):
            yield f"{name}: {wanted['accepted']} accepted leads cost {cost}"
        if sum(report["reasons"].values()) != wanted["rejected"] + wanted["duplicate"]:
            yield f"{name}: the reasons are {report['reasons']}"
        if report["erased"] != len(erased & leads.keys()):
            yield f"{name}: {report['erased']} of {len(erased & leads.keys())} erased leads are counted"
        yield from _refusals_are_right(name, outcome, report["refused"])


def _refusals_are_right(name: str, outcome: Outcome, refused: Mapping[str, int]) -> Iterator[str]:
    """Each refused post counts once. One that had no answer, and was sent again, may have counted before."""
    blocked = [
        each for each in (*outcome.posted, *outcome.probes) if each.post.campaign == name and not each.lead_id
    ]
    least, most = len(blocked), sum(each.tries for each in blocked)
    if not least <= refused.get("blocked", 0) <= most or set(refused) - {"blocked"}:
        yield f"{name}: {least} posts were refused, the report has {dict(refused)}"
