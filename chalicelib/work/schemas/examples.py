"""Examples of activities and their answers, for the OpenAPI document; a test sends each of them to the API."""

from chalicelib.http.route_spec import Example

_CALL = {"direction": "outgoing", "result": "answered", "minutes": 4}
_LEAD = {
    "lead_id": "lead_2szpahgjoxfsgpbxdt23e252ro",
    "version": 3,
    "campaign_id": "cmp_w7vhy3scpfjb2n5kd4tqmgxz6r",
    "project_id": "prj_4d2qk7mzv3xw4hbnrt6ycpfgja",
    "status": "accepted",
    "state": "live",
    "test": False,
    "received_at": "2026-11-21T21:17:58Z",
    "reasons": [],
    "config_version": 1,
    "price": "15.00",
    "currency": "USD",
    "retention": {
        "days": 30,
        "base_due_at": "2026-12-21T21:17:58Z",
        "due_at": "2026-12-21T21:17:58Z",
        "erase_at": "2026-12-21T21:17:58Z",
        "origin": "campaign",
        "state": "counting",
    },
    "agent_id": "65367a4e-0d0c-4d5e-9a43-1f2b7c8d9e01",
    "stage": "appointment",
    "outcome": None,
    "last_activity_at": "2026-11-22T09:04:10Z",
    "retires_at": "2026-12-06T09:04:10Z",
    "follow_up_on": "2026-12-03",
    "worklist": "open",
}

RECORD_ACTIVITY = (
    Example(
        "conversation",
        "A call with its tags, a comment, the new stage and the next follow-up",
        201,
        _LEAD,
        {
            "call": _CALL,
            "tags": ["interested", "call_back"],
            "comment": "Wants an offer for the south roof.",
            "stage": "appointment",
            "follow_up_on": "2026-12-03",
        },
    ),
)
