"""The screen that `course train` and `course chat` write to."""

from rich.console import Console

# What models write is shown as it is: "[b]" is no markup and ":cat:" no emoji.
console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
