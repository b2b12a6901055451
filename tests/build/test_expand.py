"""What the build makes of a lesson source: ids, numbers, hints, nbgrader's metadata."""

import nbformat
from nbgrader.nbgraderformat import MetadataValidator

from course_lib.build.expand import cell_ids, notebook_of
from course_lib.build.lesson_facts import facts_text
from tests.build.tiny import changed, lesson

IDS = [
    "section-doubling-what-does-twice-mean",
    "setup",
    "section-twice",
    "section-twice-1",
    "task_double",
    "double",
    "test_double",
    "task_halve",
    "halve",
    "test_halve",
    "section-sums",
    "task_running_sum",
    "running_sum",
    "test_running_sum",
    "test_running_sum-1",
    "written",
]


def cells(course) -> dict[str, dict]:
    return {cell["id"]: cell for cell in notebook_of(lesson(course))["cells"]}


def test_ids_come_from_names_headings_and_places(course):
    assert cell_ids(lesson(course)) == IDS


def test_an_edited_sentence_changes_no_id(course):
    changed(course, ("what is twice 21?", "how much is it?"), ("2 * twenty_one", "21 * 2"))
    assert cell_ids(lesson(course)) == IDS


def test_an_added_cell_moves_no_id_beyond_its_own_section(course):
    changed(course, ("# %%\ntwenty_one", "# %%\nx = 1\n\n# %%\ntwenty_one"))
    assert cell_ids(lesson(course)) == [*IDS[:4], "section-twice-2", *IDS[4:]]


def test_sections_of_the_same_name_have_different_ids(course):
    changed(course, ("# ## 2. Sums\n", "# ## 2. Twice\n"))
    assert cell_ids(lesson(course))[10] == "section-twice-again-2"


def test_the_notebook_is_valid_for_jupyter_and_nbgrader(course):
    notebook = nbformat.from_dict(notebook_of(lesson(course)))
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)


def test_exercises_are_numbered_in_the_lesson(course):
    titles = [
        cells(course)[f"task_{name}"]["source"].splitlines()[0]
        for name in ("double", "halve", "running_sum")
    ]
    assert titles == [
        "### Exercise 1.1: Twice a number",
        "### Exercise 1.2: Half a number",
        "### Exercise 1.3: Bug hunt: a running sum",
    ]


def test_three_folded_hints_end_the_task(course):
    text = cells(course)["task_double"]["source"]
    assert text.endswith(
        "\n\n<details><summary>Hint 1: a question</summary>\n\nWhat is twice three?\n\n</details>"
        "\n\n<details><summary>Hint 2: a nudge</summary>\n\nWhich operator multiplies?"
        "\n\n</details>\n\n"
        "<details><summary>Hint 3: nearly the answer</summary>\n\n"
        "Multiply by two:\n\n```python\n2 * x\n```\n\n</details>"
    )


def test_graded_cells_carry_what_nbgrader_needs(course):
    made = cells(course)
    answer, test, written = (made[key]["metadata"] for key in ("halve", "test_halve", "written"))
    assert answer["nbgrader"] == {
        "grade": False,
        "grade_id": "halve",
        "locked": False,
        "schema_version": 3,
        "solution": True,
        "task": False,
    }
    assert test["nbgrader"] == answer["nbgrader"] | {
        "grade": True,
        "grade_id": "test_halve",
        "locked": True,
        "points": 10,
        "solution": False,
    }
    assert written["nbgrader"] == answer["nbgrader"] | {
        "grade": True,
        "grade_id": "written",
        "points": 2,
    }
    assert "nbgrader" not in made["task_halve"]["metadata"]


def test_only_answers_and_tests_let_a_run_go_on(course):
    tagged = [key for key, cell in cells(course).items() if "tags" in cell["metadata"]]
    assert tagged == [key for key in IDS if key.removeprefix("test_") in lesson(course).exercises]
    assert cells(course)["halve"]["metadata"]["tags"] == ["raises-exception"]


def test_the_facts_for_a_learners_tools(course):
    text = facts_text(lesson(course))
    assert '"demo": [\n  "twenty_one"\n ]' in text
    assert (
        '"name": "halve",\n   "number": "1.2",\n   "title": "Half a number",\n   "points": 10'
        in text
    )
    assert '"title": "Doubling: what does twice mean?"' in text


def test_a_name_that_an_answer_binds_too_is_no_demonstration_name(course):
    changed(course, ("twenty_one = 21\n", "twenty_one = 21\nhalve = 3\n"))
    assert '"demo": [\n  "twenty_one"\n ]' in facts_text(lesson(course))
