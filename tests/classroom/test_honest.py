"""What honest students do to a notebook costs them no point, or a person looks before it does."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from course_lib.classroom.answers import answered
from course_lib.classroom.grading import HandedIn, grade
from course_lib.classroom.lesson import GradedLesson, source_of
from course_lib.classroom.sandbox.levels import BUBBLEWRAP
from course_lib.classroom.sandbox.policy import Limits
from course_lib.classroom.sandboxed import Sandbox
from course_lib.classroom.taught import is_setup
from course_lib.classroom.verdicts import SubmissionResult, Verdict
from tests.classroom.notebooks import NAME, answers, cell, changed, code, full, lesson, place

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="the sandbox needs bubblewrap"),
]
Change = Callable[[dict[str, Any]], Any]
OLD = "def decode(ids, vocab):\n    return ''.join(str(i) for i in ids)\n"
STUB = source_of(lesson().by_id["decode"])
DEMONSTRATION = next(
    one["id"]
    for one in lesson().cells
    if one["cell_type"] == "code" and not lesson().is_graded(one["id"]) and "setup" not in one["id"]
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(BUBBLEWRAP, lesson()) as sandbox:
        yield sandbox


def graded(sandbox: Sandbox, change: Change) -> SubmissionResult:
    handed_in = HandedIn("ada", changed(full(), change), (), "", 7)
    return grade(lesson(), handed_in, sandbox).result


def above(name: str, line: str) -> Change:
    """Return what puts a line at the top of a cell."""

    def change(notebook):
        one = cell(notebook, name)
        one["source"] = f"{line}\n{source_of(one)}"

    return change


def below(name: str, text: str) -> Change:
    """Return what puts text at the end of a cell."""

    def change(notebook):
        one = cell(notebook, name)
        one["source"] = f"{source_of(one)}\n{text}"

    return change


def replaced(name: str, old: str, new: str) -> Change:
    """Return what puts another text in place of one in a cell."""

    def change(notebook):
        one = cell(notebook, name)
        assert old in source_of(one)
        one["source"] = source_of(one).replace(old, new)

    return change


def beside(name: str, text: str, behind: int = 0) -> Change:
    """Return what adds a cell before another one."""
    return lambda notebook: notebook["cells"].insert(place(notebook, name) + behind, code(text))


def moved(name: str, target: str) -> Change:
    """Return what takes an answer out of its cell, which goes, and puts it into another one."""

    def change(notebook):
        one = cell(notebook, name)
        cell(notebook, target)["source"] = f"{source_of(cell(notebook, target))}\n\n{one['source']}"
        notebook["cells"].remove(one)

    return change


def timed_below_its_stub(notebook):
    timed = f"{answers()['decode']}\n%prun -s cumulative decode([], {{}})"
    notebook["cells"].insert(place(notebook, "decode") + 1, code(timed))
    cell(notebook, "decode")["source"] = STUB


def faces_below_its_stub(notebook):
    text = f"{answers()['decode']}\nprint(f\"{{'\U0001fae8'}}\")"
    notebook["cells"].insert(place(notebook, "decode") + 1, code(text))
    cell(notebook, "decode")["source"] = STUB


def with_line_ends_of_windows(notebook):
    for one in notebook["cells"]:
        one["source"] = source_of(one).replace("\n", "\r\n")


def without_ids(notebook):
    notebook["nbformat_minor"] = 4
    for one in notebook["cells"]:
        del one["id"]


HARMLESS = {
    "pictures below the cells": above("setup", "%matplotlib inline"),
    "pictures that turn": above("setup", "%matplotlib widget"),
    "pictures in a window": above("setup", "%matplotlib"),
    "another window system": above("setup", "import matplotlib\nmatplotlib.use('TkAgg')"),
    "pictures above an answer": above("decode", "%matplotlib inline"),
    "a disk in the cloud": above("setup", "from google.colab import drive\ndrive.mount('/d')"),
    "a package to install": above("setup", "!pip install numpy\n%pip install numpy"),
    "a package that only they have": above("setup", "import seaborn as sns\nsns.set_theme()"),
    "a demonstration's name": above("encode", "print(len(plays))"),
    "a text of the course": above("encode", "print(len(demos.shakespeare()))"),
    "an answer by mine": replaced("train_bpe", "count_pairs(", "mine('count_pairs')("),
    "a helper below an error": beside("encode", "print(no_such_name)\ndef helper(): return 1"),
    "a try below an answer": beside("decode", "decode([1], {})\nassert False", behind=1),
    "an old try below a stop": below("decode", "raise SystemExit('stop')\n" + OLD),
    "an old try below an assertion": below("decode", "assert False, 'old tries'\n" + OLD),
    "a failed try, and what it spoils": beside("decode", "decode([7], {})\ndel decode", behind=1),
    "a letter that looks like the end of a line": above("decode", "s = 'a\u2028b'\nimport seaborn"),
    "a package that only they have, timed": above("decode", "%%time\nimport seaborn"),
    "a package that only they have, quietly": above("decode", "%%capture\nimport seaborn"),
    "a profile of an answer elsewhere": timed_below_its_stub,
    "the memory it takes": above("decode", "%%memit"),
    "a face in a text": above("decode", "print(f\"{'\U0001fae8'}\")"),
    "a face in a text below its stub": faces_below_its_stub,
    "the time it takes": above("decode", "%%time"),
    "the time of a line": beside("decode", "%time x = 1\n%timeit -n 1 -r 1 x + 1"),
    "modules that change": above("setup", "%load_ext autoreload\n%autoreload 2"),
    "memory given back": beside("decode", "import gc\ngc.collect()"),
    "two answers in one cell": moved("count_pairs", "merge_pair"),
    "an answer in the set-up": moved("decode", "setup"),
    "an answer in a demonstration": moved("decode", DEMONSTRATION),
    "line ends of Windows": with_line_ends_of_windows,
    "no ids, as older programs save": without_ids,
}


@pytest.mark.parametrize("what", HARMLESS)
def test_it_costs_no_point(sandbox, what):
    result = graded(sandbox, HARMLESS[what])
    assert result.points == 20.0, [e for e in result.exercises if e.verdict != Verdict.PASSED]


def test_threads_that_a_cell_has_started_are_not_waited_for():
    third = lesson("03_attention")
    threads = "import torch\ntorch.set_num_threads(4)\nx = torch.randn(500, 500)\nx = x @ x"

    def start(notebook):
        notebook["cells"].insert(place(notebook, "stable_softmax"), code(threads))

    data = changed(answered(third, answers(third.name)), start)
    with Sandbox(BUBBLEWRAP, third) as sandbox:
        assert grade(third, HandedIn("ada", data, (), "", 7), sandbox).result.points == 20.0


def above_its_stub(notebook):
    notebook["cells"].insert(place(notebook, "decode"), code(answers()["decode"]))
    cell(notebook, "decode")["source"] = STUB


def below_its_check(notebook):
    notebook["cells"].insert(place(notebook, "test_decode") + 1, code(answers()["decode"]))
    cell(notebook, "decode")["source"] = STUB


def in_its_check(notebook):
    above("test_decode", answers()["decode"])(notebook)
    cell(notebook, "decode")["source"] = STUB


def with_a_helper_in_a_check(notebook):
    below("test_encode", "def glue(parts): return b''.join(parts)")(notebook)
    replaced("decode", 'b"".join(', "glue(")(notebook)


def in_a_newer_python(notebook):
    notebook["metadata"]["language_info"] = {"name": "python", "version": "3.99.1"}
    above("decode", "new syntax :=")(notebook)


def above_a_name_that_is_missing(notebook):
    below("decode", "print(no_such_name)\n" + OLD)(notebook)


def below_its_stub_and_an_error(notebook):
    failing = f"import torch\ntorch.zeros(2).to('nowhere')\n{answers()['decode']}"
    notebook["cells"].insert(place(notebook, "decode") + 1, code(failing))
    cell(notebook, "decode")["source"] = STUB


def too_deep_below_its_stub(notebook):
    deep = "if 0:\n    x" + ".y" * 600 + "()"
    notebook["cells"].insert(place(notebook, "decode") + 1, code(f"{answers()['decode']}\n{deep}"))
    cell(notebook, "decode")["source"] = STUB


def too_deep_to_be_read(notebook):
    deep = "if 0:\n    x" + ".y" * 600 + "()"
    notebook["cells"].insert(place(notebook, "decode"), code(f"{answers()['decode']}\n{deep}"))
    cell(notebook, "decode")["source"] = ""


@pytest.mark.parametrize(
    "change",
    [
        above_its_stub,
        below_its_check,
        in_its_check,
        with_a_helper_in_a_check,
        in_a_newer_python,
        above_a_name_that_is_missing,
        below_its_stub_and_an_error,
        too_deep_below_its_stub,
        too_deep_to_be_read,
    ],
)
def test_a_person_looks_first(sandbox, change):
    result = graded(sandbox, change)
    (decode,) = (e for e in result.exercises if e.verdict != Verdict.PASSED)
    assert (decode.exercise, decode.verdict) == ("decode", Verdict.NEEDS_REVIEW)


def test_an_error_is_still_told_and_does_not_hide_what_is_missing(sandbox):
    def change(notebook):
        cell(notebook, "decode")["source"] = "1 / 0\ndecode = no_such_name"

    result = graded(sandbox, change)
    (decode,) = (e for e in result.exercises if e.verdict != Verdict.PASSED)
    assert decode.verdict is Verdict.FAILED
    assert decode.finding.misconception == "not_defined"
    assert "division by zero" in decode.finding.got


def test_an_exercise_whose_turn_never_came_is_no_slow_answer():
    """The learner's own experiments above it had used up the time of the whole submission."""
    limits = Limits(wall_seconds=4)

    def wait(notebook):
        notebook["cells"].insert(place(notebook, "count_pairs"), code("import time\ntime.sleep(9)"))

    with Sandbox(BUBBLEWRAP, lesson(), limits) as sandbox:
        result = graded(sandbox, wait)
    assert {one.verdict for one in result.exercises} == {Verdict.NEEDS_REVIEW}
    assert "its turn never came" in result.exercises[0].note
    assert [alarm.kind for alarm in result.alarms] == ["ended_by_time"]


