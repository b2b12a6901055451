"""Run a learner's cells and put each answer to its cases. Here nothing can be trusted.

Whatever this process says goes out as plain data; a judge in another process decides what it is
worth. So nothing here has to defend itself against the code it runs.
"""

import __future__

import os
import random
import signal
import sys
import time
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from course_lib.classroom.inside.calls_of_torch import CallsOfTorch
from course_lib.classroom.inside.channel import send_line
from course_lib.classroom.inside.shell import rest_of, works_elsewhere
from course_lib.exercises import codec
from course_lib.exercises.observe import observe
from course_lib.exercises.time_limit import TimeLimitReached, call_within

AT_WORK = ("course_lib.classroom", "course_lib.exercises")
PATIENCE = 6  # an exercise may take this many times the limit of one case, and a little more


def run(request: dict, out: int, shell: Any, calls: Any) -> None:
    """Run a request's steps in order and send what happens.

    Args:
        request: "steps", each with a "cell" and its "source", or with an "exercise" to evaluate
            as things stand at that place: its "functions", "cases" (encoded), "seconds", and
            whether to "watch" which of torch's functions are called; "cell_seconds", the limit of
            one cell; "seed".
        out: file descriptor that the messages go to.
        shell: an IPython shell that has not run anything.
        calls: the topic's module of that name.
    """
    _reseed(request["seed"])
    _hide()
    for step in request["steps"]:
        if "exercise" in step:
            _evaluate_in_a_copy(step, out, shell.user_ns, calls)
        else:
            error = _run_cell(shell, step["source"], request["cell_seconds"])
            if error:
                send_line(out, {"cell": step["cell"], "error": error})
    send_line(out, {"end": True})


def _reseed(seed: int) -> None:
    random.seed(seed)
    import numpy as np
    import torch

    np.random.seed(seed % (1 << 32))
    _ = torch.manual_seed(seed)


def _hide() -> None:
    """Let nobody come by a name to the modules that are at work here.

    Whoever imports one of them gets a copy, whose functions nothing calls.
    """
    for name in [name for name in sys.modules if name.startswith(AT_WORK)]:
        parent, _, last = name.rpartition(".")
        del sys.modules[name]
        if hasattr(sys.modules.get(parent), last):
            delattr(sys.modules[parent], last)


def _run_cell(shell: Any, source: str, seconds: float) -> str:
    """Run a cell, whatever of it runs; return its first error, as text, or "".

    Behind an error that a learner's own computer would have met, too, names that have a value keep
    it: it is the one that they had there when they saw their check pass.
    """
    first = ""
    while source:
        error, source, elsewhere = _run_till_error(shell, source, seconds)
        first = first or error
        if error and not elsewhere:
            kept = dict(shell.user_ns)
            while source:
                _, source, _ = _run_till_error(shell, source, seconds)
            shell.user_ns.update(kept)
    return first


def _run_till_error(shell: Any, source: str, seconds: float) -> tuple[str, str, bool]:
    """Run a cell as a notebook does.

    Returns:
        The error that ended it or "", what is left of it, and whether it may be one of this place.
    """
    annotations = shell.compile.flags & __future__.annotations.compiler_flag
    shell.compile.reset_compiler_flags()  # else __future__ could make later cells another language
    shell.compile.flags |= annotations
    try:
        result = call_within(seconds, lambda: shell.run_cell(source, store_history=False))
    except TimeLimitReached:
        return f"still running after {seconds:g} seconds", "", False
    except BaseException as error:  # noqa: BLE001 - text that Python's reader cannot follow down
        return f"{type(error).__name__}: {error}"[:500], "", False
    error = result.error_before_exec or result.error_in_exec
    if error is None:
        return "", "", False
    is_text = isinstance(error, SyntaxError) and error is result.error_before_exec
    said = f"{error.msg}, in line {error.lineno}" if is_text else error
    text = f"{type(error).__name__}: {said}"[:500]
    return text, rest_of(shell, source, result), works_elsewhere(result.error_in_exec)


def _evaluate_in_a_copy(step: dict, out: int, names: dict, calls: Any) -> None:
    """Evaluate an exercise in a copy of this process: it can end, hang or spoil only itself."""
    send_line(out, {"exercise": step["exercise"], "began": True})
    try:
        child = os.fork()
    except OSError:  # there are too many already
        send_line(out, {"exercise": step["exercise"], "ended": "no process"})
        return
    if child == 0:
        try:
            _one_thread()
            _evaluate(step, out, names, calls)
        finally:
            os._exit(0)
    limit = 10 + PATIENCE * step["seconds"]
    send_line(out, {"exercise": step["exercise"], "ended": _wait(child, limit)})


def _one_thread() -> None:
    """Give up torch's threads: a copy of a process has none of them, and would wait for ever."""
    import torch

    torch.set_num_threads(1)


def _evaluate(step: dict, out: int, names: dict, calls: Any) -> None:
    name, functions, called = step["exercise"], step["functions"], set()
    missing = [function for function in functions if function not in names]
    if missing:
        send_line(out, {"exercise": name, "missing": missing[0]})
        return
    parts = {function: names[function] for function in functions}
    answer = parts[name] if functions == [name] else SimpleNamespace(**parts)
    call = getattr(calls, name)
    for place, case in enumerate(step["cases"]):
        with CallsOfTorch() if step["watch"] else nullcontext() as seen:
            outcome = observe(call, answer, codec.decode(case), step["seconds"])
        if seen:
            called |= seen.names
        fields = dict(vars(outcome))
        for part in ("value", "inputs_after"):
            fields[part] = codec.encode(fields[part])
        send_line(out, {"exercise": name, "case": place, "outcome": fields})
        if outcome.raised and outcome.raised[0] == "TimeLimitReached":
            break  # the judge knows enough, and the other cases would take as long
    send_line(out, {"exercise": name, "called": sorted(called)})


def _wait(child: int, seconds: float) -> str:
    """Return how a process ended: "done", "signal 9", "exit 3", or "time" where it was stopped."""
    end = time.monotonic() + seconds
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            code = os.waitstatus_to_exitcode(status)
            return "done" if code == 0 else f"signal {-code}" if code < 0 else f"exit {code}"
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return "time"
        time.sleep(0.002)
