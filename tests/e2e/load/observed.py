"""What the service shows after a run, read through the API and, for traces of persons, from the tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.e2e.load.callers import until_answered
from tests.e2e.load.outcome import Outcome
from tests.e2e.load.plan import OF_LEAD_KEPT_OUT
from tests.e2e.load.target import Target
from tests.e2e.stack import query

_A_PAGE = 200


@dataclass(frozen=True)
class Observed:
    """The leads that each campaign lists, each campaign's report, and what was found of forgotten persons.

    `found` are forgotten persons whom the desk finds, `traces` what a table has of them, as table and person.
    """

    listed: Mapping[str, list[dict[str, Any]]]
    reports: Mapping[str, dict[str, Any]]
    found: frozenset[int] = frozenset()
    traces: frozenset[tuple[str, int]] = frozenset()


def observe(target: Target, outcome: Outcome, since: float) -> Observed:
    """Read everything that the checks need."""
    days = list(_days(since))
    return Observed(
        {name: _listed(target, campaign, days) for name, campaign in target.campaigns.items()},
        reports(target, since),
        frozenset(each.forget.person for each in outcome.forgotten if _is_found(target, outcome, each)),
        frozenset(_traces(target, outcome)),
    )


def reports(target: Target, since: float) -> dict[str, dict[str, Any]]:
    """Return the totals of each campaign's report since an instant (epoch seconds)."""
    days = list(_days(since))
    period = query(**{"from": days[0], "to": days[-1]})
    return {
        name: _read(target, f"/v1/campaigns/{campaign}/report{period}")["total"]
        for name, campaign in target.campaigns.items()
    }


def _days(since: float) -> Iterator[str]:
    day, today = datetime.fromtimestamp(since, UTC).date(), datetime.now(UTC).date()
    while day <= today:
        yield day.isoformat()
        day += timedelta(days=1)


def _listed(target: Target, campaign: str, days: list[str]) -> list[dict[str, Any]]:
    """Return every lead of a campaign, live and erased, with the persons that a reader sees."""
    items: list[dict[str, Any]] = []
    for day in days:
        for state in ("live", "erased"):
            asked = {"campaign": campaign, "day": day, "state": state, "limit": str(_A_PAGE)}
            if state == "live":
                asked["person"] = "true"
            page = _read(target, f"/v1/leads{query(**asked)}")
            items += page["items"]
            while page["next"]:
                page = _read(target, f"/v1/leads{query(**asked, cursor=page['next'])}")
                items += page["items"]
    return items


def _is_found(target: Target, outcome: Outcome, forgotten: Any) -> bool:
    """Return whether the privacy desk finds a lead of a forgotten person, by the address."""
    contact = {"email": outcome.person(forgotten.forget.person).email}
    answer, _ = until_answered(lambda: target.manager.post("/v1/contacts/search", contact))
    assert answer.status == 200, answer.content
    return any(lead.get("person") or lead["state"] != "erased" for lead in answer.body["leads"])


def _traces(target: Target, outcome: Outcome) -> Iterator[tuple[str, int]]:
    """Yield each table that has an address of a forgotten person, or the number of one who was kept out by lead."""
    wanted = {}
    for each in outcome.forgotten:
        person = outcome.person(each.forget.person)
        wanted[person.email] = person.number
        if each.forget.way == OF_LEAD_KEPT_OUT and each.lead_ids:
            wanted[_digits(person.phone)] = person.number
    for table in target.stack.described["tables"]:
        text = str([row for row in target.stack.scan(table) if _is_of(target, table, row)])
        yield from ((table, number) for trace, number in wanted.items() if trace in text)


def _is_of(target: Target, table: str, row: dict[str, Any]) -> bool:
    """Return whether a row may be of this run: another run on the same stack blocks the same numbers."""
    return table != "blocks" or row["scope"]["S"] == target.project


def _digits(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isdigit())


def _read(target: Target, path: str) -> dict[str, Any]:
    answer, _ = until_answered(lambda: target.manager.get(path))
    assert answer.status == 200, answer.content
    body: dict[str, Any] = answer.body
    return body
