"""Every right answer gets all its points through the sandbox and the judge; the rest is refused."""

import shutil

import pytest

from course_lib.classroom.answers import full_answers, known_answers, notebooks_of
from course_lib.classroom.lesson import read_lesson
from course_lib.classroom.preflight import graded
from course_lib.classroom.sandbox.levels import best_level
from course_lib.classroom.sandboxed import Sandbox
from course_lib.classroom.verdicts import Verdict
from tests.classroom.notebooks import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="the sandbox needs bubblewrap"),
]
RELEASES = sorted(ROOT.glob("notebooks/*/*.ipynb"))
N_WRONG = 2  # notebooks of wrong answers; `course autograde NN --preflight` tries them all


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.stem)
def test_known_answers_get_what_they_earn(release):
    lesson = read_lesson(release)
    known, modules = known_answers(lesson, ROOT)
    right = list(notebooks_of(lesson, [one for one in known if not one.misconception]))
    wrong = list(notebooks_of(lesson, [one for one in known if one.misconception]))[:N_WRONG]
    assert right and wrong
    with Sandbox(best_level(), lesson, more=modules) as sandbox:
        for answers in right + wrong:
            texts = {name: one.text for name, one in answers.items()}
            for result in graded(lesson, texts, sandbox):
                one = answers.get(result.exercise)
                if one is None:
                    assert result.verdict is Verdict.NOT_ATTEMPTED
                elif one.misconception:
                    assert result.points == 0 and result.finding is not None, (one, result)
                else:
                    assert result.verdict is Verdict.PASSED, (one, result)


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.stem)
def test_the_full_answer_and_the_empty_notebook(release):
    lesson = read_lesson(release)
    full = full_answers(ROOT / "solutions" / lesson.name / f"{lesson.name}.ipynb")
    with Sandbox(best_level(), lesson) as sandbox:
        for texts, verdict in [(full, Verdict.PASSED), ({}, Verdict.NOT_ATTEMPTED)]:
            assert {result.verdict for result in graded(lesson, texts, sandbox)} == {verdict}
