"""The ground truth of lesson 00's check: right by hand, by autograd, and by the lesson."""

from pathlib import Path

import numpy as np
import pytest
import torch

from course_lib.exercises import registry
from course_lib.exercises.start import gradient_checks

LESSON = Path(__file__).resolve().parents[2] / "lessons" / "00_start.py"


def test_the_example_that_is_worked_by_hand():
    new_w, new_b = gradient_checks.truth(gradient_checks.EXAMPLE)
    assert new_w == pytest.approx([1.1, 1.3])
    assert new_b == pytest.approx(0.3)


@pytest.mark.parametrize("seed", range(5))
def test_the_slopes_are_those_of_autograd(seed):
    for inputs in gradient_checks.cases(np.random.default_rng(seed), thorough=True):
        w = torch.tensor(inputs["w"], dtype=torch.float64, requires_grad=True)
        b = torch.tensor(inputs["b"], dtype=torch.float64, requires_grad=True)
        x = torch.tensor(inputs["x"], dtype=torch.float64)
        ((w @ x + b - inputs["target"]) ** 2).backward()
        new_w, new_b = gradient_checks.truth(inputs)
        assert new_w == pytest.approx((w - inputs["lr"] * w.grad).tolist())
        assert new_b == pytest.approx((b - inputs["lr"] * b.grad).item())


def test_the_lesson_has_one_exercise_worth_nothing():
    assert list(registry.exercises_of("start")) == ["gradient_step"]
    assert 'exercise="gradient_step" role="test" points=0' in LESSON.read_text(encoding="utf-8")
