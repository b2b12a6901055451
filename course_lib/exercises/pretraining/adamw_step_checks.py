"""`adamw_step`: what a right answer does."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim.adamw import adamw

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding, shown
from course_lib.exercises.mistakes import Judge, Mistake
from course_lib.exercises.observe import Outcome
from course_lib.exercises.pretraining.adamw_errors import BY_KIND, NOTHING_AT_FIRST
from course_lib.exercises.pretraining.adamw_step_mistakes import ALWAYS_THE_SAME, MISTAKES

# The properties of the task; behind each case stands which of them it tries.
#
# 1. A running mean of the gradients, `beta_1 * mean + (1 - beta_1) * grad`, and one of their
#    squares, with `beta_2`, both begin at 0.
# 2. Both are divided by what they have seen so far: `1 - beta ** t` with their own beta, where t is
#    1 at the first step.
# 3. The step is `lr` times the mean so corrected, over the root of the corrected mean square plus
#    `eps`; `eps` is outside of the root. The parameter goes against it.
# 4. The parameter also loses `lr * weight_decay` times its value before the step. This decay stays
#    out of both means.
# 5. What the next step has to know stands in the returned `state` and nowhere else: every tensor of
#    a model has a state of its own, and the same call made again gives the same.
# 6. `param`, `grad` and `state` are left unchanged.

BETAS = ((0.9, 0.95), (0.8, 0.9), (0.7, 0.95), (0.6, 0.8), (0.9, 0.7))
WHOLE = 6  # numbers of all tensors of a script that is shown whole


def _step(grad: Tensor, lr: float = 0.1, weight_decay: float = 0.0, of: int = 0) -> dict:
    return {"of": of, "grad": grad, "lr": lr, "weight_decay": weight_decay}


EXAMPLE = {  # 1 - .1 * .5 / (.5 + .5) = .95 and -2 + .1 * 1.5 / (1.5 + .5) = -1.925
    "params": [torch.tensor([1.0, -2.0])],
    "betas": (0.8, 0.9),
    "eps": 0.5,
    "steps": [_step(torch.tensor([0.5, -1.5])), _step(torch.tensor([1.0, 0.5]))],
}
BY_HAND = {
    "params": [torch.tensor([1.0])],
    "betas": (0.9, 0.95),
    "eps": 0.0,
    "steps": [_step(torch.tensor([0.5]))],
}
NO_GRADIENT = {  # only the decay moves it, and at the last step what the mean remembers
    "params": [torch.tensor([2.0, -1.0, 0.5])],
    "betas": (0.9, 0.95),
    "eps": 0.1,
    "steps": [
        _step(torch.tensor([0.0, 0.0, 0.0]), weight_decay=0.5),
        _step(torch.tensor([0.0, 0.5, -1.0]), weight_decay=0.5),
        _step(torch.tensor([0.0, 0.0, 0.0]), weight_decay=0.5),
    ],
}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(6)  # mistakes are told by the first case that they get wrong
    yield EXAMPLE  # 1, 2, 3, 5
    yield BY_HAND  # 2, 3
    yield _script(first, [(3,)], [0] * 4, decays=False)  # 1, 2, 3: four steps
    yield NO_GRADIENT  # 3, 4
    yield _script(first, [(2, 3)], [0] * 3)  # 4: a matrix
    yield _script(first, [()], [0] * 3)  # a single number
    yield _script(first, [(4,)], [0] * 3, changes=True)  # 3, 4: a schedule
    yield _script(first, [(3,), (3,)], [0, 1, 1, 0, 0, 1])  # 5: two tensors, alike in shape
    yield _script(first, [(2, 3), (4,)], [0, 1, 0, 1, 1], changes=True)  # 5
    yield _script(first, [(2, 1, 3)], [0] * 6)  # 1, 2: six steps
    for number in range(20 if thorough else 4):
        shapes = [_shape(rng) for _ in range(1 + number % 2)]
        of = rng.integers(len(shapes), size=int(rng.integers(2, 7))).tolist()
        yield _script(rng, shapes, of, changes=bool(rng.random() < 0.5))


def _shape(rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(rng.permutation(range(1, 5))[: int(rng.integers(4))].tolist())


def _script(
    rng: np.random.Generator,
    shapes: list[tuple[int, ...]],
    of: list[int],
    decays: bool = True,
    changes: bool = False,
) -> dict:
    """Return a case that makes steps of the tensors of these numbers, in turn.

    Args:
        decays: whether there is a weight decay.
        changes: whether lr and weight_decay are others at each step.
    """
    lrs, weight_decays = rng.integers(2, 20, size=99) / 100, rng.integers(10, 60, size=99) / 100
    steps = []
    for number, n in enumerate(of):
        place = number if changes else 0
        lr, decay = float(lrs[place]), float(weight_decays[place]) if decays else 0.0
        steps.append(_step(tensors.normal(rng, *shapes[n]), lr, decay, n))
    return {
        "params": [tensors.normal(rng, *shape) for shape in shapes],
        "betas": BETAS[int(rng.integers(len(BETAS)))],
        "eps": float(rng.integers(5, 40) / 100),
        "steps": steps,
    }


def truth(inputs: dict) -> tuple[Tensor, ...]:
    """Let torch make the steps, in float64, with the function inside of its `AdamW`.

    The class itself takes more than a second to be made for the first time.
    """
    beta_1, beta_2 = inputs["betas"]
    params = [param.double() for param in inputs["params"]]
    kept = [{"mean": torch.zeros_like(p), "square": torch.zeros_like(p)} for p in params]
    for one in kept:
        one["n_steps"] = torch.tensor(0.0)
    results = []
    for step in inputs["steps"]:
        param, state = params[step["of"]], kept[step["of"]]
        adamw(
            [param],
            [step["grad"].double()],
            [state["mean"]],
            [state["square"]],
            [],
            [state["n_steps"]],
            foreach=False,
            amsgrad=False,
            beta1=beta_1,
            beta2=beta_2,
            lr=step["lr"],
            weight_decay=step["weight_decay"],
            eps=inputs["eps"],
            maximize=False,
        )
        results.append(param.float())
    return tuple(results)


def contrast(right: tuple, got: tuple | None) -> tuple[str, str]:
    """Write the first step whose parameter is wrong; None stands for an error."""
    if got is None:
        return "a value, no error", ""
    both = list(zip(right, got, strict=True))
    number = next(n for n, two in enumerate(both) if not tensors.alike(*two))
    return tuple(f"after step {number + 1}: {text}" for text in tensors.contrast(*both[number]))


def otherwise(inputs: dict, right: tuple, value: tuple) -> Mistake | None:
    """Name results that are all the same, and not what came in."""
    moved = len(value) > 1 and not tensors.alike(value[0], inputs["params"][0])
    same = all(tensors.alike(value[0], other) and bool(other.isfinite().all()) for other in value)
    return ALWAYS_THE_SAME if moved and same else None


compare = Judge(
    truth,
    MISTAKES,
    cases=cases,
    equal=tensors.alike,
    contrast=contrast,
    otherwise=otherwise,
    unnamed=tensors.unnamed,
)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know what the script watches, and errors that a state which is empty at first brings."""
    if outcome.raised is None:
        return compare(inputs, outcome)
    kind, message = outcome.raised
    if kind in BY_KIND:
        name, expected, cause = BY_KIND[kind]
        named = f"{kind}: {message}" if kind == "ZeroDivisionError" else message
        return Finding(name, "", expected, shown(named, quote=False), cause)
    if kind == "KeyError" or "NoneType" in message:
        name, expected, cause = NOTHING_AT_FIRST
        return Finding(name, "", expected, f"{kind}: {shown(message, quote=False)}", cause)
    return compare(inputs, outcome)


