"""`returns_and_advantages`: what right answers do."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding
from course_lib.exercises.observe import Outcome
from course_lib.exercises.rlhf.pair_errors import finding_of
from course_lib.exercises.rlhf.pair_parts import judge_parts
from course_lib.exercises.rlhf.returns_and_advantages_mistakes import MISTAKES, by_property

# The properties of the task; behind each case stands which of them it tries.
#
# 1. A token's surprise is its reward, plus `gamma` times the value of the next token, minus its own
#    value. After the last token nothing is to come: there the next value is 0.
# 2. A token's advantage is its surprise, plus `gamma * lam` times the advantage of the next token.
# 3. A token's return is its advantage plus its value.
# 4. Only what is inside the mask is a token. What stands outside, before, between or after them, is
#    left out as if it were not there, whatever it is, nan and inf too. The next token is the next
#    one inside the mask of the same row.
# 5. Outside the mask both results are 0.
# 6. Both are constants: where `values` carry a gradient, the results carry none.
# 7. Nothing is normalized, and the inputs are left unchanged.

BY_HAND = {
    "rewards": torch.tensor([[0.0, 0.0, 1.0, 7.0]]),
    "values": torch.tensor([[0.5, 0.25, 0.5, 9.0]]),
    "mask": torch.tensor([[True, True, True, False]]),
    "gamma": 1.0,
    "lam": 0.5,
    "learned": False,
}
SHARES = (0.25, 0.5, 0.6, 0.75, 0.8, 0.9, 0.95)  # of gamma and of lam
NAMES = ("returns", "advantages")
NO_NUMBERS = (float("nan"), float("inf"), -float("inf"))


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(8)  # mistakes are told by the first case that they get wrong
    yield _drawn(first, ["111", "111"], 0.8, 0.5)  # 1, 2, 3, 7
    yield BY_HAND  # 1 to 5
    yield _drawn(first, ["11100", "11000", "11111"], 0.9, 0.75)  # 4, 5: padding behind
    yield _drawn(first, ["00111", "01110"], 0.9, 0.6)  # 4, 5: and before
    yield _drawn(first, ["110110", "101001"], 0.75, 0.8)  # 4, 5: and between
    yield _no_numbers(_drawn(first, ["11100", "01011"], 0.9, 0.5))  # 4, 5
    yield _no_numbers(_drawn(first, ["0110", "1101", "0001"], 1.0, 1.0))  # 4, 5
    yield _drawn(first, ["0000", "0110"], 0.8, 0.9)  # 5: a row of none
    yield _drawn(first, ["1111", "1101"], 0.9, 0.0)  # 2: only the surprise
    yield _drawn(first, ["1111", "0111"], 0.9, 1.0)  # 2: all that comes
    yield _drawn(first, ["11101", "11111"], 0.0, 0.7)  # 1, 2: nothing later is worth anything
    yield _drawn(first, ["1", "0", "1"], 0.9, 0.8)  # 1, 5: one place
    yield {**_drawn(first, ["110", "011"], 0.9, 0.8), "learned": True}  # 6
    for number in range(24 if thorough else 4):
        inputs = _random_case(rng)
        yield [inputs, _no_numbers(inputs), inputs, {**inputs, "learned": True}][number % 4]


def _drawn(rng: np.random.Generator, rows: list[str], gamma: float, lam: float) -> dict:
    shape = len(rows), len(rows[0])
    return {
        "rewards": tensors.normal(rng, *shape),
        "values": tensors.normal(rng, *shape),
        "mask": torch.tensor([[mark == "1" for mark in row] for row in rows]),
        "gamma": gamma,
        "lam": lam,
        "learned": False,
    }


def _no_numbers(inputs: dict) -> dict:
    """Return a case with nan and infinity outside the mask, in turns."""
    places = (~inputs["mask"]).nonzero().tolist()
    given = {name: inputs[name].clone() for name in ("rewards", "values")}
    for number, (b, t) in enumerate(places):
        given["rewards"][b, t] = NO_NUMBERS[number % 3]
        given["values"][b, t] = NO_NUMBERS[(number + 1) % 3]
    return {**inputs, **given}


def _random_case(rng: np.random.Generator) -> dict:
    B, T = rng.permutation(range(2, 8))[:2].tolist()
    gamma, lam = rng.choice(SHARES, size=2, replace=False).tolist()
    inputs = _drawn(rng, ["0" * T] * B, gamma, lam)
    return {**inputs, "mask": torch.tensor(rng.random((B, T)) < 0.7)}


def truth(inputs: dict) -> tuple[Tensor, Tensor]:
    """Add up all later surprises of each token, each times its own power of gamma * lam."""
    rewards, values = inputs["rewards"].tolist(), inputs["values"].tolist()
    factor = inputs["gamma"] * inputs["lam"]
    returns, advantages = (torch.zeros(inputs["mask"].shape) for _ in range(2))
    for b, mask in enumerate(inputs["mask"].tolist()):
        places = [t for t, counts in enumerate(mask) if counts]
        surprises = []
        for t, after in zip(places, [*places[1:], None], strict=False):
            next_value = 0.0 if after is None else values[b][after]
            surprises.append(rewards[b][t] + inputs["gamma"] * next_value - values[b][t])
        for n, t in enumerate(places):
            later = surprises[n:]
            advantage = sum(factor**steps * surprise for steps, surprise in enumerate(later))
            returns[b, t], advantages[b, t] = advantage + values[b][t], advantage
    return returns, advantages


compare = tensors.judge(truth, MISTAKES, cases, otherwise=by_property)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know what the call watches; then look at the advantages first, the returns afterwards."""
    return finding_of(outcome) or judge_parts(compare, inputs, outcome, NAMES, first=1)


def call_text(inputs: dict) -> str:
    given = {name: value for name, value in inputs.items() if name != "learned"}
    call = tensors.call_text("returns_and_advantages", given)
    return f"{call}, where values carry a gradient" if inputs["learned"] else call


EXERCISE = Exercise(
    name="returns_and_advantages",
    functions=("returns_and_advantages",),
    read="section 7, How much better than expected",
    cases=cases,
    judge=judge,
    returns=("tuple",),
    call_text=call_text,
)
