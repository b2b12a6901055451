"""The command itself: killed with no warning and started again; on a cluster; on PostgreSQL."""

import csv
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from nbgrader.api import Gradebook

from course_lib.classroom.autograde import autograde
from course_lib.classroom.kept import kept_result
from tests.classroom.notebooks import NAME, ROOT, answers, cell, changed, empty, full, lesson

pytestmark = pytest.mark.slow
EXERCISES = list(lesson().exercises)
SECONDS = 120  # for whatever has to happen on a busy machine


def part(n):
    def change(notebook):
        for name in EXERCISES[:n]:
            cell(notebook, name)["source"] = answers()[name]

    return changed(empty(), change)


def environment(folders):
    return os.environ | {
        "PYTHONPATH": str(ROOT),
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]),
        "OMP_NUM_THREADS": "1",
        "TOKENS_TO_TRUST_DATA": str(folders.root / "data"),
    }


def started(folders, *words, **more):
    command = [sys.executable, "-m", "course_lib.cli", *words]
    return subprocess.Popen(
        command, cwd=folders.root, env=environment(folders), stdout=-1, stderr=-2, text=True, **more
    )


def scores(folders):
    """Return each student's points for programs from the gradebook, which must be whole."""
    with Gradebook(folders.gradebook_url, folders.course_id) as book:
        return {
            one.student.id: sum(g.auto_score or 0.0 for g in one.grades)
            for one in book.notebook_submissions(NAME, NAME)
        }


def waits_until(true):
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot kill like this")
def test_killed_with_no_warning_it_goes_on_and_every_score_is_exact(folders, submit):
    expected = {}
    for number in range(7):
        submit(f"s{number}", part(number))
        expected[f"s{number}"] = sum(lesson().points(n) for n in EXERCISES[:number])
    seeds = {}
    for n_done in (1, 3, 5):
        process = started(folders, "autograde", "01", "--workers", "1")
        waits_until(lambda n=n_done: sum(map(graded(folders), expected)) >= n)
        family = [process, *psutil.Process(process.pid).children(recursive=True)]
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        waits_until(lambda f=family: not any(psutil.pid_exists(one.pid) for one in f))
        for student in filter(graded(folders), expected):
            seed = kept_result(folders, NAME, student).seed
            assert seeds.setdefault(student, seed) == seed, f"{student} was graded twice"
    process = started(folders, "autograde", "01", "--workers", "1")
    said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, said
    assert scores(folders) == expected
    assert all(kept_result(folders, NAME, s).seed == seed for s, seed in seeds.items())
    assert not list(folders.root.rglob("*.unfinished"))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_stopped_by_a_key_it_says_how_to_go_on_and_nothing_else(folders, submit, workers):
    names = [f"s{number:02}" for number in range(12)]
    for name in names:
        submit(name, full())
    process = started(folders, "autograde", "01", "--workers", workers, start_new_session=True)
    waits_until(lambda: sum(map(graded(folders), names)) >= 2)
    family = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of the command
    said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 130, said
    assert said.rstrip().endswith("Stopped. What is graded stays; the same command goes on.")
    assert "Traceback" not in said and "WARNING" not in said
    assert sum(map(graded(folders), names)) < len(names)
    waits_until(lambda: not any(one.is_running() for one in family))
    process = started(folders, "autograde", "01", "--workers", "1")
    said, _ = process.communicate(timeout=SECONDS)
    assert set(scores(folders).values()) == {20.0}, said


def graded(folders):
    return lambda student: folders.verdicts(student, NAME).exists()


def test_the_commands_from_submissions_to_grades(folders, submit):
    submit("alice", full())
    submit("bob", b"{")
    grading = started(folders, "autograde", "01", "--workers", "1")
    said, _ = grading.communicate(timeout=SECONDS)
    assert grading.returncode == 1, "a submission needs a person"
    assert "These need a person" in said and "bob" in said and "Traceback" not in said
    assert "The written question waits in formgrader: bob." in said
    for words, code in [
        (("feedback", "01"), 0),
        (("export", "01"), 0),
        (("export", "01", "--layout", "canvas"), 1),
        (("export", "01", "--to", "no_such_folder/a.csv"), 2),
        (("autograde", "99"), 2),
    ]:
        process = started(folders, *words)
        said, _ = process.communicate(timeout=SECONDS)
        assert (words, process.returncode) == (words, code), said
        assert "Traceback" not in said
    for student in ("alice", "bob"):
        page = folders.feedback(student, NAME) / f"{NAME}.html"
        assert student in page.read_text(encoding="utf-8")
    with open(folders.root / f"{NAME}-verdicts.csv", encoding="utf-8-sig", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert rows["alice"]["programs"] == "20"
    assert rows["bob"]["status"] == "a program needs a person, the written question is not graded"


def test_a_cluster_gives_the_same_scores(folders, submit):
    distributed = pytest.importorskip("dask.distributed")
    for number in range(3):
        submit(f"s{number}", part(number))
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None, memory_limit=0
    ) as cluster:
        summary = autograde(folders, NAME, scheduler=cluster.scheduler_address)
    assert summary.graded == 3
    assert (
        {s: r.points for s, r in summary.results.items()}
        == scores(folders)
        == {f"s{k}": sum(lesson().points(n) for n in EXERCISES[:k]) for k in range(3)}
    )


def test_workers_with_several_threads_mix_nobody_up(folders, submit):
    distributed = pytest.importorskip("dask.distributed")
    for number in range(12):
        submit(f"s{number:02}", part(number % 4))
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=6, dashboard_address=None, memory_limit=0
    ) as cluster:
        summary = autograde(folders, NAME, scheduler=cluster.scheduler_address)
    points = [sum(lesson().points(n) for n in EXERCISES[:k]) for k in range(4)]
    expected = {f"s{number:02}": points[number % 4] for number in range(12)}
    assert {s: r.points for s, r in summary.results.items()} == scores(folders) == expected


POSTGRES = os.environ.get("TOKENS_TO_TRUST_POSTGRES", "")


@pytest.mark.skipif(not POSTGRES, reason="TOKENS_TO_TRUST_POSTGRES names no PostgreSQL server")
def test_postgresql_keeps_the_gradebook(folders, submit):
    folders.directory.db_url = POSTGRES
    submit("alice", part(2))
    autograde(folders, NAME)
    assert scores(folders)["alice"] == 4.0
