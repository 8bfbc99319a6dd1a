#!/usr/bin/env bash
# moto gives new tokens for the refresh token of a user who was disabled in the pool, and refuses the same user's password.
# Cognito refuses both: a disabled user cannot sign in, and a refresh is a sign-in.
# Why it matters: a test of "who is disabled gets no new tokens" may fail for a product that leaves this to the pool,
# and one that looks at the password alone passes although a session would go on.
# What to do: check the user in the product at each refresh, as at each request, and test that check.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check "moto[cognitoidp]==5.2.5" boto3==1.44.5 botocore==1.44.5

cat >"$folder/probe.py" <<'PYTHON'
import os
import sys
from importlib.metadata import version

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1")

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

USER, PASSWORD = "ada@example.com", "An-example-1"


def answer(flow, **parameters):
    try:
        tokens = cognito.admin_initiate_auth(UserPoolId=pool, ClientId=client, AuthFlow=flow, AuthParameters=parameters)
        return "tokens" if "IdToken" in tokens["AuthenticationResult"] else "none", tokens
    except ClientError as error:
        return error.response["Error"]["Code"], None


print(f"moto {version('moto')}, boto3 {version('boto3')}")
with mock_aws():
    cognito = boto3.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="example")["UserPool"]["Id"]
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    created = cognito.create_user_pool_client(UserPoolId=pool, ClientName="example", ExplicitAuthFlows=flows)
    client = created["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username=USER)
    cognito.admin_set_user_password(UserPoolId=pool, Username=USER, Password=PASSWORD, Permanent=True)
    _, session = answer("ADMIN_USER_PASSWORD_AUTH", USERNAME=USER, PASSWORD=PASSWORD)
    refresh_token = session["AuthenticationResult"]["RefreshToken"]
    cognito.admin_disable_user(UserPoolId=pool, Username=USER)
    password, _ = answer("ADMIN_USER_PASSWORD_AUTH", USERNAME=USER, PASSWORD=PASSWORD)
    refresh, _ = answer("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=refresh_token)
print(f"  a disabled user with the password: {password}")
print(f"  the same user with the refresh token: {refresh}")
if (password, refresh) != ("NotAuthorizedException", "tokens"):
    sys.exit("The behaviour changed: recorded was NotAuthorizedException for the password, tokens for the refresh.")
PYTHON
export HOME="$folder"
"$folder/env/bin/python" "$folder/probe.py"
