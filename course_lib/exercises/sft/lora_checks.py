"""`lora_linear` and `merge_lora`: what right answers do."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding, shown
from course_lib.exercises.observe import Outcome
from course_lib.exercises.sampling.generate_errors import Error
from course_lib.exercises.sft.lora_errors import BY_MESSAGE, RETURNS_THE_BASE, of_shapes
from course_lib.exercises.sft.lora_mistakes import MISTAKES

# The properties of the task; behind each case stands which of them it tries.
#
# 1. `lora_linear(x, w, a, b, alpha)` returns x Wᵀ plus alpha / r times x Aᵀ Bᵀ, of shape
#    `(..., out)`. x may have any number of axes, one too.
# 2. `merge_lora(w, a, b, alpha)` returns W plus alpha / r times B A, a new tensor of shape
#    `(out, in)`.
# 3. Applied to x, the merged matrix gives what `lora_linear` gives.
# 4. Where `b` is zero, nothing changes: the first gives x Wᵀ, the second the numbers of `w`.
# 5. The output of `lora_linear` has gradients for x, `a` and `b`.
# 6. The inputs are left unchanged.

BY_HAND = {
    "x": torch.tensor([1.0, 2.0]),
    "w": torch.tensor([[1.0, 0], [3, 1]]),
    "a": torch.tensor([[1.0, 1], [0, 1]]),
    "b": torch.tensor([[1.0, 0], [2, 1]]),
    "alpha": 4.0,
}
WHOLE = 40  # numbers of a call that is shown whole
SIZES = {"x": 1.0, "w": 1.0, "a": 0.5, "b": 0.5}  # so that float32 rounds off little
SCALES = (0.25, 0.75, 1.5, 2.5, 4.0)  # alpha / r


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(5)  # mistakes are told by the first case that they get wrong
    square = _drawn(first, (3,), 3, 3, 3, alpha=8.0)  # every product has a shape that fits
    yield {"function": "lora_linear", **square}  # 1
    yield {"function": "lora_linear", **_drawn(first, (4,), 5, 3, 2, alpha=7.0)}  # 1
    yield {"function": "merge_lora", **_drawn(first, (2,), 3, 3, 3, alpha=8.0)}  # 2
    yield {"function": "merge_lora", **_drawn(first, (4,), 5, 3, 2, alpha=7.0)}  # 2
    yield {"function": "lora_linear", **BY_HAND}  # 1
    yield {"function": "merge_lora", **BY_HAND}  # 2
    yield {"function": "lora_linear", **_drawn(first, (), 4, 5, 3, alpha=1.5)}  # 1: one axis
    yield {"function": "lora_linear", **_drawn(first, (2, 3), 4, 5, 1, alpha=3.0)}  # 1: three
    yield {"function": "merged", **_drawn(first, (2, 3), 5, 4, 2, alpha=3.0)}  # 3
    untouched = {**_drawn(first, (4,), 3, 5, 2, alpha=16.0), "b": torch.zeros(5, 2)}
    yield {"function": "lora_linear", **untouched}  # 4
    yield {"function": "merge_lora", **untouched}  # 4
    for number, of in enumerate(("a", "b", "x")):
        lead = ((4,), (), (2, 3))[number]
        yield {"function": "gradient", "of": of, **_drawn(first, lead, 3, 5, 2, alpha=7.0)}  # 5
    yield {"function": "gradient", "of": "b", **untouched}  # 4, 5: the start of a fine-tuning
    yield {"function": "lora_linear", **_drawn(first, (3,), 2, 4, 6, alpha=16.0)}  # 1: a large r
    for number in range(30 if thorough else 6):
        drawn = _any(rng)
        function = ("lora_linear", "merge_lora", "merged", "gradient", "lora_linear")[number % 5]
        of = {"of": str(rng.choice(["a", "b", "x"]))} if function == "gradient" else {}
        yield {"function": function, **of, **drawn}


def _any(rng: np.random.Generator) -> dict:
    n_in, n_out, r = rng.permutation(range(1, 7))[:3].tolist()
    lead = rng.integers(1, 4, size=int(rng.integers(4))).tolist()
    return _drawn(rng, tuple(lead), n_in, n_out, r, alpha=r * float(rng.choice(SCALES)))


def _drawn(
    rng: np.random.Generator, lead: tuple[int, ...], n_in: int, n_out: int, r: int, alpha: float
) -> dict:
    shapes = {"x": (*lead, n_in), "w": (n_out, n_in), "a": (r, n_in), "b": (n_out, r)}
    drawn = {name: rng.normal(size=shape) * SIZES[name] for name, shape in shapes.items()}
    return {
        **{name: torch.tensor(numbers.round(2)).float() for name, numbers in drawn.items()},
        "alpha": alpha,
    }


def truth(inputs: dict) -> Tensor:
    """Sum number by number, in Python's floats; gradients by the formulas on paper."""
    w, a, b = (inputs[name].tolist() for name in "wab")
    scale = inputs["alpha"] / len(a)
    n_out, n_in, r = len(w), len(w[0]), len(a)
    merged = [
        [w[o][i] + scale * sum(b[o][k] * a[k][i] for k in range(r)) for i in range(n_in)]
        for o in range(n_out)
    ]
    if inputs["function"] == "merge_lora":
        return torch.tensor(merged)
    x = inputs["x"]
    rows = x.reshape(-1, n_in).tolist()
    output = [
        [sum(m * v for m, v in zip(line, row, strict=True)) for line in merged] for row in rows
    ]
    if inputs["function"] != "gradient":
        return torch.tensor(output).reshape(*x.shape[:-1], n_out)
    return _slope(inputs, torch.tensor(rows).double(), merged)


