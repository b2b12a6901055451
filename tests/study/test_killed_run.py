"""A run that is killed and goes on: as if nothing had happened, and told as it was."""

import pytest

from course_lib.study import killed_run
from course_lib.study.killed_run import Story


def test_the_largest_difference_compares_step_by_step():
    unbroken = [(1, 6.0), (2, 5.0), (3, 4.0)]
    assert Story([(1, 6.0)], [(2, 5.25), (3, 3.5)], unbroken).largest_difference == 0.5
    assert Story([(1, 9.0)], [(2, 5.0), (3, 4.0)], unbroken).largest_difference == 0


@pytest.mark.slow
def test_a_killed_run_goes_on_as_if_nothing_had_happened():
    story = killed_run.tell()
    assert [step for step, _ in story.killed] == [*range(1, 51)]
    assert [step for step, _ in story.resumed] == [*range(41, 91)]
    assert [step for step, _ in story.unbroken] == [*range(1, 91)]
    assert story.largest_difference <= 1e-6
    assert dict(story.killed) == pytest.approx(dict(story.unbroken[:50]), abs=1e-6)
    assert story.unbroken[-1][1] < story.unbroken[0][1] - 1, "it did learn something"


def test_a_program_that_fails_is_no_end_of_training(tmp_path):
    folder = tmp_path / "a"
    folder.write_text("a file where a folder should be")
    with pytest.raises(RuntimeError, match="ended with code 1"):
        list(killed_run._run(folder))
