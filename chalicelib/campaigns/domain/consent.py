"""The texts people consent to, counted (CAM-11)."""

from dataclasses import replace

from chalicelib.campaigns.domain.campaign import Campaign


def with_text_counted(before: Campaign | None, after: Campaign) -> Campaign:
    """Return the campaign with its consent text's version: one more than before where the text is another."""
    if before is None:
        return after
    known = before.consent.version
    version = known if after.consent.text == before.consent.text else known + 1
    return replace(after, consent=replace(after.consent, version=version))
