"""A contact with 10,000 leads is forgotten, also while the workers are killed every ten seconds (`make faults`).

PRI-8a, on the local stack, with the schedules, the functions' roles, the streams and DynamoDB. The test gives the order
once and then only reads.

The engine and all functions share the machine, so a busy machine makes them slower. All times are those of an idle
machine: they grow as a trivial request does.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from infra.local.api import Answer, Api
from tests.e2e.big_contact import BigContact, put_leads
from tests.e2e.stack import Stack, iso
from tests.e2e.toggles import killing
from tests.harness.patience import quickest

pytestmark = pytest.mark.faults
LEADS = 10_000
_WITHIN_S, _HOUR_S, _LOOK_EVERY_S, _KILL_EVERY_S = 2.0, 3600, 40, 10
_TRIVIAL_S, _TRIVIAL_REQUESTS = 0.025, 40  # `GET /v1/me` on an idle machine, on average over some
_WORKERS = ("carry-out-forgets", "finish-erasures", "after-erasure", "after-intake")
_WITNESS = {"first_name": "Vera", "phone": "+1 202-555-0178"}
_SAMPLES = 5


@dataclass(frozen=True)
class Target:
    """The contact, the campaign of its leads, and a lead of another person in the same campaign."""

    campaign: str
    contact: BigContact
    witness: str

    @property
    def samples(self) -> list[str]:
        """Return some of the leads, the oldest and the newest among them."""
        ids = self.contact.lead_ids
        return [ids[number * (len(ids) - 1) // (_SAMPLES - 1)] for number in range(_SAMPLES)]


@pytest.mark.parametrize(
    ("phone", "kills"),
    [("+1 202-555-0176", False), ("+1 202-555-0177", True)],
    ids=["undisturbed", "killed"],
)
def test_PRI_8a_10000_leads_are_forgotten_by_one_order(stack: Stack, phone: str, kills: bool) -> None:
    target = _target(stack, phone)
    assert any(phone[-4:] in text for _, text in _shown(stack, target))
    slower = _slower(stack)
    print(f"this machine is {slower:.1f} times slower than an idle one")

    began = _give_order(stack, phone, slower)
    with killing(stack, _WORKERS if kills else (), _KILL_EVERY_S * slower) as killed:
        _watch(stack, target, began, _HOUR_S * slower)

    print(f"all receipts after {time.time() - began:.0f} s, {sum(killed)} processes killed")
    assert sum(killed) >= 5 or not kills
    _require_gone(stack, target)


def _slower(stack: Stack) -> float:
    """Return how many times slower this machine is now than an idle one, at least 1."""
    manager, began = stack.user("manager"), time.monotonic()
    for _ in range(_TRIVIAL_REQUESTS):
        assert manager.get("/v1/me").status == 200
    return max(1.0, (time.monotonic() - began) / _TRIVIAL_REQUESTS / _TRIVIAL_S)


def _target(stack: Stack, phone: str) -> Target:
    campaign = stack.new_campaign(retention={"days": 30, "rejected_days": None})
    began = time.monotonic()
    contact = put_leads(stack, campaign, stack.described["user_ids"]["agent"], phone, LEADS)
    print(f"\n{LEADS} leads written in {time.monotonic() - began:.0f} s")
    posted = stack.stranger.post(f"/v1/campaigns/{campaign}/leads", _WITNESS)
    return Target(campaign, contact, str(posted.body["lead_id"]))


def _give_order(stack: Stack, phone: str, slower: float) -> float:
    """Give the order: both steps answer in two seconds. Return when it was given."""
    manager, body, within_s = stack.user("manager"), {"phone": phone, "keep_out": True}, _WITHIN_S * slower
    asked, first_s = quickest(lambda _: manager.post("/v1/contacts/forget", body), below=within_s)
    assert asked.status == 409, asked.content
    assert (asked.body["effect"]["leads"], asked.body["effect"]["more"]) == (1000, True)
    confirmed, began = {**body, "confirm": asked.body["confirm"]}, time.time()
    # a repeat does the same, but for the writing of the order
    given, second_s = quickest(lambda _: manager.post("/v1/contacts/forget", confirmed), below=within_s)
    print(f"steps: {first_s:.2f} s, {second_s:.2f} s")
    assert given.status == 202, given.content
    assert max(first_s, second_s) < within_s
    return began


def _watch(stack: Stack, target: Target, began: float, within_s: float) -> None:
    """Read everything again and again, until the order is carried out. Nobody reads a person; others are read."""
    minute = 0
    while True:
        for place, text in _shown(stack, target):
            assert not _names(target, text), (place, text[:500])
        assert (
            _WITNESS["first_name"]
            in stack.user("manager").get(f"/v1/leads/{target.witness}").content.decode()
        )
        done = _receipts(stack, target)
        if time.time() - began >= 60 * minute or done == LEADS:
            print(f"after {time.time() - began:.0f} s: {done} receipts", flush=True)
            minute = int((time.time() - began) // 60) + 1
        if done == LEADS:
            return
        assert time.time() - began < within_s, done
        time.sleep(_LOOK_EVERY_S)


def _shown(stack: Stack, target: Target) -> Iterator[tuple[str, str]]:
    """Yield what each way of reading shows of the contact. Each of them answers."""
    manager, agent, phone = stack.user("manager"), stack.user("agent"), {"phone": target.contact.phone}
    west, day = stack.described["projects"]["west"], iso(time.time() - 86_400)[:10]
    for caller, path, body in (
        (manager, "/v1/contacts/search", phone),
        (agent, "/v1/worklist/search", phone),
        (agent, "/v1/worklist?person=true", None),
        (manager, f"/v1/projects/{west}/unassigned?person=true", None),
        (manager, f"/v1/leads?campaign={target.campaign}&day={day}&person=true", None),
        (manager, f"/v1/leads/export?campaign={target.campaign}&day={day}", None),
        *((manager, f"/v1/leads/{lead_id}", None) for lead_id in target.samples),
    ):
        yield path, _answer(caller, path, body).content.decode()


def _answer(caller: Api, path: str, body: Any) -> Answer:
    answer = caller.get(path) if body is None else caller.post(path, body)
    assert answer.status == 200, (path, answer.status, answer.content)
    return answer


def _names(target: Target, text: str) -> bool:
    last = target.contact.phone[-4:]
    return f"555{last}" in text or f"555-{last}" in text or target.contact.first_name in text


def _receipts(stack: Stack, target: Target) -> int:
    return stack.count("leads", "campaign_id = :one AND attribute_exists(erased_at)", ":one", target.campaign)


def _require_gone(stack: Stack, target: Target) -> None:
    """Require one receipt for each lead, no row of a person or contact, and that the contact is kept out."""
    ids = set(target.contact.lead_ids)
    receipts = Counter(row["subject"]["S"] for row in stack.scan("ledger") if row["kind"]["S"] == "receipt")
    assert {receipts[f"lead/{lead_id}"] for lead_id in ids} == {1}
    assert not [row for row in stack.scan("people") if row["lead_id"]["S"] in ids]
    left = [row["entry"]["S"] for row in stack.scan("contacts")]
    assert not [entry for entry in left if entry.rpartition("#")[2] in ids]
    assert stack.post_lead(target.contact.phone).body["reason"] == "blocked"
