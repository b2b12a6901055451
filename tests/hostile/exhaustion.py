"""Exhaustion of time, memory and processes. Bounded, so that a success only costs time."""

from course_lib.classroom.verdicts import Verdict
from tests.hostile.book import hostile
from tests.hostile.notebooks import attacking, submission

RIGHT = {"honest": 2, "verdicts": {"decode": Verdict.PASSED}}
NO_TURN = {Verdict.NEEDS_REVIEW}  # other cells had used up its time
ENDED = {Verdict.CRASHED, Verdict.TIMED_OUT, *NO_TURN}
SLOW = Verdict.TIMED_OUT


def answer(body: str) -> dict[str, str]:
    """Return a cell in which `encode` has this body."""
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    return {"encode": f"def encode(text, merges):\n{lines}"}


def either(verdicts: set) -> dict:
    """Return what is expected where `decode` is right and may not come to its turn."""
    return {"honest": 2, "verdicts": {"decode": verdicts}}


@hostile(
    "exhaustion",
    why="a cell that never ends",
    honest=2,
    verdicts={"decode": NO_TURN},
    alarms={"ended_by_time"},
    short=True,
)
def never_ends_in_a_cell(target):
    return submission(solved=["decode"], first="while True:\n    pass")


@hostile(
    "exhaustion",
    why="an answer that never ends costs its own points and no others",
    honest=4,
    verdicts={"encode": SLOW, "decode": Verdict.PASSED, "merge_pair": Verdict.PASSED},
)
def never_ends_in_an_answer(target):
    return submission(solved=["decode", "merge_pair"], texts=answer("while True:\n    pass"))


@hostile(
    "exhaustion",
    why="a loop that swallows each interruption and turns the alarm clock off",
    honest=2,
    verdicts={"encode": SLOW, "decode": {Verdict.PASSED, SLOW, *NO_TURN}},
    alarms={"ended_by_time"},
    short=True,
)
def swallows_every_interruption(target):
    body = """
import signal
while True:
    try:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGXCPU):
            signal.signal(number, signal.SIG_IGN)
        while True:
            pass
    except BaseException:
        pass
"""
    return submission(solved=["decode"], texts=answer(body))


@hostile(
    "exhaustion",
    why="one long step of arithmetic, which no signal interrupts",
    honest=2,
    verdicts={"encode": SLOW, "decode": {Verdict.PASSED, SLOW, *NO_TURN}},
    short=True,
)
def takes_one_step_that_never_ends(target):
    body = "return [7 ** 10**8]"
    return submission(solved=["decode"], texts=answer(body))


@hostile(
    "exhaustion",
    why="waiting uses no processor time",
    honest=2,
    verdicts={"decode": NO_TURN},
    alarms={"ended_by_time"},
    short=True,
)
def sleeps_for_ever_in_a_cell(target):
    first = "import time\nwhile True:\n    time.sleep(1000)"
    return submission(solved=["decode"], first=first)


@hostile(
    "exhaustion",
    why="the same in an answer",
    honest=2,
    verdicts={"encode": SLOW, "decode": {Verdict.PASSED, SLOW, *NO_TURN}},
    short=True,
)
def sleeps_for_ever_in_an_answer(target):
    return submission(
        solved=["decode"], texts=answer("import time\nwhile True:\n    time.sleep(1000)")
    )


@hostile(
    "exhaustion",
    why="a process that has stopped itself waits for nobody",
    honest=2,
    verdicts={"decode": NO_TURN},
    alarms={"ended_by_time"},
    short=True,
)
def stops_itself(target):
    first = "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"
    return submission(solved=["decode"], first=first)


@hostile("exhaustion", why="memory that is really used", short=True, **RIGHT)
def takes_memory(target):
    attack = """
kept = []
try:
    for _ in range(48):  # 3 GB at most
        kept.append(bytearray(b"x" * (64 << 20)))
except MemoryError:
    kept.clear()
else:
    raise AssertionError("there was no limit")
"""
    return attacking(target, attack)


@hostile(
    "exhaustion",
    why="no process alone takes much memory, all together do",
    honest=2,
    verdicts={"decode": ENDED},
    alarms={"ended_by_memory"},
)
def takes_memory_with_many_processes(target):
    attack = """
import time
for _ in range(15):  # 3 GB at most
    if os.fork() == 0:
        kept = bytearray(os.urandom(1 << 20) * 200)
        time.sleep(60)
        os._exit(0)
time.sleep(60)
"""
    return attacking(target, attack)


@hostile(
    "exhaustion",
    why="the same with memory that could be shared: no process owns it",
    honest=2,
    verdicts={"decode": ENDED},
    alarms={"ended_by_memory"},
)
def takes_shared_memory_with_many_processes(target):
    attack = """
import mmap, time
for _ in range(15):  # 3 GB at most
    if os.fork() == 0:
        kept = mmap.mmap(-1, 200 << 20)
        for place in range(0, len(kept), 4096):
            kept[place] = 1
        time.sleep(60)
        os._exit(0)
time.sleep(60)
"""
    return attacking(target, attack)


@hostile(
    "exhaustion",
    why="processes that make processes",
    short=True,
    **either({*ENDED, Verdict.PASSED}),
)
def makes_processes_without_end(target):
    attack = """
import time
for _ in range(400):
    child = attempt(os.fork)
    if child == 0:
        time.sleep(20)
        os._exit(0)
"""
    return attacking(target, attack)


@hostile(
    "exhaustion", why="threads are processes too", short=True, **either({*ENDED, Verdict.PASSED})
)
def makes_threads_without_end(target):
    attack = """
import threading, time
for _ in range(400):
    attempt(threading.Thread(target=time.sleep, args=(20,), daemon=True).start)
"""
    return attacking(target, attack)


@hostile(
    "exhaustion",
    why="a recursion that is deeper than the stack",
    honest=2,
    verdicts={"decode": {Verdict.PASSED, *ENDED}, "encode": {Verdict.FAILED, *ENDED}},
    short=True,
)
def falls_without_end(target):
    body = "import sys\nsys.setrecursionlimit(10**9)\nreturn encode(text, merges)"
    return submission(solved=["decode"], texts=answer(body))
