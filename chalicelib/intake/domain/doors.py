"""Every door through which a contact can come in; each reads the Do Not Call list afresh (INT-11).

A test walks this list: no use case writes persons, and no module calls one that does, without standing here, and
each door is tried with a blocked contact. A release writes no person: it lets one out to the agents.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class EntryPoint:
    """A way in: its name, the use case behind it that looks at blocks, and the module that calls that use case."""

    name: str
    use_case: str
    entered_from: str


ENTRY_POINTS = (
    EntryPoint("api", "receive_lead", "handlers.intake"),
    EntryPoint("manual", "receive_lead", "handlers.intake"),
    EntryPoint("csv", "receive_lead", "usecases.import_leads"),
    EntryPoint("correction", "change_person", "usecases.correct_lead"),
    EntryPoint("append", "change_person", "usecases.append_duplicate"),
    EntryPoint("release", "release_lead", "handlers.quality"),
)
