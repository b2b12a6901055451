"""Bringing a changed lesson into a learner's copy: what stays, what comes, and where it stands."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.study.merge import merge
from tests.study.notebooks import answer, cell, notebook, test_cell, texts

BASE = notebook(
    cell("s", "# Title", "markdown"),
    cell("s-1", "demo = 1"),
    cell("task_f", "### Exercise 1.1: f", "markdown"),
    answer("f", "def f(): raise NotImplementedError"),
    test_cell("test_f", "check(f)"),
    cell("test_f-1", "print(f())"),
)


def changed(base: dict, **texts_by_id: str) -> dict:
    made = copy.deepcopy(base)
    for made_cell in made["cells"]:
        made_cell["source"] = texts_by_id.get(
            made_cell["id"].replace("-", "_"), made_cell["source"]
        )
    return made


def with_cell(base: dict, at: int, new: dict) -> dict:
    cells = copy.deepcopy(base["cells"])
    return {**base, "cells": [*cells[:at], new, *cells[at:]]}


def without(base: dict, *names: str) -> dict:
    return {**base, "cells": [c for c in copy.deepcopy(base["cells"]) if c["id"] not in names]}


def test_what_only_the_lesson_changed_comes_in():
    mine = changed(BASE, f="def f(): return 7")
    theirs = changed(BASE, s_1="demo = 2", task_f="### Exercise 1.1: f, mended")
    result = merge(BASE, mine, theirs)
    assert texts(result.notebook) == [
        "# Title",
        "demo = 2",
        "### Exercise 1.1: f, mended",
        "def f(): return 7",
        "check(f)",
        "print(f())",
    ]
    assert (result.changed, result.set_beside) == (2, 0)


def test_what_only_the_learner_changed_stays():
    mine = changed(BASE, s_1="demo = 41 + 1", test_f_1="print(f(), 'mine')")
    theirs = changed(BASE, task_f="### Exercise 1.1: g")
    assert texts(merge(BASE, mine, theirs).notebook) == [
        "# Title",
        "demo = 41 + 1",
        "### Exercise 1.1: g",
        "def f(): raise NotImplementedError",
        "check(f)",
        "print(f(), 'mine')",
    ]


def test_an_answer_stays_whatever_changed():
    mine = changed(BASE, f="def f(): return 7")
    theirs = changed(BASE, f="def f(x): raise NotImplementedError")
    result = merge(BASE, mine, theirs)
    assert texts(result.notebook)[3] == "def f(): return 7"
    assert result.set_beside == 0


def test_an_untouched_stub_gets_its_new_signature():
    theirs = changed(BASE, f="def f(x): raise NotImplementedError")
    assert texts(merge(BASE, BASE, theirs).notebook)[3] == "def f(x): raise NotImplementedError"


def test_where_both_changed_a_cell_the_learners_stands_below_the_new_one():
    mine = changed(BASE, s_1="demo = 'mine'", test_f="check(f)  # mine")
    theirs = changed(BASE, s_1="demo = 'new'", test_f="check(f)  # new")
    result = merge(BASE, mine, theirs)
    assert texts(result.notebook)[1:3] == ["demo = 'new'", "demo = 'mine'"]
    assert texts(result.notebook)[5:7] == ["check(f)  # new", "check(f)  # mine"]
    assert result.set_beside == 2
    own = result.notebook["cells"][6]
    assert own["metadata"] == {}  # not graded, not locked
    assert own["id"] not in [cell["id"] for cell in BASE["cells"]]


def test_added_cells_keep_their_place():
    mine = with_cell(with_cell(BASE, 4, cell("a", "try_it = f()")), 0, cell("b", "first = 0"))
    theirs = with_cell(BASE, 2, cell("s-2", "more = 3"))
    assert texts(merge(BASE, mine, theirs).notebook) == [
        "first = 0",
        "# Title",
        "demo = 1",
        "more = 3",
        "### Exercise 1.1: f",
        "def f(): raise NotImplementedError",
        "try_it = f()",
        "check(f)",
        "print(f())",
    ]


def test_a_cell_inserted_above_does_not_take_the_learners_change():
    mine = changed(BASE, s_1="demo = 'mine'")
    theirs = notebook(
        BASE["cells"][0],
        cell("s-1", "inserted = 0"),  # takes over the id
        cell("s-2", "demo = 1"),
        *BASE["cells"][2:],
    )
    expected = ["# Title", "inserted = 0", "demo = 'mine'", *texts(BASE)[2:]]
    assert texts(merge(BASE, mine, theirs).notebook) == expected


def test_a_removed_cell_goes_unless_the_learner_had_changed_it():
    theirs = without(BASE, "s-1", "f", "test_f")
    mine = changed(BASE, f="def f(): return 7")
    result = merge(BASE, mine, theirs).notebook
    assert texts(result) == ["# Title", "### Exercise 1.1: f", "def f(): return 7", "print(f())"]
    assert "nbgrader" not in result["cells"][2]["metadata"]


def test_a_cell_the_learner_deleted_stays_deleted_until_the_lesson_changes_it():
    mine = without(BASE, "s-1", "test_f-1")
    theirs = changed(BASE, test_f_1="print(f(), 'new')")
    assert texts(merge(BASE, mine, theirs).notebook) == [
        *texts(BASE)[:1],
        *texts(BASE)[2:5],
        "print(f(), 'new')",
    ]


def test_a_deleted_graded_cell_comes_back():
    mine = without(BASE, "f", "test_f")
    theirs = changed(BASE, s="# New title")
    assert texts(merge(BASE, mine, theirs).notebook)[3:5] == texts(BASE)[3:5]


def test_a_copied_answer_is_not_graded_twice():
    mine = with_cell(changed(BASE, f="def f(): return 7"), 3, answer("f", "def f(): return 6"))
    mine["cells"][3]["id"] = "a1b2"
    theirs = changed(BASE, s="# New title")
    result = merge(BASE, mine, theirs).notebook
    assert texts(result)[3:5] == ["def f(): return 6", "def f(): return 7"]
    assert ["nbgrader" in c["metadata"] for c in result["cells"][3:5]] == [False, True]


def test_outputs_and_attachments_stay_and_metadata_is_the_lessons():
    mine = changed(BASE, f="def f(): return 7")
    mine["cells"][1]["outputs"] = ["kept"]
    mine["cells"][1]["metadata"] = {"collapsed": True, "tags": ["old"]}
    mine["cells"][3]["attachments"] = {"a.png": {}}
    theirs = changed(BASE, s="# New title")
    base = copy.deepcopy(BASE)
    base["cells"][1]["metadata"] = {"tags": ["old"]}
    theirs["cells"][1]["metadata"] = {"tags": ["new"]}
    result = merge(base, mine, theirs).notebook["cells"]
    assert result[1]["outputs"] == ["kept"]
    assert result[1]["metadata"] == {"collapsed": True, "tags": ["new"]}
    assert result[3]["attachments"] == {"a.png": {}}


def test_without_a_base_both_sides_are_kept():
    mine = with_cell(changed(BASE, f="def f(): return 7", s_1="demo = 9"), 4, cell("a", "own = 1"))
    theirs = changed(BASE, s="# New title")
    result = texts(merge(None, mine, theirs).notebook)
    assert result == [
        "# New title",
        "# Title",
        "demo = 1",
        "demo = 9",
        "### Exercise 1.1: f",
        "def f(): return 7",
        "own = 1",
        "check(f)",
        "print(f())",
    ]


def test_a_copy_whose_ids_another_program_rewrote_is_still_known():
    mine = with_cell(changed(BASE, f="def f(): return 7"), 4, cell("a", "own = 1"))
    for number, made in enumerate(mine["cells"]):
        made["id"] = f"other-{number}"
    theirs = changed(BASE, s="# New title")
    assert texts(merge(BASE, mine, theirs).notebook) == ["# New title", *texts(mine)[1:]]


def test_the_three_notebooks_are_not_modified():
    mine, theirs = changed(BASE, s_1="demo = 9"), changed(BASE, s_1="demo = 8", f="def f(x): 0")
    before = copy.deepcopy((BASE, mine, theirs))
    merge(BASE, mine, theirs)
    assert (BASE, mine, theirs) == before


LINES = st.text("ab\n", max_size=4)


@st.composite
def three_notebooks(draw):
    """Draw a lesson, a learner's copy of it, and a later version of the lesson."""

    def edited(cells, prefix):
        made = []
        for number, old in enumerate(cells):
            what = draw(st.sampled_from(["keep", "keep", "edit", "drop", "add"]))
            if what == "add":
                made.append(
                    cell(draw(st.sampled_from(["s-0", "s-1", f"{prefix}{number}"])), draw(LINES))
                )
            if what != "drop":
                made.append(copy.deepcopy(old))
            if what == "edit":
                made[-1]["source"] = draw(LINES)
        return made

    base = [
        (answer if draw(st.booleans()) else cell)(f"s-{number}", draw(LINES)) for number in range(4)
    ]
    mine, theirs = edited(base, "own-"), edited(base, "new-")
    if draw(st.booleans()):  # a learner may move cells, and a later version its ids
        mine = draw(st.permutations(mine))
    if draw(st.booleans()):
        for number, plain in enumerate(c for c in theirs if not c["metadata"]):
            plain["id"] = f"s-{number}"
    ids = set()
    unique = [c for c in theirs if not (c["id"] in ids or ids.add(c["id"]))]
    return notebook(*base), notebook(*mine), notebook(*unique)


