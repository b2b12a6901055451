"""Whatever an answer does, it ends up in the outcome, and the caller goes on."""

import asyncio
import builtins
import dataclasses
import linecache
import logging
import subprocess
import sys

import numpy
import pytest
import torch

from course_lib.exercises import codec
from course_lib.exercises.observe import PRINT_LIMIT, Outcome, observe


def call(answer, inputs):
    return answer(inputs["x"])


def seen(answer, x=None, seconds=5.0):
    """Observe an answer, and insist that the whole outcome is plain data and nothing leaked."""
    streams = sys.stdout, sys.stderr, sys.stdin, builtins.input
    outcome = observe(call, answer, {"x": [3, 1, 2] if x is None else x}, seconds)
    codec.encode(dataclasses.asdict(outcome))
    assert (sys.stdout, sys.stderr, sys.stdin, builtins.input) == streams
    return outcome


def test_a_value_its_type_and_the_inputs_afterwards():
    assert seen(sorted) == Outcome(value=[1, 2, 3], type_name="list", inputs_after={"x": [3, 1, 2]})


def test_none():
    outcome = seen(lambda x: None)
    assert (outcome.value, outcome.type_name, outcome.not_plain) == (None, "NoneType", "")


def test_an_edited_input_shows_and_the_callers_copy_stays():
    inputs = {"x": [3, 1, 2]}
    outcome = observe(call, lambda x: x.append(9), inputs)
    assert outcome.inputs_after == {"x": [3, 1, 2, 9]}
    assert inputs == {"x": [3, 1, 2]}


def test_an_input_edited_before_an_error_shows_too():
    def answer(x):
        x.clear()
        raise KeyError("gone")

    assert seen(answer).inputs_after == {"x": []}


def test_something_odd_put_into_the_input():
    assert seen(lambda x: x.append(object())).inputs_after is None


def test_an_error_with_its_type_message_and_bases():
    outcome = seen(lambda x: {}["lost"])
    assert outcome.raised == ("KeyError", "'lost'")
    assert outcome.raised_kinds[:3] == ("KeyError", "LookupError", "Exception")
    assert outcome.type_name == "NoneType"


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class FromTheRoot(BaseException):
    pass


def raises(error):
    def answer(x):
        raise error

    return answer


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Unspeakable(), "Unspeakable"),
        (FromTheRoot("deep"), "FromTheRoot"),
        (SystemExit(3), "SystemExit"),
        (GeneratorExit(), "GeneratorExit"),
        (asyncio.CancelledError(), "CancelledError"),
        (MemoryError("full"), "MemoryError"),
        (StopIteration(), "StopIteration"),
        (ExceptionGroup("two", [ValueError("a"), TypeError("b")]), "ExceptionGroup"),
    ],
)
def test_any_error_is_an_outcome(error, kind):
    assert seen(raises(error)).raised[0] == kind


def test_only_the_learners_own_interrupt_passes_through():
    with pytest.raises(KeyboardInterrupt):
        observe(call, raises(KeyboardInterrupt()), {"x": [1]})


def test_a_very_long_message_is_cut():
    assert len(seen(raises(ValueError("long " * 100_000))).raised[1]) <= PRINT_LIMIT


def test_endless_recursion():
    def answer(x):
        return answer(x)

    assert seen(answer).raised[0] == "RecursionError"


def test_a_loop_without_an_end():
    def answer(x):
        while True:
            try:
                while True:
                    pass
            except Exception:  # noqa: BLE001 - what it is about
                pass

    assert seen(answer, seconds=0.2).raised == (
        "TimeLimitReached",
        "still running after 0.2 seconds",
    )


@pytest.fixture
def alarms_may_be_dropped(monkeypatch):
    """Do not report alarms that go off in a callback of the garbage collector.

    Python drops these, and the next one stops the answer. pytest would report the first, and be hit
    by the second while it does.
    """
    monkeypatch.setattr(sys, "unraisablehook", lambda dropped: None)


@pytest.mark.usefixtures("alarms_may_be_dropped")
def test_an_input_that_grows_without_an_end():
    def answer(x):
        for item in x:
            x.append(item)

    outcome = seen(answer, seconds=0.2)
    assert outcome.raised[0] == "TimeLimitReached"
    assert outcome.inputs_after is None  # millions of items, of no use to anybody


@pytest.mark.usefixtures("alarms_may_be_dropped")
def test_a_result_too_large_to_read_in_time():
    def answer(x):
        for _ in range(60):
            x = [x, x]
        return x

    assert seen(answer, seconds=0.3).raised[0] == "TimeLimitReached"


def test_a_million_printed_lines_are_cut(capfd):
    def answer(x):
        for _ in range(1_000_000):
            print("counting")
        return x

    outcome = seen(answer, seconds=60)
    assert outcome.value == [3, 1, 2]
    assert outcome.printed.startswith("counting\ncounting")
    assert len(outcome.printed) == PRINT_LIMIT + len(" ...")
    assert capfd.readouterr() == ("", "")


