"""The reasons for which a lead is refused, with their messages (reasons.md, Reasons of an answer)."""

MESSAGES = {
    "blocked": "A contact of this lead may not be contacted.",
    "campaign_not_active": "The campaign does not accept leads at present.",
    "no_consent": "The person's consent is missing.",
    "outside_criteria": "The lead is outside the campaign's criteria.",
    "unverified_phone": "No numbering plan assigns a phone number of this lead.",
    "over_limit": "The campaign has reached a limit and accepts no more leads at present.",
    "service_failed": "A validation service found the lead's data wrong.",
    "low_grade": "The lead's grade is too low.",
    "held": "The lead waits for quality control.",
    "duplicate": "An earlier lead has the same values.",
}
REVIEW = {
    "bad_contact": "The contact data are wrong, or the person cannot be reached.",
    "outside_criteria": "The lead is outside the campaign's criteria.",
    "duplicate": "There is an earlier lead of the person.",
    "no_consent": "The person's consent is missing or cannot be proven.",
    "fraud": "The lead was invented, or sent without the person's knowledge.",
    "other": "Another reason.",
}  # reasons of a reviewer; sources never get them, so the instructions do not list them (CAM-15)


def message_of(reason: str) -> str:
    """Return the message of a reason."""
    return MESSAGES[reason]
