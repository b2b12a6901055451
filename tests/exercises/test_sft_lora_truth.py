"""The ground truth of lesson 07: low-rank adaptation, by hand and by torch."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_lib.exercises import codec
from course_lib.exercises.mistakes import known_by_property, result_of
from course_lib.exercises.observe import observe
from course_lib.exercises.sft import calls, library, lora_checks
from course_lib.exercises.sft.lora_checks import BY_HAND, truth
from course_lib.exercises.tensors import alike


def drawn(seed=4):
    return list(lora_checks.cases(np.random.default_rng(seed), True))


def test_by_hand():
    """a x = [3, 2], b of that is [3, 8], twice that [6, 16]; w x = [1, 5]."""
    assert truth({"function": "lora_linear", **BY_HAND}).tolist() == [7, 21]
    assert truth({"function": "merged", **BY_HAND}).tolist() == [7, 21]
    assert truth({"function": "merge_lora", **BY_HAND}).tolist() == [[3, 2], [7, 7]]


@pytest.mark.parametrize("seed", range(5))
def test_the_truth_is_that_of_torch(seed):
    for inputs in drawn(seed):
        x, w, a, b = (inputs[name].double().requires_grad_() for name in "xwab")
        scale = inputs["alpha"] / b.size(1)
        if inputs["function"] == "merge_lora":
            result = torch.addmm(w, b, a, alpha=scale)
        else:
            result = F.linear(x, w) + scale * F.linear(F.linear(x, a), b)
        if inputs["function"] == "gradient":
            wanted = {"x": x, "a": a, "b": b}[inputs["of"]]
            (result,) = torch.autograd.grad(result.mean(), wanted)
        assert alike(truth(inputs), result.detach().float())


@pytest.mark.parametrize("seed", range(5))
def test_the_library_does_the_same(seed):
    for inputs in drawn(seed):
        outcome = observe(calls.lora, library, inputs)
        assert outcome.raised is None
        assert alike(truth(inputs), outcome.value)


def test_merged_and_apart_are_the_same_and_zero_changes_nothing():
    for inputs in drawn():
        apart = truth({**inputs, "function": "lora_linear"})
        assert alike(apart, truth({**inputs, "function": "merged"}))
        start = {**inputs, "b": torch.zeros_like(inputs["b"])}
        assert torch.equal(truth({**start, "function": "merge_lora"}), inputs["w"])
        assert alike(truth({**start, "function": "lora_linear"}), inputs["x"] @ inputs["w"].T)


def test_each_mistake_is_made_on_a_case_where_no_other_looks_the_same():
    judge = lora_checks.compare
    misses = list(zip(judge.mistakes, judge._first_misses, strict=True))
    for mistake, place in misses:
        if mistake.method is known_by_property:
            continue
        assert place < len(judge._visible), f"{mistake.name} passes the visible check"
        result = result_of(mistake.method, judge._visible[place])
        for other, other_place in misses:
            if other.name != mistake.name and other_place >= place:
                assert not judge._alike(result, result_of(other.method, judge._visible[place])), (
                    f"{mistake.name} looks like {other.name}"
                )


@pytest.mark.parametrize("seed", range(3))
def test_the_cases_try_each_property(seed):
    cases = drawn(seed)
    functions = [inputs["function"] for inputs in cases]
    assert min(map(functions.count, ("lora_linear", "merge_lora", "merged", "gradient"))) >= 5
    assert {i["of"] for i in cases if i["function"] == "gradient"} == {"a", "b", "x"}
    linear = [inputs for inputs in cases if inputs["function"] == "lora_linear"]
    assert {1, 2, 3} <= {inputs["x"].ndim for inputs in linear}
    assert sum(not inputs["b"].any() for inputs in cases) >= 3
    assert any(len(i["a"]) > min(i["w"].shape) for i in linear)
    assert any(len(i["a"]) == 1 for i in linear)
    scales = {inputs["alpha"] / len(inputs["a"]) for inputs in cases}
    assert min(scales) < 1 < max(scales)


@pytest.mark.parametrize("seed", range(3))
def test_no_axis_passes_for_another(seed):
    """Beside the first square cases and the one by hand, sizes differ."""
    different = [
        len({*inputs["w"].shape, len(inputs["a"])}) == 3
        for inputs in drawn(seed)
        if not torch.equal(inputs["w"], BY_HAND["w"])
    ]
    assert different.count(False) == 2


def test_what_the_call_watches():
    inputs = {"function": "merge_lora", **BY_HAND, "b": torch.zeros(2, 2)}

    class Keeps:
        merge_lora = staticmethod(lambda w, a, b, alpha: w)

    outcome = observe(calls.lora, Keeps, inputs)
    assert outcome.raised == ("ReturnsTheBase", "`merge_lora` gave back `w` itself")


def test_every_case_can_be_sent():
    assert max(len(codec.encode(inputs)) for inputs in drawn()) < 20_000
    assert max(len(lora_checks.call_text(inputs)) for inputs in drawn()) < 420
