"""The schemas of the OpenAPI document. Each has a unique plain name, and no property has its own title."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core.core_schema import WithDefaultSchema

from chalicelib.http.route_spec import RouteSpec
from chalicelib.http.schemas.errors import ConfirmationResponse, ErrorResponse

Schema = dict[str, Any]
Models = dict[tuple[type[BaseModel], JsonSchemaMode], Schema]
_PREFIX = "#/components/schemas/"
_INPUT, _OUTPUT = "-Input", "-Output"


class DocumentSchema(GenerateJsonSchema):
    """Writes schemas in the form that client generators need.

    A generator names a type by the title of its property, so two properties with one name would clash. It sends the
    default of a field that its caller left out, so a default of null would be sent as a value.
    """

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Return False: no property gets a title."""
        return False

    def default_schema(self, schema: WithDefaultSchema) -> Schema:
        """Return the schema without a default of null."""
        result: Schema = super().default_schema(schema)
        if "default" in result and result["default"] is None:
            del result["default"]
        return result


def schemas_of(routes: Iterable[RouteSpec]) -> tuple[Models, dict[str, Schema]]:
    """Return the schema of each model that a route names, and the components these refer to."""
    return named_schemas(_models(routes))


def named_schemas(
    models: Iterable[tuple[type[BaseModel], JsonSchemaMode]],
) -> tuple[Models, dict[str, Schema]]:
    """Return the schemas of models and the components. A model that differs as input is named `…Input`."""
    by_model, definitions = models_json_schema(
        list(models), ref_template=_PREFIX + "{model}", schema_generator=DocumentSchema
    )
    components = definitions.get("$defs", {})
    plain = _plain_names(components)
    schemas: Any = {model: _with_refs(schema, plain) for model, schema in by_model.items()}
    return schemas, {plain[name]: _with_refs(schema, plain) for name, schema in components.items()}


def query_properties(schema: Schema, components: dict[str, Schema]) -> tuple[dict[str, Schema], list[str]]:
    """Return the parameters of a query's schema and the names of the required ones."""
    component = components[schema["$ref"].removeprefix(_PREFIX)]
    return component.get("properties", {}), component.get("required", [])


def without(components: dict[str, Schema], schemas: Iterable[Schema]) -> dict[str, Schema]:
    """Return the components except those these schemas refer to."""
    left_out = {schema["$ref"].removeprefix(_PREFIX) for schema in schemas}
    return {name: schema for name, schema in components.items() if name not in left_out}


def _models(routes: Iterable[RouteSpec]) -> dict[tuple[type[BaseModel], JsonSchemaMode], None]:
    models: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {
        (ErrorResponse, "serialization"): None,
        (ConfirmationResponse, "serialization"): None,
    }
    for route in routes:
        for model in (route.body, route.query, *route.accepts.values()):
            if model is not None:
                models[model, "validation"] = None
        for answer in (route.answer, *(also.answer for also in route.also.values())):
            if answer is not None:
                models[answer, "serialization"] = None
    return models


def _plain_names(components: Mapping[str, Schema]) -> dict[str, str]:
    """Return the plain name of each component.

    If a model that refers to itself is used for input and output, pydantic makes two components of it. They get two
    names only if they differ, or refer to others that differ.
    """
    taken_in = {name.removesuffix(_INPUT) for name in components if name.endswith(_INPUT)}
    differ: set[str] = set()
    while True:
        plain = {name: _plain_name(name, differ) for name in components}
        differing = {
            name
            for name in taken_in - differ
            if _with_refs(components[name + _INPUT], plain) != _with_refs(components[name + _OUTPUT], plain)
        }
        if not differing:
            return plain
        differ |= differing


def _plain_name(name: str, differ: Collection[str]) -> str:
    model = name.removesuffix(_INPUT)
    if name.endswith(_INPUT):
        return model + "Input" if model in differ else model
    return name.removesuffix(_OUTPUT)


def _with_refs(schema: Any, plain: Mapping[str, str]) -> Any:
    """Return a schema whose references use the plain names."""
    if isinstance(schema, list):
        return [_with_refs(entry, plain) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str):
        return {**schema, "$ref": _PREFIX + plain[schema["$ref"].removeprefix(_PREFIX)]}
    return {key: _with_refs(entry, plain) for key, entry in schema.items()}
