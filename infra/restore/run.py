"""The steps of a restore; every step may be repeated."""

from dataclasses import dataclass
from typing import Any

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.imports.domain.import_job import ImportKind
from chalicelib.leads.store import leads as leads_store
from chalicelib.ledger.domain.entries import Entry, EntryKind
from chalicelib.organisation.domain.configuration import LeadType, Organisation, Project
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.privacy.domain.subject_requests import SubjectRequest
from chalicelib.users.domain.credentials import Credential
from chalicelib.users.domain.users import User
from infra.restore import blocks, contacts, leads, ledger, people, tables
from infra.restore.entries import imports_since, kind_of, since
from infra.restore.report import Report
from infra.restore.tables import NoBackup
from infra.stack_settings import use_tables

TABLES = ("leads", "people", "contacts", "setup", "blocks", "ledger")
_CONFIG_KINDS = {
    item.CONFIG_KIND for item in (Organisation, Project, LeadType, Campaign, User, Credential, SubjectRequest)
}
_PERSONAL = ("people", "contacts")
_REWRITTEN = ("corrected", "appended")
_SWITCH = """To switch to {target}:
 1. Stop the functions: reserved concurrency 0 for each (aws lambda put-function-concurrency).
 2. Run this command again with the same arguments: it applies what was recorded meanwhile.
 3. Back up both: aws dynamodb create-backup for {target} and for {source}.
 4. Remove {source} (first deletion protection off; people and contacts: point-in-time recovery off, too, or AWS
    keeps a copy of the removed table for 35 days) and restore the backup of {target} under that name.
 5. Run this command with --into {source}: settings again, and the counts.
 6. Where the table has a stream (leads, people, ledger): give its functions an event source mapping on the new stream.
 7. Let the functions run again; delete {target} and the backups within the time backups are kept."""


@dataclass(frozen=True)
class RestoreRequest:
    """A table to restore by its short name, the instant, and the name of the restored table."""

    stage: str
    table: str
    instant: int
    into: str | None = None
    people_backup_days: int = 0

    @property
    def live(self) -> str:
        """Return the prefix of the tables in use."""
        return f"leadwarden-{self.stage}-"

    @property
    def source(self) -> str:
        """Return the name of the table in use."""
        return self.live + self.table

    @property
    def target(self) -> str:
        """Return the name of the restored table: it ends like the one in use, so that the stores can use it."""
        return self.into or f"{self.live}restored-{self.instant}-{self.table}"

    def switch(self) -> str:
        """Return the steps that replace the table in use by the restored one."""
        return _SWITCH.format(source=self.source, target=self.target)


def restore(client: Any, request: RestoreRequest, now: int) -> Report:
    """Restore the table without the persons that the ledger says are erased; return the report.

    Raises NoBackup. In `people` and `contacts` the facts decide what has expired: the expiry of a row is as old as
    the backup.
    """
    if not request.target.endswith(f"-{request.table}"):
        raise ValueError(f"the name must end with -{request.table}")
    report, design = Report(), tables.design_of(request.table, request.people_backup_days)
    if not tables.has_backup(design):
        raise NoBackup(f"{request.table} has no backup: the parameter PeopleBackupDays is 0")
    tables.restore_from_backup(client, request.source, request.target, request.instant)
    if request.table not in _PERSONAL:
        report.done["expired rows deleted"] = tables.delete_expired(client, request.target, design, now)
    _replay(client, request, now, report)
    tables.protect(client, request.target, design)
    tables.stream(client, request.target, design)
    report.wrong += [f"{setting} is off" for setting in tables.open_settings(client, request.target, design)]
    return report


def _replay(client: Any, request: RestoreRequest, now: int, report: Report) -> None:
    entries = list(since(request.instant, now))
    report.done["entries of the ledger since"] = len(entries)
    steps = {
        "leads": _leads,
        "people": _people,
        "contacts": _contacts,
        "blocks": _blocks,
        "ledger": _ledger,
        "setup": _configuration,
    }
    steps[request.table](client, request, entries, now, report)


def _leads(client: Any, request: RestoreRequest, entries: list[Entry], now: int, report: Report) -> None:
    found = leads.gather(entries, report)
    if imported := imports_since(request.instant, now, (ImportKind.LEADS,)):
        report.by_hand["imports of leads"] = len(imported)
    with use_tables(request.target.removesuffix(request.table)):
        leads.replay(found, now, report)
        leads.verify(client, request.target, found, request.instant, now, report)
        persons = leads.persons(client, f"{request.live}people")
        lost = leads.absent(persons, leads_store.key, leads_store.from_batch, now)
    if lost:
        report.by_hand["persons whose facts were written after the point"] = lost


def _people(client: Any, request: RestoreRequest, entries: list[Entry], now: int, report: Report) -> None:
    found = leads.gather(entries, Report())
    people.replay(client, request.target, found.receipts, now, report)
    people.verify(client, request.target, found.receipts, now, report)
    leads.verify_none_live(found, now, report)
    if lost := people.leads_without_person(client, f"{request.live}leads", request.target, now):
        report.by_hand["live leads whose person was written after the point"] = lost
    for entry in entries:
        if entry.action in _REWRITTEN:
            report.by_hand[f"`{entry.action}` on {entry.subject}: the values are the old ones"] += 1


def _contacts(client: Any, request: RestoreRequest, entries: list[Entry], now: int, report: Report) -> None:
    found = leads.gather(entries, Report())
    target = contacts.RestoreTarget(client, request.target, found.receipts, now)
    persons = f"{request.live}people"
    contacts.replay(target, leads.persons(client, persons), report)
    contacts.verify(target, leads.persons(client, persons), report)
    leads.verify_none_live(found, now, report)


def _blocks(client: Any, request: RestoreRequest, entries: list[Entry], now: int, report: Report) -> None:
    changes = blocks.gather(entries)
    blocks.note_imports(imports_since(request.instant, now, (ImportKind.BLOCK, ImportKind.UNBLOCK)), report)
    with use_tables(request.target.removesuffix(request.table)):
        blocks.replay(changes, now, report)
        blocks.verify(changes, now, report)


def _ledger(client: Any, request: RestoreRequest, entries: list[Entry], now: int, report: Report) -> None:
    kept, erased = cached_organisation(now), ledger.erased(client, f"{request.live}leads", request.instant)
    with use_tables(request.target.removesuffix(request.table)):
        ledger.carry_over(entries, kept, now, report)
        ledger.verify(erased, now, report)


def _configuration(
    client: Any, request: RestoreRequest, entries: list[Entry], now: int, report: Report
) -> None:
    """Report what was configured since: the ledger holds no whole items, so the operator sets them again."""
    for entry in entries:
        if entry.kind is EntryKind.CHANGE and kind_of(entry) in _CONFIG_KINDS:
            report.by_hand[f"`{entry.action}` on {entry.subject}"] += 1
