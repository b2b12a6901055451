"""Run a learner's answer on one set of inputs and write down everything that happened."""

import builtins
import io
import linecache
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from course_lib.exercises import codec
from course_lib.exercises.time_limit import TimeLimitReached, call_within

PRINT_LIMIT = 2_000  # characters of printed text, or of an error's message, that are kept


@dataclass(frozen=True)
class Outcome:
    """What an answer did with one set of inputs; every attribute is plain data itself.

    Attributes:
        value: what it returned, as plain data; None where that was not plain.
        type_name: the exact type of what it returned, for example "list" or "numpy.ndarray".
        not_plain: what in the returned value is not plain data, for example "numpy.int64" inside a
            list; "" where all of it is.
        raised: (type, message) of the exception that ended it, or None.
        raised_kinds: that type's name and the names of all its base classes.
        raised_by: the function that raised, where the answer called another one; else "".
        where: the line of the learner's code that raised, or "".
        printed: the first characters it printed.
        inputs_after: the inputs as the answer left them; None where they are no longer plain data,
            or where the time was up.
    """

    value: Any = None
    type_name: str = "NoneType"
    not_plain: str = ""
    raised: tuple[str, str] | None = None
    raised_kinds: tuple[str, ...] = ()
    raised_by: str = ""
    where: str = ""
    printed: str = ""
    inputs_after: Any = None


def observe(call: Callable, answer: Any, inputs: dict, seconds: float = 5.0) -> Outcome:
    """Call `call(answer, inputs)` on a copy of the inputs and report the outcome.

    Whatever the answer does (raise, loop, print a million lines, wait for a key, leave Python, edit
    its inputs, return something odd) ends up in the outcome; only the learner's own Ctrl-C passes
    through.

    Args:
        call: from the topic's calls.py; turns plain inputs into a call of the answer.
        answer: the learner's function, or a namespace of several.
        inputs: plain data, see `codec`; not modified.
        seconds: time limit for the call and for reading what it returned.
    """
    given = codec.copy(inputs)
    screen = _ShortMemory()

    def run() -> dict:
        seen = _seen(call(answer, given))
        return {**seen, "inputs_after": _plain_copy(given)[0]}

    # What it writes to stderr, warnings for example, is no result: it is dropped.
    with redirect_stdout(screen), redirect_stderr(_ShortMemory()), _silent_below(), _alone():
        try:
            facts = call_within(seconds, run)
        except TimeLimitReached:
            message = f"still running after {seconds:g} seconds"
            facts = {"raised": ("TimeLimitReached", message)}
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - learners may raise anything
            facts = {**_raised(error, answer), "inputs_after": _plain_copy(given)[0]}
    return Outcome(**facts, printed=screen.text())


class _ShortMemory(io.TextIOBase):
    """A screen that keeps the first characters and forgets the rest."""

    def __init__(self):
        self._parts: list[str] = []
        self._room = PRINT_LIMIT

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self._room > 0:
            self._parts.append(text[: self._room])
        self._room -= len(text)
        return len(text)

    def text(self) -> str:
        return "".join(self._parts) + (" ..." if self._room < 0 else "")


@contextmanager
def _silent_below() -> Iterator[None]:
    """Drop what compiled code writes to stderr: nbgrader takes any of it for a failed test."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no stderr, as in a program without a terminal
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@contextmanager
def _alone() -> Iterator[None]:
    """Let nothing wait for a key, and let `exit()` end the answer instead of the whole notebook."""

    def ask(*_):
        raise EOFError("input() waits for a person; everything needed comes in as arguments")

    def leave():
        raise SystemExit("exit() leaves Python; use return to end a function")

    # IPython's own exit() only makes a note for its shell, which then stops the kernel.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    usual_input, usual_stdin = builtins.input, sys.stdin
    builtins.input, sys.stdin = ask, io.StringIO()
    if shell is not None:
        usual_exit = vars(shell).get("ask_exit")  # another check's, where one runs in another
        shell.ask_exit = leave
    try:
        yield
    finally:
        builtins.input, sys.stdin = usual_input, usual_stdin
        if shell is not None:
            del shell.ask_exit
            if usual_exit is not None:
                shell.ask_exit = usual_exit


def _seen(value: Any) -> dict:
    plain, not_plain = _plain_copy(value)
    return {"value": plain, "type_name": codec.type_name(value), "not_plain": not_plain}


def _plain_copy(value: Any) -> tuple[Any, str]:
    """Return (a copy, ""), or (None, what in it is not plain data)."""
    try:
        return codec.copy(value), ""
    except codec.NotPlain as error:
        return None, str(error)
    except Exception as error:  # noqa: BLE001 - a learner's object may do anything when looked at
        return None, f"something that cannot be read ({type(error).__name__})"


def _raised(error: BaseException, answer: Any) -> dict:
    try:
        message = str(error)[:PRINT_LIMIT]
    except Exception:  # noqa: BLE001 - a learner's own exception may fail even at this
        message = ""
    return {
        "raised": (type(error).__name__, message),
        "raised_kinds": tuple(kind.__name__ for kind in type(error).__mro__),
        "raised_by": _called_function(error.__traceback__, answer),
        "where": _learner_line(error.__traceback__),
    }


def _called_function(traceback: TracebackType | None, answer: Any) -> str:
    """Return the name of the innermost function, or "" where that is the answer itself."""
    code = None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        traceback = traceback.tb_next
    own = [answer, *getattr(answer, "__dict__", {}).values()]
    classes = [kind for kind in own if isinstance(kind, type)]
    own += [method for kind in classes for method in vars(kind).values()]
    is_own = code is None or any(getattr(function, "__code__", None) is code for function in own)
    return "" if is_own else code.co_name


def _learner_line(traceback: TracebackType | None) -> str:
    """Return "line 3: total = counts[i]" for the innermost frame that lies in a notebook cell."""
    found = ""
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if _is_cell(filename):
            source = linecache.getline(filename, traceback.tb_lineno).strip()
            found = f"line {traceback.tb_lineno}: {source}" if source else ""
        traceback = traceback.tb_next
    return found


def _is_cell(filename: str) -> bool:
    # ipykernel names a cell by a file in its temporary folder, IPython by "<ipython-input-...>".
    return "ipykernel_" in filename or filename.startswith("<ipython-input")
