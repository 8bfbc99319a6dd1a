"""Names that lead sources use for well-known fields, with the one name used here (INT-1)."""

from typing import Any

_ALIASES = {
    "first_name": ("firstname", "fname", "given_name"),
    "last_name": ("lastname", "lname", "family_name", "surname"),
    "phone": (
        "phone_number", "phonenumber", "phone_1", "phone1", "mobile", "mobile_phone", "telephone", "primary_phone",
        "contact.phone.number",
    ),
    "email": ("email_address", "emailaddress", "e_mail"),
    "postal_code": ("zip", "zip_code", "zipcode", "postalcode", "postcode"),
    "date_of_birth": ("dob", "birthdate", "birth_date", "dateofbirth"),
    "ip_address": ("ipaddress", "ip", "client_ip"),
    "user_agent": ("useragent",),
    "landing_page_url": ("landing_page", "landingpage", "landing_url", "originalurl", "original_url"),
    "trustedform_cert_url": ("trusted_form_cert_url", "xxtrustedformcerturl", "trustedform", "trustedformurl"),
    "jornaya_lead_id": ("jornaya_leadid", "jornayaleadid", "jornaya", "universal_leadid"),
    "tcpa_text": ("tcpatext", "consent_text"),
    "tcpa_consent": ("tcpaconsent",),
    "tcpa_consent_at": ("tcpa_consent_date", "consent_at"),
    "sub_id": ("subid", "sub_id1", "subid1", "sub1", "sub1id", "lp_subid1", "src"),
    "sub_id2": ("subid2", "sub2", "sub2id", "lp_subid2"),
    "sub_id3": ("subid3", "sub3", "sub3id"),
    "sub_id4": ("subid4", "sub4", "sub4id"),
    "sub_id5": ("subid5", "sub5", "sub5id"),
    "session_seconds": ("sessionlength", "session_length"),
    "external_id": ("externalid", "external_lead_id", "transaction_id", "reference"),
    "ping_id": ("pingid", "lp_ping_id", "try_all_buyers_ping_id", "orderid", "lead_id", "txid", "token"),
    "bid_id": (),
    "test": ("is_test", "xxtest", "testmode"),
    "min_price": ("minprice", "cost"),
}  # fmt: skip
_FLAGS = {("lp_action", "test"): "test"}
CANONICAL: dict[str, str] = {word: name for name, aliases in _ALIASES.items() for word in (name, *aliases)}


def canonical_key(key: str) -> str:
    """Return the well-known name of an alias, in any case of letters, or the key itself."""
    return CANONICAL.get(key.lower(), key)


def meaning_of(key: str, value: Any) -> tuple[str, Any]:
    """Return the well-known name of a key, and its value. For some keys the value alone has the meaning."""
    flag = _FLAGS.get((key.lower(), value.strip().lower())) if isinstance(value, str) else None
    return (flag, True) if flag else (canonical_key(key), value)
