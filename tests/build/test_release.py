"""What learners get: made from the solution alone, with stubs, faulty programs and questions.

That nbgrader itself writes the same bytes, tests/classroom/test_nbgrader_round_trip.py shows.
"""

import json

import pytest

from course_lib.build.course import Course
from course_lib.build.release import release_text
from course_lib.classroom.markers import faulty_version, regions, replaced
from tests.build.tiny import NAME, ROOT

SOLUTIONS = sorted(ROOT.glob("solutions/*/*.ipynb"))


def released(course: Course) -> dict[str, dict]:
    cells = json.loads(course.release(NAME).read_text(encoding="utf-8"))["cells"]
    return {cell["id"]: cell for cell in cells}


def source(cell: dict) -> str:
    return "".join(cell["source"])


@pytest.mark.parametrize("solution", SOLUTIONS, ids=lambda path: path.stem)
def test_the_release_is_made_from_the_solution(solution):
    release = ROOT / "notebooks" / solution.stem / solution.name
    made = release_text(solution.read_text("utf-8"), ROOT / "nbgrader_config.py")
    assert release.read_text("utf-8") == made


def test_learners_get_a_stub_with_signature_and_docstring(built):
    assert source(released(built)["halve"]) == (
        'def halve(x):\n    """Return half of x."""\n    # Your code here\n'
        '    raise NotImplementedError("Put your answer in place of this line.")'
    )


def test_learners_get_the_faulty_program_of_a_bug_hunt(built):
    text = source(released(built)["running_sum"])
    assert "### " not in text
    exec(text, hunt := {})
    assert hunt["running_sum"]([1, 2, 3]) == [0, 1, 3]


def test_learners_get_the_question_without_its_mark_scheme(built):
    text = source(released(built)["written"])
    assert text.startswith("## 3. In your own words")
    assert text.endswith("(2 points)\n\n*Your answer here.*")


def test_the_release_keeps_no_hash_of_the_solution(built):
    notebook = json.loads(built.release(NAME).read_text(encoding="utf-8"))
    assert list(notebook["metadata"]["tokens_to_trust"]) == ["source"]


HUNT = """def f():
    ### BEGIN SOLUTION
    return 1
    ### END SOLUTION
    ### BEGIN RELEASE
    # if True:
    #     return 2  # two
    #
    # return 3
    ### END RELEASE"""


def test_a_faulty_program_takes_the_answers_place():
    assert faulty_version(HUNT) == "def f():\n    if True:\n        return 2  # two\n\n    return 3"


def test_a_faulty_program_may_stand_above_the_answer():
    above = (
        "### BEGIN RELEASE\n# x = 2\n### END RELEASE\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION"
    )
    assert faulty_version(above) == "x = 2"


@pytest.mark.parametrize(
    "text",
    [
        HUNT.replace("    # return 3", "    return 3"),
        HUNT.replace("    # return 3", "# return 3"),
        HUNT.replace("# return 3", "#return 3"),
        HUNT.replace("### BEGIN SOLUTION", "pass").replace("### END SOLUTION", "pass"),
        HUNT + "\n    ### BEGIN RELEASE\n    # return 4\n    ### END RELEASE",
    ],
)
def test_a_faulty_program_in_another_form_is_refused(text):
    with pytest.raises(ValueError):
        faulty_version(text)


@pytest.mark.parametrize(
    "text",
    [
        "### BEGIN SOLUTION\nx = 1",
        "### END SOLUTION",
        "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION",
    ],
)
def test_a_marker_without_its_partner_is_refused(text):
    with pytest.raises(ValueError, match="SOLUTION"):
        regions(text, "SOLUTION")


def test_each_region_is_replaced_at_its_indent():
    text = "a\n  # BEGIN SOLUTION\n  x\n  # END SOLUTION\nb\n# BEGIN SOLUTION\ny\n# END SOLUTION"
    assert replaced(text, "SOLUTION", "one", "two") == "a\n  one\n  two\nb\none\ntwo"
