"""Cells are matched with the release, what is run is chosen, and what was changed is reported."""

import nbformat
import pytest

from course_lib.classroom.lesson import source_of
from course_lib.classroom.submission import Submission, prepare
from tests.classroom.notebooks import answers, cell, changed, code, empty, full, lesson, place

EXERCISES = list(lesson().exercises)


def prepared(change=lambda notebook: None, data=None) -> Submission:
    return prepare(lesson(), changed(data or full(), change))


def kinds(submission):
    return sorted({alarm.kind for alarm in submission.alarms})


def run_order(submission):
    return [step.cell or f"check {step.exercise}" for step in submission.steps]


def test_honest_work_raises_no_alarm():
    for data in (full(), empty()):
        assert prepare(lesson(), data).alarms == ()


def test_what_programs_add_on_saving_raises_no_alarm():
    def saved(notebook):
        notebook["nbformat_minor"] = 2
        notebook["metadata"]["language_info"] = {"name": "python"}
        for one in notebook["cells"]:
            one["metadata"] |= {"trusted": True, "collapsed": False, "vscode": {"languageId": "py"}}
            one["source"] = [line + "\n" for line in [*source_of(one).split("\n"), ""]]

    assert prepared(saved).alarms == ()


def test_only_setup_and_answers_are_run_each_check_in_its_place():
    order = run_order(prepared())
    expected = ["setup"]
    for name in EXERCISES:
        expected += [name, f"check {name}"]
    assert order == expected


def test_cells_of_the_learner_are_run_in_their_place():
    def add(notebook):
        notebook["cells"].insert(place(notebook, "test_merge_pair"), code("x = 1"))
        notebook["cells"].append(
            {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "a note"}
        )

    order = run_order(prepared(add))
    added = [name for name in order if name.startswith("own-")]
    assert len(added) == 1
    assert order.index("merge_pair") < order.index(added[0]) < order.index("check merge_pair")


def test_an_untouched_exercise_is_known():
    texts = {name: answers()[name] for name in EXERCISES[:2]}
    submission = prepare(lesson(), changed(empty(), lambda nb: fill(nb, texts)))
    assert submission.untouched == frozenset(EXERCISES[2:])


@pytest.mark.parametrize(
    ("version", "not_given"),
    [("an older one", {"encode"}), (lesson().made_from, set()), ("", set())],
)
def test_an_exercise_that_another_version_of_the_lesson_may_not_have_had_is_known(
    version, not_given
):
    def without_encode(notebook):
        notebook["metadata"]["tokens_to_trust"] = {"source": version}
        notebook["cells"].remove(cell(notebook, "encode"))

    assert len(lesson().made_from) == 64
    assert prepared(without_encode).not_given == not_given


@pytest.mark.parametrize("metadata", [3, None, {"tokens_to_trust": 3}, {"tokens_to_trust": {}}])
def test_a_notebook_that_does_not_say_its_version_has_none(metadata):
    def without_encode(notebook):
        notebook["metadata"] = metadata
        notebook["cells"].remove(cell(notebook, "encode"))

    assert prepared(without_encode).not_given == set()


def fill(notebook, texts):
    for name, text in texts.items():
        cell(notebook, name)["source"] = text


