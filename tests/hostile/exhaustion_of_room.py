"""Exhaustion of room: on the disk, in open files, in what is printed, said and returned."""

from course_lib.classroom.verdicts import Verdict
from tests.classroom.notebooks import answers
from tests.hostile.book import hostile
from tests.hostile.exhaustion import ENDED, RIGHT, SLOW, answer, either
from tests.hostile.notebooks import TELL, attacking, submission

HELD = {Verdict.PASSED, Verdict.NEEDS_REVIEW}  # what writes to open files is looked at


@hostile(
    "exhaustion",
    why="gigabytes of printed text would fill a gradebook",
    honest=2,
    verdicts={"decode": HELD, "encode": {Verdict.FAILED, SLOW}},
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
    return attacking(target, attack, texts=answer(body))


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
    **either({*ENDED, Verdict.PASSED}),
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
    why="a result of hundreds of megabytes",
    honest=2,
    verdicts={"decode": {Verdict.PASSED, *ENDED}, "encode": {Verdict.FAILED, *ENDED}},
    short=True,
)
def returns_hundreds_of_megabytes(target):
    text = answers()["decode"]
    return submission(texts={"decode": text} | answer("return list(range(10_000_000))"))