def call_text(inputs: dict) -> str:
    """Write the steps, small tensors whole and of others the shapes."""
    steps = inputs["steps"]
    fixed = f"betas {inputs['betas']}, eps {inputs['eps']}"
    params = " and ".join(tensors.text(param, digits=None) for param in inputs["params"])
    if sum(step["grad"].numel() for step in steps) > WHOLE:
        shapes = " and ".join(str(tuple(param.shape)) for param in inputs["params"])
        turn = f", of tensor {', '.join(str(step['of']) for step in steps)}" * ("and" in shapes)
        pairs = ", ".join(_pairs(steps))
        return (
            f"{len(steps)} steps from param of shape {shapes} and state {{}}{turn}, with {fixed}, "
            f"and (lr, weight_decay) {pairs}"
        )
    grads = ", then ".join(tensors.text(step["grad"], digits=None) for step in steps)
    lr, decay = steps[0]["lr"], steps[0]["weight_decay"]
    return (
        f"from param {params} and state {{}}, steps with grad {grads}; lr {lr}, {fixed}, "
        f"weight_decay {decay}"
    )


def _pairs(steps: list[dict[str, Any]]) -> list[str]:
    """Return each pair of lr and weight_decay; one, where all are the same."""
    pairs = [f"({step['lr']}, {step['weight_decay']})" for step in steps]
    return pairs[:1] if len(set(pairs)) == 1 else pairs


EXERCISE = Exercise(
    name="adamw_step",
    functions=("adamw_step",),
    read="section 5, AdamW",
    cases=cases,
    judge=judge,
    returns=("tuple",),
    forbids=("optim", "AdamW", "Adam", "adamw", "adam", "_fused_adamw_", "_fused_adam_"),
    call_text=call_text,
)