def test_an_answer_in_a_cell_of_its_own_counts():
    def elsewhere(notebook):
        where = place(notebook, "test_count_pairs")
        notebook["cells"].insert(where, code(answers()["count_pairs"]))

    submission = prepared(elsewhere, empty())
    assert "count_pairs" not in submission.untouched
    assert "def count_pairs" in submission.texts["count_pairs"]["count_pairs"]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("edited_test", lambda nb: cell(nb, "test_encode").update(source="pass")),
        ("missing_cell", lambda nb: nb["cells"].remove(cell(nb, "test_encode"))),
        ("missing_cell", lambda nb: nb["cells"].remove(cell(nb, "encode"))),
        (
            "edited_metadata",
            lambda nb: cell(nb, "test_encode")["metadata"]["nbgrader"].update(points=100),
        ),
        (
            "edited_metadata",
            lambda nb: cell(nb, "test_encode")["metadata"]["nbgrader"].update(grade=False),
        ),
        ("tags", lambda nb: cell(nb, "test_encode")["metadata"].update(tags=["skip-execution"])),
        ("lost_metadata", lambda nb: cell(nb, "encode")["metadata"].pop("nbgrader")),
        ("changed_kind", lambda nb: cell(nb, "encode").update(cell_type="markdown")),
        (
            "duplicate_cell",
            lambda nb: nb["cells"].insert(place(nb, "encode"), dict(cell(nb, "encode"))),
        ),
        (
            "unknown_id",
            lambda nb: nb["cells"].append(
                code("x", metadata={"nbgrader": {"grade_id": "test_bonus", "points": 100}})
            ),
        ),
    ],
)
def test_a_change_is_reported_and_repaired(kind, change):
    submission = prepared(change)
    assert kinds(submission) == [kind]
    checks = [step.exercise for step in submission.steps if step.exercise]
    assert sorted(checks) == sorted(EXERCISES)
    by_id = {one["id"]: one for one in submission.notebook["cells"]}
    released = lesson().by_id["test_encode"]
    assert by_id["test_encode"] == {**released, "outputs": [], "execution_count": None}
    assert by_id["encode"]["cell_type"] == "code"
    graded = [one for one in submission.notebook["cells"] if one["metadata"].get("nbgrader")]
    assert len(graded) == len({one["id"] for one in graded}) == 2 * len(EXERCISES) + 1


def test_a_check_that_was_moved_up_comes_after_its_answer():
    def move(notebook):
        test = cell(notebook, "test_encode")
        notebook["cells"].remove(test)
        notebook["cells"].insert(0, test)

    order = run_order(prepared(move))
    assert order.index("encode") < order.index("check encode")


def test_a_missing_setup_cell_is_put_first():
    submission = prepared(lambda nb: nb["cells"].remove(cell(nb, "setup")))
    assert run_order(submission)[0] == "setup"


def test_a_setup_cell_that_the_learner_added_to_is_run_as_it_is():
    def add(notebook):
        setup = cell(notebook, "setup")
        setup["source"] = source_of(setup) + "\nimport numpy as np\n"

    assert "import numpy" in prepared(add).steps[0].source


def test_a_demonstration_that_became_a_helper_is_run():
    demo = next(c["id"] for c in lesson().cells if c["id"] == "setup-2")

    def use(notebook):
        cell(notebook, demo)["source"] = "def my_helper(ids):\n    return len(ids)"
        cell(notebook, "encode")["source"] += "\nuses = my_helper([1])"

    assert demo in run_order(prepared(use))
    assert demo not in run_order(prepared(lambda nb: cell(nb, demo).update(source="x = 1")))


def test_a_check_that_was_edited_is_shown_beside_the_releases():
    def edit(notebook):
        cell(notebook, "test_decode")["source"] = "print('mine')"

    cells = prepared(edit).notebook["cells"]
    at = next(n for n, one in enumerate(cells) if one["id"] == "test_decode")
    assert source_of(cells[at - 1]) == "print('mine')" and cells[at - 1]["metadata"] == {}
    assert source_of(cells[at]) == source_of(lesson().by_id["test_decode"])


def test_outputs_of_the_learner_go_nowhere():
    def print_more(notebook):
        for one in notebook["cells"]:
            if one["cell_type"] == "code":
                one["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "20 / 20"}]

    assert "20 / 20" not in str(prepared(print_more).notebook)


def test_the_repaired_notebook_is_a_valid_one():
    def add(notebook):
        notebook["cells"][2:2] = [code("x = 1"), {**code("y"), "cell_type": "raw"}]

    nbformat.validate(nbformat.from_dict(prepared(add).notebook))


def test_a_hand_in_the_machinery_is_seen_from_there_on():
    def reach(notebook):
        text = "import sys\nsys.modules['torch'] = None"
        notebook["cells"].insert(place(notebook, "encode"), code(text))

    reaching = prepared(reach).reaching
    assert reaching["count_pairs"] == []
    assert reaching["encode"] == reaching["tokens_per_word"]
    ((cell_id, word),) = reaching["encode"]
    assert cell_id.startswith("own-") and word == "sys.modules"


def test_magics_do_not_hide_an_answer():
    def timed(notebook):
        cell(notebook, "encode")["source"] = "%matplotlib inline\n" + answers()["encode"]

    assert "def encode" in prepared(timed).texts["encode"]["encode"]