@settings(max_examples=300)
@given(three_notebooks(), st.booleans())
def test_no_text_of_the_learner_is_ever_lost(three, base_is_lost):
    base, mine, theirs = three
    result = merge(None if base_is_lost else base, mine, theirs).notebook
    left = texts(result)
    for text in texts(mine):
        if text not in texts(base):
            assert text in left
            left.remove(text)  # as often as the learner has it
    lesson_ids = [c["id"] for c in theirs["cells"]]
    ids = [c["id"] for c in result["cells"]]
    assert len(set(ids)) == len(ids)
    assert [i for i in ids if i in lesson_ids] == [i for i in lesson_ids if i in ids]


@settings(max_examples=300)
@given(three_notebooks())
def test_a_second_update_changes_nothing(three):
    base, mine, theirs = three
    once = merge(base, mine, theirs).notebook
    twice = merge(theirs, once, theirs)
    assert texts(twice.notebook) == texts(once)
    assert twice.set_beside == 0


@pytest.mark.parametrize("source", ["a\nb", ["a\n", "b"]])
def test_text_is_the_same_as_a_string_or_as_lines(source):
    base, theirs = notebook(cell("s", "a\nb")), notebook(cell("s", "new"))
    mine = notebook(cell("s", source))
    assert texts(merge(base, mine, theirs).notebook) == ["new"]
