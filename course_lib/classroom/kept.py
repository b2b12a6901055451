"""The verdicts that an earlier run has left on the disk."""

from course_lib.classroom.folders import CourseFolders
from course_lib.classroom.verdicts import SubmissionResult, from_json


def kept_result(folders: CourseFolders, name: str, student: str) -> SubmissionResult | None:
    """Return the verdicts that are on the disk, or None."""
    try:
        return from_json(folders.verdicts(student, name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
