"""Each rule refuses a lesson that breaks it, with file, cell and reason, and no other lesson."""

import pytest

from course_lib.build.problem import Problem
from course_lib.build.rules import problems_in
from tests.build.tiny import changed, lesson

CODE = '# %%\nprint("the lesson goes on")\n'
ANSWER = "    return x * 0.5\n"
HUNT = "    # total, sums = 0, []\n"
LONG = "\n".join(f"x{n} = {n}" for n in range(26))
IGNORED = '# %% tags=["nbval-ignore-output"]\nprint("about 3 s")\n'
MANY = "".join(f"# %%\nprint({n})\n\n" for n in range(20))

# name: changes to the tiny lesson, the cell that is named, a piece of the reason
REFUSED = {
    "no test": (
        [('# %% exercise="halve" role="test" points=10\n', "# %%\n")],
        "exercise halve",
        "it has no test cell",
    ),
    "no answer": (
        [('# %% exercise="halve" role="answer"\n', "# %%\n")],
        "exercise halve",
        "it has no answer cell",
    ),
    "no task": (
        [('# %% [markdown] exercise="halve" role="task"\n', "# %% [markdown]\n")],
        "exercise halve",
        "it has no task cell",
    ),
    "wrong order": (
        [
            ('exercise="halve" role="answer"', 'exercise="halve" role="keep"'),
            ('exercise="halve" role="test" points=10', 'exercise="halve" role="answer"'),
            ('exercise="halve" role="keep"', 'exercise="halve" role="test" points=10'),
        ],
        "exercise halve",
        "the order is task, answer, test",
    ),
    "a task in code": (
        [('# %% [markdown] exercise="halve" role="task"', '# %% exercise="halve" role="task"')],
        "line 41, task of halve",
        "a task is a markdown cell",
    ),
    "a role without its exercise": (
        [(CODE, '# %% role="answer"\nx = 1\n')],
        "line 99, answer cell",
        "belong together",
    ),
    "points below 20": (
        [("points=10", "points=9"), ("*10 points", "*9 points")],
        "",
        "the exercises add to 19 points, not 20",
    ),
    "points of the text differ": (
        [("*10 points", "*9 points")],
        "line 41, task of halve",
        "it says 9 points, the test cell 10",
    ),
    "points not whole": (
        [("points=10", 'points="10"')],
        "line 57, test of halve",
        "a whole number",
    ),
    "points on a task": (
        [('exercise="halve" role="task"', 'exercise="halve" role="task" points=10')],
        "line 41, task of halve",
        "points belong on the test cell",
    ),
    "no points line": (
        [("about 3 minutes, difficulty 2 of 5. Needs", "hard. Needs")],
        "line 66, task of running_sum",
        "no line",
    ),
    "no title": (
        [("# ### Half a number\n#\n", "")],
        "line 41, task of halve",
        "a task begins with its title",
    ),
    "duplicate id": (
        [(CODE, '# %% exercise="halve" role="test" points=0\ncheck(halve)\n')],
        "line 99, test of halve",
        "duplicate id 'test_halve'",
    ),
    "a name that is no id": (
        [(CODE, '# %% exercise="Half" role="test" points=0\ncheck(halve)\n')],
        "exercise Half",
        "a name is a-z",
    ),
    "no markers": (
        [("    ### BEGIN SOLUTION\n    return x * 0.5\n    ### END SOLUTION\n", ANSWER)],
        "line 49, answer of halve",
        "no answer between",
    ),
    "nothing between markers": (
        [(ANSWER, "")],
        "line 49, answer of halve",
        "no answer between",
    ),
    "code before the marker": (
        [('    """Return half of x."""\n', '    """Return half of x."""\n    y = x\n')],
        "line 49, answer of halve",
        "'y = x' stands outside the markers",
    ),
    "a helper beside the answer": (
        [("def halve(x):", "def help(x):\n    return x\n\n\ndef halve(x):")],
        "line 49, answer of halve",
        "'return x' stands outside the markers",
    ),
    "no signature left": (
        [
            (
                'def halve(x):\n    """Return half of x."""\n    ### BEGIN SOLUTION\n'
                "    return x * 0.5\n    ### END SOLUTION\n",
                "### BEGIN SOLUTION\ndef halve(x):\n    return x * 0.5\n\n\n### END SOLUTION\n",
            )
        ],
        "line 49, answer of halve",
        "no signature",
    ),
    "a marker without its end": (
        [("    return x * 0.5\n    ### END SOLUTION\n", ANSWER)],
        "line 49, answer of halve",
        "BEGIN SOLUTION comes without its END SOLUTION",
    ),
    "an answer in another cell": (
        [(CODE, "# %%\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n")],
        "line 99",
        "a SOLUTION marker; it belongs in answer cells",
    ),
    "a hidden test in another cell": (
        [(CODE, "# %%\n### BEGIN HIDDEN TESTS\nx = 1\n### END HIDDEN TESTS\n")],
        "line 99",
        "a HIDDEN TESTS marker; it belongs in test cells",
    ),
    "a faulty program that is no comment": (
        [(HUNT, "    total, sums = 0, []\n")],
        "line 74, answer of running_sum",
        "not a comment at its indent",
    ),
    "a faulty program that is no Python": (
        [(HUNT, "    # total, sums = 0, [\n")],
        "line 74, answer of running_sum",
        "what learners get is not plain Python",
    ),
    "no check to run": (
        [("check(halve)\n", "")],
        "line 57, test of halve",
        "the learner has no check(...) to run",
    ),
    "no hidden test": (
        [("check(halve, thorough=True)", "check(halve)")],
        "line 57, test of halve",
        "no check(..., thorough=True)",
    ),
    "no written question": (
        [('# %% [markdown] role="written" points=2', "# %% [markdown]")],
        "",
        "0 written questions, not 1",
    ),
    "a written question of 3 points": (
        [('role="written" points=2', 'role="written" points=3')],
        "line 102, written cell",
        "it is worth 2 points",
    ),
    "no mark scheme": (
        [("# ### BEGIN MARK SCHEME\n", ""), ("# ### END MARK SCHEME\n", "")],
        "line 102, written cell",
        "no mark scheme between",
    ),
    "a demonstration's name in an answer": (
        [(ANSWER, "    return x * 21 / twenty_one / 2\n")],
        "line 49, answer of halve",
        "it uses 'twenty_one', and only a demonstration cell makes it",
    ),
    "a demonstration's name in a faulty program": (
        [(HUNT, "    # total, sums = twenty_one, []\n")],
        "line 74, answer of running_sum",
        "it uses 'twenty_one', and only a demonstration cell makes it",
    ),
    "a name from nowhere": (
        [(ANSWER, "    return math.fsum([x / 2])\n")],
        "line 49, answer of halve",
        "it uses 'math', and no cell makes it",
    ),
    "a long code cell": (
        [(CODE, f"# %%\n{LONG}\n")],
        "line 99",
        "26 lines; a cell has at most 25",
    ),
    "a long answer": (
        [(ANSWER, "\n".join(f"    x{n} = {n}" for n in range(21)) + f"\n{ANSWER}")],
        "line 49, answer of halve",
        "26 lines; a cell has at most 25",
    ),
    "a long text": (
        [("# ## 2. Sums\n", "# ## 2. Sums\n" + "# word\n" * 25)],
        "line 63",
        "26 lines; a cell has at most 25",
    ),
    "a wide line": (
        [(CODE, f"# %%\nx = '{'a' * 95}'\n")],
        "line 99",
        "its line 1 has 101 columns of 100",
    ),
    "a wide line of text": (
        [("# ## 2. Sums\n", f"# ## 2. Sums\n#\n# {'a' * 101}\n")],
        "line 63",
        "its line 3 has 101 columns of 100",
    ),
    "an empty cell": ([(CODE, "# %%\n")], "line 99", "an empty cell"),
    "a magic": ([(CODE, "# %%\n%matplotlib inline\n")], "line 99", "not plain Python"),
    "an unknown option": ([(CODE, "# %% point=3\nx = 1\n")], "line 99", "unknown option 'point'"),
    "an unknown role": (
        [(CODE, '# %% role="demo"\nx = 1\n')],
        "line 99, demo cell",
        "unknown role",
    ),
    "nbval-skip": (
        [(CODE, '# %% tags=["nbval-skip"]\nx = 1\n')],
        "line 99",
        "tag 'nbval-skip'; the only tag to set is",
    ),
    "a comment that nbval obeys": (
        [(CODE, "# %%\n# NBVAL_SKIP\nx = 1\n")],
        "line 99",
        "NBVAL_SKIP in a comment",
    ),
    "too many ignored cells": (
        [(CODE, f"{IGNORED}\n# %%\nassert True\n\n{IGNORED}\n# %%\nassert True\n")],
        "",
        "2 of 12 code cells are tagged nbval-ignore-output; at most 10% may be",
    ),
    "an ignored cell that nothing asserts": (
        [(CODE, f"{MANY}{IGNORED}\n{CODE}")],
        "line 159",
        "the next code cell asserts nothing",
    ),
    "an ignored cell at the end": (
        [(CODE, f"{MANY}{IGNORED}")],
        "line 159",
        "the next code cell asserts nothing",
    ),
    "an ignored test": (
        [
            ('role="test" points=2', 'role="test" points=2 tags=["nbval-ignore-output"]'),
            (CODE, MANY),
        ],
        "line 93, test of running_sum",
        "cells of an exercise are always compared",
    ),
    "plt.show": (
        [(CODE, "# %%\nfig, ax = plt.subplots()\nplt.show()\n")],
        "line 99",
        "plt.show() has no alt text",
    ),
    "a figure that is left to itself": (
        [(CODE, "# %%\nfig, ax = plt.subplots()\n")],
        "line 99",
        "plt.subplots() without figures.show",
    ),
    "a figure without alt text": (
        [(CODE, "# %%\nfig, ax = plt.subplots()\nfigures.show(fig)\n")],
        "line 99",
        "figures.show without alt text",
    ),
    "a figure with empty alt text": (
        [(CODE, '# %%\nfig, ax = plt.subplots()\nfigures.show(fig, alt=" ")\n')],
        "line 99",
        "figures.show without alt text",
    ),
    "a picture without alt text": (
        [("# ## 2. Sums\n", "# ## 2. Sums\n#\n# ![](sums.png)\n")],
        "line 63",
        "an image without alt text",
    ),
    "an img without alt text": (
        [("# ## 2. Sums\n", '# ## 2. Sums\n#\n# <img src="sums.png" alt="">\n')],
        "line 63",
        "an image without alt text",
    ),
}

