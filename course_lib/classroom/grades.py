"""Read what the gradebook says in the end: programs, people's decisions, lateness."""

from collections.abc import Iterator
from typing import Any

from nbgrader.api import Gradebook
from sqlalchemy.exc import DatabaseError

from course_lib.classroom.export import Grade
from course_lib.classroom.feedback_facts import ByHand, Decision, Written
from course_lib.classroom.folders import CourseFolders, programs_first_on_path
from course_lib.classroom.gradebook import NO_RESPONSE, unusable
from course_lib.classroom.lesson import TEST, WRITTEN
from course_lib.errors import CourseError


def read_grades(folders: CourseFolders, name: str) -> Iterator[tuple[Grade, ByHand]]:
    """Yield, for each student with a submission of a lesson, the grade and what people added.

    The second is for the learner's page: scores and comments given by hand.
    """
    programs_first_on_path()
    if not folders.has_gradebook():
        raise CourseError("There is no gradebook. `course autograde` makes it, from verdicts/ too.")
    try:
        with Gradebook(folders.gradebook_url, folders.course_id) as book:
            for submission in book.notebook_submissions(name, name):
                yield _grade(submission), _by_hand(submission)
    except (DatabaseError, ModuleNotFoundError) as error:
        raise unusable(folders, error) from None


def _grade(submission: Any) -> Grade:
    student, written = submission.student, _written(submission)
    programs = [grade for grade in submission.grades if grade.name.startswith(TEST)]
    return Grade(
        student=student.id,
        first_name=student.first_name or "",
        last_name=student.last_name or "",
        email=student.email or "",
        lms_user_id=student.lms_user_id or "",
        points_programs=sum(grade.score for grade in programs),
        points_written=written.points if written else 0.0,
        late_penalty=submission.late_submission_penalty or 0.0,
        max_points=submission.max_score,
        programs_wait=any(grade.needs_manual_grade for grade in programs),
        written_waits=any(g.needs_manual_grade for g in submission.grades if g.name == WRITTEN),
        by_hand={
            grade.name.removeprefix(TEST): grade.manual_score
            for grade in programs
            if grade.manual_score is not None
        },
    )


def _by_hand(submission: Any) -> ByHand:
    decisions = {}
    comments = {comment.name: comment.manual_comment or "" for comment in submission.comments}
    for grade in submission.grades:
        if grade.name.startswith(TEST):
            name = grade.name.removeprefix(TEST)
            decision = Decision(grade.manual_score, comments.get(name, ""))
            if decision != Decision():
                decisions[name] = decision
    penalty = submission.late_submission_penalty or 0.0
    again = any(g.needs_manual_grade and g.manual_score is not None for g in submission.grades)
    return ByHand(_written(submission), decisions, penalty, again)


def _written(submission: Any) -> Written | None:
    for grade in submission.grades:
        if grade.name == WRITTEN:
            comment = next((c for c in submission.comments if c.name == WRITTEN), None)
            points = grade.manual_score if grade.manual_score is not None else grade.auto_score
            answered = comment is None or comment.auto_comment != NO_RESPONSE
            text = (comment.manual_comment or "") if comment else ""
            return Written(points, grade.max_score, text, answered)
    return None
