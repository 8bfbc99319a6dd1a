"""Migrate the contacts to a newer normal form, or to a new key (docs/migrating-contacts.md).

`python -m infra.contacts --stage STAGE (--form | --new-key | --status)`
"""

import argparse
import secrets as random

from infra.stack_settings import load_settings


def main() -> None:
    """Start a migration, or show the forms that are live; safe to repeat."""
    parser = argparse.ArgumentParser(prog="python -m infra.contacts", description=__doc__)
    parser.add_argument("--stage", required=True)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--form", action="store_true", help="to the newest normal form, under the present key")
    what.add_argument("--new-key", action="store_true", help="to a new key, in the newest normal form")
    what.add_argument("--status", action="store_true", help="show the forms that are live")
    arguments = parser.parse_args()
    load_settings(arguments.stage)

    from chalicelib import clock

    if not arguments.status:
        print(start(clock.now(), new_key=arguments.new_key))
    for line in status(clock.now()):
        print(line)


def start(now: int, *, new_key: bool) -> str:
    """Start a migration and return the id of its job. A new key is stored beside the old one first."""
    from chalicelib.aws import secrets
    from chalicelib.core import contact_points
    from chalicelib.leads.usecases.rekey_contacts import newest_form, start_migration
    from chalicelib.organisation.domain.contact_forms import ContactForm

    job_id, target = f"job_{random.token_hex(13)}", newest_form(now)
    if new_key:
        key = random.token_urlsafe(48)
        fingerprint = contact_points.fingerprint(key.encode())
        secrets.add_contacts_key(contact_points.key_id(key.encode()), key)
        target = ContactForm(fingerprint, target.form)
    start_migration(target, job_id, now)
    return job_id


def status(now: int) -> list[str]:
    """Return the live forms, one a line."""
    from chalicelib.organisation.usecases.contact_forms import get_contact_forms

    forms = get_contact_forms(now)
    lines = [f"written: key {forms.written.fingerprint[:8]}, form {forms.written.form}"]
    if forms.other:
        lines.append(
            f"looked up, job {forms.job_id}: key {forms.other.fingerprint[:8]}, form {forms.other.form}"
        )
    return lines + [f"kept: key {form.fingerprint[:8]}, form {form.form}" for form in forms.kept]


if __name__ == "__main__":
    main()
