"""A course in a temporary folder, all that attacks may aim at, and a way to see what they did."""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from nbgrader.api import Gradebook

from course_lib.classroom.folders import VERDICTS, CourseFolders
from course_lib.classroom.gradebook import LOCK, open_gradebook
from course_lib.classroom.lesson import TEST
from course_lib.classroom.verdicts import ExerciseResult, SubmissionResult, Verdict, from_json
from tests.classroom.notebooks import NAME, ROOT, copy_course, full, lesson
from tests.hostile.book import Hostile, Target

BYSTANDER = "bystander"
SHARED = ("/dev/shm", "/tmp", "/var/tmp", "/run", "/run/lock", "/dev/mqueue", "/var/crash")
CANARIES = (".bashrc", ".ipython/profile_default/startup/00.py", ".config/settings")
USUAL = {"memory_mb": 512, "cpu_seconds": 20, "wall_seconds": 25, "processes": 48}
USUAL |= {"file_mb": 8, "folder_mb": 16, "output_mb": 8}
SHORT = {"memory_mb": 256, "cpu_seconds": 3, "wall_seconds": 6, "processes": 24}
SHORT |= {"file_mb": 4, "folder_mb": 8, "output_mb": 4}
PATIENCE = 25  # seconds more than its limit that a submission may hold up the others


@dataclass(frozen=True)
class Done:
    """How grading one submission went: seconds, and the processes that were left right after it."""

    seconds: float
    left: list[str]


