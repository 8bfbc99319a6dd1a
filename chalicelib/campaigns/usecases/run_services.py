"""Runs the validation services, in parallel and within one time limit (CAM-13, CAM-25)."""

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from chalicelib.campaigns.domain.campaign_settings import Service
from chalicelib.campaigns.domain.services.options import is_on, may_be_accepted, several
from chalicelib.campaigns.domain.services.place import place_of
from chalicelib.campaigns.domain.services.result import ServiceResult, not_run, provider_failed
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.organisation.domain.fields import ParsedSubmission


@dataclass(frozen=True)
class Subject:
    """The lead that the services are asked about: parsed, with all values, calculated ones too, and its region."""

    reading: ParsedSubmission
    values: Mapping[str, Any]
    region: str


Run = Callable[[Mapping[str, str], Subject, float], ServiceResult]


def within(budget_s: float, services: Mapping[str, Service], subject: Subject) -> dict[str, ServiceResult]:
    """Return the result of each service after at most `budget_s` seconds. A service without an answer has failed.

    Each runs in its own thread, which is not joined. So a step that cannot be interrupted, such as a DNS lookup or
    the first read of a large file, does not delay the lead.
    """
    until = time.monotonic() + budget_s
    answers: SimpleQueue[tuple[str, ServiceResult]] = SimpleQueue()
    for name, service in services.items():
        run = partial(_RUNS[name], service.options, subject, until)
        Thread(target=_answer, args=(answers, name, run), daemon=True).start()
    results = {name: provider_failed("timeout") for name in services}
    for _ in services:
        try:
            name, result = answers.get(timeout=max(0.0, until - time.monotonic()))
        except Empty:
            break
        results[name] = result
    return results


def _answer(
    answers: "SimpleQueue[tuple[str, ServiceResult]]", name: str, run: Callable[[], ServiceResult]
) -> None:
    """Put a service's result into the queue. An error is a failed result, with the error's class as its only detail."""
    from chalicelib.aws.outbound_http import ProviderError

    try:
        result = run()
    except ProviderError as problem:
        result = provider_failed(problem.code)
    except Exception as error:  # noqa: BLE001 - a service never stops a lead; a message may repeat a value
        result = provider_failed(type(error).__name__)
    answers.put((name, result))


def _address(options: Mapping[str, str], subject: Subject, until: float) -> ServiceResult:
    from chalicelib.campaigns.domain.services.address import COUNTRIES, read_address

    place = place_of(subject.values, options, subject.region)
    if not place.street:
        return not_run("no_address")
    if place.country not in COUNTRIES:
        return not_run("country")
    address = read_address(place)
    if isinstance(address, str):
        return _unknown(options, why=address, ran=not address.startswith("no_"))
    return ServiceResult(passed=True, values=address)


def _city_state(options: Mapping[str, str], subject: Subject, until: float) -> ServiceResult:
    from chalicelib.campaigns import gateways as geodata

    place = place_of(subject.values, options, subject.region)
    if not place.postal_code:
        return not_run("no_postal_code")
    if place.country not in geodata.POSTAL_COUNTRIES:
        return not_run("country")
    city_and_state = geodata.city_and_state(place.postal_code[:5])
    if city_and_state is None:
        return _unknown(options)
    city, state = city_and_state
    return ServiceResult(passed=True, values={"city": city, "state": state, "country": place.country})


def _line_type(options: Mapping[str, str], subject: Subject, until: float) -> ServiceResult:
    from chalicelib.campaigns.domain.services.line_type import line_type

    number = _number(options, subject.reading)
    if number is None:
        return not_run("no_phone")
    by_provider = "url" in options
    kind = _provided_type(options, number, until) if by_provider else line_type(number)
    values = {"line_type": kind, "by": "provider" if by_provider else "numbering_plan"}
    accepted = several(options.get("accept", ""))
    if kind == "unknown" and "unknown" not in accepted:
        return _unknown(options, values)
    if kind == "either" and may_be_accepted(accepted) and not is_on(options, "reject_either"):
        return ServiceResult(values=values, detail={"line_type": kind})
    return _result(kind, accepted, values, {"line_type": kind})


