"""The bar over a long cell: what is drawn on the way, and what stays."""

import pytest

from course_lib.llm.training import StepReport
from course_lib.study import progress_bar
from course_lib.study.progress_bar import Bar, finished, line


class Clock:
    """A clock that a test moves on."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(progress_bar.time, "perf_counter", clock)
    return clock


@pytest.fixture
def drawn(monkeypatch):
    """Return what is displayed, in order."""
    shown = []

    class Handle:
        def display(self, data, raw):
            assert raw and not shown and [*data] == ["text/plain"]
            shown.append(data["text/plain"])

        def update(self, data, raw):
            assert raw and shown and [*data] == ["text/plain"]
            shown.append(data["text/plain"])

    monkeypatch.setattr(progress_bar, "DisplayHandle", Handle)
    return shown


def test_a_line_has_a_bar_as_long_as_the_part_that_is_done():
    said = "6 of 24 steps, about 71 s left, loss 2.10"
    assert line(6, 24, "steps", 71.2, "loss 2.10") == f"{'█' * 6}{'░' * 18} {said}"
    assert line(1_800, 3_600, "steps", 0.4) == (
        f"{'█' * 12}{'░' * 12} 1,800 of 3,600 steps, about 0 s left"
    )


def test_what_stays_says_nothing_of_seconds():
    assert finished(1_800, "steps") == f"{'█' * 24} 1,800 steps done"


def test_a_count_is_drawn_in_one_place_with_what_is_left(drawn, clock):
    shown = Bar(4, "runs")
    clock.now += 60  # getting ready says nothing of the pace
    for done in range(1, 5):
        clock.now += 3
        shown.count(done, "width 8")
    assert drawn == [
        "0 of 4 runs",
        line(2, 4, "runs", 6, "width 8"),
        line(3, 4, "runs", 3, "width 8"),
        finished(4, "runs"),
    ]
    assert "s left" not in drawn[-1] and "width" not in drawn[-1]


def test_a_step_of_training_is_shown_with_its_loss(drawn, clock):
    shown = Bar(10, "steps")
    for step in (1, 2):
        clock.now += 1
        shown.report(StepReport(step, 2.3456, 0.5, 100))
    assert drawn[1] == line(2, 10, "steps", 8, "loss 2.35")


def test_a_number_beside_the_count_is_a_loss(drawn, clock):
    shown = Bar(10, "steps")
    for done, note in enumerate((0.0, 2.3456, ""), 1):
        clock.now += 1
        shown.count(done, note)
    assert drawn[1].endswith(" s left, loss 2.35") and drawn[2].endswith(" s left")


def test_a_fast_loop_is_drawn_twice_a_second_at_most(drawn, clock):
    shown = Bar(100, "steps")
    for done in range(1, 101):
        clock.now += 0.02
        shown.count(done)
    assert 3 <= len(drawn) <= 6  # in two seconds: at the start, on the way, at the end
    assert drawn[-1] == finished(100, "steps")


def test_before_the_first_step_nothing_can_be_foretold(drawn, clock):
    shown = Bar(10, "steps")
    for done in (0, 0):
        clock.now += 9
        shown.count(done)
    assert drawn == ["0 of 10 steps"]


def test_the_real_display_takes_it(capsys):
    shown = Bar(2, "steps")
    for done in (1, 2):
        shown.count(done, 1.0)
    assert "0 of 2 steps" in capsys.readouterr().out
