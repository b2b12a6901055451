"""Hostile and broken submissions get what they have earned, and harm nobody.

All of them are graded in one run, as an instructor would; behind many stands a victim, the full
answer of somebody who has done nothing. A test that fails here names the attack that came through.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

from course_lib.classroom.feedback import feedback_page, write_feedback
from course_lib.classroom.gradebook import score_of
from course_lib.classroom.lesson import TEST
from course_lib.classroom.verdicts import SubmissionResult, Verdict, to_json
from tests.classroom.notebooks import NAME, full
from tests.hostile import book
from tests.hostile.book import BOOK, EXERCISES, FAMILIES, FULL, Hostile
from tests.hostile.world import PATIENCE, SHORT, USUAL, World, student_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("bwrap") is None,
        reason="hostile programs run in bubblewrap only: apt install bubblewrap",
    ),
]

PAGES = book.load()
STUDENTS = {page.name: student_of(number, page) for number, page in enumerate(PAGES)}
BEHIND_EACH = ("escape", "exhaustion", "after")
EVERY = 5  # in the other families, so many attacks to a victim
VICTIMS = {
    page.name: f"{STUDENTS[page.name]}v"
    for number, page in enumerate(PAGES)
    if not page.student and (page.family in BEHIND_EACH or number % EVERY == 0)
}
GRADED = [page for page in PAGES if not page.refused]
ACTIVE = ("script", "iframe", "object", "embed", "svg", "link", "base", "form", "img", "video")


def named(pages: list[Hostile]):
    return pytest.mark.parametrize(
        "page", [pytest.param(p, id=f"{p.family}-{p.name}") for p in pages]
    )


def is_aside(page: Hostile) -> bool:
    """Return whether a submission goes to the second course: the work is about halved so."""
    return page.short or page.family == "escape"


@pytest.fixture(scope="module")
def worlds() -> Iterator[dict[bool, World]]:
    """Two courses after everything was graded, side by side; by `is_aside`."""
    worlds = {aside: World(Path(tempfile.mkdtemp(prefix="hostile-"))) for aside in (False, True)}
    try:
        with ThreadPoolExecutor() as pool:
            graded = [pool.submit(_graded, world, aside) for aside, world in worlds.items()]
        for world, future in zip(worlds.values(), graded, strict=True):
            future.result()
            world.read_scores()
        yield worlds
    finally:
        for world in worlds.values():
            world.close()


def _graded(world: World, aside: bool) -> None:
    """Hand in what one of the courses gets, and grade it."""
    students = {True: [], False: []}  # by whether their limits are short
    for page in PAGES:
        if is_aside(page) == aside:
            world.hand_in(STUDENTS[page.name], page.make(world.target))
            students[page.short] += [] if page.refused else [STUDENTS[page.name]]
            if page.name in VICTIMS:
                world.hand_in(VICTIMS[page.name], full())
                students[page.short].append(VICTIMS[page.name])
    world.look()
    world.grade(students[False], USUAL)
    world.grade(students[True], SHORT)


@pytest.fixture
def world(worlds, page) -> World:
    """The course in which a submission was graded."""
    return worlds[is_aside(page)]


def result_of(world: World, page: Hostile) -> SubmissionResult:
    student = STUDENTS[page.name]
    if student in world.stopped:
        pytest.fail(f"it stops the whole run: {world.stopped[student]}")
    return world.result(student)


@named(GRADED)
def test_it_gets_what_it_has_earned(world, page):
    result = result_of(world, page)
    assert result.sandbox in ("bubblewrap", "")
    verdicts = {e.exercise: (e.verdict, e.note, e.finding) for e in result.exercises}
    wrong = {name: v for name, v in verdicts.items() if v[0] not in page.allowed[name]}
    assert result.points <= page.honest, verdicts
    assert not wrong


@named([page for page in GRADED if page.alarms])
def test_its_instructor_sees_what_it_did(world, page):
    assert page.alarms <= {alarm.kind for alarm in result_of(world, page).alarms}


@named(GRADED)
def test_the_gradebook_says_what_the_verdicts_say(world, page):
    result = result_of(world, page)
    scores = world.scores[result.student]
    assert scores == {TEST + e.exercise: score_of(e) for e in result.exercises}


@named([page for page in PAGES if page.name in VICTIMS])
def test_its_victim_gets_all_points(world, page):
    student = VICTIMS[page.name]
    assert student not in world.stopped
    victim = world.result(student)
    verdicts = {e.exercise: (e.verdict, e.note) for e in victim.exercises}
    assert (victim.points, victim.alarms) == (FULL, ()), verdicts


@named(GRADED)
def test_it_holds_up_nobody(world, page):
    student, limits = STUDENTS[page.name], SHORT if page.short else USUAL
    assert student not in world.stopped, world.stopped.get(student)
    assert world.done[student].seconds < limits["wall_seconds"] + PATIENCE


@named(GRADED)
def test_it_leaves_no_process(world, page):
    assert STUDENTS[page.name] not in world.stopped
    assert world.done[STUDENTS[page.name]].left == []


@named(GRADED)
def test_what_is_kept_of_it_is_small_and_plain(world, page):
    result = result_of(world, page)
    text = to_json(result)
    assert len(text) < 200_000
    assert world.target.secret not in text
    shown = [e.note for e in result.exercises] + [a.what + a.cell for a in result.alarms]
    assert all(character.isprintable() for character in "".join(shown)), shown


class Active(HTMLParser):
    """Collects what in a page could run, or load something; of a script, its text."""

    def __init__(self, text: str):
        super().__init__()
        self.found: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self._in_script = tag == "script"
        if tag in ACTIVE:
            self.found.append(f"{tag} {attributes}")
        for name, value in attributes:
            address = (value or "").strip().lower()
            if name.startswith("on") or name in ("src", "srcdoc") or "script:" in address:
                self.found.append(f"{tag} {name}={value}")

    def handle_data(self, data):
        if self._in_script:
            self.found.append(data)

    def handle_endtag(self, tag):
        self._in_script = False


@named(GRADED)
def test_its_feedback_holds_nothing_active(world, page):
    result = result_of(world, page)
    text = feedback_page(result)
    assert not Active(text).found
    assert "alert('hostile')" not in text  # the quotes are escaped wherever it is shown
    write_feedback(world.top, result)


@pytest.fixture(scope="module")
def exporter(worlds) -> HTMLExporter:
    """What nbgrader's pages for instructors are made with, as the course's settings have it."""
    return HTMLExporter(config=worlds[False].folders.config)


@named([page for page in GRADED if page.make.__module__.endswith("pages")])
def test_its_graded_copy_runs_nothing_where_instructors_read_it(world, exporter, page):
    result = result_of(world, page)
    file = world.folders.autograded(result.student, NAME) / f"{NAME}.ipynb"
    notebook = nbformat.read(file, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if "hostile" in json.dumps(cell)]
    html, _ = exporter.from_notebook_node(notebook)
    assert bool(notebook.cells) == (page.name != "has_ids_that_leave_their_attribute")  # repaired
    assert not [found for found in Active(html).found if "hostile" in found]


@named([page for page in PAGES if page.refused])
def test_a_name_that_is_no_students_is_left_out(world, page):
    student = STUDENTS[page.name]
    assert not (world.course / "autograded" / student).exists()
    assert student not in world.scores


@pytest.mark.parametrize("aside", [False, True], ids=["first course", "second course"])
def test_nothing_else_has_changed(worlds, aside):
    world = worlds[aside]
    assert not world.harm([*world.done, *world.stopped])


@pytest.mark.parametrize("aside", [False, True], ids=["first course", "second course"])
def test_nothing_stopped_the_run(worlds, aside):
    names = {student: name for name, student in STUDENTS.items()}
    assert {names.get(s, s): why for s, why in worlds[aside].stopped.items()} == {}


def test_there_are_enough_of_each_family():
    families = [page.family for page in PAGES]
    assert len(PAGES) >= 45 and set(families) == set(FAMILIES)
    assert min(map(families.count, FAMILIES)) >= 7
    assert len({page.name for page in PAGES}) == len(PAGES)
    assert all(page.why for page in PAGES)
    assert BOOK is PAGES and len(EXERCISES) == 8


HARMLESS = {
    "writes_to_the_gradebook": "the gradebook has lost",
    "writes_into_the_home_folder": ".bashrc is changed",
    "speaks_through_an_abstract_socket": "somebody connected to an abstract socket",
    "leaves_something_in_shared_folders": "was left",
}


def test_without_a_sandbox_the_same_checks_see_the_harm():
    world = World(Path(tempfile.mkdtemp(prefix="hostile-")))
    try:
        for path in [world.course, world.home, *world.course.rglob("*"), *world.home.rglob("*")]:
            path.chmod(0o777 if path.is_dir() else 0o666)  # whoever the programs run as
        pages = [page for page in PAGES if page.name in HARMLESS]
        for page in pages:
            world.hand_in(page.name, page.make(world.target))
        world.look()
        world.grade([page.name for page in pages], USUAL, level="none")
        assert not world.stopped
        assert {world.result(page.name).sandbox for page in pages} == {"none"}
        harm = json.dumps(world.harm([page.name for page in pages]))
    finally:
        world.close()
    assert [text for text in HARMLESS.values() if text not in harm] == []
    assert len(pages) == len(HARMLESS)


def test_all_verdicts_are_expected_of_somebody():
    expected = {
        verdict for page in PAGES for allowed in page.allowed.values() for verdict in allowed
    }
    assert expected == set(Verdict)
