"""Create the first admin of a deployment (ACC-7): `python -m infra.admin --stage STAGE --email ADDRESS`.

Runs with the operator's own AWS credentials. Later users are invited by an admin through the API.
"""

import argparse
import os
import sys
from typing import Any

import boto3

from infra.beside import take_settings


def create(stage: str, email: str, invite: bool) -> str:
    """Create the admin in the user pool and in `setup`, recorded as a change, and return the user's id.

    `invite` sends Cognito's invitation with a temporary password. Safe to repeat: what is there stays.
    """
    take_settings(stage)
    subject = _pool_user(email, invite)
    _user_row(subject, email)
    return subject


def _pool_user(email: str, invite: bool) -> str:
    pool = boto3.client("cognito-idp")
    pool_id = os.environ["POOL_ID"]
    request: dict[str, Any] = {} if invite else {"MessageAction": "SUPPRESS"}
    try:
        user = pool.admin_create_user(
            UserPoolId=pool_id,
            Username=email,
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
            DesiredDeliveryMediums=["EMAIL"],
            **request,
        )["User"]["Attributes"]
    except pool.exceptions.UsernameExistsException:
        user = pool.admin_get_user(UserPoolId=pool_id, Username=email)["UserAttributes"]
    return str(next(attribute["Value"] for attribute in user if attribute["Name"] == "sub"))


def _user_row(subject: str, email: str) -> None:
    from chalicelib import clock
    from chalicelib.domain.access import SYSTEM, Role
    from chalicelib.domain.ledger import change, entry_id
    from chalicelib.domain.setup import ORGANISATION_ID, Organisation, User
    from chalicelib.stores import batch, ledger, setup

    now = clock.now()
    if setup.get(User, subject, now):
        return
    organisation = setup.get(Organisation, ORGANISATION_ID, now) or Organisation()
    user = User(id=subject, version=1, email=email, name=email.split("@", maxsplit=1)[0], role=Role.ADMIN)
    entry = change(f"user/{subject}", "created", SYSTEM, now, entry_id("first admin", subject))
    writes = [*setup.added(user), ledger.added(entry, organisation)]
    batch.write(writes, batch.token_of("first admin", subject, now))


def main() -> int:
    """Run the command line; return 0, or 1 after one line that says what is in the way."""
    parser = argparse.ArgumentParser(prog="python -m infra.admin", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--email", required=True)
    parser.add_argument("--no-invitation", action="store_true", help="the password is set by other means")
    options = parser.parse_args()
    if "@" not in options.email:
        print("leadwarden: that is not an e-mail address", file=sys.stderr)
        return 1
    create(options.stage, options.email, invite=not options.no_invitation)
    print(f"{options.email} is an admin of the stage {options.stage}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
