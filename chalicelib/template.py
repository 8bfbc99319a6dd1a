"""References to resources of the same stack, for places where Chalice expects a string."""

from typing import cast


def attribute(resource: str, name: str) -> str:
    """Return the `Fn::GetAtt` of a resource's attribute. Chalice copies it unchanged into the template."""
    return cast(str, {"Fn::GetAtt": [resource, name]})


def reference(resource: str) -> str:
    """Return the `Ref` of a resource. Chalice copies it unchanged into the template."""
    return cast(str, {"Ref": resource})
