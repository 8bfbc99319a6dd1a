"""The consent in the facts: given or not, text version and time (CAM-11, CAM-12)."""

import json

from chalicelib.leads.domain.leads import Facts, Status


def lacks_consent(facts: Facts) -> bool:
    """Return True if a lead was accepted or held without the consent that its campaign asks for (CAM-11)."""
    if facts.consent is None or facts.original_status not in (Status.ACCEPTED, Status.HELD):
        return False
    return json.loads(facts.consent)["given"] is False
