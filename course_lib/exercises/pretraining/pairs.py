"""What calls share whose answers return two values."""

from typing import Any

from course_lib.exercises.exercise import an


class ReturnsNoPair(TypeError):
    """Something else than a tuple of two came back."""


def pair(returned: Any) -> tuple | None:
    """Return what came back if it is a tuple of two, or None where nothing did.

    Raises:
        ReturnsNoPair
    """
    if returned is None or (isinstance(returned, tuple) and len(returned) == 2):
        return returned
    n = f" of {len(returned)}" if isinstance(returned, (tuple, list)) else ""
    raise ReturnsNoPair(f"{an(type(returned).__name__)}{n} came back")
