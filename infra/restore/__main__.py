"""Restore a table: `python -m infra.restore --stage STAGE --table TABLE --to TIME [--into NAME]`.

Restores TABLE to its state at TIME (ISO, UTC) under a name the application does not use; deletes expired rows; applies
what the ledger has recorded since; restores the settings; counts; prints the steps of the switch. No table in use is
changed. After a stop, or to catch up before the switch, run it again with the same arguments.
"""

import argparse
import sys
from collections.abc import Sequence

import boto3

from chalicelib.core.times import parse_instant
from infra.restore.run import TABLES, RestoreRequest, restore
from infra.restore.tables import NoBackup
from infra.stack_settings import load_settings, people_backup_days


def _instant(text: str) -> int:
    try:
        return parse_instant(text)
    except ValueError:
        message = "write an instant with a zone, such as 2026-11-21T08:30:00Z"
        raise argparse.ArgumentTypeError(message) from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, or 1 if a count or a setting is wrong, or there is no backup."""
    parser = argparse.ArgumentParser(prog="python -m infra.restore", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--table", required=True, choices=TABLES)
    parser.add_argument(
        "--to", required=True, metavar="TIME", type=_instant, help="for example 2026-11-21T08:30:00Z"
    )
    parser.add_argument("--into", metavar="NAME", help="another name for the restored table")
    options = parser.parse_args(arguments)
    load_settings(options.stage)

    from chalicelib import clock

    days = people_backup_days(options.stage)
    request = RestoreRequest(options.stage, options.table, options.to, options.into, days)
    try:
        report = restore(boto3.client("dynamodb"), request, clock.now())
    except NoBackup as error:
        print(f"leadwarden: {error}", file=sys.stderr)
        return 1
    print("\n".join(report.lines()))
    if report.wrong:
        print("leadwarden: do not switch to this table", file=sys.stderr)
        return 1
    print(request.switch())
    return 0


if __name__ == "__main__":
    sys.exit(main())
