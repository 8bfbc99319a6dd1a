"""The walkthrough of a campaign's settings: limits, duplicates, consent, quality control, and explanations."""

from datetime import UTC, datetime

from tests.e2e.stack import Stack, by_schedule, eventually, mails
from tests.e2e.walkthrough.privacy_walk import import_file

_PEOPLE = "first_name,phone\nVal,+1 202-555-0246\n"


def walk(stack: Stack) -> None:
    """Do everything that settings decide on, and request explanations."""
    _use_limits(stack)
    _append_duplicate(stack)
    _post_without_consent(stack)
    _review_leads(stack)
    _explain(stack)
    _reconsider(stack)
    _report(stack)


def _use_limits(stack: Stack) -> None:
    """Post leads until the limit is reached, over the API and from a file."""
    campaign = stack.new_campaign(limits={"hourly": 3})
    source = stack.source_of(campaign)
    for number in (240, 241):
        posted = source.post(f"/v1/campaigns/{campaign}/leads", _person(number))
        assert posted.body["status"] == "accepted"
    rows = import_file(stack, stack.user("manager"), "leads", campaign, _PEOPLE)["rows"]
    assert rows["by_verdict"] == {"accepted": 1}
    over = source.post(f"/v1/campaigns/{campaign}/leads", _person(242))
    assert (over.body["status"], over.body["reason"]) == ("rejected", "over_limit")


def _append_duplicate(stack: Stack) -> None:
    """Send a person twice. The second values are added to the first lead, and the resend is recorded."""
    campaign = stack.new_campaign(duplicates={"enabled": True, "append": True, "resend": True})
    source, path = stack.source_of(campaign), f"/v1/campaigns/{campaign}/leads"
    first = source.post(path, {**_person(243), "email": "una.old@example.org"}).body
    repeated = source.post(path, {**_person(243), "email": "una@example.org"}).body
    assert (repeated["status"], repeated["duplicate_of"]) == ("duplicate", first["lead_id"])
    lead = f"/v1/leads/{first['lead_id']}"
    eventually(lambda: stack.user("manager").get(lead).body["person"].get("email") == "una@example.org")


def _post_without_consent(stack: Stack) -> None:
    """Post a lead without consent. The campaign's address gets a mail with a count."""
    consent = {"enabled": True, "reject": False, "notify": "consent@example.com"}
    campaign = stack.new_campaign(consent=consent)
    assert stack.source_of(campaign).post(f"/v1/campaigns/{campaign}/leads", _person(244)).status == 201
    by_schedule(stack, "tell-agents", lambda: "consent@example.com" in str(mails(stack)))


def _review_leads(stack: Stack) -> None:
    """Hold leads, then release and reject them one by one and many at a time."""
    campaign = stack.new_campaign(quality={"hold_all": True}, retention={"days": 30, "rejected_days": 2})
    source, manager = stack.source_of(campaign), stack.user("manager")
    project = stack.described["projects"]["west"]
    path = f"/v1/campaigns/{campaign}/leads"
    held = [source.post(path, _person(number)).body["lead_id"] for number in (245, 247, 248, 249)]
    assert manager.get(f"/v1/projects/{project}/held?person=true").status == 200
    assert manager.post(f"/v1/leads/{held[0]}/release", {}).status == 200
    assert manager.confirm("POST", f"/v1/leads/{held[1]}/reject", {"reason": "bad_contact"}).status == 200
    released = manager.post(f"/v1/projects/{project}/release", {"lead_ids": [held[2]]})
    assert released.body["results"][0]["ok"], released.content
    body = {"lead_ids": [held[3]], "reason": "fraud"}
    assert manager.confirm("POST", f"/v1/projects/{project}/reject", body).body["results"][0]["ok"]


def _explain(stack: Stack) -> None:
    """Request the dry run of a lead, the replay of a decision, and the effect of a draft."""
    criteria = {"all": [{"field": "first_name", "op": "matches", "value": "^[A-Z]"}]}
    campaign = stack.new_campaign(criteria=criteria, limits={"daily": 9})
    source, manager = stack.source_of(campaign), stack.user("manager")
    path = f"/v1/campaigns/{campaign}/leads"
    explained = source.post(f"{path}/explain", {**_person(250), "first_name": "una"})
    assert explained.body["status"] == "rejected", explained.content
    posted = source.post(path, _person(251)).body
    assert manager.get(f"/v1/leads/{posted['lead_id']}/decision").body["same"] is True
    question = {"days": 1, "draft": {"criteria": {"all": [{"field": "first_name", "op": "missing"}]}}}
    changed = manager.post(f"/v1/campaigns/{campaign}/what-would-change", question)
    assert [item["lead_id"] for item in changed.body["items"]] == [posted["lead_id"]]


def _reconsider(stack: Stack) -> None:
    """Decide on rejected leads again after the criteria were wrong, and ask as the source what became of a lead."""
    criteria = {"all": [{"field": "first_name", "op": "matches", "value": "^[a-z]"}]}
    campaign = stack.new_campaign(criteria=criteria, duplicates={"enabled": True})
    source, manager = stack.source_of(campaign), stack.user("manager")
    path, project = f"/v1/campaigns/{campaign}", stack.described["projects"]["west"]
    posted = [source.post(f"{path}/leads", _person(number)).body for number in (253, 254)]
    assert [answer["status"] for answer in posted] == ["rejected"] * 2
    stack.change_campaign(campaign, criteria=None)
    first, second = (answer["lead_id"] for answer in posted)
    assert manager.confirm("POST", f"/v1/leads/{first}/reconsider", {}).body["status"] == "accepted"
    many = manager.confirm("POST", f"/v1/projects/{project}/reconsider", {"lead_ids": [second]})
    assert many.body["results"][0]["ok"], many.content
    assert source.get(f"{path}/leads/{first}/status").body["status"] == "accepted"
    assert source.post(f"{path}/leads", {"phone": "letters"}).status == 422
    assert manager.get(f"{path}/attempts").body["items"]


def _report(stack: Stack) -> None:
    """Correct the cost of the day's leads, and report it."""
    campaign, day = stack.new_campaign(price="10.00"), datetime.now(UTC).date().isoformat()
    manager = stack.user("manager")
    assert stack.source_of(campaign).post(f"/v1/campaigns/{campaign}/leads", _person(252)).status == 201
    report = f"/v1/campaigns/{campaign}/report?from={day}&to={day}"
    eventually(lambda: manager.get(report).body["total"]["cost"] == {"USD": "10"})
    body = {"from": day, "to": day, "price": "12.50"}
    job = manager.post(f"/v1/campaigns/{campaign}/price-correction", body).body["job_id"]
    by_schedule(stack, "continue-jobs", lambda: manager.get(f"/v1/jobs/{job}").body["state"] == "done")
    assert manager.get(report).body["total"]["cost"] == {"USD": "12.5"}


def _person(number: int) -> dict[str, str]:
    return {"first_name": "Una", "phone": f"+1 202-555-0{number}"}
