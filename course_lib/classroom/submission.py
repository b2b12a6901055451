"""A submission, ready to be graded: what to run, what its text shows, and a repaired notebook."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from course_lib.classroom.definitions import Defined, defined
from course_lib.classroom.handed_in import Cell, made_from, parse
from course_lib.classroom.leans_on import leans_on
from course_lib.classroom.lesson import TEST, GradedLesson, source_of
from course_lib.classroom.matching import Matched, match
from course_lib.classroom.modules_in_use import imported
from course_lib.classroom.plain_python import UNREAD, plain_python
from course_lib.classroom.suspicions import suspicions
from course_lib.classroom.taught import is_setup
from course_lib.classroom.verdicts import Alarm
from course_lib.exercises import names
from course_lib.exercises.answer_text import UNREADABLE

OWN = "own-"  # before the number of a cell that the learner added


@dataclass(frozen=True)
class Step:
    """One thing to do in the sandbox: run a cell, or evaluate an exercise at this place.

    Attributes:
        cell: id of the cell; "" for an evaluation.
        source: its text.
        exercise: name of the exercise to evaluate; "" for a cell.
    """

    cell: str = ""
    source: str = ""
    exercise: str = ""


@dataclass(frozen=True)
class Submission:
    """What grading needs of a submission.

    Attributes:
        steps: what to do, in order.
        defined: for each exercise, what the cells before it say of each of its functions.
        helpers: for each exercise that forbids something, the statements that it needs.
        made: for each exercise, the names that the cells before it make.
        untouched: exercises whose answer is what the release had there.
        not_given: exercises without a cell in a notebook of another version of the lesson, which
            may not have had them.
        elsewhere: exercises whose answer, or a helper of it, stands in a cell that is not run, or
            comes before the placeholder that counts.
        reaching: for each exercise, what cells that run before it do with the machinery, each as
            (the cell, a few words).
        notebook: what the instructor sees: the learner's cells and the release's checks.
        alarms: what is odd.
    """

    steps: tuple[Step, ...]
    defined: dict[str, dict[str, Defined]]
    helpers: dict[str, list[str]]
    made: dict[str, set[str]]
    untouched: frozenset[str]
    not_given: frozenset[str]
    elsewhere: frozenset[str]
    reaching: dict[str, list[tuple[str, str]]]
    notebook: dict[str, Any]
    alarms: tuple[Alarm, ...]

    @property
    def unread(self) -> list[str]:
        """The cells that may run, but cannot be read, and so were not run."""
        return [step.cell for step in self.steps if step.source == UNREAD]

    @property
    def texts(self) -> dict[str, dict[str, str]]:
        """For each exercise, its functions and the text of each, "" where it was not found."""
        return {
            exercise: {function: one.text for function, one in functions.items()}
            for exercise, functions in self.defined.items()
        }


def prepare(lesson: GradedLesson, data: bytes) -> Submission:
    """Read a submitted notebook against its release.

    Raises:
        Unreadable: if it is no notebook.
    """
    cells, alarms = parse(data)
    matched = match(lesson, cells)
    steps = _steps(lesson, matched)
    found, helpers, made, reaching = {}, {}, {}, {}
    before, bound, words, modules = [], set(), [], {}
    judged = {name for exercise in lesson.exercises.values() for name in exercise.functions}
    for step in steps:
        if step.exercise:
            exercise = lesson.exercises[step.exercise]
            found[step.exercise] = {name: defined(name, before) for name in exercise.functions}
            if exercise.forbids:
                text = "\n".join(one.text for one in found[step.exercise].values())
                earlier = [source for _, source in before]
                helpers[step.exercise] = leans_on(text, earlier, judged)
            made[step.exercise] = set(bound)
            reaching[step.exercise] = list(words)
        else:
            text = step.source
            before.append((step.cell, text))
            bound |= _bound_by(text)
            modules = _modules_after(text, modules)
            words += [(step.cell, word) for word in _suspicions_of(lesson, step, modules)]
    return Submission(
        tuple(steps),
        found,
        helpers,
        made,
        frozenset(_untouched(lesson, matched)),
        frozenset(_not_given(lesson, matched, data)),
        frozenset(_elsewhere(lesson, matched, found, made)),
        reaching,
        _repaired(lesson, matched),
        (*alarms, *matched.alarms),
    )


def _steps(lesson: GradedLesson, matched: Matched) -> list[Step]:
    """Return the set-up cells, answers and the learner's own cells, each exercise at its check."""
    places = {}  # exercise -> index of the cell after which it is evaluated
    for index, (key, cell) in enumerate(matched.cells):
        name = key or cell.grade_id
        if lesson.is_answer(name) or (lesson.is_test(key) and key[len(TEST) :] in matched.found):
            places[name.removeprefix(TEST)] = index
    needed = _needed_demonstrations(lesson, matched)
    steps = [
        Step(cell["id"], source_of(cell))
        for cell in lesson.setup()
        if cell["id"] not in matched.found
    ]
    for index, (key, cell) in enumerate(matched.cells):
        runs = cell.kind == "code" or lesson.is_answer(key)
        if runs and (not key or is_setup(key) or lesson.is_answer(key) or index in needed):
            steps.append(Step(key or f"{OWN}{index}", plain_python(cell.source)))
        steps += [Step(exercise=name) for name, place in places.items() if place == index]
    return steps + [Step(exercise=name) for name in lesson.exercises if name not in places]


