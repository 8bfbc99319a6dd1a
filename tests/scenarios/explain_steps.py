"""The steps and values from which the test of the dry run and the replay draws its examples (CAM-18, CAM-20)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from chalicelib.campaigns.domain.campaign_settings import (
    Calculated,
    Consent,
    Duplicates,
    Limits,
    Phones,
    Quality,
    Service,
)
from chalicelib.core.access import Actor, Permission
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.organisation.domain.grading import Grading
from tests.factories.leads import MANAGER, OUTSIDER
from tests.harness.profiles import LONG

HOUR, DAY = 3_600, 86_400
PASSWORD = "open sesame"
LEAD_TYPE = LeadType(
    id="lt_1",
    version=1,
    name="Loan",
    fields=(
        Field("phone", "Phone", "phone", required=True, duplicate="phone"),
        Field("email", "E-mail", "email"),
        Field("interests", "Interests", personal=False, multiple=True),
        Field("last_name", "Last name", duplicate="household"),
        Field("postal_code", "Postal code", "postal_code", duplicate="household"),
        Field("loan", "Loan", "number", personal=False),
        Field("value", "Value", "number", personal=False),
    ),
)
SOURCE = Actor("credential", "crd_1", campaign_ids=frozenset({"cmp_1", "cmp_2"}))
EDITOR = replace(MANAGER, permissions=frozenset(Permission))
OTHER = Actor("credential", "crd_2", campaign_ids=frozenset({"cmp_1", "cmp_2"}))
FOREIGN = Actor("credential", "crd_3", campaign_ids=frozenset({"cmp_9"}))


@dataclass(frozen=True)
class Post:
    """One lead is posted, after some time."""

    wait: int
    campaign_id: str
    values: Mapping[str, Any]
    actor: Actor | None
    key: str | None
    password: str | None


@dataclass(frozen=True)
class Configure:
    """A campaign gets other settings."""

    campaign_id: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Review:
    """The lead stored last is worked on: its person is corrected, and a held lead is released."""

    corrections: Mapping[str, Any]


RATIO = "double(lead.loan) / double(lead.value)"
CRITERIA = [
    None,
    {"all": [{"field": "loan", "op": "at_least", "value": 100}]},
    {"any": [{"field": "postal_code", "op": "exists"}, {"expression": "double(lead.loan) > 150.0"}]},
    {"all": [{"expression": "double(lead.ratio) <= 0.8", "name": "low ratio"}]},
    {"all": [{"field": "last_name", "op": "matches", "value": "^[A-L]"}]},
    {"all": [{"field": "interests", "op": "none_of", "value": ["c", "d"]}]},
    {"any": [{"field": "interests", "op": "matches", "value": "^[ab]$"}, {"field": "loan", "op": "missing"}]},
]
CONTACT_CRITERIA = [
    {"all": [{"field": "email", "op": "ends_with", "value": "@example.com", "name": "ours, not theirs"}]},
    {
        "any": [
            {"field": "email", "op": "matches", "value": "org$"},
            {"field": "phone", "op": "ends_with", "value": "1"},
        ]
    },
    {"all": [{"field": "email", "op": "exists"}]},
    {"all": [{"field": "ours", "op": "equals", "value": True}]},
]
OURS = Calculated("ours", "lead.email.endsWith('@example.com') || lead.phone.endsWith('7')")
GRADINGS = st.one_of(
    st.none(),
    st.builds(
        Grading,
        points=st.dictionaries(
            st.sampled_from(
                "authentication consent criteria duplicate services services.line_type password".split()
            ),
            st.integers(-5, 10),
        ),
        letters=st.sampled_from([
            (("A", 10, "accept"), ("B", 0, "hold"), ("C", -10, "reject")),
            (("A", 5, "accept"), ("F", 0, "reject")),
            (("A", 0, "hold"),),
            (),
        ]),
    ),
)  # fmt: skip
FEW = st.one_of(st.none(), st.integers(0, 4))
SETTINGS = st.fixed_dictionaries(
    {"criteria": st.sampled_from([*CRITERIA, *CONTACT_CRITERIA, *CONTACT_CRITERIA])},
    optional={
        "calculated": st.sampled_from(
            [
                (),
                (Calculated("ratio", RATIO),),
                (Calculated("ratio", RATIO, personal=False),),
                (OURS,),
                (OURS,),
                (OURS, Calculated("ratio", RATIO)),
            ]
        ),
        "duplicates": st.builds(
            Duplicates,
            enabled=st.sampled_from([True, True, False]),
            days=st.sampled_from([1, 30]),
            scope=st.sampled_from(["campaign", "project", "organisation"]),
            check_rejected=st.booleans(),
            append=st.booleans(),
        ),
        "delimiter": st.sampled_from([None, ";"]),
        "limits": st.builds(Limits, FEW, FEW, FEW),
        "consent": st.builds(Consent, enabled=st.booleans(), reject=st.booleans()),
        "phones": st.builds(Phones, unverified=st.sampled_from(["accept", "hold", "reject"])),
        "quality": st.builds(
            Quality,
            hold_all=st.sampled_from([False, False, True]),
            reject_to=st.sampled_from(["source", "quality", "delivery"]),
            on_service_failure=st.sampled_from(["hold", "continue"]),
        ),
        "grading": GRADINGS,
        "services": st.dictionaries(
            st.sampled_from(["line_type", "city_state", "external_duplicate"]),
            st.builds(Service, enabled=st.booleans(), price=st.sampled_from([None, Decimal("0.01")])),
        ),
        "password_hash": st.sampled_from([None, None, PASSWORD]),
        "require_authentication": st.sampled_from([False, False, True]),
        "status": st.sampled_from(["active", "active", "active", "closed"]),
        "tell_source_reasons": st.booleans(),
    },
)
PHONES = [
    "(679) 234-5678",
    *(f"202-555-014{digit}" for digit in (7, 7, 7, 8, 8, 9)),
    *(f"(202) 555 01{digit}7" for digit in (4, 5, 6, 7, 8, 9)),
    "202-555-0150",
    "12",
    None,
]
VALUES = st.fixed_dictionaries(
    {
        "phone": st.sampled_from(PHONES),
        "email": st.sampled_from(["ada@example.com", "ada@example.org", "bob@example.com", ""]),
    },
    optional={
        "interests": st.sampled_from(["a;c", "b;x", ["a", "d"], ["x"], "a", ["a"] * 101, []]),
        "last_name": st.sampled_from(["Lovelace", "LOVELACE", "Turing", " "]),
        "postal_code": st.sampled_from(["10001", "10002", ""]),
        "loan": st.sampled_from([50, "100", "100", "200.5", "200.5", 300, "much"]),
        "value": st.sampled_from([0, 100, "250"]),
        "tcpa_consent": st.sampled_from([True, "yes", False, ""]),
        "external_id": st.sampled_from(["x1", "x2"]),
        "test": st.sampled_from([False, True]),
        "hobby": st.just("maths"),
    },
)
POSTS = st.builds(
    Post,
    wait=st.one_of(st.integers(0, 90), st.sampled_from([HOUR, DAY - 1, DAY, 31 * DAY, 2 * HOUR])),
    campaign_id=st.sampled_from([*["cmp_1"] * 12, *["cmp_2"] * 5, "cmp_none"]),
    values=VALUES,
    actor=st.sampled_from([*[SOURCE] * 6, *[OTHER, EDITOR] * 3, None, None, FOREIGN, OUTSIDER]),
    key=st.sampled_from([None, None, None, "k1", "k2"]),
    password=st.sampled_from([*[PASSWORD] * 8, None, "wrong"]),
)
CORRECTIONS = st.fixed_dictionaries(
    {"email": st.sampled_from(["ada@example.com", "ada@example.org", "bob@example.org", None])},
    optional={
        "phone": st.sampled_from(["202-555-0147", "202-555-0161", "202-555-0162"]),
        "interests": st.sampled_from([["a"], ["c", "x"], None]),
        "last_name": st.sampled_from(["Byron", "Zuse"]),
        "loan": st.sampled_from([1, 400]),
        "postal_code": st.sampled_from([None, "10003"]),
    },
)
STEPS = st.lists(
    st.one_of(
        POSTS,
        POSTS,
        POSTS,
        POSTS,
        st.builds(Configure, campaign_id=st.sampled_from(["cmp_1", "cmp_2"]), settings=SETTINGS),
        st.builds(Review, CORRECTIONS),
        st.builds(Review, CORRECTIONS),
    ),
    min_size=8,
    max_size=40 if LONG else 24,
)