def _geolocation(options: Mapping[str, str], subject: Subject, until: float) -> ServiceResult:
    from chalicelib.campaigns import gateways as geodata

    ip = subject.reading.side_fields.get("ip_address")
    if not ip:
        return not_run("no_ip_address")
    country, region = geodata.country_and_region(str(ip))
    if country is None:
        return _unknown(options)
    values = {"country": country, **({"region": region} if region else {})}
    return _result(country, several(options.get("accept", "")), values, {"country": country})


def _external_duplicate(options: Mapping[str, str], subject: Subject, until: float) -> ServiceResult:
    """Ask another system whether it knows the person (CAM-25). Like our own check, it does not run for a test lead."""
    if subject.reading.test:
        return not_run("test")
    if not subject.reading.contacts:
        return not_run("no_contact")
    answer = _ask_provider(options, until, partial(_contacts, options, subject.reading)).get("duplicate")
    if not isinstance(answer, bool):
        return provider_failed("bad_answer")
    return ServiceResult(passed=not answer, detail={"duplicate": answer})


def _provided_type(options: Mapping[str, str], number: str, until: float) -> str:
    from chalicelib.aws.outbound_http import ProviderError
    from chalicelib.campaigns.domain.services.line_type import provider_type

    kind = provider_type(_ask_provider(options, until, lambda _: {"phone": number}).get("line_type"))
    if kind is None:
        raise ProviderError("bad_answer")
    return kind


def _ask_provider(
    options: Mapping[str, str], until: float, question: Callable[[bytes], Mapping[str, Any]]
) -> dict[str, Any]:
    from chalicelib.aws import outbound_http

    key = outbound_http.service_key(options["secret"]) if "secret" in options else None
    method = options.get("method", "POST")
    body = question(key.key if key else b"")
    return outbound_http.post_json(options.get("url", ""), body, until=until, key=key, method=method)


def _contacts(options: Mapping[str, str], parsed: ParsedSubmission, key: bytes) -> Mapping[str, Any]:
    """Return the contacts for the provider: hashed with the shared key, or plain if the campaign says so."""
    from chalicelib.aws.outbound_http import ProviderError

    plain = options.get("contact", "keyed") == "plain"
    if not plain and not key:
        raise ProviderError("secret")
    contacts = [
        {"kind": kind, "value": normal if plain else _hashed(key, kind, normal)}
        for kind, _, normal in parsed.contacts
    ]
    return {"contact": "plain" if plain else "keyed", "contacts": contacts}


def _hashed(key: bytes, kind: str, normal: str) -> str:
    return hmac.digest(key, f"{kind}:{normal}".encode(), hashlib.sha256).hex()


def _number(options: Mapping[str, str], parsed: ParsedSubmission) -> str | None:
    named = options.get("field")
    numbers = (
        normal for kind, field, normal in parsed.contacts if kind == "phone" and field == (named or field)
    )
    return next(numbers, None)


def _result(
    value: str, accepted: frozenset[str], values: Mapping[str, Any], detail: Mapping[str, Any]
) -> ServiceResult:
    """Return the result for a value: passed if it is accepted, or if `accepted` is empty."""
    return ServiceResult(passed=not accepted or value in accepted, values=values, detail=detail)


def _unknown(
    options: Mapping[str, str],
    values: Mapping[str, Any] | None = None,
    *,
    why: str = "unknown",
    ran: bool = True,
) -> ServiceResult:
    """Return the result for an unknown value: not decided, or failed if the campaign rejects unknown values.

    A service that had only a part of its input did not run, so it is not billed.
    """
    passed = False if is_on(options, "reject_unknown") else None
    return ServiceResult(ran, passed=passed, values=values or {}, detail={"why": why})


_RUNS: dict[str, Run] = {
    "address": _address,
    "city_state": _city_state,
    "line_type": _line_type,
    "geolocation": _geolocation,
    "external_duplicate": _external_duplicate,
}
