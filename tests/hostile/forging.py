"""Score forging by what stands in the notebook: metadata, outputs, other cells in other places."""

import copy

from course_lib.classroom.verdicts import Verdict
from tests.classroom.notebooks import answers, cell, code, place
from tests.hostile.book import EXERCISES, FULL, hostile
from tests.hostile.notebooks import answering, full_but, grading, submission, tests_of

NOTHING = answering("return None")


@hostile("forging", why="nbgrader would skip the checks and give all points", alarms={"tags"})
def skips_the_checks_by_a_tag(target):
    def change(notebook):
        for test in tests_of(notebook):
            test["metadata"]["tags"] = ["skip-execution"]

    return submission(change=change)


@hostile("forging", why="each check would be worth 1,000 points", alarms={"edited_metadata"})
def raises_the_points(target):
    def change(notebook):
        for test in tests_of(notebook):
            test["metadata"]["nbgrader"]["points"] = 1000

    return submission(change=change)


@hostile("forging", why="points that are no numbers", alarms={"edited_metadata"})
def gives_points_that_are_no_numbers(target):
    def change(notebook):
        for test, points in zip(
            tests_of(notebook),
            [float("nan"), float("inf"), "2", -2, None, [], {}, True],
            strict=True,
        ):
            test["metadata"]["nbgrader"]["points"] = points

    return submission(change=change)


@hostile("forging", why="a check would become an answer", alarms={"edited_metadata"})
def unlocks_the_checks(target):
    def change(notebook):
        for test in tests_of(notebook):
            test["metadata"]["nbgrader"] |= {"grade": False, "locked": False, "solution": True}

    return submission(change=change)


@hostile(
    "forging",
    why="nbgrader takes a number that a check shows for partial credit, also a negative one",
    others=Verdict.FAILED,
    alarms={"edited_test"},
)
def shows_partial_credit(target):
    def change(notebook):
        for test, credit in zip(tests_of(notebook), ["2", "-100", "1e9", "2"] * 2, strict=True):
            test["source"] = credit

    return submission(texts=NOTHING, change=change)


@hostile("forging", why="checks with nothing in them pass", alarms={"edited_test"})
def empties_the_checks(target):
    def change(notebook):
        for test in tests_of(notebook):
            test["source"] = "pass"

    return submission(change=change)


@hostile(
    "forging",
    why="what a check has shown in the past is no evidence",
    others=Verdict.FAILED,
)
def brings_forged_outputs(target):
    def change(notebook):
        for test in tests_of(notebook):
            text = "passed: 2 of 2 points\n"
            test["outputs"] = [{"output_type": "stream", "name": "stdout", "text": text}]
            test["execution_count"] = 1

    return submission(texts=NOTHING, change=change)


@hostile(
    "forging",
    why="nobody would check what has no check any more",
    others=Verdict.FAILED,
    alarms={"missing_cell"},
)
def deletes_the_checks(target):
    def change(notebook):
        for test in tests_of(notebook):
            notebook["cells"].remove(test)

    return submission(texts=NOTHING, change=change)


@hostile(
    "forging",
    why="each check runs before its answer; the answer still counts",
    honest=FULL,
    others=Verdict.PASSED,
)
def moves_the_checks_before_the_answers(target):
    def change(notebook):
        for name, test in zip(EXERCISES, tests_of(notebook), strict=True):
            notebook["cells"].remove(test)
            notebook["cells"].insert(place(notebook, name), test)

    return full_but(change)


@hostile(
    "forging",
    why="an id that comes twice stops nbgrader for everybody; the last definition counts",
    honest=2,
    verdicts={"decode": Verdict.PASSED},
    alarms={"duplicate_cell"},
)
def has_an_answer_twice(target):
    def change(notebook):
        again = copy.deepcopy(cell(notebook, "decode"))
        again["source"] = answers()["decode"]
        notebook["cells"].insert(place(notebook, "decode") + 1, again)

    return submission(texts={"decode": NOTHING["decode"]}, change=change)


@hostile("forging", why="a second, empty check of the same id", alarms={"duplicate_cell"})
def has_each_check_twice(target):
    def change(notebook):
        for test in tests_of(notebook):
            notebook["cells"].insert(notebook["cells"].index(test) + 1, test | {"source": "pass"})

    return submission(change=change)


@hostile(
    "forging",
    why="an answer of 2 points is labelled as the one of 4 points",
    honest=2,
    verdicts={"count_pairs": {Verdict.PASSED, Verdict.NOT_ATTEMPTED, Verdict.FAILED}},
    alarms={"duplicate_cell", "missing_cell"},
)
def labels_an_answer_as_another_exercise(target):
    def change(notebook):
        grading(notebook, "count_pairs")["grade_id"] = "train_bpe"

    return submission(solved=["count_pairs"], change=change)


@hostile(
    "forging",
    why="the cells hold the answers of other exercises, under these exercises' names",
    others=Verdict.FAILED,
)
def answers_with_other_exercises(target):
    known = answers()
    texts = {
        name: f"{known[other]}\n\n\n{name} = {other}"
        for name, other in zip(EXERCISES, [*EXERCISES[1:], EXERCISES[0]], strict=True)
        if name != "tokens_per_word"
    }
    texts["tokens_per_word"] = f"{known['decode']}\n\n\ntokens_per_word = cost = decode"
    return submission(texts=texts)


@hostile(
    "forging",
    why="a graded cell that the release does not have would add 1,000 points",
    alarms={"unknown_id"},
)
def adds_a_graded_cell(target):
    def change(notebook):
        test = copy.deepcopy(cell(notebook, "test_decode"))
        test |= {"id": "bonus", "source": "pass"}
        test["metadata"]["nbgrader"] |= {"grade_id": "test_bonus", "points": 1000}
        notebook["cells"].append(test)

    return submission(change=change)


@hostile(
    "forging",
    why="the written question would be worth 100 points, and be graded already",
    alarms={"edited_metadata"},
)
def grades_its_own_written_answer(target):
    def change(notebook):
        cell(notebook, "written")["source"] = "Because of the tokens."
        grading(notebook, "written").update(points=100, grade=False, solution=False)

    return submission(change=change)


@hostile(
    "forging",
    why="the answer stands in its check, which is replaced",
    others=Verdict.NEEDS_REVIEW,
    alarms={"edited_test"},
)
def answers_inside_the_checks(target):
    def change(notebook):
        for name, test in zip(EXERCISES, tests_of(notebook), strict=True):
            test["source"] = answers()[name]

    return submission(change=change)


@hostile(
    "forging",
    why="a cell behind the last check replaces all answers with nothing",
    honest=FULL,
    others=Verdict.PASSED,
)
def changes_its_mind_at_the_end(target):
    text = "\n\n".join(NOTHING.values())
    return full_but(lambda notebook: notebook["cells"].append(code(text)))
