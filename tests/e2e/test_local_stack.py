"""The promises of `make up`: a stack that any program can use, described in one file, redeployed in place."""

import json
import re
import socket
import subprocess

from infra.local import aws, commands
from infra.local import stack as stack_file
from tests.e2e.stack import Stack

EXPIRING = {"people", "contacts", "blocks", "ledger", "counters"}


def test_the_stack_file_has_what_a_program_needs(stack: Stack) -> None:
    described = json.loads(stack.config.stack_file.read_text())

    assert set(described["users"]) == {"manager", "agent", "outsider"}
    assert described["endpoint_url"] == stack.config.endpoint_url
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/_aws/execute-api/\w+/api", described["api_url"])
    assert set(described["tables"]) == EXPIRING | {"setup", "leads"}
    assert described["source_token"].startswith("lw_source_")
    assert described["campaign_id"] == stack.campaign("web")
    assert "buckets" in described


def test_the_stack_file_is_private_to_its_owner(stack: Stack) -> None:
    assert stack.config.stack_file.stat().st_mode & 0o077 == 0


def test_the_printed_curl_line_posts_a_lead(stack: Stack) -> None:
    command = stack_file.curl(stack.described)

    process = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)

    assert process.stdout.startswith("HTTP/1.1 201")
    assert '"status":"accepted"' in process.stdout.replace(" ", "")


def test_the_seeded_leads_came_in_through_the_api(stack: Stack) -> None:
    for lead_id in stack.described["lead_ids"]:
        assert stack.user("admin").get(f"/v1/leads/{lead_id}").status == 200


def test_rows_with_an_end_expire(stack: Stack) -> None:
    dynamodb = aws.client(stack.config, "dynamodb")
    for table, name in stack.described["tables"].items():
        described = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        assert described.get("AttributeName") == ("expires_at" if table in EXPIRING else None)


def test_up_again_updates_the_code_and_keeps_the_data(stack: Stack) -> None:
    before = stack.count("setup")

    repeated = commands.up(stack.config)

    assert repeated == json.loads(stack.config.stack_file.read_text()) == stack.described
    assert stack.count("setup") == before


def test_the_stack_listens_on_loopback_only(stack: Stack) -> None:
    outside = [info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    for address in {str(item) for item in outside} - {"127.0.0.1", "127.0.1.1"}:
        with socket.socket() as probe:
            probe.settimeout(1)
            assert probe.connect_ex((address, stack.config.port)) != 0
