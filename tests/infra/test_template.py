"""The template as a whole: it is valid, says nothing twice, and holds for every function and log."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.audit.domain import WAIT_S
from chalicelib.core.times import DAY_S
from tests.infra.template_reader import FUNCTIONS, ROOT, Template, mappings

SWEPT_EVERY_S = 900


def test_cfn_lint_finds_nothing(packaged: Path) -> None:
    cfn_lint = Path(sys.executable).parent / "cfn-lint"
    done = subprocess.run(
        [cfn_lint, "--regions", "eu-west-1", "us-east-1", "--template", packaged / "template.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_intrinsic_was_merged_into_another(template: Template) -> None:
    for node in mappings(template.content):
        if any(key == "Ref" or key.startswith("Fn::") for key in node):
            assert len(node) == 1, node


def test_the_functions_are_the_documented_ones(template: Template) -> None:
    assert set(template.of_type("AWS::Serverless::Function")) == FUNCTIONS


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_the_runtime_is_the_python_that_packages(template: Template, function: str) -> None:
    running = f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert template.properties(function)["Runtime"] == running


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_every_function_has_a_log_group_with_a_retention(template: Template, function: str) -> None:
    named = {"Fn::Sub": f"/aws/lambda/${{{function}}}"}
    groups = [
        each for each in template.of_type("AWS::Logs::LogGroup").values() if each["LogGroupName"] == named
    ]
    assert len(groups) == 1
    assert groups[0]["RetentionInDays"] == 90


def test_every_log_group_has_a_retention(template: Template) -> None:
    assert all("RetentionInDays" in each for each in template.of_type("AWS::Logs::LogGroup").values())


def test_what_is_irreplaceable_outlives_the_stack(template: Template) -> None:
    kept = {
        "AWS::DynamoDB::Table",
        "AWS::KMS::Key",
        "AWS::SecretsManager::Secret",
        "AWS::Cognito::UserPool",
    }
    for name, resource in template.resources.items():
        if resource["Type"] in kept:
            assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain"), name


def test_every_function_knows_where_everything_is(template: Template) -> None:
    variables = template.content["Globals"]["Function"]["Environment"]["Variables"]
    assert set(variables) == {
        *("STAGE", "VERSION", "LOG_LEVEL", "API_URL", "TABLE_PREFIX"),
        *("POOL_ID", "POOL_CLIENT_ID", "POOL_ISSUER", "POOL_KEYS_URL"),
        *("CONTACTS_SECRET", "IDENTITY_SECRET", "SIGNING_SECRET"),
        *("IMPORTS_BUCKET", "SEALS_BUCKET", "GEO_DATABASE"),
    }


def test_the_outputs_operators_need_are_there(template: Template) -> None:
    tables = set(template.of_type("AWS::DynamoDB::Table"))
    assert {"ApiUrl", "PoolId", "PoolClientId", *tables} <= set(template.content["Outputs"])


def test_secrets_are_generated_and_encrypted_with_the_customer_key(template: Template) -> None:
    secrets = template.of_type("AWS::SecretsManager::Secret")
    assert set(secrets) == {"ContactsSecret", "IdentitySecret", "SigningSecret"}
    for secret in secrets.values():
        assert secret["KmsKeyId"] == {"Fn::GetAtt": ["DataKey", "Arn"]}
        assert secret["GenerateSecretString"]["PasswordLength"] >= 43


def test_the_customer_key_is_rotated(template: Template) -> None:
    assert template.properties("DataKey")["EnableKeyRotation"] is True


def test_ACC_1_people_cannot_sign_themselves_up(template: Template) -> None:
    pool = template.properties("UserPool")
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["DeletionProtection"] == "ACTIVE"


def test_ACC_1_an_id_token_lasts_an_hour_and_unknown_users_look_like_known_ones(template: Template) -> None:
    client = template.properties("UserPoolClient")
    assert (client["IdTokenValidity"], client["TokenValidityUnits"]["IdToken"]) == (1, "hours")
    assert client["PreventUserExistenceErrors"] == "ENABLED"


def test_SEC_B5_only_the_api_can_pass_a_password_to_the_pool(template: Template) -> None:
    client = template.properties("UserPoolClient")
    assert client["GenerateSecret"] is True
    assert set(client["ExplicitAuthFlows"]) == {"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}
    resource = template.resources["UserPoolClient"]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Delete")


def test_SEC_C6_a_user_writes_only_the_own_name_and_may_have_a_second_factor(template: Template) -> None:
    assert template.properties("UserPoolClient")["WriteAttributes"] == ["name"]
    pool = template.properties("UserPool")
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == ("OPTIONAL", ["SOFTWARE_TOKEN_MFA"])


def test_SEC_C6_the_pool_can_mail_through_the_operators_own_sender(template: Template) -> None:
    condition, own, default = template.properties("UserPool")["EmailConfiguration"]["Fn::If"]
    assert condition in template.content["Conditions"]
    assert own["SourceArn"] == {"Ref": "PoolMailIdentity"}
    assert own["From"] == {"Ref": "MailFrom"}
    assert default == {"EmailSendingAccount": "COGNITO_DEFAULT"}


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_errors_and_throttles_of_every_function_are_alarmed(template: Template, function: str) -> None:
    alarms = template.of_type("AWS::CloudWatch::Alarm").values()
    dimension = {"Name": "FunctionName", "Value": {"Ref": function}}
    watched = {each["MetricName"] for each in alarms if dimension in each.get("Dimensions", [])}
    assert {"Errors", "Throttles"} <= watched


def test_what_the_code_itself_measures_is_alarmed(template: Template) -> None:
    alarms = template.of_type("AWS::CloudWatch::Alarm").values()
    own = {each["MetricName"] for each in alarms if each["Namespace"] == "Leadwarden"}
    assert own == {
        *("ErasureLagSeconds", "OldestOverdueSeconds", "ErasuresFailed"),
        *("UnexpectedRemoval", "LedgerTampered", "RecordsParked"),
        *("SealAgeSeconds", "ImportsFailed", "FilesNotUnderstood", "ExportsFailed"),
        *("OldestUnretiredSeconds", "RetirementsFailed"),
        "JobsFailed",
        *("OldestForgetOrderSeconds", "ClockAhead", "LeadsMissed", "RefusalsNotCounted"),
    }


def test_ACC_8_a_job_that_gave_up_is_alarmed_once_it_has(template: Template) -> None:
    alarm = template.properties("FailedJobs")
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Threshold"]) == ("JobsFailed", "Sum", 1)
    assert (alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == (1, "notBreaching")


def test_WRK_7_leads_the_sweep_leaves_and_retirements_that_fail_are_alarmed(template: Template) -> None:
    left, failed = template.properties("UnretiredLeads"), template.properties("FailedRetirements")
    assert (left["MetricName"], left["Statistic"]) == ("OldestUnretiredSeconds", "Maximum")
    assert left["Threshold"] == {"Ref": "UnretiredAlarmSeconds"}
    assert (failed["MetricName"], failed["Statistic"]) == ("RetirementsFailed", "Sum")
    assert (failed["Threshold"], failed["EvaluationPeriods"]) == (1, 3)
    for alarm in (left, failed):
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert alarm["Period"] == SWEPT_EVERY_S
    parameter = template.content["Parameters"]["UnretiredAlarmSeconds"]
    assert SWEPT_EVERY_S <= parameter["MinValue"] < parameter["Default"]


@pytest.mark.parametrize("function", ["TellAgents", "SendDailyMails"])
def test_WRK_12_who_tells_agents_knows_the_sender_and_the_address_of_the_api(
    template: Template, function: str
) -> None:
    variables = template.properties(function)["Environment"]["Variables"]
    assert variables["MAIL_FROM"] == {"Ref": "MailFrom"}
    given, built = variables["API_URL"]["Fn::If"][1:]
    assert given == {"Ref": "ApiUrl"}
    assert built == template.content["Outputs"]["ApiUrl"]["Value"]


def test_WRK_12_no_mail_is_sent_where_nobody_set_a_sender(template: Template) -> None:
    assert template.content["Parameters"]["MailFrom"]["Default"] == ""
    functions = template.of_type("AWS::Serverless::Function")
    told = {name for name, each in functions.items() if "MAIL_FROM" in str(each.get("Environment"))}
    assert told == {"TellAgents", "SendDailyMails"}


@pytest.mark.parametrize(
    ("sender", "fits"),
    [
        *(("", True), ("leads@example.com", True), ("a.b+c@mail.example.co.uk", True)),
        *(("leads", False), ("Leads <leads@example.com>", False), ("a@b, c@d", False), (" ", False)),
    ],
)
def test_WRK_12_the_sender_is_an_address_alone(template: Template, sender: str, fits: bool) -> None:
    """A name beside it would not be what the roles' condition compares, and no mail would go out."""
    pattern = template.content["Parameters"]["MailFrom"]["AllowedPattern"]
    assert (re.fullmatch(pattern, sender) is not None) == fits


