"""Examples of leads and their answers, for the OpenAPI document; a test sends each of them to the API."""

from chalicelib.http import bodies
from chalicelib.http.route_spec import Example

_BOTH = (bodies.JSON, bodies.FORM)
_LEAD = {
    "first_name": "Fay",
    "last_name": "Miller",
    "phone": "+1 202-555-0150",
    "email": "fay@example.org",
    "state": "CA",
    "external_id": "web-8812",
    "landing_page_url": "https://www.example.com/solar",
}
_ACCEPTED = {
    "lead_id": "lead_2szpahgjoxfsgpbxdt23e252ro",
    "status": "accepted",
    "price": "15.00",
    "currency": "USD",
    "due_at": "2026-12-21T21:17:58Z",
}
_TEST = {
    "lead_id": "lead_hbnrt6ycpfgja5d2qk7mzv3xw4",
    "status": "accepted",
    "due_at": "2026-11-22T21:17:58Z",
    "test": True,
}

SUBMIT_LEAD = (
    Example("accepted", "An accepted lead", 201, _ACCEPTED, _LEAD, _BOTH),
    Example(
        "rejected",
        "A lead outside the criteria",
        200,
        {
            "lead_id": "lead_5d2qk7mzv3xw4hbnrt6ycpfgja",
            "status": "rejected",
            "reason": "outside_criteria",
            "message": "The lead is outside the campaign's criteria.",
            "due_at": "2026-11-28T21:17:58Z",
        },
        _LEAD | {"state": "TX"},
        _BOTH,
    ),
    Example(
        "duplicate",
        "The same person again",
        200,
        {
            "lead_id": "lead_7bqx4tnmgz2kd5vhwyr3scpfja",
            "status": "duplicate",
            "reason": "duplicate",
            "message": "An earlier lead has the same values.",
            "due_at": "2026-11-28T21:17:58Z",
            "duplicate_of": "lead_2szpahgjoxfsgpbxdt23e252ro",
        },
        _LEAD | {"external_id": "web-8840"},
        _BOTH,
    ),
    Example(
        "held",
        "A lead that waits for quality control",
        202,
        {
            "lead_id": "lead_3xw4hbnrt6ycpfgja5d2qk7mzv",
            "status": "held",
            "reason": "held",
            "message": "The lead waits for quality control.",
            "due_at": "2026-12-21T21:17:58Z",
        },
        _LEAD,
        _BOTH,
    ),
    Example("test_lead", "A test lead", 201, _TEST, _LEAD | {"test": True}, _BOTH),
    Example(
        "invalid",
        "A lead whose phone number is wrong",
        422,
        {
            "error": {
                "code": "invalid",
                "message": "Some fields are not acceptable.",
                "fields": [
                    {
                        "field": "phone",
                        "code": "phone",
                        "message": "Must be a complete number of the project's region, or one that starts with +.",
                    }
                ],
            }
        },
        _LEAD | {"phone": "555"},
        _BOTH,
    ),
)
EXPLAIN_LEAD = (
    Example(
        "outside_criteria",
        "A lead that would be rejected",
        200,
        {
            "status": "rejected",
            "reason": "outside_criteria",
            "trace": [
                {"check": "authentication", "outcome": "passed", "rule": "INT-5"},
                {"check": "password", "outcome": "skipped", "rule": "INT-5"},
                {"check": "shape", "outcome": "passed", "rule": "INT-7"},
                {"check": "replay", "outcome": "passed", "rule": "INT-9"},
                {"check": "status", "outcome": "passed", "rule": "INT-3"},
                {"check": "blocks", "outcome": "passed", "rule": "INT-11"},
                {"check": "consent", "outcome": "skipped", "rule": "CAM-11"},
                {
                    "check": "criteria",
                    "outcome": "failed",
                    "rule": "CAM-3",
                    "detail": {
                        "criterion": "state.one_of",
                        "why": "not_met",
                        "wanted": ["CA", "NV"],
                        "found": "TX",
                    },
                },
            ],
            "config_version": 1,
        },
        _LEAD | {"state": "TX"},
        _BOTH,
    ),
)
