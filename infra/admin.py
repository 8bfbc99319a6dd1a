"""Create the first admin of a deployment (ACC-7): `python -m infra.admin --stage STAGE --email ADDRESS`.

Runs with the operator's own AWS credentials. Later users are invited by an admin through the API.
"""

import argparse
import sys

from infra.stack_settings import load_settings


def create(stage: str, email: str, invite: bool, reset_second_factor: bool = False) -> str:
    """Create the admin in the user pool and in the table `setup`, record the change, and return the user's id.

    `invite` sends Cognito's invitation with a temporary password. Safe to repeat: an existing admin is not changed.
    `reset_second_factor` removes a lost authenticator, which is recorded, too (ACC-11).
    """
    load_settings(stage)
    from chalicelib import clock
    from chalicelib.users.usecases.create_user import create_first_admin
    from chalicelib.users.usecases.remove_second_factor import remove_for_operator

    user_id = create_first_admin(email, email.split("@", maxsplit=1)[0], clock.now(), by_mail=invite)
    if reset_second_factor:
        remove_for_operator(user_id, clock.now())
    return user_id


def main() -> int:
    """Run the command line; return 0, or 1 after one line that says what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m infra.admin", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--email", required=True)
    parser.add_argument(
        "--no-invitation", action="store_true", help="send no mail; the password is set in another way"
    )
    parser.add_argument(
        "--reset-second-factor", action="store_true", help="remove a lost authenticator; the sessions end"
    )
    options = parser.parse_args()
    if "@" not in options.email:
        print("leadwarden: this is not an e-mail address", file=sys.stderr)
        return 1
    create(options.stage, options.email, not options.no_invitation, options.reset_second_factor)
    print(f"{options.email} is an admin of the stage {options.stage}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