def test_PRI_32_a_seal_that_is_missing_and_a_sealing_that_does_not_run_are_alarmed(
    template: Template,
) -> None:
    alarm = template.properties("SealMissing")
    a_day_and_an_hour = DAY_S + WAIT_S
    assert (alarm["Period"], alarm["Statistic"], alarm["TreatMissingData"]) == (DAY_S, "Maximum", "breaching")
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (a_day_and_an_hour, "GreaterThanThreshold")


def test_every_own_metric_that_is_alarmed_is_written_by_the_code(template: Template) -> None:
    code = "".join(path.read_text() for path in (ROOT / "chalicelib").rglob("*.py"))
    for alarm in template.of_type("AWS::CloudWatch::Alarm").values():
        if alarm["Namespace"] == "Leadwarden":
            assert f'metric("{alarm["MetricName"]}"' in code


def test_every_alarm_reaches_the_topic(template: Template) -> None:
    alarms = template.of_type("AWS::CloudWatch::Alarm")
    assert alarms
    assert all(each["AlarmActions"] == [{"Ref": "Alarms"}] for each in alarms.values())


@pytest.mark.parametrize("alarm", ["StoppedErasures", "OpenForgets"])
def test_SEC_B3_a_schedule_that_stops_raises_an_alarm(template: Template, alarm: str) -> None:
    """Missing data is a breach: both schedules write their metric in every run."""
    properties = template.properties(alarm)
    assert properties["TreatMissingData"] == "breaching"
    assert properties["Period"] * properties["EvaluationPeriods"] <= 1_800


def test_PRI_8a_an_order_that_is_open_for_an_hour_raises_an_alarm(template: Template) -> None:
    alarm = template.properties("OpenForgets")
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Threshold"]) == (
        "OldestForgetOrderSeconds",
        "Maximum",
        3600,
    )
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
