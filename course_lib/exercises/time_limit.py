"""Stop code that runs longer than it should, on every platform."""

import ctypes
import random
import signal
import threading
from collections.abc import Callable, Iterator
from time import monotonic, process_time, thread_time
from typing import TypeVar

Result = TypeVar("Result")
PATIENCE = 4  # times the limit: so long may it take by the clock on the wall


class TimeLimitReached(BaseException):
    """The time is up. Not an `Exception`, so that `except Exception` does not swallow it."""


def call_within(seconds: float, function: Callable[[], Result]) -> Result:
    """Return `function()`, or raise `TimeLimitReached` inside it once it has run for `seconds`.

    Seconds of the processor count, so that a busy machine does not make right code fail; waiting
    and sleeping are stopped after `PATIENCE` times as many on the clock.

    A timer signal does this in the main thread of Linux and macOS. Elsewhere a second thread asks
    the interpreter to raise. Both take effect between two bytecodes, so a single long call into C
    is only stopped after it returns. Code that swallows the exception with a bare `except` is
    stopped again and again until one lands outside its `try`: soon by signals, by the second
    thread perhaps only after many seconds.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if in_main_thread and hasattr(signal, "setitimer"):
        return _call_with_alarm(seconds, function)
    return _call_with_watchdog(seconds, function)


def _call_with_alarm(seconds: float, function: Callable[[], Result]) -> Result:
    running = True
    time_left, pauses = _time_left(seconds, thread_time), _pauses()

    def stop(signum, frame):
        if running and (left := time_left()) > 0:
            signal.setitimer(signal.ITIMER_REAL, left)
        elif running:
            signal.setitimer(signal.ITIMER_REAL, next(pauses))
            raise TimeLimitReached

    previous = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        return function()
    finally:
        running = False  # first, and in one step: an alarm from here on does nothing
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _call_with_watchdog(seconds: float, function: Callable[[], Result]) -> Result:
    thread_id = ctypes.c_ulong(threading.get_ident())
    running = True
    finished = threading.Event()
    asking = threading.Lock()

    time_left = _time_left(seconds, process_time)  # another thread's own is not to be had

    def watch():
        while (left := time_left()) > 0:
            if finished.wait(left):
                return
        pause, pauses = 0.0, _pauses()
        while not finished.wait(pause):
            with asking:
                if running:
                    _ask_to_raise(thread_id, ctypes.py_object(TimeLimitReached))
            pause = next(pauses)

    watcher = threading.Thread(target=watch, daemon=True)
    try:
        watcher.start()
        return function()
    finally:
        running = False  # first, and in one step: nothing is asked for from here on
        for _ in range(3):
            try:
                with asking:  # a request that is being made now is made before this
                    _ask_to_raise(thread_id, None)
                finished.set()
                watcher.join()
                break
            except TimeLimitReached:  # the last request went off in here: once more
                pass


def _ask_to_raise(thread_id: ctypes.c_ulong, kind: ctypes.py_object | None) -> None:
    """Make that thread raise `kind` soon; None takes back a request that has not gone off."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(thread_id, kind)


def _time_left(seconds: float, processor: Callable[[], float]) -> Callable[[], float]:
    """Return a function that says how many seconds are left, at least: 0 or less when time is up.

    Args:
        processor: the clock that stands still while others have the processor.
    """
    end, end_on_the_wall = processor() + seconds, monotonic() + PATIENCE * seconds
    return lambda: min(end - processor(), end_on_the_wall - monotonic())


def _pauses() -> Iterator[float]:
    """Yield the seconds to wait before each new try at code that swallowed the last one."""
    yield 0.1  # time for `finally` and `with` blocks to end in good order
    uneven = random.Random(0)  # of its own: the learner's random numbers stay as they were
    while True:
        yield 10 ** uneven.uniform(-5, -3)  # each time at another place of the loop
