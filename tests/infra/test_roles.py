"""Each function's own role: exact actions on exact resources, and what it must never be able to do."""

import json
from typing import Any

import pytest

from tests.infra.template_reader import FUNCTIONS, ROOT, Template, listed, mappings, strings

# A wildcard needs a reason, by the statement's Sid.
REASONS = {
    "TakeUploads": "uploads have keys of their own; every one below imports/",
    "WriteResults": "results have keys of their own; every one below results/",
    "GiveResults": "results have keys of their own; every one below results/",
    "WriteExports": "exports have keys of their own; every one below exports/",
    "GiveExports": "exports have keys of their own; every one below exports/",
    "KeepSeals": "each day has a file of its own; every one below seals/",
    "ShowSeals": "each day has a file of its own; every one below seals/",
    "OnlyEncryptedTransportToFiles": "a refusal: whatever anybody does, not without TLS",
    "OnlyEncryptedTransportToSeals": "a refusal: whatever anybody does, not without TLS",
    "FindOwnStream": "a stream's address ends in the second it was made; Lambda lists before it reads",
    "ReadSecrets": "Secrets Manager ends every secret's address in six random characters",
    "WriteOwnLogs": "Lambda chooses the names of the streams within the function's own log group",
    "AccountGoverns": "a key's policy speaks of its own key only; without the account nobody could administer it",
    "ReadServiceSecrets": "each provider has a secret of its own; every one is named leadwarden-<stage>-service-…",
    "ReadGeoDatabase": "the operator chooses the file's name; every one below geo/",
    "SendMail": "the sender is a parameter; the condition on the sender's address names it",
    "AlarmsReachTheirTopic": "a key's policy speaks of its own key only",
}
DELETES = {"dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "dynamodb:PartiQLDelete", "dynamodb:DeleteTable"}
READS = {
    "dynamodb:GetItem",
    "dynamodb:BatchGetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:PartiQLSelect",
}
TABLES = [
    "SetupTable",
    "LeadsTable",
    "PeopleTable",
    "ContactsTable",
    "BlocksTable",
    "LedgerTable",
    "CountersTable",
]

each_function = pytest.mark.parametrize("function", sorted(FUNCTIONS))


def test_every_function_has_a_role_of_its_own(template: Template) -> None:
    roles = [template.role_of(function) for function in FUNCTIONS]
    assert len(set(roles)) == len(FUNCTIONS)


def test_no_wildcard_without_a_stated_reason(template: Template) -> None:
    statements = [node for node in mappings(template.content) if "Effect" in node and "Action" in node]
    assert statements
    for statement in statements:
        if has_wildcard(statement):
            assert statement.get("Sid") in REASONS, statement


def has_wildcard(statement: dict[str, Any]) -> bool:
    """Tell whether an action is open-ended, or a resource is (a log group's own streams included)."""
    said = [*strings(statement["Action"]), *strings(statement.get("Resource", []))]
    return any("*" in each or "?" in each for each in said)


def test_no_reason_outlives_its_wildcard(template: Template) -> None:
    wild = {node.get("Sid") for node in mappings(template.content) if "Effect" in node and has_wildcard(node)}
    assert wild >= set(REASONS)


def test_data_model_only_the_migration_of_contacts_goes_through_whole_tables(template: Template) -> None:
    scanned = {
        (function, table)
        for function in FUNCTIONS
        for table in TABLES
        if "dynamodb:Scan" in template.allowed(function, table)
    }
    assert scanned == {("RekeyContacts", "ContactsTable"), ("RekeyContacts", "BlocksTable")}


@each_function
def test_nobody_lists_by_statement(template: Template, function: str) -> None:
    actions = {action for each in template.statements_of(function) for action in listed(each["Action"])}
    assert not actions & {
        "dynamodb:PartiQLSelect",
        "dynamodb:PartiQLUpdate",
        "dynamodb:DeleteTable",
    }


@each_function
def test_every_statement_says_what_it_is_for(template: Template, function: str) -> None:
    sids = [each.get("Sid") for each in template.statements_of(function)]
    assert all(sids)
    assert len(set(sids)) == len(sids)


@each_function
def test_PRI_31_the_ledger_is_append_only(template: Template, function: str) -> None:
    assert template.allowed(function, "LedgerTable") <= {
        "dynamodb:PutItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
    }


def test_PRI_31_the_api_puts_and_reads_entries_and_nothing_else(template: Template) -> None:
    assert template.allowed("APIHandler", "LedgerTable") == {
        "dynamodb:PutItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
    }


@each_function
def test_PRI_31_an_index_of_the_ledger_is_only_queried(template: Template, function: str) -> None:
    asked = [
        each for each in template.statements_of(function) if "LedgerTable" in json.dumps(each["Resource"])
    ]
    beside = [each for each in asked if "/index/" in json.dumps(each["Resource"])]
    assert {action for each in beside for action in listed(each["Action"])} <= {"dynamodb:Query"}


@each_function
def test_facts_are_never_deleted(template: Template, function: str) -> None:
    assert not template.allowed(function, "LeadsTable") & DELETES


@each_function
def test_logs_are_written_to_the_own_group_only(template: Template, function: str) -> None:
    name = template.properties(function)["FunctionName"]["Fn::Sub"]
    written = [each for each in template.statements_of(function) if "logs:PutLogEvents" in each["Action"]]
    assert [each["Resource"]["Fn::Sub"].rpartition("/aws/lambda/")[2] for each in written] == [f"{name}:*"]


@each_function
def test_the_key_is_used_through_the_services_only(template: Template, function: str) -> None:
    for statement in template.statements_of(function):
        if any(action.startswith("kms:") for action in listed(statement["Action"])):
            assert statement["Condition"]["StringEquals"]["kms:ViaService"]


def test_ACC_10_intake_writes_people_and_cannot_read_or_delete_them(template: Template) -> None:
    assert template.allowed("IntakeHandler", "PeopleTable") == {"dynamodb:PutItem"}


def test_ACC_10_a_write_answers_nothing_of_the_person_it_replaces(template: Template) -> None:
    """A put may answer the row it replaces, which would be reading by another name."""
    writing = [
        each
        for each in template.statements_of("IntakeHandler")
        if {"Fn::GetAtt": ["PeopleTable", "Arn"]} in listed(each["Resource"])
    ]
    assert [each["Condition"] for each in writing] == [
        {"StringEqualsIfExists": {"dynamodb:ReturnValues": ["NONE"]}}
    ]


def test_ACC_10_intake_cannot_read_the_ledger(template: Template) -> None:
    assert not template.allowed("IntakeHandler", "LedgerTable") & READS


@pytest.mark.parametrize("table", TABLES)
def test_ACC_10_intake_deletes_nothing(template: Template, table: str) -> None:
    assert not template.allowed("IntakeHandler", table) & DELETES


def test_ACC_10_intake_reaches_no_index_stream_or_user(template: Template) -> None:
    said = json.dumps([each["Resource"] for each in template.statements_of("IntakeHandler")])
    assert "/index/" not in said
    assert "StreamArn" not in said
    assert "UserPool" not in said


FORGETTERS = {
    "APIHandler",
    "AfterErasure",
    "CarryOutForgets",
    "ChangeRetention",
    "FinishErasures",
    "ImportContacts",
}


@each_function
def test_ACC_10_only_who_forgets_or_finishes_an_erasure_deletes_people(
    template: Template, function: str
) -> None:
    deletes = template.allowed(function, "PeopleTable") & DELETES
    both = {"dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}
    assert deletes == (both if function in FORGETTERS else set())


@each_function
def test_PRI_31_no_role_changes_or_removes_an_entry_of_the_ledger(template: Template, function: str) -> None:
    assert template.allowed(function, "LedgerTable") <= READS | {"dynamodb:PutItem"}


def test_ACC_10_lead_imports_read_and_delete_no_person(template: Template) -> None:
    assert template.allowed("ImportLeads", "PeopleTable") == {"dynamodb:PutItem"}


def test_PRI_32_who_seals_reaches_no_person(template: Template) -> None:
    for table in ("PeopleTable", "ContactsTable", "BlocksTable", "LeadsTable"):
        assert not template.allowed("SealLedger", table)


@pytest.mark.parametrize("table", TABLES)
def test_who_watches_the_ledger_reaches_no_table(template: Template, table: str) -> None:
    assert not template.allowed("WatchLedger", table)


MOVES = {"dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}
MOVERS = ("ContinueJobs", "RetireLeads")
TELLERS = ("TellAgents", "SendDailyMails")


@pytest.mark.parametrize("table", ["PeopleTable", "BlocksTable"])
@pytest.mark.parametrize("function", [*MOVERS, *TELLERS])
def test_who_counts_moves_retires_or_tells_has_no_access_to_people(
    template: Template, function: str, table: str
) -> None:
    named = [each for each in template.statements_of(function) if table in json.dumps(each["Resource"])]
    assert named == []


@pytest.mark.parametrize("function", [*MOVERS, *TELLERS])
def test_PRI_8a_who_moves_retires_or_tells_only_reads_the_forget_orders(
    template: Template, function: str
) -> None:
    assert template.allowed(function, "ContactsTable") == {"dynamodb:Query", "dynamodb:BatchGetItem"}


@pytest.mark.parametrize("function", MOVERS)
def test_WRK_15_who_moves_leads_changes_facts_and_adds_to_the_record(
    template: Template, function: str
) -> None:
    assert template.allowed(function, "LeadsTable") == MOVES
    assert template.allowed(function, "LedgerTable") == {"dynamodb:PutItem"}


@pytest.mark.parametrize("function", TELLERS)
def test_WRK_12_who_tells_agents_reads_facts_and_changes_none(template: Template, function: str) -> None:
    assert template.allowed(function, "LeadsTable") == {"dynamodb:BatchGetItem"}
    assert not template.allowed(function, "LedgerTable")
    assert template.allowed(function, "SetupTable") <= READS


@each_function
def test_WRK_12_only_who_tells_agents_sends_mail_and_only_from_the_set_sender(
    template: Template, function: str
) -> None:
    sending = [
        each
        for each in template.statements_of(function)
        if any(action.startswith("ses:") for action in listed(each["Action"]))
    ]
    assert [each["Action"] for each in sending] == ([["ses:SendEmail"]] if function in TELLERS else [])
    for each in sending:
        assert each["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "MailFrom"}}}


def test_WRK_12_a_role_that_sends_mail_reads_no_secret(template: Template) -> None:
    for function in TELLERS:
        assert "secretsmanager" not in json.dumps(template.statements_of(function))


def test_every_policy_file_is_some_functions(template: Template) -> None:
    shipped = [template.statements_of(function) for function in FUNCTIONS]
    files = sorted((ROOT / ".chalice").glob("policy-*.json"))
    assert len(files) == len(FUNCTIONS)
    for path in files:
        assert json.loads(path.read_text())["Statement"] in shipped, path.name
