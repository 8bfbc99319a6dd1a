"""Personal values that occur nowhere else, and the search for them."""

import re
from collections.abc import Iterator
from typing import Any

from tests.conftest import TABLES

PHONE = "202-555-0161"
EMAIL = "zolquimail@example.org"
NOT_A_NAME = "zolqui key@example.org"
PERSON: dict[str, Any] = {
    "first_name": "Zolquifirst",
    "phone": PHONE,
    "email": EMAIL,
    "nickname": "zolquiextra",
    "zolquikey": {"deep": "zolquideep"},
    "external_id": "zolquiexternal",
    "sub_id": "zolquisub",
    "sub_id5": "zolquisubfive",
    "tcpa_text": "zolquitext",
    "tcpa_consent": True,
    "trustedform_cert_url": "https://cert.example.org/zolquicert",
    "jornaya_lead_id": "zolquijornaya",
    "ip_address": "203.0.113.77",
    "user_agent": "zolquiagent/1.0",
    "landing_page_url": "https://www.example.org/?name=zolquilanding",
}
_CANARY = re.compile(r"zolqui|555-?016\d|203\.0\.113\.77", re.IGNORECASE)


def find_canaries(text: str) -> list[str]:
    """Return every canary in a text, with the text around it."""
    return [text[max(0, hit.start() - 60) : hit.end() + 30] for hit in _CANARY.finditer(text)]


def everything() -> Iterator[tuple[str, str, str]]:
    """Yield every stored value: table, attribute, text."""
    for model in TABLES:
        for item in _items(model):
            for name, value in item.items():
                yield model.TABLE, name, str(value)


def canary_locations() -> set[str]:
    """Return every `table.attribute` that contains a canary."""
    return {f"{table}.{name}" for table, name, text in everything() if find_canaries(text)}


def _items(model: Any) -> Iterator[dict[str, Any]]:
    own = model._get_connection()
    next_key: Any = None
    while True:
        answer = own.connection.scan(own.table_name, exclusive_start_key=next_key)
        yield from answer["Items"]
        next_key = answer.get("LastEvaluatedKey")
        if next_key is None:
            return
