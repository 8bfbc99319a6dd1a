"""The intake over real HTTP: one key gives one lead, and a policy applies to the very next lead."""

from concurrent.futures import ThreadPoolExecutor

from infra.local.api import Answer
from tests.e2e.stack import Stack

RACERS = 40
_TRIES = 5


def _warm_up(stack: Stack) -> None:
    """Start the forty interpreters that a race of forty needs. Otherwise they would take all the race's time."""

    def post(_: int) -> Answer:
        return stack.source.post(stack.leads_path(), {"phone": "none"})

    with ThreadPoolExecutor(RACERS) as racers:
        list(racers.map(post, range(RACERS)))


def _post_until_answered(stack: Stack, body: dict[str, str], headers: dict[str, str]) -> Answer:
    """Post as a source should: after a 5xx the same post is sent again with the same key (INT-8)."""
    for _ in range(_TRIES):
        answer = stack.source.post(stack.leads_path(), body, headers)
        if answer.status < 500:
            break
    return answer


def test_INT_9_forty_identical_posts_at_once_make_one_lead(stack: Stack) -> None:
    body = {"first_name": "Hal", "phone": "+1 202-555-0120"}
    _warm_up(stack)
    people = stack.count("people")

    def post(_: int) -> Answer:
        return _post_until_answered(stack, body, {"Idempotency-Key": "race-0120"})

    with ThreadPoolExecutor(RACERS) as racers:
        answers = list(racers.map(post, range(RACERS)))

    assert {answer.status for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert "true" in {answer.headers.get("idempotent-replay") for answer in answers}
    assert stack.count("people") == people + 1


def test_INT_9_the_same_key_with_other_content_is_refused(stack: Stack) -> None:
    first = {"first_name": "Ida", "phone": "+1 202-555-0121"}
    other = {"first_name": "Ida", "phone": "+1 202-555-0122"}
    key = {"Idempotency-Key": "reuse-0121"}
    assert stack.source.post(stack.leads_path(), first, key).status == 201

    refused = stack.source.post(stack.leads_path(), other, key)

    assert (refused.status, refused.body["error"]["code"]) == (422, "key_reused")


def test_RET_4_a_policy_applies_to_the_next_lead_on_every_warm_function(stack: Stack) -> None:
    campaign = stack.new_campaign(retention={"days": None, "rejected_days": None})
    path = f"/v1/campaigns/{campaign}/leads"

    def has_deadline(number: int) -> bool:
        body = {"first_name": "Jo", "phone": f"+1 202-555-01{number:02d}"}
        answer = stack.source_of(campaign).post(path, body)
        assert answer.status == 201, answer.content
        return "due_at" in answer.body

    with ThreadPoolExecutor(6) as senders:
        assert not any(senders.map(has_deadline, range(30, 36)))
        stack.change_campaign(campaign, retention={"days": 10, "rejected_days": None})
        assert all(senders.map(has_deadline, range(36, 42)))


def test_RET_5_stamped_leads_keep_their_policy(stack: Stack) -> None:
    campaign = stack.new_campaign(retention={"days": 20, "rejected_days": None})
    source = stack.source_of(campaign)
    body = {"first_name": "Kim", "phone": "+1 202-555-0142"}
    lead_id = source.post(f"/v1/campaigns/{campaign}/leads", body).body["lead_id"]
    before = stack.user("manager").get(f"/v1/leads/{lead_id}").body["retention"]

    stack.change_campaign(campaign, retention={"days": 5, "rejected_days": None})

    assert stack.user("manager").get(f"/v1/leads/{lead_id}").body["retention"] == before


def test_INT_3_only_an_active_campaign_accepts_leads(stack: Stack) -> None:
    campaign = stack.new_campaign(retention={"days": None, "rejected_days": None})
    source = stack.source_of(campaign)
    people = stack.count("people")

    stack.change_campaign(campaign, status="closed")
    refused = source.post(f"/v1/campaigns/{campaign}/leads", {"first_name": "Li", "phone": "+1 202-555-0143"})

    assert refused.status == 200
    assert (refused.body["status"], refused.body["reason"]) == ("rejected", "campaign_not_active")
    assert "lead_id" not in refused.body
    assert stack.count("people") == people


def test_INT_11_a_blocked_contact_is_refused_and_not_stored(stack: Stack) -> None:
    project = stack.described["projects"]["west"]
    created = stack.user("manager").post("/v1/blocks", {"phone": "+1 202-555-0144", "project_id": project})
    assert created.status == 201, created.content
    before = _stored(stack)

    refused = stack.post_lead("(202) 555-0144")

    assert (refused.status, refused.body["reason"]) == (200, "blocked")
    assert _stored(stack) == before


def _stored(stack: Stack) -> tuple[int, int]:
    """Return how many persons there are, and entries of leads with contacts; earlier leads may still enter windows."""
    return stack.count("people"), stack.count("contacts", "begins_with(entry, :start)", ":start", "lead#")