ACCEPTED = {
    "the tiny lesson": [],
    "25 lines": [(CODE, "# %%\n" + "\n".join(f"x{n} = {n}" for n in range(25)) + "\n")],
    "100 columns": [(CODE, f"# %%\nx = '{'a' * 94}'\n")],
    "a bug hunt of 13 + 13 lines": [
        (
            "    total, sums = 0, []\n    for",
            "    total, sums = 0, []\n" + "    # a\n" * 9 + "    for",
        ),
        (HUNT, HUNT + "    # # a\n" * 9),
    ],
    "an ignored cell that is asserted": [
        (CODE, f"{MANY}{IGNORED}\n# %% [markdown]\n# Fast.\n\n# %%\nassert True\n")
    ],
    "an ignored cell that torch asserts": [
        (CODE, f"{MANY}{IGNORED}\n# %%\ntorch.testing.assert_close(1, 1)\n")
    ],
    "a figure with alt text": [
        (CODE, '# %%\nfig, ax = plt.subplots()\nfigures.show(fig, alt="Sums grow.")\n')
    ],
    "alt text by place": [
        (CODE, '# %%\nfig, ax = plt.subplots()\nfigures.show(fig, "It grows")\n')
    ],
    "a picture with alt text": [("# ## 2. Sums\n", "# ## 2. Sums\n#\n# ![Sums](sums.png)\n")],
    "two answers in one cell": [
        (
            "def halve(x):",
            'def help(x):\n    """Help."""\n    ### BEGIN SOLUTION\n    return x\n'
            "    ### END SOLUTION\n\n\ndef halve(x):",
        )
    ],
    "a class": [
        (
            'def halve(x):\n    """Return half of x."""\n    ### BEGIN SOLUTION\n'
            "    return x * 0.5\n    ### END SOLUTION\n",
            'class Half:\n    """A half."""\n\n    def of(self, x):\n        """Return it."""\n'
            "        ### BEGIN SOLUTION\n        return x / 2\n        ### END SOLUTION\n",
        )
    ],
    "set-up names and earlier answers": [
        ("from tiny_check import check\n", "import math\n\nfrom tiny_check import check\n"),
        (ANSWER, "    return math.fsum([double(x) / 4])\n"),
    ],
    "a local with a demonstration's name": [
        (ANSWER, "    twenty_one = x / 2\n    return twenty_one\n")
    ],
    "BEGIN in a sentence": [("# ## 2. Sums\n", "# ## 2. Sums\n#\n# We BEGIN with a task.\n")],
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_lesson_is_refused_with_file_cell_and_reason(name, course):
    changes, cell, reason = REFUSED[name]
    changed(course, *changes)
    problems = problems_in(lesson(course))
    assert any(
        problem.file == "lessons/01_doubling.py"
        and problem.cell == cell
        and reason in problem.reason
        for problem in problems
    ), "\n".join(map(str, problems)) or "nothing refused"


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_good_lesson_is_not_refused(name, course):
    changed(course, *ACCEPTED[name])
    assert [str(problem) for problem in problems_in(lesson(course))] == []


@pytest.mark.parametrize(
    ("hints", "cell", "reason"),
    [
        ({"halve": None}, "exercise halve", "no hints in hints.yaml of doubling"),
        ({"halve": ["a", "b"]}, "exercise halve", "hints.yaml needs three"),
        ({"halve": ["a", "b", " "]}, "exercise halve", "hints.yaml needs three"),
        ({"halve": ["a", "b", 3]}, "exercise halve", "hints.yaml needs three"),
        ({"third": ["a", "b", "c"]}, "hints of third", "the lesson has no such exercise"),
    ],
)
def test_hints_and_exercises_belong_together(course, hints, cell, reason):
    kept = {**lesson(course).hints, **hints}
    kept = {exercise: three for exercise, three in kept.items() if three is not None}
    (problem,) = problems_in(lesson(course, hints=kept))
    assert (problem.cell, reason in problem.reason) == (cell, True)


def test_training_lessons_may_ignore_twice_as_much(course):
    two = f"{IGNORED}\n# %%\nassert True\n\n{IGNORED}\n# %%\nassert True\n"
    changed(course, (CODE, two), name="06_doubling")
    assert problems_in(lesson(course, name="06_doubling")) == []


def test_lesson_00_has_a_practice_exercise_without_points(course):
    text = (course.root / "lessons" / "01_doubling.py").read_text(encoding="utf-8")
    head, _, rest = text.partition('# %% [markdown] exercise="halve"')
    practice = head.replace("*8 points,", "*Practice,").replace("points=8", "points=0")
    (course.root / "lessons" / "00_doubling.py").write_text(practice, encoding="utf-8")
    hints = {"double": lesson(course).hints["double"]}
    assert rest
    assert problems_in(lesson(course, name="00_doubling", hints=hints)) == []


def test_a_problem_reads_as_one_line():
    problem = Problem("lessons/01_doubling.py", "line 3, test of halve", "no check")
    assert str(problem) == "lessons/01_doubling.py, line 3, test of halve: no check"
    assert str(Problem("notebooks/a.ipynb", "", "is missing")) == "notebooks/a.ipynb: is missing"
