"""The consent that the facts keep: given or not, text version and time (CAM-11, CAM-12)."""

import json

from chalicelib.leads.domain.leads import Facts, Status


def lacks_consent(facts: Facts) -> bool:
    """Tell whether a lead was taken in without the consent that its campaign asks for: it is flagged (CAM-11)."""
    if facts.consent is None or facts.original_status not in (Status.ACCEPTED, Status.HELD):
        return False
    return json.loads(facts.consent)["given"] is False
