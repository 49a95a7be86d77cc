"""Every lesson has its program and its texts."""

from __future__ import annotations

import ast
import json
from dataclasses import asdict

import pytest

from ipcviz import lessons
from ipcviz.lessons import Lesson


def test_every_program_in_the_folder_is_taught() -> None:
    folder = lessons.all()[0].path.parent
    programs = {path.stem.replace("_", "-") for path in folder.glob("*.py") if path.name != "__init__.py"}
    assert programs == set(lessons.ORDER)


@pytest.mark.parametrize("lesson", lessons.all(), ids=lambda lesson: lesson.id)
class TestLesson:
    def test_has_every_text_in_every_language(self, lesson: Lesson) -> None:
        for language in lessons.LANGUAGES:
            for text in (lesson.title, lesson.summary, lesson.question, lesson.answer, lesson.notes):
                assert text[language].strip()
                assert "##" not in text[language]
            assert len(lesson.title[language]) <= 24
            assert "\n" not in lesson.summary[language]
        assert lesson.title["zh"] != lesson.title["en"]
        assert any("\u4e00" <= sign <= "\u9fff" for sign in lesson.notes["zh"])

    def test_fits_one_screen_and_says_what_it_teaches(self, lesson: Lesson) -> None:
        source = lesson.path.read_text(encoding="utf-8")
        assert len(source.splitlines()) <= 45
        assert max(map(len, source.splitlines())) <= 110
        assert ast.get_docstring(ast.parse(source))
        assert 'if __name__ == "__main__":' in source

    def test_is_found_by_its_id(self, lesson: Lesson) -> None:
        assert lessons.find(lesson.id) == lesson

    def test_can_be_told_as_json(self, lesson: Lesson) -> None:
        json.dumps(asdict(lesson), default=str)


def test_an_unknown_lesson_names_the_close_ones() -> None:
    with pytest.raises(lessons.LessonNotFound) as caught:
        lessons.find("queue-bounde")
    said = "There is no lesson called 'queue-bounde'; did you mean queue-bounded"
    assert str(caught.value).startswith(said)
    with pytest.raises(lessons.LessonNotFound, match="`ipcviz lessons` lists them"):
        lessons.find("xyz")
