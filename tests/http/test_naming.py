"""Names stand beside ids: which schemas have them, and how an answer gets them (ACC-12, USE-U6)."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest

import app as application
from chalicelib.core import registry
from chalicelib.core.access import Actor
from chalicelib.core.errors import Unavailable
from chalicelib.core.paging import encoded_size
from chalicelib.http import naming
from chalicelib.http.naming import with_names
from chalicelib.http.route_spec import ApiResponse
from chalicelib.http.router import route_specs
from chalicelib.http.schemas.base import Contract
from chalicelib.http.schemas.named import Named, NamedActor, NamedCampaign, NamedItem, NamedProject, NamedUser
from chalicelib.jobs.schemas import Job
from chalicelib.routes import JOB_RESULTS

NAMED_IDS = ("user_id", "agent_id", "project_id", "campaign_id", "lead_type_id", "credential_id")
NAMED_ELSEWHERE = {
    "DueOnDay.campaign_id": "Forecast.campaigns",
    "RetiringOnDay.agent_id": "RetirementForecast.agents",
    "CampaignSource.credential_id": "CampaignSource.name",
    "Agent.user_id": "Agent.name",
    "Assignment.user_id": "CampaignResponse.default_user",
}
"""Ids whose names stand in another field: once for many rows, beside it as text, or outside of a settings group."""

CALLER = Actor(kind="user", id="usr_1")


def answers() -> set[type[Contract]]:
    found: set[type[Contract]] = set()
    for route in route_specs(application.app):
        for model in (route.answer, *(other.answer for other in route.also.values())):
            if model is not None:
                found |= set(contracts_in(model))
    for name in JOB_RESULTS.values():
        found |= set(contracts_in(registry.load(name)))
    return found


def contracts_in(annotation: Any, above: frozenset[Any] = frozenset()) -> Iterator[type[Contract]]:
    if isinstance(annotation, type) and not get_args(annotation):
        if issubclass(annotation, Contract) and annotation not in above:
            yield annotation
            for field in annotation.model_fields.values():
                yield from contracts_in(field.annotation, above | {annotation})
        return
    for part in get_args(annotation):
        yield from contracts_in(part, above)


def test_USE_U6_every_id_of_a_named_thing_in_an_answer_has_its_name_beside_it() -> None:
    nameless = []
    for model in answers():
        for field in model.model_fields:
            several = field.removesuffix("s") if field.endswith("_ids") else field
            if several not in NAMED_IDS:
                continue
            sibling = field.removesuffix("_id") if several == field else f"{several.removesuffix('_id')}s"
            if sibling not in model.model_fields:
                nameless.append(f"{model.__name__}.{field}")
    assert sorted(nameless) == sorted(NAMED_ELSEWHERE)


def test_USE_U6_every_actor_in_an_answer_has_a_name() -> None:
    actors = [
        model
        for model in answers()
        if {"kind", "id"} == set(model.model_fields) - {"name", "user_id", "user"}
    ]
    assert {model for model in actors if not issubclass(model, NamedItem)} == set()
    assert {model.__name__ for model in actors} >= {"ActorRef", "EntryActor", "BlockedBy", "ImportStarter"}


def test_USE_U6_fields_where_names_stand_elsewhere_exist() -> None:
    by_name = {model.__name__: model for model in answers()}
    for place in NAMED_ELSEWHERE.values():
        model, _, field = place.partition(".")
        assert field in by_name[model].model_fields


class Row(Contract):
    """A row with two named things."""

    user: NamedUser | None
    by: NamedActor


class Rows(Contract):
    """Rows, and a thing beside them."""

    items: list[Row]
    project: NamedProject
    count: int


def rows(names: dict[str, str | None]) -> Rows:
    items = [
        Row(user=NamedUser(id=user_id, name=name), by=NamedActor(kind="job", id="job_1"))
        for user_id, name in names.items()
    ]
    return Rows(items=items, project=NamedProject(id="prj_1"), count=3)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[tuple[str, str]]]:
    """The questions to the hook `names`, which knows every user."""
    questions: list[list[tuple[str, str]]] = []

    def read(actor: Actor, wanted: list[tuple[str, str]], now: int) -> dict[tuple[str, str], str]:
        questions.append(list(wanted))
        return {(kind, item_id): f"name of {item_id}" for kind, item_id in wanted if kind == "user"}

    monkeypatch.setattr(registry, "hook", lambda name: read)
    return questions


def test_USE_U6_one_look_up_serves_the_whole_answer(asked: list[list[tuple[str, str]]]) -> None:
    named = with_names(CALLER, rows({"usr_1": None, "usr_2": None}), 0)

    assert asked == [[("user", "usr_1"), ("job", "job_1"), ("user", "usr_2"), ("project", "prj_1")]]
    assert [row.user and row.user.name for row in named.items] == ["name of usr_1", "name of usr_2"]
    assert (named.items[0].by.name, named.project.name, named.count) == (None, None, 3)


def test_USE_U6_a_name_that_is_there_stays(asked: list[list[tuple[str, str]]]) -> None:
    named = with_names(CALLER, rows({"usr_1": "Ada", "usr_2": None}), 0)

    assert ("user", "usr_1") not in asked[0]
    assert [row.user and row.user.name for row in named.items] == ["Ada", "name of usr_2"]


def test_USE_U6_answers_of_every_form_get_names(asked: list[list[tuple[str, str]]]) -> None:
    answer = with_names(CALLER, ApiResponse(202, rows({"usr_1": None})), 0)
    listed = with_names(CALLER, [NamedUser(id="usr_1")], 0)
    result = Job.model_construct(started_by=NamedActor(kind="user", id="usr_1"), result=rows({"usr_2": None}))
    job = with_names(CALLER, result, 0)

    assert isinstance(answer.body, Rows)
    assert answer.body.items[0].user == NamedUser(id="usr_1", name="name of usr_1")
    assert listed == [NamedUser(id="usr_1", name="name of usr_1")]
    assert isinstance(job.result, Rows)
    assert (job.started_by.name, job.result.items[0].user) == (
        "name of usr_1",
        NamedUser(id="usr_2", name="name of usr_2"),
    )


def test_USE_U6_nobody_asks_for_an_answer_without_named_things(asked: list[list[tuple[str, str]]]) -> None:
    for result in (None, "text", Rows(items=[], project=NamedProject(id="p", name="P"), count=0)):
        assert with_names(CALLER, result, 0) == result
    stranger = with_names(None, rows({"usr_1": None}), 0)

    assert (asked, stranger) == ([], rows({"usr_1": None}))


def test_USE_U6_a_change_is_not_answered_as_an_error_if_names_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read(actor: Actor, wanted: list[tuple[str, str]], now: int) -> dict[tuple[str, str], str]:
        raise Unavailable("Not now.")

    monkeypatch.setattr(registry, "hook", lambda name: read)

    assert with_names(CALLER, rows({"usr_1": None}), 0) == rows({"usr_1": None})


def test_USE_U6_the_names_of_an_answer_have_a_bound_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "\N{GRINNING FACE}" * 200
    monkeypatch.setattr(registry, "hook", lambda _: lambda actor, wanted, now: dict.fromkeys(wanted, name))

    named = with_names(CALLER, [NamedCampaign(id=f"cmp_{number}") for number in range(1_000)], 0)

    given = [one for one in named if one.name is not None]
    assert 0 < len(given) < 1_000
    assert sum(encoded_size(name) for _ in given) <= naming.NAMES_BYTES < 1_000 * encoded_size(name)


def test_the_kinds_of_named_things_are_those_of_the_hook() -> None:
    from chalicelib.campaigns.usecases.read_names import _CLASSES
    from chalicelib.ledger.domain.references import NAMED_KINDS

    assert {cls.KIND for cls in Named.__subclasses__()} < set(NAMED_KINDS)
    assert set(NAMED_KINDS) == set(_CLASSES)
