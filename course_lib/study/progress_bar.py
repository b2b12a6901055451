"""`Bar(100, "steps")`: how far a long cell is, and how long it will still take."""

import time

from IPython.display import DisplayHandle

from course_lib.llm.training import StepReport

EVERY = 0.5  # seconds between two drawings
WIDTH = 24  # characters of the bar


class Bar:
    """A line that is drawn anew in its place; at the end it says nothing of seconds.

    So the output of a cell is the same on every machine. The time that is left is told by what
    came after the first count: getting ready for it may have taken long.

    Args:
        total: how many things there are to do.
        what: their name, such as "steps".
    """

    def __init__(self, total: int, what: str):
        self.total, self.what = total, what
        self.drawn = time.perf_counter()
        self.first: tuple[int, float] | None = None
        self.line = DisplayHandle()
        self.line.display(plain(f"0 of {total:,} {what}"), raw=True)

    def count(self, done: int, note: float | str = "") -> None:
        """Say how many are done; a number as note is a loss. Drawn twice a second at most."""
        note = f"loss {note:.2f}" if isinstance(note, float) else note
        now = time.perf_counter()
        if done == self.total:
            self.line.update(plain(finished(self.total, self.what)), raw=True)
        elif self.first is None:
            self.first = done, now
        elif done > self.first[0] and now - self.drawn > EVERY:
            self.drawn = now
            first_done, start = self.first
            left = (now - start) / (done - first_done) * (self.total - done)
            self.line.update(plain(line(done, self.total, self.what, left, note)), raw=True)

    def report(self, report: StepReport) -> None:
        """Show a training step that is done."""
        self.count(report.step, report.loss)


def line(done: int, total: int, what: str, seconds_left: float, note: str = "") -> str:
    """Return what is drawn on the way.

    Example:
        >>> line(6, 24, "steps", 71.2, "loss 2.10")
        '██████░░░░░░░░░░░░░░░░░░ 6 of 24 steps, about 71 s left, loss 2.10'
    """
    full = WIDTH * done // total
    parts = [f"{done:,} of {total:,} {what}", f"about {seconds_left:.0f} s left", note]
    return f"{'█' * full}{'░' * (WIDTH - full)} {', '.join(part for part in parts if part)}"


def finished(total: int, what: str) -> str:
    """Return what stays when all is done: the same on every machine."""
    return f"{'█' * WIDTH} {total:,} {what} done"


def plain(text: str) -> dict[str, str]:
    return {"text/plain": text}
