"""What a lesson says of its exercises is what their checks do."""

import inspect
import re
import textwrap
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from course_lib.exercises import codec, names, registry
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Judge
from course_lib.study.hint import hints_of

LESSONS = Path(__file__).resolve().parents[2] / "lessons"
TOPICS = registry.topics()
EACH_TOPIC = pytest.mark.parametrize("topic", TOPICS)
EACH = pytest.mark.parametrize(
    ("topic", "exercise"),
    [
        pytest.param(topic, exercise, id=exercise.name)
        for topic in TOPICS
        for exercise in registry.exercises_of(topic).values()
    ],
)


def lesson(topic: str) -> str:
    (file,) = LESSONS.glob(f"[0-9][0-9]_{topic}.py")
    return file.read_text(encoding="utf-8")


def cell(topic: str, exercise: str, role: str) -> str:
    """Return the text of one cell of an exercise."""
    mark = rf'\n# %% (?:\[markdown\] )?exercise="{exercise}" role="{role}"\n'
    return re.split(r"\n# %%", re.split(mark, lesson(topic))[1])[0]


def checks_of(exercise: Exercise) -> str:
    """Return the source of the module that holds the cases of an exercise."""
    return inspect.getsource(inspect.getmodule(exercise.cases))


def properties(text: str) -> list[str]:
    found = re.findall(r"^# (\d\. .*(?:\n#    .*)*)", text, re.MULTILINE)
    return [re.sub(r"\s*\n#\s+", " ", one) for one in found]


@EACH
def test_the_checks_hold_the_properties_that_the_task_states(topic, exercise):
    stated = properties(cell(topic, exercise.name, "task"))
    assert stated
    assert properties(checks_of(exercise)) == stated


@EACH
def test_the_lesson_has_the_section_that_a_finding_names(topic, exercise):
    judge = exercise.judge
    mistakes = judge.mistakes if isinstance(judge, Judge) else inspect.getmodule(judge).MISTAKES
    for read in {exercise.read, *(mistake.read for mistake in mistakes)} - {""}:
        number, title = re.fullmatch(r"section (\d+)(?:, (.+))?", read).groups()
        section = re.search(
            rf"\n# ## {number}\. .*?(?=\n# ## |\Z)", lesson(topic), re.DOTALL
        ).group()
        heading = rf"\n# ##(?:#| {number}\.) {re.escape(title or '')}"
        assert re.search(heading + "\n" if title else heading, section), read


@EACH_TOPIC
def test_the_checks_are_the_exercises_of_the_lesson(topic):
    order = re.findall(r'exercise="(\w+)" role="answer"', lesson(topic))
    assert order == list(registry.exercises_of(topic))


@EACH_TOPIC
def test_each_exercise_has_three_hints(topic):
    hints = hints_of(topic)
    assert list(hints) == list(registry.exercises_of(topic))
    assert {len(three) for three in hints.values()} == {3}


@EACH
def test_the_first_cases_are_the_same_for_every_seed(topic, exercise):
    """Which mistake it was is told by the first case that fails, also when a grader checks."""

    def texts(seed: int, thorough: bool) -> list[str]:
        cases = exercise.cases(np.random.default_rng(seed), thorough)
        return [codec.encode(inputs) for inputs in cases]

    one, other = texts(1, True), texts(2, True)
    n_same = [a == b for a, b in zip(one, other, strict=True)].index(False)
    assert n_same >= 2
    assert texts(5, False)[:n_same] == one[:n_same]


@EACH
def test_the_answer_of_the_lesson_uses_nothing_that_it_forbids(topic, exercise):
    assert not names.forbidden_uses(cell(topic, exercise.name, "answer"), exercise.forbids)


@pytest.mark.parametrize(
    "topic", [topic for topic in TOPICS if "### BEGIN RELEASE" in lesson(topic)]
)
def test_the_faulty_program_is_the_one_that_the_lesson_hands_out(topic):
    """It stands among the wrong answers as `faulty`, so that a check is known to refuse it."""
    before, _, rest = lesson(topic).partition("### BEGIN RELEASE\n")
    released = rest.partition("### END RELEASE")[0].rstrip()
    hunted = re.findall(r'exercise="(\w+)" role="answer"', before)[-1]
    handed_out = textwrap.dedent(released).replace("# ", "", 1).replace("\n# ", "\n")
    faulty = import_module(f"tests.answers.{topic}.{hunted}").faulty
    body = inspect.getsource(faulty).partition("):\n")[2]
    assert handed_out == textwrap.dedent(body).rstrip()
