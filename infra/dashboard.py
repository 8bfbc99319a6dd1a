"""Build the dashboard from the widgets that the areas' resource files declare.

A widget is an entry of the section `Widgets`, by its title: `order`, `period`, `stat` and `metrics`. A metric is
one of the application's own unless it names a `namespace` and a `dimension`; `stats` draws a line for each
statistic. Several files may add metrics to one widget.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.errors import TemplateError
from infra.event_sources import Resources, functions, streamed

_WIDTH, _HEIGHT, _COLUMNS = 12, 6, 2
_OWN = {"namespace": "Leadwarden", "dimension": ["stage", "${Stage}"]}

Widgets = Mapping[str, Mapping[str, Any]]


def complete_dashboard(resources: Resources, widgets: Widgets) -> None:
    """Write the dashboard's body: the declared widgets, and two over all functions and all streams."""
    if "Dashboard" in resources:
        everything = {**widgets, **_over_functions(resources)}
        body = {"widgets": [_widget(place, *each) for place, each in enumerate(_in_order(everything))]}
        resources["Dashboard"]["Properties"]["DashboardBody"] = {"Fn::Sub": json.dumps(body)}


def _over_functions(resources: Resources) -> Widgets:
    names = [name for name, _ in functions(resources)]
    return {
        "Errors by function": {"order": 30, "stat": "Sum", "period": 300, "lines": _lines("Errors", names)},
        "Streams: age of the oldest record (ms)": {
            "order": 50,
            "stat": "Maximum",
            "period": 300,
            "lines": _lines("IteratorAge", streamed(resources)),
        },
    }


def _lines(metric: str, names: Sequence[str]) -> list[list[Any]]:
    return [["AWS/Lambda", metric, "FunctionName", f"${{{name}}}"] for name in names]


def _in_order(widgets: Widgets) -> list[tuple[str, Mapping[str, Any]]]:
    lost = [title for title, widget in widgets.items() if "order" not in widget]
    if lost:
        raise TemplateError(f"no resource file gives these widgets an order: {', '.join(lost)}")
    return sorted(widgets.items(), key=lambda item: item[1]["order"])


def _widget(place: int, title: str, widget: Mapping[str, Any]) -> dict[str, Any]:
    row, column = divmod(place, _COLUMNS)
    shown = {"title": title, "region": "${AWS::Region}", "view": "timeSeries"}
    settings = {name: widget[name] for name in ("stat", "period") if name in widget}
    lines = widget["lines"] if "lines" in widget else list(_metrics(widget["metrics"]))
    return {
        "type": "metric",
        "x": column * _WIDTH,
        "y": row * _HEIGHT,
        "width": _WIDTH,
        "height": _HEIGHT,
        "properties": {**shown, **settings, "metrics": lines},
    }


def _metrics(metrics: Mapping[str, Mapping[str, Any]]) -> Iterator[list[Any]]:
    for name, given in metrics.items():
        metric = {**_OWN, **given}
        line = [metric["namespace"], name, *metric["dimension"]]
        yield from ([*line, {"stat": stat}] for stat in metric["stats"]) if "stats" in metric else [line]
