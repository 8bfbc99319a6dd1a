"""The schema of criteria accepts exactly what the domain accepts, and refuses nothing itself."""

from typing import Any, get_args

import jsonschema_rs
import pytest

import app as application
from chalicelib.campaigns.domain.criteria import validation
from chalicelib.campaigns.schemas import criteria as described
from chalicelib.campaigns.schemas.campaigns import CampaignDraft
from chalicelib.http import openapi
from chalicelib.http.router import route_specs
from chalicelib.organisation.domain.configuration import Field, LeadType

LEAD_TYPE = LeadType(
    id="lt",
    name="Loan",
    fields=(
        Field("name", "Name"),
        Field("loan", "Loan", "number"),
        Field("born", "Born", "date"),
        Field("owner", "Owner", "boolean"),
    ),
)
OF_FIELDS = (
    described.EqualsCriterion,
    described.OneOfCriterion,
    described.BoundCriterion,
    described.BetweenCriterion,
    described.TextCriterion,
    described.PresenceCriterion,
)
GOOD = [
    {"field": "name", "op": "equals", "value": "Ada"},
    {"field": "loan", "op": "not_equals", "value": 5},
    {"field": "owner", "op": "equals", "value": True},
    {"field": "loan", "op": "one_of", "value": [1, 2.5]},
    {"field": "name", "op": "none_of", "value": ["Ada"]},
    {"field": "loan", "op": "at_least", "value": 0},
    {"field": "born", "op": "at_most", "value": "2006-01-01"},
    {"field": "born", "op": "between", "value": ["1980-01-01", "2006-01-01"]},
    {"field": "name", "op": "starts_with", "value": "A"},
    {"field": "name", "op": "ends_with", "value": "a"},
    {"field": "name", "op": "contains", "value": "d" * 1000},
    {"field": "name", "op": "matches", "value": "^A"},
    {"field": "name", "op": "exists"},
    {"field": "name", "op": "missing", "name": None},
    {"expression": "double(lead.loan) > 5.0", "name": "A fair sum"},
    {"any": [{"all": [{"field": "name", "op": "exists"}]}], "name": "Either"},
]
BAD = [
    {},
    {"field": "name", "op": "exists"},
    {"all": []},
    {"all": [{"field": "name", "op": "exists"}], "any": [{"field": "name", "op": "exists"}]},
    {"all": [{"field": "name", "op": "like", "value": "A"}]},
    {"all": [{"field": "name", "op": "equals"}]},
    {"all": [{"field": "name", "op": "exists", "value": True}]},
    {"all": [{"field": "loan", "op": "between", "value": [1]}]},
    {"all": [{"field": "name", "op": "one_of", "value": []}]},
    {"all": [{"field": "name", "op": "exists", "name": ""}]},
    {"all": [{"expression": ""}]},
    {"all": ["name"]},
]


@pytest.fixture(scope="module")
def validator() -> Any:
    document = openapi.document(route_specs(application.app), "test", "")
    components = document["components"]
    schema = components["schemas"]["CampaignDraft"]["properties"]["criteria"]
    return jsonschema_rs.validator_for(schema | {"components": components})


@pytest.mark.parametrize("criterion", GOOD)
def test_everything_the_domain_accepts_fits_the_schema(validator: Any, criterion: dict[str, Any]) -> None:
    criteria = {"all": [criterion]}
    assert validation.problems(criteria, (), LEAD_TYPE) == ()
    validator.validate(criteria)


@pytest.mark.parametrize("criteria", BAD)
def test_everything_outside_the_schema_is_refused_by_the_domain(
    validator: Any, criteria: dict[str, Any]
) -> None:
    assert not validator.is_valid(criteria)
    assert validation.problems(criteria, (), LEAD_TYPE)


@pytest.mark.parametrize("criteria", BAD)
def test_the_schema_itself_refuses_nothing(criteria: dict[str, Any]) -> None:
    assert CampaignDraft(criteria=criteria).values() == {"criteria": criteria}


def test_empty_criteria_fit_the_schema(validator: Any) -> None:
    validator.validate(None)


def test_operators_and_limits_are_those_of_the_domain(validator: Any) -> None:
    operators = [op for model in OF_FIELDS for op in get_args(model.model_fields["op"].annotation)]
    assert sorted(operators) == sorted(validation.OPS)
    exists = {"field": "name", "op": "exists"}
    most = [exists] * validation.MAX_LEAVES
    assert validator.is_valid({"all": most})
    assert not validator.is_valid({"all": [*most, exists]})
    assert [problem.code for problem in validation.problems({"all": [*most, exists]}, (), LEAD_TYPE)] == [
        "too_many"
    ]
