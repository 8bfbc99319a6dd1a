"""How answers are compared with examples, and how they are recorded (USE-U4)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.harness.api import Reply
from tests.http.examples import recording
from tests.http.examples.matching import Names
from tests.http.examples.recording import Recording, compact

LEAD, OTHER = "lead_2szpahgjoxfsgpbxdt23e252ro", "lead_hbnrt6ycpfgja5d2qk7mzv3xw4"
REAL, OTHER_REAL = "lead_00000000000000000000000001", "lead_00000000000000000000000002"
TOKEN, REAL_TOKEN = "M_JwLg2snVstZYjA9r9dcS2PBqQZ-gTrOpTqRXxVFl0", "x" * 400
SHOWN = {"id": LEAD, "name": "Fay", "count": 1, "items": [{"of": LEAD}], "token": TOKEN, "end": None}


def differences(**changed: Any) -> list[str]:
    """Return how an answer differs that is as the example but for these fields; `...` leaves one out."""
    real = {**SHOWN, "id": REAL, "items": [{"of": REAL}], "token": REAL_TOKEN, **changed}
    return [*Names().differences(SHOWN, {key: value for key, value in real.items() if value is not ...})]


def test_USE_U4_ids_and_tokens_may_differ() -> None:
    assert differences() == []


def test_USE_U4_signatures_of_one_second_may_be_of_two_seconds() -> None:
    names, shown = Names(), "20261121T163000Z"
    assert [*names.differences([shown, shown], ["20261201T091500Z", "20261201T091501Z"])] == []
    assert [*names.differences(shown, "yesterday")] != []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"project": {"id": "prj_1"}}, "answer.project is new: the example lacks it"),
        ({"name": ...}, "answer.name is gone: the example still has it"),
        ({"name": "Gus"}, "answer.name is 'Gus'; the example has 'Fay'"),
        ({"name": None}, "answer.name is null; the example has str"),
        ({"count": "1"}, "answer.count is str; the example has int"),
        ({"count": True}, "answer.count is bool; the example has int"),
        ({"count": 2}, "answer.count is 2; the example has 1"),
        ({"end": "2026-11-21"}, "answer.end is str; the example has null"),
        ({"items": []}, "answer.items has 0 items; the example has 1"),
        ({"items": [{"of": REAL, "at": 1}]}, "answer.items[0].at is new: the example lacks it"),
        ({"items": [{"of": OTHER_REAL}]}, f"answer.items[0].of names another thing than {LEAD}"),
        ({"token": REAL}, f"answer.token is '{REAL}'; the example has '{TOKEN}'"),
    ],
)
def test_USE_U4_a_difference_says_where_it_is(changed: dict[str, Any], said: str) -> None:
    (found,) = differences(**changed)
    assert found.startswith(said)


def test_USE_U4_an_example_may_lack_a_check_that_was_skipped_and_no_other() -> None:
    shown: list[Any] = [{"check": "shape", "outcome": "passed"}, {"check": "limits", "outcome": "skipped"}]
    new: list[Any] = [{"check": "new", "outcome": outcome} for outcome in ("skipped", "failed")]
    assert [*Names().differences(shown, [shown[0], new[0], shown[1]])] == []
    assert [*Names().differences(shown, [shown[0], new[1], shown[1]])] != []
    assert [*Names().differences(shown, shown[:1])] != []


def test_USE_U4_a_body_names_what_earlier_answers_named() -> None:
    names = Names()
    assert [
        *names.differences({"id": LEAD, "url": f"/leads/{LEAD}"}, {"id": REAL, "url": f"/leads/{REAL}"})
    ] == []

    assert names.real({"lead_ids": [LEAD, OTHER], "text": f"See {LEAD}."}) == {
        "lead_ids": [REAL, OTHER],
        "text": f"See {REAL}.",
    }


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recording:
    """A file with a creation, which is not recorded yet, and a change of what it creates."""
    file = tmp_path / "examples.json"
    change = {
        "name": "again",
        "summary": "Change",
        "body": {"id": "$create/first.id", "version": "$create/first.version"},
    }
    content = {
        "create": [{"name": "first", "summary": "Create", "body": {"name": "Fay"}}],
        "change": [change],
    }
    file.write_text(json.dumps(content))
    monkeypatch.setattr(recording, "file_of", lambda _: file)
    return Recording("leads")


def record(recorded: Recording, operation: str, name: str, status: int, answer: Any) -> dict[str, Any]:
    reply = Reply(status, {"Content-Type": "application/json"}, json.dumps(answer))
    recorded.record(operation, name, reply, Names())
    return recorded.example(operation, name)


def test_USE_U4_an_answer_is_recorded_with_invented_ids(recorded: Recording) -> None:
    first = record(recorded, "create", "first", 201, {"id": REAL, "version": 7, "of": [REAL, OTHER_REAL]})
    again = record(
        recorded, "create", "first", 201, {"id": OTHER_REAL, "version": 7, "of": [OTHER_REAL, REAL]}
    )

    assert first == again, "the same in every run"
    assert first["status"] == 201
    assert first["answer"]["id"] == first["answer"]["of"][0] != first["answer"]["of"][1]
    assert REAL not in json.dumps(first)


def test_USE_U4_references_to_other_examples_are_replaced(recorded: Recording) -> None:
    first = record(recorded, "create", "first", 201, {"id": REAL, "version": 7})
    assert recorded.example("change", "again")["body"] == {"id": first["answer"]["id"], "version": 7}


def test_USE_U4_an_error_is_recorded_only_if_the_example_says_so(recorded: Recording) -> None:
    with pytest.raises(AssertionError, match="create/first: 422"):
        record(recorded, "create", "first", 422, {"error": {}})
    recorded.content["create"][0]["status"] = 422
    assert record(recorded, "create", "first", 422, {"error": {}})["answer"] == {"error": {}}


def test_USE_U4_the_file_has_what_fits_on_one_line() -> None:
    content = {"create": [{"body": {"list": list(range(60))}, "path": {"id": LEAD}}]}
    assert json.loads(compact(content)) == content
    assert all(len(line) < 130 for line in compact(content).splitlines())