def _slope(inputs: dict, rows: Tensor, merged: list) -> Tensor:
    """Return the gradient of the mean output; that of each output is the same."""
    a, b = inputs["a"].double(), inputs["b"].double()
    slope = torch.full((len(rows), len(b)), 1 / (len(rows) * len(b))).double()
    scale = inputs["alpha"] / len(a)
    if inputs["of"] == "a":
        return (scale * (slope @ b).T @ rows).float()
    if inputs["of"] == "b":
        return (scale * slope.T @ (rows @ a.T)).float()
    return (slope @ torch.tensor(merged).double()).reshape(inputs["x"].shape).float()


compare = tensors.judge(truth, MISTAKES, cases)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know what the call watches, and the errors that torch raises here."""
    if outcome.raised is None:
        return compare(inputs, outcome)
    kind, message = outcome.raised
    got = f"{kind}: {shown(message, quote=False)}"
    if kind == "ReturnsTheBase":
        return _finding(RETURNS_THE_BASE, message)
    for part, error in BY_MESSAGE.items():
        if part in message:
            return _finding(error, got)
    named = compare(inputs, outcome)
    if named is None and kind in ("RuntimeError", "ValueError", "IndexError"):
        return _finding(of_shapes(inputs, message), got)
    return named


def _finding(error: Error, got: str) -> Finding:
    return Finding(error.name, "", error.expected, got, error.cause)


def call_text(inputs: dict) -> str:
    """Write the call of what was tried, with all numbers where they are few, else with shapes."""
    function, names = "lora_linear", ["x", "w", "a", "b"]
    if inputs["function"] in ("merge_lora", "merged"):
        function, names = "merge_lora", ["w", "a", "b"]
    whole = sum(inputs[name].numel() for name in names) <= WHOLE
    shapes = {name: tuple(inputs[name].shape) for name in names}
    given = {**{name: inputs[name] for name in names}, "alpha": inputs["alpha"]}
    short = f"{function}({', '.join(names)}, alpha={inputs['alpha']})"
    call = tensors.call_text(function, given) if whole else short
    if inputs["function"] == "gradient":
        call = f"the gradient of {call}.mean() for {inputs['of']}"
    if inputs["function"] == "merged":
        call = f"x @ {call}.T"
        shapes = {"x": tuple(inputs["x"].shape), **shapes}
    told = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
    return call if whole and inputs["function"] != "merged" else f"{call}, with the shapes {told}"


EXERCISE = Exercise(
    name="lora",
    functions=("lora_linear", "merge_lora"),
    read="section 13, Low-rank adaptation",
    cases=cases,
    judge=judge,
    returns=("torch.Tensor",),
    call_text=call_text,
)
