"""The results of services for a lead, and the decision of the check (CAM-13, CAM-16, CAM-21, CAM-25)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Quality, Service
from chalicelib.campaigns.domain.services.address import standardised
from chalicelib.campaigns.domain.services.line_type import line_type, provider_type
from chalicelib.campaigns.domain.services.options import LINE_TYPES, problems
from chalicelib.campaigns.domain.services.place import PostalPlace, place_of
from chalicelib.campaigns.domain.services.result import ServiceResult, not_run, provider_failed
from chalicelib.intake.domain.checks.quality import quality
from chalicelib.intake.domain.checks.services import services
from chalicelib.intake.domain.decision import CheckOutcome, DecisionInput, Stored, decide
from chalicelib.leads.domain.leads import Status
from chalicelib.organisation.domain.fields import ParsedSubmission

URL = "https://api.example.com/check"
GOOD = ServiceResult(passed=True)
WRONG = ServiceResult(passed=False, detail={"line_type": "voip"})
NO_OPINION = ServiceResult(detail={"why": "unknown"})
SILENT = provider_failed("timeout")


def case(results: dict[str, ServiceResult], quality: Quality | None = None) -> DecisionInput:
    """Return a lead at the service check, with the results of its services."""
    campaign = Campaign(
        id="cmp_1",
        name="A",
        project_id="prj_1",
        lead_type_id="lt_1",
        source="web",
        services={name: Service(enabled=True) for name in results},
        quality=quality or Quality(),
    )
    reading = ParsedSubmission({}, {}, {}, (), ())
    return DecisionInput(campaign, None, reading, None, "digest", 1_800_000_000, ask_services=lambda: results)


def stored_decision(results: dict[str, ServiceResult], quality_settings: Quality | None = None) -> Stored:
    result = decide(case(results, quality_settings), [services], [quality]).decision
    assert isinstance(result, Stored)
    return result


# --- the address


@pytest.mark.parametrize(
    ("street", "street2", "first", "second"),
    [
        ("123 southwest main street", "apartment 4", "123 SW MAIN ST", "APT 4"),
        ("123 southwest main street apartment 4", "", "123 SW MAIN ST", "APT 4"),
        ("P.O. Box 12", "", "PO BOX 12", None),
        ("post office box 9", "", "PO BOX 9", None),
        ("rural route 2 box 152", "", "RR 2 BOX 152", None),
        ("123½ Elm Street", "", "123 1/2 ELM ST", None),
        ("350 Fifth Avenue", "34th Floor", "350 FIFTH AVE", "FL 34"),
        ("100 Main Street Building B Suite 200", "", "100 MAIN ST", "BLDG B STE 200"),
        ("200 E. West St.", "", "200 E WEST ST", None),
        ("123 North Avenue", "", "123 NORTH AVE", None),
        ("12-34 56th Road", "", "12-34 56TH RD", None),
        ("1600 Pennsylvania Avenue NW", "", "1600 PENNSYLVANIA AVE NW", None),
        ("4000 US Highway 1 South", "", "4000 US HIGHWAY 1 S", None),
        ("123 Main St.", "#5", "123 MAIN ST", "# 5"),
        ("8 Broadway", "", "8 BROADWAY", None),
    ],
)
def test_CAM_13_an_address_gets_the_postal_service_s_form(
    street: str, street2: str, first: str, second: str | None
) -> None:
    address = standardised(PostalPlace(street, street2, "Springfield", "Illinois", "62701", "US"))

    lines = {"address_line_1": first, **({"address_line_2": second} if second else {})}
    assert address == {**lines, "city": "SPRINGFIELD", "state": "IL", "postal_code": "62701"}


def test_CAM_13_a_one_line_address_is_split() -> None:
    assert standardised(PostalPlace("123 Main Street Apt 4, Springfield, IL 62701-1234")) == {
        "address_line_1": "123 MAIN ST",
        "address_line_2": "APT 4",
        "city": "SPRINGFIELD",
        "state": "IL",
        "postal_code": "62701-1234",
    }


@pytest.mark.parametrize(
    "place",
    [
        PostalPlace("asdf", "", "Springfield", "IL", "62701"),
        PostalPlace("Main St and 5th Ave", "", "Springfield", "IL", "62701"),
        PostalPlace("123 Main St", "Apt 3 Apt 4", "Springfield", "IL", "62701"),
        PostalPlace("Musterstraße 12", "", "Berlin", "BE", "10115"),
        PostalPlace("ул. Ленина 5", "", "Springfield", "IL", "62701"),
        PostalPlace("123 Main St", "", "Springfield", "ZZ", "62701"),
        PostalPlace("123 Main St", "", "Springfield", "IL", "627"),
        PostalPlace("123 Main St", "", "", "", ""),
        PostalPlace("123 Main St " + "x" * 400, "", "Springfield", "IL", "62701"),
        PostalPlace("%s {} \x00", "", "Springfield", "IL", "62701"),
        PostalPlace("C/O John Smith 5 Elm St", "", "Springfield", "IL", "62701"),
        PostalPlace("5 Elm Street", "Lower Level", "Springfield", "IL", "62701"),
        PostalPlace("123 Main St (rear)", "", "Springfield", "IL", "62701"),
    ],
)
def test_CAM_13_an_incomplete_address_is_not_standardised(place: PostalPlace) -> None:
    assert standardised(place) is None


@given(st.text(max_size=80), st.text(max_size=30))
def test_CAM_13_any_text_is_handled(street: str, city: str) -> None:
    address = standardised(PostalPlace(street, "", city, "IL", "62701"))
    assert address is None or address["address_line_1"]


@given(
    st.integers(1, 99_999),
    st.sampled_from(["Oak", "Main", "Martin Luther King", "3rd", "St Johns", "Lake Shore"]),
    st.sampled_from(["Street", "Ave", "Boulevard", "Ln", "Parkway", "Ct."]),
    st.sampled_from(["", "Apt 12B", "Suite 400", "#7"]),
)
def test_CAM_13_standardising_twice_changes_nothing(number: int, name: str, suffix: str, unit: str) -> None:
    once = standardised(PostalPlace(f"{number} {name} {suffix}", unit, "Austin", "Texas", "78701"))

    assert once is not None
    assert str(number) in once["address_line_1"].split()
    repeated = PostalPlace(
        once["address_line_1"],
        once.get("address_line_2", ""),
        once["city"],
        once["state"],
        once["postal_code"],
    )
    assert standardised(repeated) == once


def test_CAM_13_the_parts_come_from_usual_or_named_fields() -> None:
    values = {
        "address": " 1 Elm St ",
        "home": "2 Oak St",
        "city": "Austin",
        "postal_code": "78701",
        "loan": 5,
    }

    assert place_of(values, {}, "US") == PostalPlace("1 Elm St", "", "Austin", "", "78701", "US")
    assert place_of(values, {"street": "home"}, "US").street == "2 Oak St"
    assert place_of(values, {"street": "nothing"}, "US").street == ""
    assert place_of({**values, "country": "ca"}, {}, "US").country == "CA"
    assert place_of({"street": ["1", "2"]}, {}, "DE") == PostalPlace(country="DE")


# --- the line


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("+12025550147", "either"),
        ("+18002345678", "toll_free"),
        ("+447400123456", "mobile"),
        ("+442070313000", "fixed"),
        ("+445612345678", "voip"),
        ("+4915123456789", "mobile"),
        ("+19002345678", "unknown"),
        ("+41860123456789", "unknown"),
    ],
)
def test_CAM_13_the_numbering_plan_gives_the_line_type(number: str, kind: str) -> None:
    assert line_type(number) == kind
    assert kind in LINE_TYPES


def test_CAM_13_only_known_words_of_a_provider_are_accepted() -> None:
    words = {
        "mobile": "mobile",
        "Wireless": "mobile",
        "landline": "fixed",
        "nonFixedVoip": "voip",
        "Toll-Free": "toll_free",
    }
    assert {word: provider_type(word) for word in words} == words
    assert {provider_type(odd) for odd in ("Ada Lovelace", "", None, 5, ["mobile"], {"a": 1})} == {None}


# --- the decision of the check


def test_CAM_13_without_services_the_check_is_skipped() -> None:
    assert services(case({})).entry.outcome is CheckOutcome.SKIPPED


@pytest.mark.parametrize(
    ("results", "status", "reasons"),
    [
        ({"address": GOOD, "line_type": NO_OPINION, "city_state": not_run("no_postal_code")}, Status.ACCEPTED, ()),
        ({"address": GOOD, "line_type": WRONG}, Status.REJECTED, ("service_failed",)),
        ({"address": GOOD, "line_type": SILENT}, Status.HELD, ("held",)),
        ({"address": SILENT, "line_type": WRONG}, Status.REJECTED, ("service_failed",)),
        ({"external_duplicate": WRONG}, Status.DUPLICATE, ("duplicate",)),
        ({"external_duplicate": WRONG, "line_type": WRONG}, Status.DUPLICATE, ("duplicate",)),
        ({"external_duplicate": WRONG, "line_type": SILENT}, Status.DUPLICATE, ("duplicate",)),
    ],
)  # fmt: skip
def test_CAM_13_the_results_of_the_services_decide(
    results: dict[str, ServiceResult], status: Status, reasons: tuple[str, ...]
) -> None:
    result = stored_decision(results)
    assert (result.status, result.reasons) == (status, reasons)


def test_CAM_13_a_failed_service_is_ignored_if_the_campaign_says_so() -> None:
    going_on = Quality(on_service_failure="continue")
    assert stored_decision({"line_type": SILENT}, going_on).status is Status.ACCEPTED
    assert stored_decision({"line_type": SILENT, "address": WRONG}, going_on).status is Status.REJECTED


def test_CAM_16_the_default_reject_option_overrides_all_but_duplicates() -> None:
    for where, status in (("quality", Status.HELD), ("delivery", Status.ACCEPTED)):
        settings = Quality(reject_to=where)  # type: ignore[arg-type]
        assert stored_decision({"line_type": WRONG}, settings).status is status
        assert stored_decision({"external_duplicate": WRONG}, settings).status is Status.DUPLICATE


def test_CAM_16_a_forwarded_lead_is_held_for_a_failed_service() -> None:
    result = stored_decision({"line_type": WRONG, "address": SILENT}, Quality(reject_to="delivery"))
    assert result.status is Status.HELD


def test_CAM_13_the_trace_has_the_result_of_each_service() -> None:
    results = {
        "address": GOOD,
        "line_type": WRONG,
        "geolocation": SILENT,
        "city_state": not_run("no_postal_code"),
    }
    assert services(case(results)).entry.detail == {
        "passed": ["address"],
        "wrong": ["line_type"],
        "failed": ["geolocation"],
        "not_run": ["city_state"],
        "found": {
            "line_type": {"line_type": "voip"},
            "geolocation": {"why": "timeout"},
            "city_state": {"why": "no_postal_code"},
        },
        "hold": True,
    }


def test_CAM_13_a_skipped_or_failed_service_is_not_billed() -> None:
    assert (not_run("no_phone").ran, not_run("no_phone").failed) == (False, False)
    assert (SILENT.ran, SILENT.failed) == (False, True)


# --- its settings


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("address", {}),
        ("address", {"street": "home", "reject_unknown": "true"}),
        ("city_state", {"postal_code": "zip4", "reject_unknown": "false"}),
        ("line_type", {"accept": "mobile, either"}),
        ("line_type", {"url": URL, "secret": "lookup", "method": "GET", "field": "phone2"}),
        ("geolocation", {"accept": "US,CA"}),
        ("external_duplicate", {"url": URL, "secret": "partner"}),
        ("external_duplicate", {"url": "https://[2606:4700::1]:8443/x?y=z", "contact": "plain"}),
    ],
)
def test_CAM_21_good_options_have_no_finding(name: str, options: dict[str, str]) -> None:
    assert problems(name, Service(enabled=True, options=options)) == ()


@pytest.mark.parametrize(
    ("name", "options", "named"),
    [
        ("horoscope", {}, {""}),
        ("address", {"street_name": "x"}, {"street_name"}),
        ("city_state", {"reject_unknown": "yes"}, {"reject_unknown"}),
        ("line_type", {"accept": "mobile,pager"}, {"accept"}),
        ("line_type", {"accept": " , "}, {"accept"}),
        ("line_type", {"secret": "lookup"}, {"url"}),
        ("line_type", {"url": "http://api.example.com"}, {"url"}),
        ("line_type", {"url": "https://u:p@api.example.com"}, {"url"}),
        ("line_type", {"url": URL, "secret": "../contacts"}, {"secret"}),
        ("line_type", {"url": URL, "method": "PUT"}, {"method"}),
        ("geolocation", {"accept": "zq"}, {"accept"}),
        ("geolocation", {"accept": "USA"}, {"accept"}),
        ("external_duplicate", {}, {"url", "secret"}),
        ("external_duplicate", {"url": URL}, {"secret"}),
        ("external_duplicate", {"url": URL, "contact": "md5", "secret": "x"}, {"contact"}),
    ],
)
def test_CAM_21_bad_options_are_named_without_their_values(
    name: str, options: dict[str, str], named: set[str]
) -> None:
    result: tuple[tuple[str, Any], ...] = problems(name, Service(enabled=True, options=options))

    assert {option for option, _ in result} == named
    assert not any(value and value in message for value in options.values() for _, message in result)
