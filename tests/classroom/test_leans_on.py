"""The statements that an answer leans on are found, over as many steps as it takes."""

import time

import pytest

from course_lib.classroom.leans_on import leans_on

ANSWER = "def answer(x):\n    return helper(x)"


@pytest.mark.parametrize(
    "statement",
    [
        "helper = torch.softmax",
        "def helper(x):\n    return x",
        "from torch import softmax as helper",
        "for helper in [torch.softmax]:\n    pass",
        "def make():\n    global helper\n    helper = torch.softmax",
    ],
)
def test_whatever_makes_the_name_is_found(statement):
    cells = ["other = 1\nhelper.size", statement, "print(answer(1))"]
    assert leans_on(ANSWER, cells) == [statement]


def test_what_a_helper_needs_is_found_too_in_the_order_of_the_notebook():
    cells = ["import torch", "def helper(x):\n    return deeper(x)", "deeper = torch.exp"]
    assert leans_on(ANSWER, cells) == ["import torch", cells[1], "deeper = torch.exp"]


@pytest.mark.parametrize(
    "statement",
    ["helper.append(f)", "helper['x'] = f", "helper.go = f", "@helper.add\ndef g():\n    pass"],
)
def test_what_is_put_into_a_helper_is_found(statement):
    assert leans_on(ANSWER, ["helper = make()", statement]) == ["helper = make()", statement]


def test_what_a_module_is_asked_for_elsewhere_is_no_helper():
    answer = "def answer(x):\n    return torch.exp(x)"
    assert leans_on(answer, ["import torch", "torch.softmax(x)"]) == ["import torch"]


def test_helpers_that_need_each_other_are_found_once():
    cells = ["def helper(x):\n    return back(x)", "def back(x):\n    return helper(x)"]
    assert leans_on(ANSWER, cells) == cells


def test_an_answer_that_is_judged_for_itself_is_not_followed():
    cells = ["def helper(x):\n    return deeper(x)", "deeper = torch.exp"]
    assert leans_on(ANSWER, cells, judged=["helper"]) == []


def test_text_that_is_no_python_leans_on_nothing_and_hides_nothing_else():
    assert leans_on("def answer(", ["helper = 1"]) == []
    assert leans_on(ANSWER, ["helper = (", "helper = 1", "(" * 500]) == ["helper = 1"]


def seconds_for(links: int) -> float:
    """Return the processor time, at best, that a chain takes which is written from its end."""
    chain = "\n".join(f"n{n} = n{n + 1}" for n in reversed(range(links)))
    times = []
    for _ in range(3):
        start = time.process_time()
        assert len(leans_on("def answer(): return n0", [chain])) == links
        times.append(time.process_time() - start)
    return min(times)


def test_a_chain_made_to_take_for_ever_takes_no_more_than_its_length():
    ratio = seconds_for(8_000) / seconds_for(1_000)
    assert ratio < 25, "8 where each statement is looked at once, 64 where all are by each"
