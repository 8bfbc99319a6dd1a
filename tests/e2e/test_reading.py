"""The readers of a stored lead (ACC-4, ACC-6, INT-15)."""

import pytest

from tests.e2e.stack import Stack


@pytest.fixture(scope="module")
def lead_id(stack: Stack) -> str:
    """A new lead of the web campaign, assigned to no agent."""
    return stack.new_lead("+1 202-555-0110", email="gus@example.org")


def test_INT_15_a_manager_of_the_project_reads_the_lead(stack: Stack, lead_id: str) -> None:
    lead = stack.user("manager").get(f"/v1/leads/{lead_id}")

    assert lead.status == 200
    assert lead.body["status"] == "accepted"
    assert lead.body["state"] == "live"
    assert "+12025550110" in str(lead.body["person"])
    assert lead.body["retention"]["days"] == 30


@pytest.mark.parametrize("user", ["agent", "outsider"])
def test_ACC_4_for_other_users_the_lead_does_not_exist(stack: Stack, lead_id: str, user: str) -> None:
    answer = stack.user(user).get(f"/v1/leads/{lead_id}")

    assert answer.status == 404
    assert answer.body["error"]["code"] == "not_found"
    assert answer.content == stack.user(user).get("/v1/leads/lead_00000000000000000000000000").content


def test_ACC_6_a_missing_or_wrong_credential_is_401(stack: Stack, lead_id: str) -> None:
    for caller in (stack.stranger, stack.stranger.with_token("lw_source_nobody_nothing")):
        assert caller.get(f"/v1/leads/{lead_id}").status == 401


def test_ACC_6_a_source_credential_reads_nothing(stack: Stack, lead_id: str) -> None:
    assert stack.source.get(f"/v1/leads/{lead_id}").status == 403


def test_ACC_6_a_wrong_password_and_an_unknown_address_look_the_same(stack: Stack) -> None:
    known = stack.stranger.post("/v1/session", {"email": "admin@example.com", "password": "Wrong-password-1"})
    unknown = stack.stranger.post("/v1/session", {"email": "who@example.com", "password": "Wrong-password-1"})

    assert known.status == unknown.status == 401
    assert known.body == unknown.body


def test_ACC_10_intake_runs_in_a_function_that_cannot_read_people(stack: Stack) -> None:
    from infra.local import aws

    iam = aws.client(stack.config, "iam")
    role = next(item for item in iam.list_roles()["Roles"] if "IntakeHandlerRole" in item["RoleName"])
    names = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
    statements = [
        statement
        for name in names
        for statement in iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"][
            "Statement"
        ]
        if stack.described["tables"]["people"] in str(statement["Resource"])
    ]
    assert [statement["Action"] for statement in statements] == [["dynamodb:PutItem"]]
