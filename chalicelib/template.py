"""References to resources of the same stack, in the places where Chalice expects a string."""

from typing import cast


def attribute(resource: str, name: str) -> str:
    """Return the `Fn::GetAtt` of `resource`'s attribute `name`; Chalice hands it untouched to the template."""
    return cast(str, {"Fn::GetAtt": [resource, name]})


def reference(resource: str) -> str:
    """Return the `Ref` of `resource`; Chalice hands it untouched to the template."""
    return cast(str, {"Ref": resource})
