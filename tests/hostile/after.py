"""After-effects: what a submission leaves behind, in processes, in files and in its own folder."""

import os

from course_lib.classroom.verdicts import Verdict
from tests.classroom.notebooks import NAME, full
from tests.hostile.book import FULL, hostile
from tests.hostile.notebooks import answering, attacking, submission

RIGHT = {"honest": 2, "verdicts": {"decode": Verdict.PASSED}}
WHOLE = {"honest": FULL, "others": Verdict.PASSED}
UNREADABLE = {"others": Verdict.NEEDS_REVIEW, "alarms": {"unreadable"}}
# What is done later: files outside, and an end for every process that is not alone.
LATER = """
import signal, time

def later():
    time.sleep(1.5)
    for place in (COURSE, HOME, os.path.join(COURSE, "submitted", BYSTANDER), "/tmp"):
        attempt(lambda: open(os.path.join(place, MARK), "w").write("later"))
    if os.getpid() < 100 and not os.path.exists(COURSE):
        attempt(os.kill, -1, signal.SIGKILL)

"""


@hostile("after", why="a process without parents waits until all is over, then strikes", **RIGHT)
def leaves_a_daemon(target):
    attack = """
if os.fork() == 0:
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_IGN)
    if os.fork() == 0:
        later()
        time.sleep(60)
    os._exit(0)
"""
    return attacking(target, LATER + attack)


@hostile("after", why="what is registered for the end runs at the end", **RIGHT)
def leaves_something_to_do_at_exit(target):
    attack = (
        "import atexit\natexit.register(later)\nsignal.signal(signal.SIGTERM, lambda *_: later())"
    )
    return attacking(target, LATER + attack)


@hostile("after", why="a thread that waits until the next submission runs", **RIGHT)
def leaves_a_thread_that_waits(target):
    attack = "import threading\nthreading.Thread(target=later).start()"
    return attacking(target, LATER + attack)


@hostile(
    "after", why="one child after another, faster than anybody can end them", short=True, **RIGHT
)
def leaves_children_that_make_children(target):
    attack = """
def run_away():
    for _ in range(400):
        if os.fork():
            os._exit(0)
        time.sleep(0.02)

if os.fork() == 0:
    attempt(run_away)
    os._exit(0)
"""
    return attacking(target, LATER + attack)


@hostile(
    "after",
    why="the next submission would import these",
    honest=2,
    verdicts={"decode": Verdict.NEEDS_REVIEW},
    alarms={"reaches_inside"},
)
def leaves_modules_for_the_next(target):
    attack = """
import sys
text = "raise SystemExit('spoiled')\\n"
for folder in {os.getcwd(), os.path.expanduser("~"), *sys.path}:
    for name in ("course_lib.py", "regex.py", "collections.py", "sitecustomize.py", "torch.py"):
        file = os.path.join(folder, name)
        if folder == os.getcwd() or folder.startswith(COURSE):
            attempt(lambda: open(file, "w").write(text))
startup = os.path.expanduser("~/ipython/profile_default/startup")
attempt(os.makedirs, startup)
attempt(lambda: open(startup + "/00.py", "w").write(text))
"""
    return attacking(target, attack)


@hostile("after", why="settings of the process stay with it", alarms={"reaches_inside"}, honest=2,
         verdicts={"decode": {Verdict.PASSED, Verdict.NEEDS_REVIEW}})  # fmt: skip
def spoils_the_modules_of_its_process(target):
    attack = """
import builtins, collections, json, random, sys
random.seed = lambda *a: None
collections.Counter = dict
builtins.sorted = lambda values, **more: list(values)
sys.setrecursionlimit(60)
"""
    return attacking(target, attack)


@hostile("after", why="a link to the gradebook: a copy of it would come back", **UNREADABLE)
def is_a_link_to_the_gradebook(target):
    return lambda folder: os.symlink(target.course / "gradebook.db", folder / f"{NAME}.ipynb")


@hostile("after", why="a link to a file of the system", **UNREADABLE)
def is_a_link_to_the_system(target):
    return lambda folder: os.symlink("/etc/passwd", folder / f"{NAME}.ipynb")


