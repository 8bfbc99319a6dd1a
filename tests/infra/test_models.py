"""The stores' models and the template's tables say the same."""

from typing import Any

import pytest

from chalicelib.aws.dynamodb.rows import Row
from tests.harness.modules import load_all
from tests.infra.template_reader import Template

load_all()

MODELS = sorted(Row.__subclasses__(), key=lambda model: model.__name__)

each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def table_of(template: Template, model: type[Row]) -> dict[str, Any]:
    return template.properties(f"{model.TABLE.title()}Table")


def plain(schema: list[Any]) -> set[tuple[str, str]]:
    return {(each["AttributeName"], each["KeyType"]) for each in schema}


def indexes(tables: list[Any]) -> dict[str, tuple[set[tuple[str, str]], dict[str, Any]]]:
    return {each["IndexName"]: (plain(each["KeySchema"]), each["Projection"]) for each in tables}


def test_every_table_has_a_model(template: Template) -> None:
    assert {f"{model.TABLE.title()}Table" for model in MODELS} == set(
        template.of_type("AWS::DynamoDB::Table")
    )


@each_model
def test_a_models_key_is_its_tables(template: Template, model: type[Row]) -> None:
    key = {(each["AttributeName"], each["KeyType"]) for each in model._get_schema()["key_schema"]}
    assert key == plain(table_of(template, model)["KeySchema"])


@each_model
def test_a_models_indexes_are_its_tables(template: Template, model: type[Row]) -> None:
    shipped = indexes(table_of(template, model).get("GlobalSecondaryIndexes", []))
    for each in model._get_schema()["global_secondary_indexes"]:
        key = {(one["AttributeName"], one["KeyType"]) for one in each["key_schema"]}
        assert (key, each["projection"]) == shipped[each["index_name"]]


def test_no_index_is_paid_for_that_no_model_asks(template: Template) -> None:
    asked = {
        (model.TABLE, each["index_name"])
        for model in MODELS
        for each in model._get_schema()["global_secondary_indexes"]
    }
    shipped = {
        (model.TABLE, name)
        for model in MODELS
        for name in indexes(table_of(template, model).get("GlobalSecondaryIndexes", []))
    }
    assert asked == shipped
