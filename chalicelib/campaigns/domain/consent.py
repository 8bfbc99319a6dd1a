"""The version of a campaign's consent text (CAM-11)."""

from dataclasses import replace

from chalicelib.campaigns.domain.campaign import Campaign


def with_text_version(before: Campaign | None, after: Campaign) -> Campaign:
    """Return the campaign with the version of its consent text: one more than before if the text changed."""
    if before is None:
        return after
    current = before.consent.version
    version = current if after.consent.text == before.consent.text else current + 1
    return replace(after, consent=replace(after.consent, version=version))
