"""What a user of the course can get wrong, said in one line: what happened, why, and the fix."""


class CourseError(Exception):
    """A user's mistake, or a fact of their computer; `course` prints it and exits with 2."""