def test_threads_that_leave_no_room_are_told():
    def keep_many(notebook):
        many = (
            "from concurrent.futures import ThreadPoolExecutor\nimport time\n"
            "pool = ThreadPoolExecutor(100)\n"
            "list(pool.map(lambda n: time.sleep(0.05), range(200)))"
        )
        notebook["cells"].insert(place(notebook, "count_pairs"), code(many))

    with Sandbox(BUBBLEWRAP, lesson()) as sandbox:
        result = graded(sandbox, keep_many)
    assert "left so many processes or threads" in result.exercises[0].note


def test_a_lesson_whose_set_up_does_not_run_here_takes_no_points_in_silence():
    cells = [
        {**one, "source": "import no_such_package"} if is_setup(one["id"]) else one
        for one in lesson().cells
    ]
    broken = GradedLesson(NAME, tuple(cells), lesson().metadata)
    with Sandbox(BUBBLEWRAP, broken) as sandbox:
        data = answered(broken, answers())
        result = grade(broken, HandedIn("ada", data, (), "", 7), sandbox).result
    assert {one.verdict for one in result.exercises} == {Verdict.PASSED, Verdict.NEEDS_REVIEW}
    asked = next(one for one in result.exercises if one.verdict is Verdict.NEEDS_REVIEW)
    assert asked.note.startswith("the lesson's own set-up cell ended in ModuleNotFoundError")
    (alarm,) = result.alarms
    assert alarm.kind == "setup_failed" and "no_such_package" in alarm.what
