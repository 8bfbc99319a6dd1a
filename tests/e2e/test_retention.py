"""Retention over real HTTP, with the real clock: confirmed, and exact to the second (RET-10 … RET-15)."""

import time

from tests.e2e.stack import Stack, eventually, iso, query, sleep_until

_SOON_S = 12
_CALLS = 20  # calls that a test may make before that second


def ends_soon(stack: Stack, phone: str) -> tuple[str, int]:
    """Return a new lead and the second, soon, from which its person must be hidden: later where calls are slow."""
    began = time.time()
    lead_id = stack.new_lead(phone, email=f"p{phone[-4:]}@example.org")
    until = int(time.time() + _SOON_S + _CALLS * (time.time() - began))
    answer = stack.user("manager").confirm("PUT", f"/v1/leads/{lead_id}/retention", {"until": iso(until)})
    assert answer.status == 200, answer.content
    return lead_id, until


def test_RET_12_changing_a_policy_is_confirmed_with_its_effect(stack: Stack) -> None:
    campaign = stack.new_campaign(retention={"days": 30, "rejected_days": None})
    manager, path = stack.user("manager"), f"/v1/campaigns/{campaign}"
    change = {"version": manager.get(path).body["version"], "retention": {"days": 3, "rejected_days": None}}

    first_reply = manager.patch(path, change)

    assert (first_reply.status, first_reply.body["error"]["code"]) == (409, "confirmation_required")
    assert first_reply.body["effect"]["summary"]
    assert manager.get(path).body["retention"]["days"] == 30

    confirmed = manager.patch(path, {**change, "confirm": first_reply.body["confirm"]})
    assert confirmed.status == 200
    assert confirmed.body["retention"]["days"] == 3

    after_a_lost_answer = manager.patch(path, {**change, "confirm": first_reply.body["confirm"]})
    assert after_a_lost_answer.status == 200
    assert manager.get(path).body["version"] == confirmed.body["version"]


def test_RET_12_a_token_is_for_its_user_and_its_action(stack: Stack) -> None:
    lead_id = stack.new_lead("+1 202-555-0170")
    path = f"/v1/leads/{lead_id}/retention"
    first_reply = stack.user("manager").put(path, {"days": 60})
    assert first_reply.status == 409

    others = stack.user("admin").put(path, {"days": 60, "confirm": first_reply.body["confirm"]})
    other_action = stack.user("manager").put(path, {"days": 61, "confirm": first_reply.body["confirm"]})

    assert others.body["error"]["code"] == "confirmation_required"
    assert other_action.body["error"]["code"] == "confirmation_required"
    assert stack.user("manager").get(f"/v1/leads/{lead_id}").body["retention"]["days"] == 30


def test_RET_14_at_the_deadline_the_person_is_hidden_from_every_reader(stack: Stack) -> None:
    lead_id, until = ends_soon(stack, "+1 202-555-0171")
    manager = stack.user("manager")
    day = manager.get(f"/v1/leads/{lead_id}").body["received_at"][:10]
    listing = "/v1/leads" + query(campaign=stack.campaign(), day=day, limit="200")
    seen_before = 0

    while (asked_at := time.time()) < until + 2:
        lead = manager.get(f"/v1/leads/{lead_id}").body
        listed = lead_id in {item["lead_id"] for item in manager.get(listing).body["items"]}
        answered_at = time.time()
        if answered_at < until:
            seen_before += 1
            assert "person" in lead
            assert listed
        if asked_at >= until:
            assert "person" not in lead
            assert lead["state"] == "erased"
            assert not listed
        time.sleep(0.2)
    assert seen_before, "the machine was too slow to look even once before the due second"


def test_RET_15_the_schedule_removes_the_rows_and_writes_a_receipt(stack: Stack) -> None:
    stack.set_max_lag("PT0S")
    lead_id, until = ends_soon(stack, "+1 202-555-0172")
    entries = {row["entry"]["S"].split("#")[0] for row in stack.scan("contacts") if lead_id in str(row)}
    assert entries == {"lead", "window"}
    sleep_until(until + 11)  # the organisation's settings are cached for ten seconds

    stack.run("finish-erasures")

    eventually(lambda: "erased_at" in stack.facts(lead_id))  # the schedule itself may have been first
    assert stack.rows("people", "lead_id", lead_id) == []
    assert not [row for row in stack.scan("contacts") if lead_id in str(row)]
    receipts = [
        row for row in stack.rows("ledger", "subject", f"lead/{lead_id}") if "receipt" in str(row["kind"])
    ]
    assert len(receipts) == 1
    assert "2025550172" not in str(receipts)


def test_RET_15_a_second_run_changes_nothing(stack: Stack) -> None:
    lead_id, until = ends_soon(stack, "+1 202-555-0173")
    sleep_until(until + 1)
    stack.run("finish-erasures")
    first = eventually(lambda: stack.rows("ledger", "subject", f"lead/{lead_id}"))

    stack.run("finish-erasures")

    assert stack.rows("ledger", "subject", f"lead/{lead_id}") == first


def test_RET_11_after_the_deadline_nothing_can_be_changed(stack: Stack) -> None:
    lead_id, until = ends_soon(stack, "+1 202-555-0174")
    sleep_until(until)

    late = stack.user("manager").confirm("PUT", f"/v1/leads/{lead_id}/retention", {"days": 90})

    assert (late.status, late.body["error"]["code"]) == (409, "deadline_passed")
    assert stack.user("manager").get(f"/v1/leads/{lead_id}").body["state"] == "erased"


def test_RET_10_an_instant_in_the_past_is_refused(stack: Stack) -> None:
    lead_id = stack.new_lead("+1 202-555-0175")
    past = {"until": iso(time.time() - 60)}
    answer = stack.user("manager").confirm("PUT", f"/v1/leads/{lead_id}/retention", past)
    assert answer.status == 422


def test_RET_13_without_the_permission_retention_is_read_only(stack: Stack) -> None:
    lead_id = stack.new_lead("+1 202-555-0176")
    user_id = stack.described["user_ids"]["outsider"]
    admin = stack.user("admin")
    project_ids = list(stack.described["projects"].values())
    version = admin.get(f"/v1/users/{user_id}").body["version"]
    change = {"version": version, "project_ids": project_ids, "withdrawn": ["retention.manage"]}
    before = admin.get(f"/v1/users/{user_id}").body["project_ids"]
    admin.update(f"/v1/users/{user_id}", change)
    try:
        reader = stack.user("outsider")
        eventually(lambda: reader.get(f"/v1/leads/{lead_id}").status == 200)
        assert reader.get(f"/v1/leads/{lead_id}").body["retention"]["days"] == 30
        assert reader.put(f"/v1/leads/{lead_id}/retention", {"days": 5}).status == 403
    finally:
        back = {"version": version + 1, "project_ids": before, "withdrawn": []}
        admin.update(f"/v1/users/{user_id}", back)
        eventually(lambda: stack.user("outsider").get(f"/v1/leads/{lead_id}").status == 404)
