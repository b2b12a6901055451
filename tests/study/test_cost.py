"""What is measured of attention's cost is what was spent."""

import time

import pytest
import torch
import torch.nn.functional as F

from course_lib.study.cost import largest_tensor, power, seconds


def test_the_largest_tensor_is_found_between_input_and_result():
    x = torch.ones(10, 1)
    assert largest_tensor(lambda x: (x @ x.T).sum(), x) == 10 * 10 * 4
    assert largest_tensor(lambda x: x.double() + 1, x) == 10 * 8


def test_a_view_takes_no_memory():
    x = torch.ones(6, 4)
    assert largest_tensor(lambda x: x.T[0].sum(), x) == 4  # the sum, and nothing before it
    assert largest_tensor(lambda x: x.transpose(0, 1).unsqueeze(0), x) == 0


def test_fused_attention_makes_nothing_that_grows_with_the_square():
    sizes = []
    for T in (128, 256):
        q = torch.ones(1, 2, T, 16)
        sizes.append(largest_tensor(F.scaled_dot_product_attention, q, q, q))
    assert sizes == [2 * 128 * 16 * 4, 2 * 256 * 16 * 4]


def test_seconds_are_those_of_one_call_on_the_processor():
    calls = []

    def work(x):
        calls.append(x)
        end = time.process_time() + 0.01
        while time.process_time() < end:
            pass
        time.sleep(0.01)  # waiting is not working
        return x

    assert seconds(work, torch.ones(1), at_least=0.05) == pytest.approx(0.01, rel=0.4)
    assert 4 <= len(calls) <= 6 + 1  # five that are measured, and one that is not


@pytest.mark.parametrize("p", [0.0, 1.0, 2.5])
def test_a_power_is_recovered(p):
    sizes = [100, 300, 1000]
    assert power(sizes, [7 * size**p for size in sizes]) == pytest.approx(p)


@pytest.mark.parametrize(("sizes", "costs"), [([1], [1]), ([2, 2], [1, 2]), ([1, 2], [1])])
def test_a_power_needs_two_sizes(sizes, costs):
    with pytest.raises(ValueError, match="two sizes or more"):
        power(sizes, costs)
