"""What `course autograde` has graded is nbgrader's own: its formgrader shows it and adds to it."""

import shutil

import pytest
from nbgrader.api import Gradebook

from course_lib.classroom.autograde import autograde
from course_lib.classroom.folders import CourseFolders
from course_lib.classroom.grades import read_grades
from course_lib.classroom.lesson import WRITTEN
from tests.browser.jupyterlab import TOKEN, running_lab
from tests.classroom.notebooks import NAME, cell, changed, copy_course, full

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="the sandbox needs bubblewrap"),
]
SAID = "It sees pieces, and never a letter."
PICTURE = (  # one black pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> CourseFolders:
    """A course in which a wrong program, a written answer and a broken notebook are graded."""
    folders = CourseFolders(copy_course(tmp_path_factory.mktemp("course")))

    def fill(notebook):
        cell(notebook, "decode")["source"] = "def decode(ids, vocab):\n    return 'x'"
        pasted = {"page.png": {"image/png": PICTURE}}
        written = f"{SAID}\n\n![drawn](attachment:page.png)"
        cell(notebook, WRITTEN).update(source=written, attachments=pasted)

    for student, data in [("ada", changed(full(), fill)), ("ben", b"{")]:
        folder = folders.submitted(student, NAME)
        folder.mkdir(parents=True)
        (folder / f"{NAME}.ipynb").write_bytes(data)
    autograde(folders, NAME)
    return folders


@pytest.fixture(scope="module")
def submissions(course) -> dict[str, str]:
    """The formgrader's address of each student's submission."""
    with Gradebook(course.gradebook_url, course.course_id) as book:
        found = book.notebook_submissions(NAME, NAME)
        return {one.student.id: f"formgrader/submissions/{one.id}/" for one in found}


@pytest.fixture(scope="module")
def instructors(course, browser, tmp_path_factory):
    with running_lab(course.root, tmp_path_factory.mktemp("jupyter")) as lab:
        yield lab


@pytest.fixture
def teacher(instructors, page):
    """A page of somebody who is logged in."""
    page.goto(f"{instructors.url}lab?token={TOKEN}")
    return page


@pytest.fixture
def open_submission(instructors, submissions, teacher):
    """Shows a student's submission, once its scores have come: they load behind the page."""

    def show(student):
        teacher.goto(instructors.url + submissions[student])
        teacher.wait_for_function("formgrader.grades && formgrader.grades.loaded")

    return show


def test_the_list_says_who_needs_a_person(instructors, teacher):
    teacher.goto(f"{instructors.url}formgrader/gradebook/{NAME}/{NAME}")
    teacher.wait_for_selector("text=Submission #2")
    marks = {
        row.locator("a.name-shown").text_content(): [
            bool(row.locator(f"{column} .glyphicon-ok").count())
            for column in (".needs-manual-grade", ".tests-failed")
        ]
        for row in teacher.locator("table tbody tr").all()
    }
    assert marks == {"ada": [True, True], "ben": [True, False]}, "who waits, and whose check failed"


def test_what_needs_a_person_has_no_score_yet(open_submission, teacher):
    open_submission("ben")
    assert "needs review: no score yet, of 4 points" in teacher.locator("body").inner_text()
    scores = teacher.locator("input.score")
    shown = [scores.nth(n).get_attribute("placeholder") for n in range(scores.count())]
    assert len(shown) == 9 and not any(shown)


def test_a_picture_that_was_pasted_in_is_shown(open_submission, teacher):
    open_submission("ada")
    picture = teacher.locator("img[alt=drawn]")
    assert picture.evaluate("picture => picture.naturalWidth") == 1


def test_a_written_answer_gets_its_points_there(course, open_submission, teacher):
    open_submission("ada")
    score = teacher.locator(".nbgrader_cell", has_text=SAID).first.locator("input.score")
    with teacher.expect_response(lambda response: response.request.method == "PUT"):
        score.fill("1.5")
        score.press("Tab")
    text = teacher.locator("body").inner_text()
    assert "failed: 0 of 2 points" in text and "passed: 4 of 4 points" in text
    (ada,) = (grade for grade, _ in read_grades(course, NAME) if grade.student == "ada")
    assert (ada.points_programs, ada.points_written, ada.total) == (18.0, 1.5, 19.5)
