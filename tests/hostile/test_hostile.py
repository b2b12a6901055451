"""Hostile and broken submissions get what they have earned, and harm nobody.

All of them are graded in one run, as an instructor would; behind many stands a victim, the full
answer of somebody who has done nothing. A test that fails here names the attack that came through.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from nbconvert import HTMLExporter
from nbgrader.api import Gradebook

from course_lib.classroom.feedback import feedback_page, write_feedback
from course_lib.classroom.gradebook import score_of
from course_lib.classroom.lesson import TEST
from course_lib.classroom.verdicts import SubmissionResult, Verdict, to_json
from tests.classroom.notebooks import NAME, full
from tests.hostile import book
from tests.hostile.book import BOOK, EXERCISES, FAMILIES, FULL, Hostile
from tests.hostile.world import BYSTANDER, PATIENCE, SHORT, USUAL, World, student_of

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


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The course after everything was graded."""
    world = World(Path(tempfile.mkdtemp(prefix="hostile-")))
    try:
        groups = {True: [], False: []}
        for page in PAGES:
            student = STUDENTS[page.name]
            world.hand_in(student, page.make(world.target))
            groups[page.short] += [] if page.refused else [student]
            if page.name in VICTIMS:
                world.hand_in(VICTIMS[page.name], full())
                groups[page.short].append(VICTIMS[page.name])
        world.look()
        world.grade(groups[False], USUAL)
        world.grade(groups[True], SHORT)
        yield world
    finally:
        world.close()


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
    with Gradebook(world.folders.gradebook_url, world.folders.course_id) as gradebook:
        notebook = gradebook.find_submission_notebook(NAME, NAME, result.student)
        scores = {g.name: g.auto_score for g in notebook.grades if g.name.startswith(TEST)}
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
    assert world.done[student].seconds < limits["wall_seconds"] + PATIENCE / 2


@named(GRADED)
def test_it_leaves_no_process(world, page):
    usual = min(done.processes for done in world.done.values() if done.processes > 0)
    assert STUDENTS[page.name] not in world.stopped
    assert world.done[STUDENTS[page.name]].processes <= usual


@named(GRADED)
def test_what_is_kept_of_it_is_small_and_plain(world, page):
    result = result_of(world, page)
    text = to_json(result)
    assert len(text) < 200_000
    assert world.target.secret not in text
    shown = [e.note for e in result.exercises] + [a.what + a.cell for a in result.alarms]
    assert all(character.isprintable() for character in "".join(shown)), shown


class Active(HTMLParser):
    """Collects what in a page could run, or load something."""

    def __init__(self, text: str):
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag in ACTIVE:
            self.found.append(tag)
        for name, value in attributes:
            address = (value or "").strip().lower()
            if name.startswith("on") or name in ("src", "srcdoc", "style") or "script:" in address:
                self.found.append(f"{tag} {name}={value}")


@named(GRADED)
def test_its_feedback_holds_nothing_active(world, page):
    result = result_of(world, page)
    text = feedback_page(result)
    assert not Active(text).found
    assert "alert('hostile')" not in text  # the quotes are escaped wherever it is shown
    write_feedback(world.top, result)


@named([page for page in GRADED if page.family == "after"])
def test_its_graded_copy_runs_nothing_where_instructors_read_it(world, page):
    result = result_of(world, page)
    file = world.folders.autograded(result.student, NAME) / f"{NAME}.ipynb"
    assert world.target.secret not in file.read_text(encoding="utf-8")
    html, _ = HTMLExporter(config=world.folders.config).from_filename(str(file))
    for attack in ("<script>alert('hostile')", "onerror=alert", "javascript:alert", "onload=alert"):
        assert not [tag for tag in Active(html).found if attack.partition("alert")[0] in tag]
        assert attack not in html or attack == "javascript:alert"


@named([page for page in PAGES if page.refused])
def test_a_name_that_is_no_students_is_left_out(world, page):
    student = STUDENTS[page.name]
    assert not (world.course / "autograded" / student).exists()
    with Gradebook(world.folders.gradebook_url, world.folders.course_id) as gradebook:
        assert student not in [known.id for known in gradebook.students]


def test_nothing_else_has_changed(world):
    assert not world.harm([student for student in world.done if student != BYSTANDER])


def test_nothing_stopped_the_run(world):
    names = {student: name for name, student in STUDENTS.items()}
    assert {names.get(s, s): why for s, why in world.stopped.items()} == {}


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
