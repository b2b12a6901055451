"""Code that runs too long is stopped, and nothing of the watch stays behind."""

import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest

from course_lib.exercises import time_limit
from course_lib.exercises.time_limit import TimeLimitReached, call_within

SHORT = 0.2
PATIENCE = 20  # seconds; a busy machine may be slow, a loop without an end is slower


def loop():
    while True:
        pass


def stubborn():
    for _ in range(3):
        with suppress(TimeLimitReached):
            loop()
    loop()


def sleep():
    time.sleep(60)


def stopped_after(runner, function):
    start = time.monotonic()
    with pytest.raises(TimeLimitReached):
        runner(SHORT, function)
    return time.monotonic() - start


BY_SIGNAL = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer signals here")


@BY_SIGNAL
@pytest.mark.parametrize("function", [loop, sleep])
def test_an_alarm_stops_it(function):
    assert SHORT * 0.9 < stopped_after(time_limit._call_with_alarm, function) < PATIENCE


RUNNERS = [
    pytest.param(time_limit._call_with_alarm, marks=BY_SIGNAL),
    time_limit._call_with_watchdog,
]


@pytest.mark.parametrize("runner", RUNNERS)
def test_waiting_for_the_processor_costs_nothing(runner):
    assert runner(SHORT, lambda: time.sleep(2 * SHORT)) is None


@BY_SIGNAL
def test_to_sleep_on_is_no_way_out():
    assert stopped_after(time_limit._call_with_alarm, sleep) > SHORT * time_limit.PATIENCE * 0.9


def test_a_watchdog_stops_it_where_there_are_no_signals():
    assert SHORT * 0.9 < stopped_after(time_limit._call_with_watchdog, loop) < PATIENCE


SWALLOWS_EXCEPTIONS = """
def answer():
    while True:
        try:
            while True:
                pass
        except Exception:
            pass
"""
SWALLOWS_EVERYTHING = """
def answer():
    while True:
        try:
            sum(i for i in range(500))
        except:
            pass
"""
CALLS_THAT_SWALLOW_EVERYTHING = """
def work():
    try:
        return [i * i for i in range(100)]
    except BaseException:
        return None

def answer():
    while True:
        work()
"""
STOP = """
from course_lib.exercises import time_limit
try:
    time_limit.{runner}(0.2, answer)
except time_limit.TimeLimitReached:
    print("stopped")
"""


@pytest.mark.parametrize(
    ("runner", "answer"),
    [
        pytest.param("_call_with_alarm", SWALLOWS_EXCEPTIONS, marks=BY_SIGNAL),
        pytest.param("_call_with_alarm", SWALLOWS_EVERYTHING, marks=BY_SIGNAL),
        pytest.param("_call_with_alarm", CALLS_THAT_SWALLOW_EVERYTHING, marks=BY_SIGNAL),
        ("_call_with_watchdog", SWALLOWS_EXCEPTIONS),
    ],
)
def test_code_that_swallows_the_exception_is_stopped_too(runner, answer):
    # In a process of its own: if it is not stopped, this test must still end.
    command = [sys.executable, "-c", answer + STOP.format(runner=runner)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.stdout, done.stderr) == ("stopped\n", "")


def test_it_works_in_a_thread_too():
    stopped = []

    def run():
        try:
            call_within(SHORT, loop)
        except TimeLimitReached:
            stopped.append(True)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert stopped == [True]


@pytest.mark.parametrize("runner", RUNNERS)
def test_what_ends_in_time_gives_its_value(runner):
    assert runner(5, lambda: [1, 2]) == [1, 2]


@pytest.mark.parametrize("runner", RUNNERS)
def test_what_raises_in_time_raises_its_own(runner):
    with pytest.raises(ZeroDivisionError):
        runner(5, lambda: 1 / 0)


@pytest.mark.parametrize("runner", RUNNERS)
def test_nothing_goes_off_afterwards(runner):
    for _ in range(20):  # ends just about when the time is up
        with suppress(TimeLimitReached):
            runner(0.01, lambda: time.sleep(0.0099 * time_limit.PATIENCE))
    time.sleep(0.15)
    assert sum(range(1000)) == 499500


@pytest.mark.parametrize("runner", RUNNERS)
def test_no_thread_and_no_random_number_is_lost(runner):
    threads = threading.active_count()
    random.seed(7)
    expected = random.Random(7).random()
    stopped_after(runner, stubborn)
    assert random.random() == expected
    assert threading.active_count() == threads


@BY_SIGNAL
def test_the_usual_alarm_is_back_afterwards():
    usual = signal.getsignal(signal.SIGALRM)
    call_within(5, lambda: None)
    assert signal.getsignal(signal.SIGALRM) is usual
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_finally_block_has_time_to_end():
    steps = []

    def careful():
        try:
            loop()
        finally:
            steps.append("closing")
            sum(range(100_000))
            steps.append("closed")

    stopped_after(call_within, careful)
    assert steps == ["closing", "closed"]
