"""Lessons that an instructor keeps outside the course."""


def use_private(folder) -> None:
    """Not yet."""
