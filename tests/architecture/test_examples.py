"""The base functions that others build on have an example, and every example of the code runs."""

import doctest
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.aws.dynamodb.batch import token_of, write
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core import confirmations
from chalicelib.http import cursors
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import Api
from chalicelib.http.schemas.base import PageQuery
from chalicelib.intake.domain.decision import decide
from chalicelib.jobs.usecases.run_steps import run_or_start
from chalicelib.leads.usecases.work_lead import LeadUpdate, work_lead
from chalicelib.observability import observe
from chalicelib.organisation import store as configuration
from chalicelib.organisation.usecases import config
from chalicelib.work.usecases.claim_notification import claim_notification
from tests.factories.leads import MANAGER, NOW, create_lead, create_organisation

CODE = Path(__file__).parents[2] / "chalicelib"
BASE = (
    Api.route,
    write,
    token_of,
    decide,
    work_lead,
    config.update,
    cursors.encrypt,
    confirmations.require,
    LeadUpdate,
    run_or_start,
    claim_notification,
    observe,
)


def modules() -> list[str]:
    """Return the modules that hold examples."""
    paths = sorted(path for path in CODE.rglob("*.py") if ">>>" in path.read_text(encoding="utf-8"))
    return [".".join(path.relative_to(CODE.parent).with_suffix("").parts) for path in paths]


@pytest.mark.parametrize("function", BASE, ids=lambda function: function.__qualname__)
def test_a_base_function_has_an_example(function: Any) -> None:
    assert "Example:\n" in (function.__doc__ or "")


@pytest.mark.parametrize("name", modules())
@pytest.mark.usefixtures("aws")
def test_the_examples_run(name: str) -> None:
    module = import_module(name)
    runner = doctest.DocTestRunner()
    for example in doctest.DocTestFinder().find(module, globs={**example_names(), **vars(module)}):
        runner.run(example)
    result = runner.summarize(verbose=False)
    assert result.attempted
    assert not result.failed


def example_names() -> dict[str, Any]:
    """Return the names that examples use: a manager, an instant, a request, a campaign and a lead that exist."""
    create_organisation()
    facts = create_lead()
    raw: Any = SimpleNamespace(method="GET", uri_params=None)
    request = ApiRequest(raw, NOW, "/v1/users", MANAGER, query=PageQuery())
    campaign = configuration.get(Campaign, "cmp_1", NOW)
    return {
        "actor": MANAGER,
        "campaign": campaign,
        "facts": facts,
        "now": NOW,
        "request": request,
        "PageQuery": PageQuery,
        "replace": replace,
    }
