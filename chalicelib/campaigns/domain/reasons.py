"""The reasons why a lead is refused, each with its message (reasons.md, Reasons of an answer)."""

MESSAGES = {
    "blocked": "A contact of this lead may not be contacted.",
    "campaign_not_active": "The campaign takes no leads at present.",
    "no_consent": "The person's consent is missing.",
    "outside_criteria": "The lead is outside the campaign's criteria.",
    "over_limit": "The campaign takes no more leads at present.",
    "service_failed": "A check of the lead's data did not pass.",
    "low_grade": "The lead's grade is too low.",
    "held": "The lead waits for quality control.",
    "duplicate": "An earlier lead is the same person.",
}
REVIEW = {
    "bad_contact": "The contact data are wrong, or nobody answers under them.",
    "outside_criteria": "The lead is outside what the campaign asks for.",
    "duplicate": "The person came in before.",
    "no_consent": "The person's consent is missing or cannot be proven.",
    "fraud": "The lead was made up, or sent without the person's knowledge.",
    "other": "Another reason.",
}  # what a reviewer rejects for; the source is never told, so its instructions do not list it (CAM-15)


def message_of(reason: str) -> str:
    """Return the message of a reason."""
    return MESSAGES[reason]
