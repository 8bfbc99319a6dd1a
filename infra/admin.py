"""Create the first admin of a deployment (ACC-7): `python -m infra.admin --stage STAGE --email ADDRESS`.

Runs with the operator's own AWS credentials. Later users are invited by an admin through the API.
"""

import argparse
import sys

from infra.stack_settings import load_settings


def create(stage: str, email: str, invite: bool) -> str:
    """Create the admin in the user pool and in the table `setup`, record the change, and return the user's id.

    `invite` sends Cognito's invitation with a temporary password. Safe to repeat: an existing admin is not changed.
    """
    load_settings(stage)
    from chalicelib import clock
    from chalicelib.users.usecases.create_user import create_first_admin

    return create_first_admin(email, email.split("@", maxsplit=1)[0], clock.now(), by_mail=invite)


def main() -> int:
    """Run the command line; return 0, or 1 after one line that says what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m infra.admin", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--email", required=True)
    parser.add_argument(
        "--no-invitation", action="store_true", help="send no mail; the password is set in another way"
    )
    options = parser.parse_args()
    if "@" not in options.email:
        print("leadwarden: this is not an e-mail address", file=sys.stderr)
        return 1
    create(options.stage, options.email, invite=not options.no_invitation)
    print(f"{options.email} is an admin of the stage {options.stage}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
