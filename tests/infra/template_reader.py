"""Ways to read a template: its resources by type, its policy statements, its nested values."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalicelib.routes import EVENT_FUNCTIONS

ROOT = Path(__file__).resolve().parents[2]

EVENT_LOGICAL_IDS = {"".join(map(str.capitalize, name.split("_"))): name for name in EVENT_FUNCTIONS}
FUNCTIONS = {"APIHandler", "IntakeHandler", *EVENT_LOGICAL_IDS}

Mapping = dict[str, Any]


@dataclass(frozen=True)
class Template:
    """A packaged template."""

    content: Mapping

    @property
    def resources(self) -> Mapping:
        """Every resource by logical id."""
        found: Mapping = self.content["Resources"]
        return found

    def properties(self, name: str) -> Mapping:
        """The properties of one resource."""
        found: Mapping = self.resources[name]["Properties"]
        return found

    def of_type(self, kind: str) -> Mapping:
        """The properties of every resource of one type, by logical id."""
        return {name: each["Properties"] for name, each in self.resources.items() if each["Type"] == kind}

    def events(self, *kinds: str) -> list[tuple[str, Mapping]]:
        """Function and properties of every event of these types."""
        return [
            (function, event["Properties"])
            for function, properties in self.of_type("AWS::Serverless::Function").items()
            for event in properties.get("Events", {}).values()
            if event["Type"] in kinds
        ]

    def role_of(self, function: str) -> str:
        """The logical id of a function's role."""
        return str(self.properties(function)["Role"]["Fn::GetAtt"][0])

    def statements_of(self, function: str) -> list[Mapping]:
        """What a function may do."""
        policies = self.properties(self.role_of(function))["Policies"]
        return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]

    def allowed(self, function: str, resource: str) -> set[str]:
        """The actions a function may take on one resource itself (its indexes and streams aside)."""
        target = {"Fn::GetAtt": [resource, "Arn"]}
        return {
            action
            for statement in self.statements_of(function)
            if target in listed(statement["Resource"])
            for action in listed(statement["Action"])
        }


def listed(value: Any) -> list[Any]:
    """Return a policy's value as a list, whether it was written as one or not."""
    return value if isinstance(value, list) else [value]


def mappings(value: Any) -> Iterator[Mapping]:
    """Yield every mapping within a value."""
    if isinstance(value, dict):
        yield value
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from mappings(child)


def strings(value: Any) -> Iterator[str]:
    """Yield every string within a value, keys aside."""
    if isinstance(value, str):
        yield value
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from strings(child)
