"""Who grades: this process, several on this machine, or a cluster; always one submission a time."""

import atexit
import logging
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice

from course_lib.classroom.grader import Grader
from course_lib.classroom.grading import Graded, HandedIn
from course_lib.classroom.lesson import GradedLesson
from course_lib.classroom.settings import Settings
from course_lib.errors import CourseError

AHEAD = 4  # submissions a worker has waiting, so that it never waits for one


_open: dict[tuple[str, str, Settings], Grader] = {}  # of this process: one for a lesson
_one_at_a_time = threading.Lock()  # a dask worker may have several threads


def grade_here(lesson: GradedLesson, settings: Settings, handed_in: HandedIn) -> Graded:
    """Grade a submission with a grader that stays for the next one."""
    key = (lesson.name, lesson.version, settings)
    with _one_at_a_time:
        if key not in _open:
            _open[key] = Grader(lesson, settings)
        return _open[key].grade(handed_in)


@atexit.register
def close_sandboxes() -> None:
    """End the graders of this process, and with them their sandboxes."""
    while _open:
        _open.popitem()[1].close()


def grade_one_by_one(
    lesson: GradedLesson, settings: Settings, submissions: Iterable[HandedIn]
) -> Iterator[tuple[HandedIn, Graded | Exception]]:
    """Grade in this process, in order."""
    try:
        for handed_in in submissions:
            yield handed_in, grade_here(lesson, settings, handed_in)
    finally:
        close_sandboxes()


def grade_side_by_side(
    lesson: GradedLesson,
    settings: Settings,
    submissions: Iterable[HandedIn],
    workers: int,
    address: str,
) -> Iterator[tuple[HandedIn, Graded | Exception]]:
    """Grade with several processes; yields in the order in which they are done.

    Args:
        workers: processes on this machine, where `address` is "".
        address: of a dask scheduler, for example "tcp://10.0.0.5:8786". Its workers need this
            course and a sandbox; they share no folder with this machine.
    """
    from dask.distributed import as_completed

    with _client(workers, address) as client:
        waiting = iter(submissions)
        by_future = {}

        def submit(handed_in: HandedIn):
            future = client.submit(grade_here, lesson, settings, handed_in, pure=False, retries=1)
            by_future[future] = handed_in
            return future

        workers = max(1, len(client.scheduler_info()["workers"]))
        first = [submit(handed_in) for handed_in in islice(waiting, workers * AHEAD)]
        done = as_completed(first)
        for future in done:
            handed_in = by_future.pop(future)
            try:
                yield handed_in, future.result()
            except Exception as error:  # noqa: BLE001 - a lost worker stops no other submission
                yield handed_in, error
            for more in waiting:
                done.add(submit(more))
                break
        client.run(close_sandboxes)


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Let processes that start here leave Ctrl-C to this one, which then ends them in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual or signal.SIG_DFL)


@contextmanager
def _client(workers: int, address: str):
    try:
        from dask.distributed import Client, LocalCluster
    except ImportError:
        raise CourseError(
            "Grading with several processes needs dask: pip install 'dask[distributed]'. "
            "Or grade with `--workers 1`."
        ) from None
    if address:
        try:
            with Client(address, timeout=20) as client:
                yield client
        except OSError as error:
            raise CourseError(f"No dask scheduler answers at {address}: {error}") from None
        return
    # Stopped halfway, workers would say much.
    more = {"dashboard_address": None, "memory_limit": 0, "silence_logs": logging.CRITICAL}
    with ExitStack() as stack:
        with _deaf_children():
            cluster = LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, **more)
        stack.enter_context(cluster)
        yield stack.enter_context(Client(cluster))
