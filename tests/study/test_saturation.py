"""How scores grow with the width, and what a softmax makes of them."""

from math import log

import pytest
import torch

from course_lib.study import saturation


@pytest.mark.parametrize("D", [4, 64])
def test_the_variance_is_the_width_unless_it_is_divided(D):
    scores = saturation.scores(D, 8, 2000)
    assert scores.shape == (2000, 8)
    assert saturation.spread(scores).variance == pytest.approx(D, rel=0.1)
    assert saturation.spread(scores / D**0.5).variance == pytest.approx(1, rel=0.1)
    assert torch.equal(saturation.scores(D, 8, 2000), scores)
    assert not torch.equal(saturation.scores(D, 8, 2000, seed=1), scores)


def test_equal_scores_are_flat_and_far_ones_a_choice_of_one():
    flat = saturation.spread(torch.zeros(3, 8))
    assert flat.entropy == pytest.approx(log(8))
    assert flat.largest == pytest.approx(1 / 8)
    assert flat.slope == pytest.approx(7 / 64)
    one = saturation.spread(torch.tensor([[1e4, 0.0, -1e4]]))
    assert one.entropy == 0.0  # and not nan, although two weights are 0
    assert one.largest == 1.0
    assert one.slope == 0.0
