"""The text of an answer is found, and whatever could make the answer another one is seen."""

import pytest

from course_lib.classroom.definitions import defined

DEFINE = "def f(x):\n    return x"


@pytest.mark.parametrize(
    "cells",
    [
        [DEFINE],
        [DEFINE, DEFINE],
        [DEFINE, "y = f(1)\nprint(f.__name__)"],
        [DEFINE, "import ("],
        ["from math import *", DEFINE],
        ["class f:\n    a = 1"],
        ["def g():\n    f = 1\n    return f", DEFINE],
    ],
)
def test_definitions_are_all_that_a_reader_needs(cells):
    found = defined("f", enumerate(cells))
    assert found.plain and found.text in cells[-1] + DEFINE


@pytest.mark.parametrize(
    "more",
    [
        "f = max",
        "f: int = 1",
        "f += 1",
        "import f",
        "from x import g as f",
        "for f in x: pass",
        "with x as f: pass",
        "if x:\n    def f(x): return 1",
        "def g():\n    global f\n    f = 1",
        "(f := max)",
        "del f",
        "@g\ndef f(x): return 1",
        "f.attribute = 1",
        "setattr(f, name, 1)",
        "from helper import *",
    ],
)
def test_all_else_that_binds_the_name_is_seen(more):
    assert not defined("f", enumerate([DEFINE, more])).plain
    assert not defined("f", enumerate([more, DEFINE])).plain


def test_the_last_definition_counts_and_each_is_found():
    found = defined("f", [("a", DEFINE), ("b", "x = 1"), ("c", f"{DEFINE}\n\ndef f(): pass")])
    assert (found.text, found.cells) == ("def f(): pass", ("a", "c", "c"))
    assert defined("g", [("a", DEFINE)]).text == ""
