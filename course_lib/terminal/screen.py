"""The screen that `course train` and `course chat` write to."""

from rich.console import Console

# What models write is shown as it is: "[b]" is no markup and ":cat:" no emoji.
console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)


def counted(number: int, noun: str) -> str:
    """Return a number of things in words: "1 page", "2 pages"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