@dataclass
class World:
    """The course, its surroundings, and what came of grading.

    Attributes:
        top: the temporary folder that holds all of it.
        target: what attacks aim at.
        done: by student, those that were graded.
        stopped: by student, how the whole run ended at its submission.
    """

    top: Path
    done: dict[str, Done] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)

    def __post_init__(self):
        self.top.chmod(0o755)
        self.course, self.home, self.scratch = (self.top / n for n in ("course", "home", "scratch"))
        for folder in (self.course, self.home, self.scratch):
            folder.mkdir()
        self._listeners = [socket.socket(), socket.socket(type=socket.SOCK_DGRAM)]
        self._listeners += [socket.socket(socket.AF_UNIX, k) for k in (1, 2)]
        copy_course(self.course)
        for name in CANARIES:
            (self.home / name).parent.mkdir(parents=True, exist_ok=True)
            (self.home / name).write_text("# as it was\n")
        self.target = self._listen()
        (self.course / "secret.txt").write_text(self.target.secret)
        self.folders = CourseFolders(self.course)
        self._bystander()

    def _listen(self) -> Target:
        tcp, udp, stream, datagram = self._listeners
        abstract = f"hostile-{secrets.token_hex(8)}"
        for listener in (tcp, udp):
            listener.bind(("127.0.0.1", 0))
        stream.bind("\0" + abstract)
        datagram.bind("\0" + abstract + "-datagram")
        for listener in (tcp, stream):
            listener.listen()
        for listener in self._listeners:
            listener.setblocking(False)
        return Target(
            course=self.course,
            home=self.home,
            bystander=BYSTANDER,
            tcp=tcp.getsockname()[1],
            udp=udp.getsockname()[1],
            abstract=abstract,
            secret=f"hostile-secret-{secrets.token_hex(8)}",
            mark=f"hostile-mark-{secrets.token_hex(8)}",
        )

    def _bystander(self) -> None:
        """Hand in, and grade by hand, the work of somebody whom no attack is about."""
        self.hand_in(BYSTANDER, full())
        for step in ("autograded", "feedback"):
            folder = self.course / step / BYSTANDER / NAME
            folder.mkdir(parents=True)
            (folder / f"{NAME}.ipynb").write_bytes(full())
        worth = {name: lesson().points(name) for name in lesson().exercises}
        passed = [ExerciseResult(n, Verdict.PASSED, p, p, 0) for n, p in worth.items()]
        result = SubmissionResult(BYSTANDER, NAME, "", 0, "", tuple(passed))
        with open_gradebook(self.folders, lesson()) as writer:
            writer.record(result, None)
        with contextlib.closing(sqlite3.connect(self.course / "gradebook.db")) as book, book:
            book.execute("UPDATE grade SET manual_score = 1.5")

    def hand_in(self, student: str, filling) -> None:
        """Put a submission where nbgrader would collect it."""
        folder = self.course / "submitted" / student / NAME
        folder.mkdir(parents=True)
        if isinstance(filling, bytes):
            (folder / f"{NAME}.ipynb").write_bytes(filling)
        else:
            filling(folder)

    def look(self) -> None:
        """Remember how everything is; `harm` tells what has changed since."""
        self._files = {folder: _files(folder) for folder in (self.course, self.home)}
        self._rows = _rows(self.course / "gradebook.db")

    def grade(self, students: list[str], limits: dict, level: str = "bubblewrap") -> None:
        """Grade submissions; where one stops the run, note it and go on with those behind it."""
        students = sorted(students)
        patience = limits["wall_seconds"] + PATIENCE + 20  # a first one waits for the start
        while students:
            done, why = self._run(students, limits, level, patience)
            students = students[done:]
            if students:
                self.stopped[students[0]] = why
                students = students[1:]

    def _run(self, students: list[str], limits: dict, level: str, patience: float) -> tuple:
        """Return (how many were graded before the end, why it ended)."""
        log, job = self.top / "log.jsonl", self.top / "job.json"
        log.write_text("")
        words = {"log": str(log), "students": students, "limits": limits, "level": level}
        job.write_text(json.dumps(words | {"course": str(self.course), "lesson": NAME}))
        environment = os.environ | {"HOME": str(self.home), "TMPDIR": str(self.scratch)}
        environment |= {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        environment |= {"HOSTILE_SECRET": self.target.secret, "PYTHONDONTWRITEBYTECODE": "1"}
        with open(self.top / "errors.txt", "ab") as errors:
            process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("grader.py")), str(job)],
                cwd=self.course,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
            size, since = 0, time.monotonic()
            while process.poll() is None:
                time.sleep(0.05)
                if log.stat().st_size != size:
                    size, since = log.stat().st_size, time.monotonic()
                elif time.monotonic() - since > patience:
                    process.kill()
                    process.wait()
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        graded = [line for line in lines if "student" in line]
        for line in graded:
            self.done[line["student"]] = Done(line["seconds"], line["left"])
        why = [line["stopped"] for line in lines if "stopped" in line]
        if process.returncode == -9:
            why = [f"it held up the run for more than {patience:g} seconds"]
        return len(graded), (why or [f"the grader ended with {process.returncode}"])[0]

    def result(self, student: str) -> SubmissionResult:
        """Return the verdicts that were written down for a student."""
        file = self.course / VERDICTS / student / NAME / f"{NAME}.json"
        return from_json(file.read_text(encoding="utf-8"))

    def read_scores(self) -> None:
        """Take from the gradebook each student's automatic scores, by cell."""
        self.scores = {}
        with Gradebook(self.folders.gradebook_url, self.folders.course_id) as book:
            for notebook in book.notebook_submissions(NAME, NAME):
                grades = {g.name: g.auto_score for g in notebook.grades if g.name.startswith(TEST)}
                self.scores[notebook.student.id] = grades

    def harm(self, students: list[str]) -> list[str]:
        """Return what is not as it was, besides what belongs to these students' own grading."""
        own = [f"{step}/{s}/{NAME}/{NAME}" for s in students for step in ("autograded", VERDICTS)]
        free = {f"{file}{end}" for file in own for end in (".ipynb", ".json")}
        free |= {"gradebook.db", LOCK}
        return [
            *_differences(self._files[self.course], _files(self.course), free),
            *_differences(self._files[self.home], _files(self.home), set()),
            *self._changed_rows(),
            *self._heard(),
            *self._left_outside(),
        ]

    def _changed_rows(self) -> list[str]:
        now = _rows(self.course / "gradebook.db")
        lost = [f"{table}: {row}" for table, row in self._rows - now]
        return [f"the gradebook has lost {row}" for row in lost]

    def _heard(self) -> list[str]:
        tcp, udp, stream, datagram = self._listeners
        heard = []
        for name, listener in [("TCP", tcp), ("an abstract socket", stream)]:
            with contextlib.suppress(BlockingIOError):
                listener.accept()[0].close()
                heard.append(f"somebody connected to {name}")
        for name, listener in [("UDP", udp), ("an abstract datagram", datagram)]:
            with contextlib.suppress(BlockingIOError):
                listener.recv(100)
                heard.append(f"somebody sent to {name}")
        return heard

    def _left_outside(self) -> list[str]:
        left = [path for top in SHARED for path in Path(top).glob(f"*{self.target.mark}*")]
        left += list(self.scratch.iterdir())
        return [f"{path} was left" for path in left] + [f"{p} runs" for p in self.processes()]

    def processes(self) -> list[str]:
        """Return the processes that have to do with this world, and are not this one."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                words = " ".join(process.cmdline())
                if str(self.top) in words and process.pid != os.getpid():
                    found.append(f"{process.pid} {words[:80]}")
        return found

    def close(self) -> None:
        """End what attacks may have left, by its own number, and the listeners."""
        for text in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(text.split()[0]), 9)
        for listener in self._listeners:
            listener.close()
        for top in SHARED:
            for path in Path(top).glob(f"*{self.target.mark}*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.rmtree(self.top, ignore_errors=True)


def student_of(number: int, page: Hostile) -> str:
    """Return the folder's name of a hostile submission; its victim's has a v behind it."""
    return page.student or f"h{number:03}"


def _files(top: Path) -> dict[str, str]:
    """Return {path: what is there} for a folder, without following links."""
    found = {}
    for path in sorted(top.rglob("*")):
        if path.is_symlink():
            what = f"link to {os.readlink(path)}"
        elif path.is_file() and path.stat().st_nlink > 1:
            continue  # it changes with the other file that it is
        elif path.is_file():
            mode = oct(path.stat().st_mode)
            what = f"{mode} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        elif path.is_dir():
            continue  # seen by what lies in it
        else:
            what = oct(path.lstat().st_mode)
        found[str(path.relative_to(top))] = what
    return found


def _differences(before: dict[str, str], after: dict[str, str], free: set[str]) -> list[str]:
    changed = [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)]
    words = {True: {True: "changed", False: "gone"}, False: {True: "new", False: ""}}
    return [f"{p} is {words[p in before][p in after]}" for p in sorted(changed) if p not in free]


def _rows(file: Path) -> set[tuple[str, tuple]]:
    """Return all rows of a gradebook, each with the name of its table."""
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as book:
        names = [n for (n,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {(name, row) for name in names for row in book.execute(f"SELECT * FROM {name}")}
