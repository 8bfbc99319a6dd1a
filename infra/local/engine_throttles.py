"""Throttles of routes: the engine understands CloudFormation's form of a path.

AWS takes `/~1v1~1health` in a template and means `/v1/health`. ministack keeps the text as it is and then finds no
route with this name, so that only the setting of the whole stage acts.
"""

from typing import Any


def read_paths_as_cloudformation(provisioners: Any) -> None:
    """Make ministack's CloudFormation give each setting of a stage to the route that it names."""
    settings_of = provisioners._apigw_method_settings  # noqa: SLF001

    def by_path(given: Any) -> Any:
        return settings_of([_with_path(each) for each in given] if isinstance(given, list) else given)

    provisioners._apigw_method_settings = by_path  # noqa: SLF001


def _with_path(setting: dict[str, Any]) -> dict[str, Any]:
    path = setting.get("ResourcePath", "")
    return {**setting, "ResourcePath": path[1:].replace("~1", "/")} if path.startswith("/~1") else setting
