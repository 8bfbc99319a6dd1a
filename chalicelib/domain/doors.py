"""Every door through which a contact can come in; each reads the Do Not Call list afresh (INT-11).

A test walks this list: no use case writes persons, and no module calls one that does, without standing here, and
each door is tried with a blocked contact. A release writes no person: it lets one out to the agents.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Door:
    """A way in: its name, the use case behind it that looks at blocks, and the module that calls that use case."""

    name: str
    use_case: str
    entered_from: str


DOORS = (
    Door("api", "receive_lead", "handlers.intake"),
    Door("manual", "receive_lead", "handlers.intake"),
    Door("csv", "receive_lead", "usecases.import_leads"),
    Door("correction", "change_person", "usecases.correct_lead"),
    Door("append", "change_person", "usecases.append_duplicate"),
    Door("release", "release_lead", "handlers.quality"),
)
