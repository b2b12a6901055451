"""What `course autograde` shows: a bar with the time that is left, then who needs a person."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import shorten

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from course_lib.classroom import autograde as grading
from course_lib.classroom.autograde import Summary, verdict_counts
from course_lib.classroom.folders import VERDICTS, CourseFolders
from course_lib.classroom.lesson import read_lesson
from course_lib.classroom.preflight import Tried
from course_lib.classroom.preflight import preflight as trials_of
from course_lib.classroom.sandbox.levels import best_level
from course_lib.classroom.settings import Settings
from course_lib.classroom.verdicts import FOR_A_PERSON, SubmissionResult, Verdict
from course_lib.errors import CourseError
from course_lib.private import private_folder
from course_lib.terminal.screen import console, counted

COLORS = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "yellow",
    Verdict.NOT_ATTEMPTED: "dim",
    Verdict.TIMED_OUT: "yellow",
    Verdict.CRASHED: "yellow",
    Verdict.TAMPERED: "bold red",
    Verdict.NEEDS_REVIEW: "bold red",
}
LONGEST = 160  # characters of a note
MOST_NAMES = 20


def autograde(
    root: Path,
    number: str,
    students: list[str] | None,
    again: bool,
    workers: int,
    scheduler: str,
    unsafe: bool,
) -> int:
    """Grade a lesson's submissions and show it; return the exit code."""
    folders = CourseFolders(root)
    level = best_level(unsafe)
    console.print(f"Sandbox: {level.name}. {level.says}")
    name = folders.lesson_called(number)
    try:
        with progress_bar() as progress:
            summary = grading.autograde(
                folders,
                name,
                settings=Settings(unsafe=unsafe, private=private_folder()),
                students=students,
                again=again,
                workers=workers,
                scheduler=scheduler,
                progress=progress,
            )
    except KeyboardInterrupt:
        console.print("Stopped. What is graded stays; the same command goes on.")
        return 130
    if not summary.results and not summary.refused:
        raise CourseError(
            f"Nobody has handed anything in: there is no {folders.submitted('NAME', name)}."
        )
    show_summary(summary)
    return 1 if summary.for_a_person or summary.again or summary.refused else 0


def preflight(root: Path, number: str, unsafe: bool) -> int:
    """Grade what is known about a lesson and show each answer that is not reported as it should."""
    folders = CourseFolders(root)
    name = folders.lesson_called(number)
    lesson = read_lesson(folders.release(name))
    solution = folders.source(name)
    tried: list[Tried] = []
    with console.status("Grading known answers"):
        tried.extend(trials_of(lesson, solution, root, best_level(unsafe)))
    table = Table(title=f"Preflight of {name}", title_justify="left")
    for column in ("exercise", "right answers", "wrong answers", "misconceptions"):
        table.add_column(column, justify="left" if column == "exercise" else "right")
    for exercise in lesson.exercises:
        mine = [one for one in tried if one.exercise == exercise]
        right = [one for one in mine if one.wanted == "passed"]
        wrong = [one for one in mine if one.wanted != "passed"]
        kinds = {one.wanted for one in wrong}
        table.add_row(exercise, _share(right), _share(wrong), str(len(kinds)))
    console.print(table)
    for what in ("the full answer", "the empty notebook"):
        points = sum(one.result.points for one in tried if one.answer == what)
        most = sum(lesson.points(name) for name in lesson.exercises)
        console.print(f"{what.capitalize()}: {points:g} of {most:g} points for programs.")
    failed = [one for one in tried if not one.is_right]
    for one in failed:
        note = f" ({one.result.note})" if one.result.note else ""
        console.print(f"{one.exercise}, {one.answer}: {one.reported}, not {one.wanted}{note}")
    console.print(f"{len(tried) - len(failed)} of {len(tried)} as they should be.")
    return 1 if failed else 0


def _share(tried: list[Tried]) -> str:
    return f"{sum(one.is_right for one in tried)} of {len(tried)}"


@contextmanager
def progress_bar() -> Iterator:
    """Show a bar while submissions are graded; yields what to call with (done, of)."""
    columns = (
        TextColumn("grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None, rate="")

        def report(done: int, of: int) -> None:
            rate = 60 * done / max(bar.tasks[task].elapsed, 1e-9)
            bar.update(task, completed=done, total=of, rate=f"{rate:.0f} a minute")

        yield report


def show_summary(summary: Summary) -> None:
    """Print the verdicts, the submissions that need a person, and how fast it went."""
    console.print(_verdicts(summary))
    for name, why in summary.refused.items():
        console.print(f"Left out: {name!r}: {why}.")
    if summary.for_a_person:
        console.print(_for_a_person(summary.for_a_person))
    if summary.decided:
        console.print(f"A person has decided: {_listed(sorted(summary.decided))}.")
    if summary.written:
        console.print(f"The written question waits in formgrader: {_listed(summary.written)}.")
    if summary.again:
        names = _listed(summary.again)
        console.print(f"Look again, in formgrader, at points given by hand: {names}.")
    odd = defaultdict(list)
    for student, result in sorted(summary.results.items()):
        for kind in kinds_of(result):
            odd[kind].append(student)
    for kind, students in odd.items():
        console.print(Text(f"Odd: {kind}: {_listed(students)}."))
    if odd:
        console.print(f"More on what is odd is in {VERDICTS}/.")
    if summary.graded:
        rate = 60 * summary.graded / max(summary.seconds, 1e-9)
        console.print(
            f"{summary.graded} graded in {summary.seconds:.0f} seconds, {rate:.0f} a minute."
        )
    elif summary.results:
        console.print("Nothing new to grade.")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def kinds_of(result: SubmissionResult) -> list[str]:
    """Return the kinds of a submission's alarms, each once."""
    return list(dict.fromkeys(alarm.kind.replace("_", " ") for alarm in result.alarms))


def _verdicts(summary: Summary) -> Table:
    counts = verdict_counts(summary)
    title = counted(len(summary.results), "submission")
    table = Table(title=title, title_justify="left")
    table.add_column("verdict")
    table.add_column("exercises", justify="right")
    for verdict in Verdict:
        table.add_row(Text(str(verdict), style=COLORS[verdict]), str(counts[verdict]))
    return table


def _for_a_person(results: list[SubmissionResult]) -> Table:
    table = Table(title="These need a person", title_justify="left")
    for column in ("student", "exercise", "verdict", "why"):
        table.add_column(column)
    for result in results:
        held = [e for e in result.exercises if e.verdict in FOR_A_PERSON]
        together = defaultdict(list)
        for exercise in held:
            together[exercise.verdict, exercise.note].append(exercise.exercise)
        for (verdict, note), names in together.items():
            table.add_row(
                Text(result.student),
                Text(names[0] if len(names) == 1 else f"{len(names)} exercises"),
                Text(str(verdict), style=COLORS[verdict]),
                Text(shorten(note, LONGEST, placeholder=" ...")),
            )
    return table