def _needed_demonstrations(lesson: GradedLesson, matched: Matched) -> set[int]:
    """Return the places of demonstrations that the learner rewrote and whose names answers use.

    The lesson's own demonstrations are not run; one that became a learner's helper is.
    """
    wanted = {name for one in lesson.exercises.values() for name in one.functions}
    bound, edited = set(), {}
    for index, (key, cell) in enumerate(matched.cells):
        if cell.kind != "code" or lesson.is_test(key):
            continue
        try:
            text = plain_python(cell.source)
            makes, uses = names.bound_names(text), names.global_names(text)
        except UNREADABLE:
            continue
        if not key or is_setup(key) or lesson.is_answer(key):
            bound |= makes
            wanted |= uses
        elif not lesson.is_as_released(key, cell.source):
            edited[index] = (makes, uses)
    needed: set[int] = set()
    while more := {
        index
        for index, (makes, _) in edited.items()
        if index not in needed and makes & (wanted - bound)
    }:
        needed |= more
        for index in more:
            wanted |= edited[index][1]
    return needed


def _suspicions_of(lesson: GradedLesson, step: Step, modules: dict[str, str]) -> list[str]:
    """Return what a cell does with the machinery, unless it came so with the release."""
    if lesson.is_as_released(step.cell, step.source):
        return []
    return suspicions(step.source, modules)


def _modules_after(text: str, modules: dict[str, str]) -> dict[str, str]:
    """Return what stands for a module, or for something out of one, after a cell."""
    try:
        return imported(ast.parse(text), modules)
    except UNREADABLE:
        return modules


def _untouched(lesson: GradedLesson, matched: Matched) -> list[str]:
    """Return the exercises that nobody has worked at: the stub stands, no own cell makes them."""
    own = set().union(
        *(_bound_by(plain_python(cell.source)) for _, cell in _of_the_learner(lesson, matched))
    )
    edited = {key for key, _ in _of_the_learner(lesson, matched)}
    return [
        name
        for name, exercise in lesson.exercises.items()
        if name not in edited and own.isdisjoint(exercise.functions)
    ]


def _not_given(lesson: GradedLesson, matched: Matched, data: bytes) -> list[str]:
    """Return the exercises that the notebook may not have had when its learner got it."""
    missing = [name for name in lesson.exercises if name not in matched.found]
    if not missing or made_from(data) in ("", lesson.made_from):
        return []
    return missing


def _elsewhere(
    lesson: GradedLesson,
    matched: Matched,
    found: dict[str, dict[str, Defined]],
    made: dict[str, set[str]],
) -> Iterator[str]:
    """Yield the exercises of which the answer or a helper stands where it does not count."""
    own = [(key, plain_python(cell.source)) for key, cell in _of_the_learner(lesson, matched)]
    in_checks = set().union(*(_bound_by(text) for key, text in own if lesson.is_test(key)))
    for name, functions in found.items():
        stub = [(name, source_of(lesson.by_id[name]))]
        is_stub = all(one.text in ("", defined(f, stub).text) for f, one in functions.items())
        needed = set().union(*(_used_by(one.text) for one in functions.values()))
        if needed & in_checks - made[name] or (
            is_stub and any(defined(function, own).text for function in functions)
        ):
            yield name


def _of_the_learner(lesson: GradedLesson, matched: Matched) -> Iterator[tuple[str, Cell]]:
    """Yield the cells of code, in use or not, that are not as they were released."""
    released = {source_of(cell).strip() for cell in lesson.cells}
    for key, cell in matched.cells:
        is_code = cell.kind != "markdown" or lesson.is_answer(key)
        if is_code and cell.source.strip() not in released:
            yield key, cell


def _bound_by(text: str) -> set[str]:
    try:
        return names.bound_names(text)
    except UNREADABLE:
        return set()


def _used_by(text: str) -> set[str]:
    try:
        return names.global_names(text)
    except UNREADABLE:
        return set()


def _repaired(lesson: GradedLesson, matched: Matched) -> dict[str, Any]:
    """Return the notebook that the instructor sees: no outputs, the release's checks and ids."""
    cells, missing = [], [c for c in lesson.cells if lesson.is_graded(c["id"])]
    for index, (key, cell) in enumerate(matched.cells):
        if key:
            kept = copy.deepcopy(lesson.by_id[key])
            if not lesson.is_test(key):
                kept |= {"source": cell.source, **_pictures(cell)}
            elif _is_edited(cell, kept):
                cells.append(_own_cell(index, cell))  # above the release's, for whoever looks
            missing = [released for released in missing if released["id"] != key]
        else:
            kept = _own_cell(index, cell)
        cells.append(kept)
    for released in missing:
        cells.insert(_place_of(lesson, released["id"], cells), copy.deepcopy(released))
    for cell in cells:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return {
        "cells": cells,
        "metadata": copy.deepcopy(lesson.metadata),
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _is_edited(cell: Cell, released: dict[str, Any]) -> bool:
    return cell.source.split() != source_of(released).split()


def _own_cell(index: int, cell: Cell) -> dict[str, Any]:
    return {
        "cell_type": cell.kind,
        "id": f"{OWN}{index}",
        "metadata": {},
        "source": cell.source,
        **_pictures(cell),
    }


def _pictures(cell: Cell) -> dict[str, Any]:
    return {"attachments": cell.attachments} if cell.attachments else {}


def _place_of(lesson: GradedLesson, missing: str, cells: list[dict[str, Any]]) -> int:
    """Return where a missing cell goes: after the nearest cell that came before it."""
    order = [cell["id"] for cell in lesson.cells]
    before = set(order[: order.index(missing)])
    return max((i for i, cell in enumerate(cells, 1) if cell["id"] in before), default=0)
