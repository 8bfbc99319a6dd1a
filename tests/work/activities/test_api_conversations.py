"""One request for one conversation, over HTTP (WRK-3, USE-U12)."""

from typing import Any

import pytest

from chalicelib.core.times import iso, local_day
from chalicelib.organisation.domain.configuration import OutcomeRule
from tests.factories.leads import DAY, NOW
from tests.factories.work import HOUR, actions, change_project_settings
from tests.work.test_api_work import ONE, WorkApi, work_api

__all__ = ["work_api"]
PATH = f"{ONE}/activities"
DAY_AFTER = local_day(NOW + DAY, "UTC")
CALL = {"direction": "outgoing", "result": "answered", "minutes": 4}
BODY: dict[str, Any] = {
    "call": CALL,
    "tags": ["interested", "call_back"],
    "comment": "  Wants an offer. ",
    "stage": "contacted",
    "follow_up_on": DAY_AFTER,
}


def test_USE_U12_one_request_shows_every_step_in_the_history(work_api: WorkApi) -> None:
    work_api.set_now(NOW + HOUR)
    reply = work_api.caller().post(PATH, BODY)
    assert (reply.status, reply.json["version"], reply.json["stage"]) == (201, 3, "contacted")
    assert (reply.json["follow_up_on"], reply.json["last_activity_at"]) == (DAY_AFTER, iso(NOW + HOUR))
    shown = [
        {key: value for key, value in entry.items() if key not in ("at", "by")}
        for entry in work_api.caller().get(ONE).json["history"][2:]
    ]
    assert shown == [
        {"kind": "call", **CALL},
        {"kind": "call_tag", "tag": "interested"},
        {"kind": "call_tag", "tag": "call_back"},
        {"kind": "comment", "text": "Wants an offer."},
        {"kind": "stage", "from": "new", "to": "contacted"},
        {"kind": "follow_up", "on": DAY_AFTER},
    ]


def test_USE_U12_a_repeat_with_its_key_gets_the_same_answer(work_api: WorkApi) -> None:
    replies = [work_api.caller().post(PATH, BODY, headers={"Idempotency-Key": "k-1"}) for _ in range(2)]
    assert [reply.status for reply in replies] == [201, 201]
    assert replies[0].json == replies[1].json
    assert len(actions()) == 1 + 6
    other = work_api.caller().post(PATH, BODY | {"stage": "proposal"}, headers={"Idempotency-Key": "k-1"})
    assert (other.status, other.code) == (422, "key_reused")


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "k-1"}])
def test_RET_12_an_outcome_among_the_steps_takes_two_calls(work_api: WorkApi, key: dict[str, str]) -> None:
    change_project_settings(outcomes=(OutcomeRule("won", 60),))
    body = {name: value for name, value in BODY.items() if name != "follow_up_on"} | {"outcome": "won"}
    first = work_api.caller().post(PATH, body, headers=key)
    assert (first.status, first.code) == (409, "confirmation_required")
    assert first.json["effect"]["due_at"] == iso(NOW + 60 * DAY)
    assert actions() == ["assigned"]
    confirmed = body | {"confirm": first.json["confirm"]}
    replies = [work_api.caller().post(PATH, confirmed, headers=key) for _ in range(2)]
    assert [reply.status for reply in replies] == [201, 201]
    assert (replies[1].json["outcome"], replies[1].json["worklist"]) == ("won", "closed")
    assert replies[1].json["retention"]["erase_at"] == iso(NOW + 60 * DAY)
    assert actions()[1:] == ["call", "call_tag", "call_tag", "comment", "stage", "outcome"]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"*": "required"}),
        ({"call": None, "comment": None}, {"*": "required"}),
        ({"text": "Called."}, {"*": "unknown"}),
        ({"direction": "outgoing", "result": "busy", "comment": "x"}, {"*": "unknown"}),
        ({"kind": "comment", "text": "x", "stage": "contacted"}, {"*": "unknown"}),
        ({"kind": "comment", "comment": "x"}, {"*": "required"}),
        ({"kind": "call", "call": CALL}, {"*": "required"}),
        ({"kind": "call_tag", "tag": "interested", "tags": ["interested"]}, {"*": "unknown"}),
        ({"call": {"direction": "outgoing"}}, {"call.result": "required"}),
        (
            {"call": CALL | {"minutes": -1, "stars": 5}, "tags": [], "comment": " ", "follow_up_on": "soon"},
            {
                "call.minutes": "too_small",
                "call.stars": "unknown",
                "tags": "too_short",
                "comment": "too_short",
                "follow_up_on": "pattern",
            },
        ),
        ({"tags": ["interested", "interested"]}, {"tags": "repeated"}),
        ({"tags": [f"tag_{number}" for number in range(11)]}, {"tags": "too_long"}),
        ({"tags": "interested"}, {"tags": "type"}),
        ({"comment": "x" * 10_001}, {"comment": "too_long"}),
        (
            {
                "call": CALL | {"at": iso(NOW + DAY)},
                "tags": ["interested", "hot"],
                "comment": "x",
                "stage": "sold",
                "outcome": "sold",
                "follow_up_on": "2020-01-01",
            },
            {
                "call.at": "out_of_range",
                "tags.1": "choice",
                "stage": "choice",
                "outcome": "choice",
                "follow_up_on": "out_of_range",
            },
        ),
        (
            {"kind": "call_tag", "tag": "hot", "follow_up_on": "2020-01-01"},
            {"tag": "choice", "follow_up_on": "out_of_range"},
        ),
    ],
)
def test_USE_U12_every_bad_step_is_named_in_one_answer(
    work_api: WorkApi, body: dict[str, Any], errors: dict[str, str]
) -> None:
    reply = work_api.caller().post(PATH, body)
    assert reply.status == 422
    assert {item["field"]: item["code"] for item in reply.json["error"]["fields"]} == errors
    assert actions() == ["assigned"]


@pytest.mark.parametrize("closing", [{"stage": "closed"}, {"outcome": "lost"}])
def test_WRK_4_a_lead_that_the_request_closes_takes_no_follow_up(
    work_api: WorkApi, closing: dict[str, str]
) -> None:
    reply = work_api.caller().post(PATH, BODY | closing)
    assert (reply.status, reply.code) == (409, "closed")
    assert actions() == ["assigned"]


def test_USE_U12_steps_may_be_null(work_api: WorkApi) -> None:
    reply = work_api.caller().post(PATH, dict.fromkeys(BODY) | {"comment": "Called.", "outcome": None})
    assert reply.status == 201
    assert actions() == ["assigned", "comment"]


def test_PRI_12_do_not_call_among_the_steps_blocks_the_number(work_api: WorkApi) -> None:
    reply = work_api.caller().post(PATH, BODY | {"call": CALL | {"do_not_call": True}})
    assert reply.status == 201
    assert work_api.caller().get(ONE).json["blocked_at"] == iso(NOW)
