"""The options of a validation service, and their errors (CAM-13, CAM-21, CAM-25)."""

from collections.abc import Iterator, Mapping, Set

from chalicelib.campaigns.domain.campaign_settings import Service
from chalicelib.core.providers import is_https, is_secret_name
from chalicelib.organisation.domain.field_types import UnreadableValue, read_value
from chalicelib.organisation.domain.grading import SERVICES

LINE_TYPES = ("mobile", "fixed", "either", "voip", "toll_free", "unknown")
METHODS = ("POST", "GET")
CONTACTS = ("keyed", "plain")
_PLACE = ("street", "street2", "city", "state", "postal_code", "country")
_PROVIDER = ("url", "secret", "method")
_OPTIONS = {
    "address": (*_PLACE, "reject_unknown"),
    "city_state": ("postal_code", "country", "reject_unknown"),
    "line_type": ("field", "accept", "reject_either", "reject_unknown", *_PROVIDER),
    "geolocation": ("accept", "reject_unknown"),
    "external_duplicate": ("contact", *_PROVIDER),
}


def problems(name: str, service: Service) -> tuple[tuple[str, str], ...]:
    """Return (option, message) for each error of an enabled service's options, without their values."""
    if name not in SERVICES:
        return (("", f"This service is unknown; the services are {', '.join(SERVICES)}."),)
    return (
        *_unknown(name, service.options),
        *_choices(name, service.options),
        *_provider(name, service.options),
    )


def several(text: str) -> frozenset[str]:
    """Return the words of an option that has several, separated by commas."""
    return frozenset(word.strip() for word in text.split(",") if word.strip())


def may_be_accepted(accepted: Set[str]) -> bool:
    """Return True if a line that is mobile or fixed (`either`) may be of an accepted type, without `either` itself."""
    return "either" not in accepted and bool(accepted & {"mobile", "fixed"})


def is_on(options: Mapping[str, str], name: str) -> bool:
    """Return True if the option is on."""
    return options.get(name) == "true"


def _unknown(name: str, options: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for option in sorted(options.keys() - set(_OPTIONS[name])):
        yield option, f"This option is unknown; the options are {', '.join(_OPTIONS[name])}."


def _choices(name: str, options: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name_of_switch in ("reject_unknown", "reject_either"):
        if options.get(name_of_switch, "false") not in ("true", "false"):
            yield name_of_switch, "Must be the text true or false."
    if options.get("method", "POST") not in METHODS:
        yield "method", "Must be POST or GET."
    if options.get("contact", "keyed") not in CONTACTS:
        yield "contact", "Must be keyed or plain."
    if "accept" in options and not _acceptable(name, several(options["accept"])):
        what = f"of {', '.join(LINE_TYPES)}" if name == "line_type" else "country codes of two letters"
        yield "accept", f"Must be one or more {what}, separated by commas."


def _acceptable(name: str, words: frozenset[str]) -> bool:
    if name == "line_type":
        return bool(words) and words <= set(LINE_TYPES)
    return bool(words) and all(_is_country(word) for word in words)


def _is_country(word: str) -> bool:
    try:
        return bool(read_value("country", word, "US") == word)
    except UnreadableValue:
        return False


def _provider(name: str, options: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    url, secret = options.get("url"), options.get("secret")
    if url is not None and not is_https(url):
        yield "url", "Must be an https address without a user, a password or a fragment."
    if url is None and (name == "external_duplicate" or secret is not None):
        yield "url", "The address of the provider is missing."
    if secret is not None and not is_secret_name(secret):
        yield "secret", "Must be the short name of a secret: small letters, digits and hyphens."
    if name == "external_duplicate" and secret is None and options.get("contact", "keyed") == "keyed":
        yield "secret", "A keyed contact needs a secret with the key."