@hostile("after", why="a link to a notebook with the answers", **UNREADABLE)
def is_a_link_to_the_answers(target):
    answers_file = target.course / "solutions" / NAME / f"{NAME}.ipynb"
    return lambda folder: os.symlink(answers_file, folder / f"{NAME}.ipynb")


@hostile("after", why="links beside the notebook", alarms={"symlink"}, **WHOLE)
def has_links_beside_the_notebook(target):
    def fill(folder):
        (folder / f"{NAME}.ipynb").write_bytes(full())
        os.symlink(target.course / "gradebook.db", folder / "data.csv")
        os.symlink(target.course, folder / "course_lib")
        os.symlink("/etc/passwd", folder / "timestamp.txt")
        os.symlink(folder, folder / "again")

    return fill


@hostile("after", why="the folder itself is a link to another student's", **UNREADABLE)
def has_a_link_for_a_folder(target):
    def fill(folder):
        folder.rmdir()
        os.symlink(target.course / "submitted" / target.bystander / NAME, folder)

    return fill


@hostile("after", why="the notebook and the gradebook are one file", **UNREADABLE)
def is_the_gradebook_itself(target):
    return lambda folder: os.link(target.course / "gradebook.db", folder / f"{NAME}.ipynb")


@hostile(
    "after",
    why="files that Python and its tools read by themselves",
    alarms={"extra_file"},
    **WHOLE,
)
def has_programs_beside_the_notebook(target):
    def fill(folder):
        (folder / f"{NAME}.ipynb").write_bytes(full())
        text = f"open({str(target.course / target.mark)!r}, 'w').write('mine')\n"
        for name in ("course_lib.py", "conftest.py", "sitecustomize.py", "nbgrader_config.py"):
            (folder / name).write_text(text)
        startup = folder / ".ipython" / "profile_default" / "startup"
        startup.mkdir(parents=True)
        (startup / "00.py").write_text(text)

    return fill


@hostile("after", why="what was called does not know when to stop", others=Verdict.FAILED)
def raises_from_a_destructor(target):
    first = target.words() + (
        "class Last:\n"
        "    def __del__(self):\n"
        "        open(COURSE + '/' + MARK, 'w').write('last')\n"
        "        raise SystemExit(3)\n"
        "kept = Last()"
    )
    return submission(texts=answering("return Last()"), first=first)


def _called(student: str, why: str, **more) -> None:
    """Register the full answer in a folder of an odd name."""
    name = f"is_called_{student[:20]!r}"
    hostile("after", why=why, name=name, student=student, **more)(lambda target: full())


REFUSED = {"refused": True}
_called("-rf", "a name that is an option", **REFUSED)
_called("a\nb", "a name of two lines", **REFUSED)
_called("<b>bold", "a name that is markup", **REFUSED)
_called(".hidden", "a name that hides", **REFUSED)
_called("..x", "a name that looks like the folder above", **REFUSED)
_called("$(touch mine)", "a name that a shell would run", **REFUSED)
_called("a\x1b[2Jb", "a name that clears the screen", **REFUSED)
_called("=1+1", "a name that a spreadsheet would compute", **REFUSED)
_called("zoe ", "a name with a space at its end, another's on Windows", **REFUSED)
_called("z" * 230, "a name as long as a file system takes", others={Verdict.PASSED}, honest=FULL)


@hostile(
    "after",
    why="thousands of files, each worth a line in the report",
    alarms={"extra_file"},
    **WHOLE,
)
def has_thousands_of_files_beside_the_notebook(target):
    def fill(folder):
        (folder / f"{NAME}.ipynb").write_bytes(full())
        for number in range(3_000):
            (folder / f"data-{number}.csv").touch()

    return fill


@hostile(
    "after",
    why="the right answers of a learner who also brought data",
    alarms={"extra_file"},
    **WHOLE,
)
def has_data_beside_the_notebook(target):
    def fill(folder):
        (folder / f"{NAME}.ipynb").write_bytes(full())
        (folder / "data\x1b[2J\n<b>.csv").write_text("1,2,3")
        (folder / ".ipynb_checkpoints").mkdir()
        (folder / ".ipynb_checkpoints" / f"{NAME}-checkpoint.ipynb").write_text("{}")

    return fill
