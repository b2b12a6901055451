"""Exhaustion: of time, memory, processes, the disk. Bounded, so that a success only costs time."""

from course_lib.classroom.verdicts import Verdict
from tests.classroom.notebooks import answers
from tests.hostile.book import hostile
from tests.hostile.notebooks import TELL, attacking, submission

RIGHT = {"honest": 2, "verdicts": {"decode": Verdict.PASSED}}
ENDED = {Verdict.CRASHED, Verdict.TIMED_OUT}
SLOW = Verdict.TIMED_OUT
HELD = {Verdict.PASSED, Verdict.NEEDS_REVIEW}  # what writes to open files is looked at


def _answer(body: str) -> dict[str, str]:
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    return {"encode": f"def encode(text, merges):\n{lines}"}


def _either(verdicts: set) -> dict:
    return {"honest": 2, "verdicts": {"decode": verdicts}}


@hostile(
    "exhaustion",
    why="a cell that never ends",
    honest=2,
    verdicts={"decode": SLOW},
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
    return submission(solved=["decode", "merge_pair"], texts=_answer("while True:\n    pass"))


@hostile(
    "exhaustion",
    why="a loop that swallows each interruption and turns the alarm clock off",
    honest=2,
    verdicts={"encode": SLOW, "decode": {Verdict.PASSED, SLOW}},
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
    return submission(solved=["decode"], texts=_answer(body))


@hostile(
    "exhaustion",
    why="one long step of arithmetic, which no signal interrupts",
    honest=2,
    verdicts={"encode": SLOW, "decode": {Verdict.PASSED, SLOW}},
    short=True,
)
def takes_one_step_that_never_ends(target):
    body = "return [7 ** 10**8]"
    return submission(solved=["decode"], texts=_answer(body))


@hostile(
    "exhaustion",
    why="waiting uses no processor time",
    honest=2,
    verdicts={"decode": SLOW},
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
    verdicts={"encode": SLOW, "decode": {Verdict.PASSED, SLOW}},
    short=True,
)
def sleeps_for_ever_in_an_answer(target):
    return submission(
        solved=["decode"], texts=_answer("import time\nwhile True:\n    time.sleep(1000)")
    )


@hostile(
    "exhaustion",
    why="a process that has stopped itself waits for nobody",
    honest=2,
    verdicts={"decode": SLOW},
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
    short=True,
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
    short=True,
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
    **_either({*ENDED, Verdict.PASSED}),
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
    "exhaustion", why="threads are processes too", short=True, **_either({*ENDED, Verdict.PASSED})
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
    why="gigabytes of printed text would fill a gradebook",
    honest=2,
    verdicts={"decode": HELD, "encode": {Verdict.FAILED, SLOW}},
    alarms={"reaches_inside"},
)
def prints_without_end(target):
    body = "for _ in range(200):\n    print('x' * 1_000_000)\nreturn None"
    attack = """
def shout():
    for _ in range(200):
        os.write(2, b"x" * 1_000_000)
        print("x" * 10_000_000)

attempt(shout)
"""
    return attacking(target, attack, texts=_answer(body))


@hostile(
    "exhaustion",
    why="gigabytes in the judge's ear",
    honest=2,
    verdicts={"decode": Verdict.CRASHED},
    alarms={"ended_by_output"},
    short=True,
)
def talks_without_end(target):
    attack = TELL + "for _ in range(500):\n    tell('x' * 4_000_000)"
    return attacking(target, attack)


@hostile("exhaustion", why="one file that fills the disk", short=True, **RIGHT)
def fills_the_disk_with_one_file(target):
    attack = """
def fill():
    with open("big", "wb") as file:
        for _ in range(200):
            file.write(b"x" * (1 << 20))

assert isinstance(attempt(fill), OSError)
"""
    return attacking(target, attack)


@hostile("exhaustion", why="many files that fill the disk", short=True, **RIGHT)
def fills_the_disk_with_many_files(target):
    attack = """
def fill():
    for number in range(200):
        with open(f"big{number}", "wb") as file:
            file.write(b"x" * (1 << 20))

assert isinstance(attempt(fill), OSError)
"""
    return attacking(target, attack)


@hostile("exhaustion", why="empty files need room too", **RIGHT)
def makes_files_without_end(target):
    attack = """
def fill():
    for number in range(60_000):
        os.close(os.open(f"empty{number}", os.O_CREAT))

assert isinstance(attempt(fill), OSError)
"""
    return attacking(target, attack)


@hostile("exhaustion", why="a path that is too long for whoever clears up", **RIGHT)
def makes_folders_in_folders(target):
    attack = """
def descend():
    for _ in range(3_000):
        os.mkdir("deeper")
        os.chdir("deeper")

top = os.getcwd()
attempt(descend)
attempt(os.chmod, ".", 0)
os.chdir(top)
"""
    return attacking(target, attack)


@hostile(
    "exhaustion",
    why="open files that nobody closes",
    short=True,
    **_either({*ENDED, Verdict.PASSED}),
)
def opens_files_without_end(target):
    attack = """
kept = []

def fill():
    while len(kept) < 5_000:
        kept.append(os.open("/dev/null", os.O_RDONLY))

assert isinstance(attempt(fill), OSError)
"""
    return attacking(target, attack)


@hostile(
    "exhaustion",
    why="a recursion that is deeper than the stack",
    honest=2,
    verdicts={"decode": {Verdict.PASSED, SLOW}, "encode": {Verdict.FAILED, *ENDED}},
)
def falls_without_end(target):
    body = "import sys\nsys.setrecursionlimit(10**9)\nreturn encode(text, merges)"
    return submission(solved=["decode"], texts=_answer(body))


@hostile(
    "exhaustion",
    why="a result of hundreds of megabytes",
    honest=2,
    verdicts={"decode": {Verdict.PASSED, *ENDED}, "encode": {Verdict.FAILED, *ENDED}},
    short=True,
)
def returns_hundreds_of_megabytes(target):
    text = answers()["decode"]
    return submission(texts={"decode": text} | _answer("return list(range(10_000_000))"))
