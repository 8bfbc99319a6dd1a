"""Agents are notified by mail of their leads, with ids and links and nothing of a person (WRK-2, WRK-12)."""

import re
from typing import Any

import pytest

from infra.local.deploy import SENDER
from tests.e2e.stack import Stack, eventually
from tests.e2e.walkthrough import work_walk

_PHONE, _MAIL, _NAME = "+1 202-555-0240", "ida.told@example.org", "Idatold"


@pytest.fixture(scope="module")
def mail(stack: Stack) -> dict[str, Any]:
    """The mail that notifies the agent of a new lead. At most one a minute is sent."""
    lead_id = stack.new_lead(_PHONE, email=_MAIL, first_name=_NAME)
    body = {"user_id": stack.described["user_ids"]["agent"]}
    assert stack.user("manager").put(f"/v1/leads/{lead_id}/agent", body).status == 200

    def sent_mails() -> list[dict[str, Any]]:
        stack.run("tell-agents")
        return work_walk.mails_about(stack, lead_id, "assigned to you")

    result: list[dict[str, Any]] = eventually(sent_mails)
    return result[0]


def test_WRK_2_the_mail_goes_to_the_agent_from_the_set_sender(stack: Stack, mail: dict[str, Any]) -> None:
    assert mail["To"] == [stack.described["users"]["agent"]["email"]]
    assert (mail["Source"], mail["CC"], mail["BCC"], mail["BodyHtml"]) == (SENDER, [], [], "")


def test_WRK_12_the_mail_has_only_the_number_of_leads_and_a_link(stack: Stack, mail: dict[str, Any]) -> None:
    heading, *lines = [line for line in mail["BodyText"].splitlines() if line]
    link = re.compile(re.escape(stack.described["api_url"]) + r"/v1/leads/lead_[0-9a-z]{26}")

    assert heading == f"{mail['Subject']}:"
    assert re.fullmatch(r"\d+ leads? assigned to you", mail["Subject"])
    assert [line for line in lines if not link.fullmatch(line)] == []
    assert int(mail["Subject"].split()[0]) == len(lines)
    assert not any(value in str(mail) for value in ("0240", _MAIL, _NAME))


def test_WRK_2_the_link_works_for_the_agent_only(stack: Stack, mail: dict[str, Any]) -> None:
    link = mail["BodyText"].splitlines()[-1].removeprefix(stack.described["api_url"])
    request = {who: stack.user(who).get(link).status for who in ("agent", "outsider")}

    assert request == {"agent": 200, "outsider": 404}
    assert stack.stranger.get(link).status == 401
