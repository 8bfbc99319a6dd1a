"""Plain language: no private or archaic word in prose, no private name in code (docs/glossary.md, CONTRIBUTING.md)."""

from pathlib import Path

import pytest

from tests.architecture import words


def test_prose_uses_plain_words() -> None:
    result = [line for path in (*words.code_files(), *words.pages()) for line in words.private_words(path)]

    assert not result, "\n".join(result)


def test_no_definition_has_a_private_name() -> None:
    result = [line for path in words.code_files() for line in words.private_names(path)]

    assert not result, "\n".join(result)


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ('"""Whoever calls is told."""', "Whoever"),
        ("x = 1  # the door stands open", "door"),
        ('raise ValueError(f"{x} comes to nothing")', "comes to"),
    ],
)
def test_a_private_word_is_found(tmp_path: Path, source: str, word: str) -> None:
    result = [match[0] for _, text in words.prose_of_code(source) for match in words.PROSE.finditer(text)]

    assert word in result


def test_code_on_a_page_is_not_checked() -> None:
    page = "The `door` is a name.\n```\nhouse\n```\n"

    assert [match[0] for _, text in words.prose_of_page(page) for match in words.PROSE.finditer(text)] == []