def test_a_short_text_is_kept_whole():
    assert seen(lambda x: print("a", x)).printed == "a [3, 1, 2]\n"
    exactly = "b" * PRINT_LIMIT
    assert seen(lambda x: sys.stdout.write(exactly)).printed == exactly


def test_what_goes_to_stderr_is_dropped(capfd):
    def answer(x):
        print("oh no", file=sys.stderr)
        logging.getLogger("learner").error("logged")
        return x

    outcome = seen(answer)
    assert (outcome.value, outcome.printed) == ([3, 1, 2], "")
    assert capfd.readouterr() == ("", "")


WARNING = """
import warnings
from course_lib.exercises.observe import observe

def answer(x):
    warnings.warn("careful")
    return x

print(observe(lambda answer, inputs: answer(inputs["x"]), answer, {"x": 1}).value)
"""


def test_a_warning_never_reaches_stderr():
    # In a process of its own, for pytest catches warnings before they are written.
    done = subprocess.run([sys.executable, "-c", WARNING], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_nobody_waits_for_a_key():
    assert seen(lambda x: input("name? ")).raised[0] == "EOFError"
    assert seen(lambda x: sys.stdin.read()).value == ""


def test_exit_ends_the_answer_only():
    for leave in (exit, quit, sys.exit):
        assert seen(lambda x, leave=leave: leave()).raised[0] == "SystemExit"


NOTEBOOK = """
from ipykernel.zmqshell import ZMQInteractiveShell
from course_lib.exercises.observe import observe

shell = ZMQInteractiveShell.instance()
usual = shell.ask_exit
shell.run_cell("answer = lambda x: exit()")
outcome = observe(lambda answer, inputs: answer(inputs["x"]), shell.user_ns["answer"], {"x": 1})
assert outcome.raised == ("SystemExit", "exit() leaves Python; use return to end a function")
assert shell.ask_exit == usual
nested = observe(lambda answer, inputs: observe(lambda *_: 2, None, {}).value, None, {})
assert (nested.value, nested.raised) == (2, None), nested  # a check inside an answer
assert shell.ask_exit == usual
assert not shell.exit_now
print("still here")
"""


def test_exit_in_a_notebook_does_not_stop_the_kernel():
    done = subprocess.run([sys.executable, "-c", NOTEBOOK], capture_output=True, text=True)
    assert done.stdout.endswith("still here\n"), done.stderr


class BadRepr:
    def __repr__(self):
        raise RuntimeError("no picture")

    __str__ = __repr__


class BadEq:
    __hash__ = None

    def __eq__(self, other):
        raise RuntimeError("not comparable")


class BadDict(dict):
    def __iter__(self):
        raise RuntimeError("not iterable")

    keys = values = items = __iter__


def contains_itself(x):
    x.append(x)
    return x


@pytest.mark.parametrize(
    ("answer", "type_name", "not_plain"),
    [
        (lambda x: (i for i in x), "generator", "generator"),
        (lambda x: numpy.array(x), "numpy.ndarray", "numpy.ndarray"),
        (lambda x: list(numpy.array(x)), "list", "numpy.int64"),
        (lambda x: {"a": ({1, 2},)}, "dict", "set"),
        (lambda x: map(str, x), "map", "map"),
        (lambda x: observe, "function", "function"),
        (lambda x: BadRepr(), f"{__name__}.BadRepr", f"{__name__}.BadRepr"),
        (lambda x: BadEq(), f"{__name__}.BadEq", f"{__name__}.BadEq"),
        (lambda x: BadDict(a=1), f"{__name__}.BadDict", f"{__name__}.BadDict"),
        (lambda x: [BadRepr(), BadEq()], "list", f"{__name__}.BadRepr"),
        (
            lambda x: torch.eye(2).to_sparse(),
            "torch.Tensor",
            "torch.sparse_coo on cpu instead of plain values",
        ),
        (contains_itself, "list", "something nested more than 100 deep, or inside itself"),
    ],
)
def test_values_that_are_not_plain(answer, type_name, not_plain):
    outcome = seen(answer)
    assert outcome.value is None
    assert (outcome.type_name, outcome.not_plain) == (type_name, not_plain)


def test_an_async_function_leaves_no_warning(capfd, recwarn):
    async def answer(x):
        return x

    assert seen(answer).type_name == "coroutine"
    assert capfd.readouterr() == ("", "")


def test_a_call_that_does_not_fit_is_the_answers_fault():
    outcome = seen(lambda: None)
    assert outcome.raised[0] == "TypeError"
    assert outcome.where == ""


@pytest.mark.parametrize("filename", ["/tmp/ipykernel_9/3.py", "<ipython-input-3-abc>"])
def test_the_innermost_line_of_a_cell_is_named(filename):
    source = "def answer(x):\n    return helper(x)\n\ndef helper(x):\n    return x['a']\n"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    namespace = {}
    exec(compile(source, filename, "exec"), namespace)
    assert seen(namespace["answer"]).where == "line 5: return x['a']"


def test_lines_outside_the_notebook_are_not_named():
    assert seen(lambda x: {}["lost"]).where == ""

