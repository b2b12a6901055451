"""Broken submissions: notebooks in which single cells are no cells, or no Python."""

import json

from course_lib.classroom.verdicts import Verdict
from tests.classroom.notebooks import answers, cell, code, place
from tests.hostile.book import EXERCISES, FULL, hostile
from tests.hostile.notebooks import full_but, submission

WHOLE = {"honest": FULL, "others": Verdict.PASSED}
# One exercise of 4 points is broken, the others stand.
BUT_ONE = {"honest": FULL - 4, "others": Verdict.PASSED}
UNDEFINED = {"encode": {Verdict.FAILED, Verdict.NOT_ATTEMPTED, Verdict.NEEDS_REVIEW}}
MAYBE = {"honest": FULL, "others": {Verdict.PASSED, Verdict.NEEDS_REVIEW}}


def _source(name: str, why: str, source: object) -> None:
    """Register a whole answer in which the source of one answer is no text."""
    alarms = {"broken_cell", "missing_cell"}

    def make(target):
        return full_but(lambda notebook: cell(notebook, "encode").update(source=source))

    verdicts = {"encode": Verdict.NOT_ATTEMPTED}
    hostile("broken", why=why, name=name, alarms=alarms, verdicts=verdicts, **BUT_ONE)(make)


_source("has_a_number_for_a_source", "the text of a cell is a number", 3)
_source("has_a_number_among_the_lines", "one of its lines is a number", ["def encode(", 3])
_source("has_a_dict_for_a_source", "the text of a cell is a dict", {"def": "encode"})


@hostile(
    "broken",
    why="the text of a cell is missing",
    verdicts={"encode": Verdict.NOT_ATTEMPTED},
    alarms={"broken_cell", "missing_cell"},
    **BUT_ONE,
)
def has_a_cell_without_source(target):
    return full_but(lambda notebook: cell(notebook, "encode").pop("source"))


@hostile("broken", why="cells that are no cells", alarms={"broken_cell"}, **WHOLE)
def has_cells_that_are_no_cells(target):
    odd = [3, "cell", None, [], {}, {"cell_type": []}, {"cell_type": "code"}, {"source": "x"}]
    return full_but(lambda notebook: notebook.update(cells=odd + notebook["cells"] + odd))


@hostile("broken", why="a program has copied one id to all cells", **WHOLE)
def has_one_id_for_all_cells(target):
    def change(notebook):
        for each in notebook["cells"]:
            each["id"] = "same"

    return full_but(change)


@hostile("broken", why="format 4.4 has no ids", **WHOLE)
def has_no_ids(target):
    def change(notebook):
        for each in notebook["cells"]:
            del each["id"]

    return full_but(change)


@hostile(
    "broken", why="another program has dropped nbgrader's notes", alarms={"lost_metadata"}, **WHOLE
)
def has_lost_its_metadata(target):
    def change(notebook):
        for each in notebook["cells"]:
            each["metadata"] = {}

    return full_but(change)


@hostile("broken", why="metadata of odd types", alarms={"lost_metadata"}, **WHOLE)
def has_odd_metadata(target):
    odd = [{"nbgrader": 3, "tags": "x"}, [], "metadata", None, {"nbgrader": [], "tags": [3, {}]}]

    def change(notebook):
        for number, each in enumerate(notebook["cells"]):
            each["metadata"] = odd[number % len(odd)]
        notebook["metadata"] = [3]

    return full_but(change)


@hostile("broken", why="ids of odd types", **WHOLE)
def has_odd_ids(target):
    def change(notebook):
        for name in EXERCISES:
            cell(notebook, name)["metadata"]["nbgrader"]["grade_id"] = ["encode"]

    return full_but(change)


@hostile("broken", why="an id of a megabyte", alarms={"unknown_id"}, **WHOLE)
def has_an_id_of_a_megabyte(target):
    more = code("x = 1", metadata={"nbgrader": {"grade_id": "long" * 250_000, "grade": True}})
    return full_but(lambda notebook: notebook["cells"].append(more))


@hostile("broken", why="half a character, which no file can hold", **WHOLE)
def has_halves_of_characters(target):
    def change(notebook):
        notebook["cells"].insert(3, code('half = "\ud83d"', id="\udca9"))
        cell(notebook, "encode")["source"] += "\n# \ud83d"

    return full_but(change)


@hostile("broken", why="a byte that ends texts in C", verdicts=UNDEFINED, **BUT_ONE)
def has_nothing_characters(target):
    def change(notebook):
        cell(notebook, "encode")["source"] += "\n\0"
        notebook["cells"].insert(place(notebook, "decode"), code("x = '\0'"))

    return full_but(change)


@hostile("broken", why="a typing mistake stops its own cell only", verdicts=UNDEFINED, **BUT_ONE)
def has_a_syntax_error(target):
    def change(notebook):
        cell(notebook, "encode")["source"] = "def encode(text, merges:\n    return ["

    return full_but(change)


@hostile("broken", why="an answer has become a text", alarms={"changed_kind"}, **WHOLE)
def has_an_answer_that_is_markdown(target):
    return full_but(lambda notebook: cell(notebook, "encode").update(cell_type="markdown"))


@hostile(
    "broken",
    why="answers in the wrong order: what uses another one may not find it",
    honest=FULL,
    others={Verdict.PASSED, Verdict.FAILED},
)
def has_its_cells_backwards(target):
    def change(notebook):
        setup = cell(notebook, "setup")
        rest = [each for each in notebook["cells"] if each is not setup]
        notebook["cells"] = [setup, *reversed(rest)]

    return full_but(change)


def _deep(name: str, why: str, text: str) -> None:
    """Register a whole answer with a cell that Python's own reader cannot follow down."""

    def make(target):
        return full_but(lambda notebook: notebook["cells"].insert(5, code(text)))

    hostile("broken", why=why, name=name, **MAYBE)(make)


_deep("adds_ten_thousand_ones", "a sum that somebody's program wrote", "x = 1" + "+1" * 10_000)
_deep("negates_a_hundred_thousand_times", "signs without end", "x = " + "-" * 100_000 + "1")
_deep("asks_three_thousand_questions", "`elif` by `elif`", "if 0: x\n" + "elif 0: x\n" * 3_000)
_deep("nests_functions_deeply", "a lambda in a lambda", "x = " + "lambda: " * 3_000 + "1")
_deep("follows_a_long_path", "an attribute of an attribute", "if 0:\n    x" + ".y" * 3_000)


@hostile(
    "broken",
    why="the same in an answer; some Pythons can read it",
    verdicts={"encode": {*UNDEFINED["encode"], Verdict.PASSED}},
    **MAYBE,
)
def adds_ones_in_an_answer(target):
    text = answers()["encode"] + "\n\n\nx = 1" + "+1" * 10_000
    return full_but(lambda notebook: cell(notebook, "encode").update(source=text))


@hostile("broken", why="numbers that JSON does not have", alarms={"edited_metadata"}, **WHOLE)
def has_numbers_that_are_none(target):
    data = submission(solved=EXERCISES)
    notebook = json.loads(data)
    for name in EXERCISES:
        cell(notebook, f"test_{name}")["metadata"]["nbgrader"]["points"] = float("nan")
    notebook["nbformat_minor"] = float("inf")
    return json.dumps(notebook).encode()
