"""The promises of the generated document, tested with generated requests: no fault, and every answer as described.

By default a few examples for each operation; `HYPOTHESIS_PROFILE=long` tries many more.
"""

from typing import Any, cast

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks as conformance

from tests.harness import wsgi
from tests.harness.api import Caller
from tests.harness.profiles import LONG
from tests.security.dataset import Dataset

EXAMPLES = 60 if LONG else 3
CHECKS = [
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_headers_conformance,
    conformance.response_schema_conformance,
]


@pytest.mark.parametrize("who", ["admin", "source", "nobody"])
def test_API9_the_api_answers_as_its_document_says(dataset: Dataset, who: str) -> None:
    document = dataset.api.stranger().get("/v1/openapi.json").json
    document["servers"] = [{"url": "/"}]
    schema = schemathesis.openapi.from_dict(document)
    schema.app = wsgi.serving(dataset.api.client)

    operations: list[Any] = [result.ok() for result in cast(Any, schema.get_all_operations())]

    assert len(operations) > 20
    for operation in sorted(operations, key=lambda item: (item.method == "delete", item.path)):
        _try(operation, dataset, dataset.callers[who])


def _try(operation: Any, dataset: Dataset, caller: Caller) -> None:
    sent = {} if caller.token is None else {"Authorization": f"Bearer {caller.token}"}

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=not LONG,
        phases=(Phase.explicit, Phase.generate) if not LONG else tuple(Phase),
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=_cases(operation), real=st.booleans())
    def run(case: Any, real: bool) -> None:
        if real:
            _name_real_things(case, dataset)
        answer = _call(case, sent)
        if answer.status_code == 409 and isinstance(case.body, dict) and "confirm" in answer.json():
            case.body["confirm"] = answer.json()["confirm"]
            _call(case, sent)

    run()


def _cases(operation: Any) -> st.SearchStrategy[Any]:
    """Return requests as described and, where a request can be invalid, invalid ones."""
    right = operation.as_strategy()
    if not operation.body and not any(operation.iter_parameters()):
        return cast("st.SearchStrategy[Any]", right)
    return _made(st.one_of(right, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)))


@st.composite
def _made(draw: st.DrawFn, cases: st.SearchStrategy[Any]) -> Any:
    """Return a case. Criteria hold criteria: schemathesis 4.32.5 sometimes nests too deeply to make an invalid one."""
    try:
        return draw(cases)
    except RecursionError:
        hypothesis.reject()


def _name_real_things(case: Any, dataset: Dataset) -> None:
    """Put existing ids where a case names an item: path, query and body."""
    case.path_parameters = {name: dataset.ids[name] for name in case.path_parameters or {}}
    present = dataset.ids | {"campaign": "cmp_1", "project": "prj_1", "campaign_ids": ["cmp_1"], "version": 1}
    for values in (case.query, case.body):
        if isinstance(values, dict):
            values.update({name: present[name] for name in values.keys() & present.keys()})


def _call(case: Any, sent: dict[str, str]) -> Any:
    answer = case.call(headers=sent)
    assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text}"
    case.validate_response(answer, checks=CHECKS)
    return answer
