"""The mails to agents and to campaigns' addresses: ids, numbers and links, no person (WRK-2, WRK-12, CAM-11)."""

from collections.abc import Sequence

from chalicelib.core.display_text import in_one_line
from chalicelib.core.quick_dataclass import dataclass

_LISTED = 50


@dataclass(frozen=True)
class MailText:
    """The subject and the plain text of a mail."""

    subject: str
    text: str


def of_assigned(lead_ids: Sequence[str], address: str) -> MailText:
    """Return the mail that notifies an agent of newly assigned leads."""
    count = _counted(len(lead_ids))
    return MailText(f"{count} assigned to you", _text([(f"{count} assigned to you:", lead_ids)], address))


def of_the_day(at_risk: Sequence[str], follow_ups: Sequence[str], address: str) -> MailText | None:
    """Return the daily mail, or None without any lead."""
    parts = [
        (f"{_counted(len(follow_ups))} to follow up today:", follow_ups),
        (f"{_counted(len(at_risk))} will be retired soon without an activity:", at_risk),
    ]
    filled = [part for part in parts if part[1]]
    return MailText("Your leads today", _text(filled, address)) if filled else None


def of_missing_consent(campaign_id: str, name: str, count: int, address: str) -> MailText:
    """Return the mail to a campaign's address with the number of leads without consent, and no person."""
    sentence = f"{_counted(count)} arrived without the person's consent since the last mail."
    lines = [sentence, "", f"Campaign: {in_one_line(name)}", f"{address}/v1/campaigns/{campaign_id}", ""]
    return MailText(f"{_counted(count)} without consent", "\n".join(lines))


def _counted(number: int) -> str:
    return "1 lead" if number == 1 else f"{number} leads"


def _text(parts: Sequence[tuple[str, Sequence[str]]], address: str) -> str:
    lines = []
    for heading, lead_ids in parts:
        lines += [heading, "", *(f"{address}/v1/leads/{lead_id}" for lead_id in lead_ids[:_LISTED])]
        if len(lead_ids) > _LISTED:
            lines.append(f"… and {len(lead_ids) - _LISTED} more")
        lines.append("")
    return "\n".join(lines)
