"""The runbook, step by step; every step may be repeated."""

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
 2. Run this command again with the same arguments: it catches up what was recorded meanwhile.
 3. Back up both: aws dynamodb create-backup for {target} and for {source}.
 4. Remove {source} (first deletion protection off; people and contacts: point-in-time recovery off, too, or AWS
    keeps a copy of the removed table for 35 days) and restore the backup of {target} under that name.
 5. Run this command with --into {source}: settings again, and the counts.
 6. Where the table has a stream (leads, people, ledger): give its functions an event source mapping on the new stream.
 7. Let the functions run again; delete {target} and the backups within the time backups are kept."""


@dataclass(frozen=True)
class RestoreRequest:
    """What is to be restored: a table by its short name, as it was at an instant, into which name."""

    stage: str
    table: str
    instant: int
    into: str | None = None
    people_backup_days: int = 0

    @property
    def live(self) -> str:
        """Return what the names of the live tables begin with."""
        return f"leadwarden-{self.stage}-"

    @property
    def source(self) -> str:
        """Return the name of the live table."""
        return self.live + self.table

    @property
    def target(self) -> str:
        """Return the name of the restored table: it ends like the live one, so that the stores can stand on it."""
        return self.into or f"{self.live}restored-{self.instant}-{self.table}"

    def switch(self) -> str:
        """Return the steps that put the restored table in the live one's place."""
        return _SWITCH.format(source=self.source, target=self.target)


def restore(client: Any, wanted: RestoreRequest, now: int) -> Report:
    """Bring the table back, without whom the record says is gone; return what that came to.

    Raises NoBackup. In `people` and `contacts` the facts say who has expired: a row's own end is as old as the backup.
    """
    if not wanted.target.endswith(f"-{wanted.table}"):
        raise ValueError(f"the name must end with -{wanted.table}")
    report, design = Report(), tables.designed(wanted.table, wanted.people_backup_days)
    if not tables.has_backup(design):
        raise NoBackup(f"{wanted.table} has no backup: the parameter PeopleBackupDays is 0")
    tables.bring_back(client, wanted.source, wanted.target, wanted.instant)
    if wanted.table not in _PERSONAL:
        report.done["expired rows deleted"] = tables.delete_expired(client, wanted.target, design, now)
    _replay(client, wanted, now, report)
    tables.protect(client, wanted.target, design)
    tables.stream(client, wanted.target, design)
    report.wrong += [f"{setting} is off" for setting in tables.open_settings(client, wanted.target, design)]
    return report


def _replay(client: Any, wanted: RestoreRequest, now: int, report: Report) -> None:
    entries = list(since(wanted.instant, now))
    report.done["entries of the record since"] = len(entries)
    steps = {
        "leads": _leads,
        "people": _people,
        "contacts": _contacts,
        "blocks": _blocks,
        "ledger": _ledger,
        "setup": _setup,
    }
    steps[wanted.table](client, wanted, entries, now, report)


def _leads(client: Any, wanted: RestoreRequest, entries: list[Entry], now: int, report: Report) -> None:
    found = leads.gather(entries, report)
    if imported := imports_since(wanted.instant, now, (ImportKind.LEADS,)):
        report.by_hand["imports of leads"] = len(imported)
    with use_tables(wanted.target.removesuffix(wanted.table)):
        leads.replay(found, now, report)
        leads.verify(client, wanted.target, found, wanted.instant, now, report)
        everybody = leads.persons(client, f"{wanted.live}people")
        lost = leads.absent(everybody, leads_store.key, leads_store.from_batch, now)
    if lost:
        report.by_hand["persons whose facts came after the point"] = lost


def _people(client: Any, wanted: RestoreRequest, entries: list[Entry], now: int, report: Report) -> None:
    found = leads.gather(entries, Report())
    people.replay(client, wanted.target, found.receipts, now, report)
    people.verify(client, wanted.target, found.receipts, now, report)
    leads.verify_none_live(found, now, report)
    if lost := people.leads_without_person(client, f"{wanted.live}leads", wanted.target, now):
        report.by_hand["live leads whose person came after the point"] = lost
    for entry in entries:
        if entry.action in _REWRITTEN:
            report.by_hand[f"`{entry.action}` on {entry.subject}: the values are the old ones"] += 1


def _contacts(client: Any, wanted: RestoreRequest, entries: list[Entry], now: int, report: Report) -> None:
    found = leads.gather(entries, Report())
    place = contacts.RestoreTarget(client, wanted.target, found.receipts, now)
    persons = f"{wanted.live}people"
    contacts.replay(place, leads.persons(client, persons), report)
    contacts.verify(place, leads.persons(client, persons), report)
    leads.verify_none_live(found, now, report)


def _blocks(client: Any, wanted: RestoreRequest, entries: list[Entry], now: int, report: Report) -> None:
    deeds = blocks.gather(entries)
    blocks.note_imports(imports_since(wanted.instant, now, (ImportKind.BLOCK, ImportKind.UNBLOCK)), report)
    with use_tables(wanted.target.removesuffix(wanted.table)):
        blocks.replay(deeds, now, report)
        blocks.verify(deeds, now, report)


def _ledger(client: Any, wanted: RestoreRequest, entries: list[Entry], now: int, report: Report) -> None:
    kept, erased = cached_organisation(now), ledger.erased(client, f"{wanted.live}leads", wanted.instant)
    with use_tables(wanted.target.removesuffix(wanted.table)):
        ledger.carry_over(entries, kept, now, report)
        ledger.verify(erased, now, report)


def _setup(client: Any, wanted: RestoreRequest, entries: list[Entry], now: int, report: Report) -> None:
    """Name what was set up since: the record holds no earlier and later whole, so a person sets it again."""
    for entry in entries:
        if entry.kind is EntryKind.CHANGE and kind_of(entry) in _CONFIG_KINDS:
            report.by_hand[f"`{entry.action}` on {entry.subject}"] += 1
