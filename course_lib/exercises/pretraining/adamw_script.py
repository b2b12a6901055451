"""Drive `adamw_step` by a script of plain data, and write down where the parameters went."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from course_lib.exercises import codec
from course_lib.exercises.exercise import an, shown
from course_lib.exercises.pretraining.pairs import pair


class ParamIsNoTensor(TypeError):
    """The first of the pair is no tensor."""


class StateIsNoDict(TypeError):
    """The second of the pair is no dictionary."""


class ChangesItsInputs(RuntimeError):
    """The param or the grad that was handed in holds other numbers afterwards."""


class ChangesTheState(RuntimeError):
    """The state that was handed in holds other things afterwards."""


class KeepsStateElsewhere(RuntimeError):
    """The same call, made once more, gave another parameter."""


def adamw_step(answer: Callable, inputs: dict):
    """Return the parameter after each step of a script, or None where a step returns nothing.

    Each step is made once more at the end, the last one first: an answer that remembers things
    outside of the state remembers the wrong ones by then.

    Args:
        inputs: "params", the tensors to begin with; "betas" and "eps"; "steps", a list of dicts
            "of" (which tensor), "grad", "lr" and "weight_decay".

    Raises:
        ReturnsNoPair and the errors above.
    """
    grads = [step["grad"].clone() for step in inputs["steps"]]  # before an answer changes them
    now = [(param, {}) for param in inputs["params"]]
    made = []
    for number, step in enumerate(inputs["steps"], start=1):
        param, state = now[step["of"]]
        before, text_before = (param.clone(), state), _text(state)
        returned = answer(param, step["grad"], state, *settings(inputs, step))
        if pair(returned) is None:
            return None
        _look_at_inputs(
            number, [("param", before[0], param), ("grad", grads[number - 1], step["grad"])]
        )
        if _text(state) != text_before:
            raise ChangesTheState(
                f"at step {number}, `state` came in as {_said(text_before)} and was left as "
                f"{_said(_text(state))}"
            )
        now[step["of"]] = _checked(*returned)
        made.append((before, now[step["of"]][0].clone()))
    _try_again(answer, inputs, grads, made)
    return tuple(result for _, result in made)


def settings(inputs: dict, step: dict) -> tuple:
    """Return the last four arguments of a step."""
    return step["lr"], inputs["betas"], inputs["eps"], step["weight_decay"]


def follow(step_function: Callable, inputs: dict) -> tuple[Tensor, ...]:
    """Return the parameter after each step of a script, in float64, without looking for faults."""
    now = [(param.double(), {}) for param in inputs["params"]]
    results = []
    for step in inputs["steps"]:
        param, state = now[step["of"]]
        grad = step["grad"].double()
        now[step["of"]] = step_function(param, grad, state, *settings(inputs, step))
        results.append(now[step["of"]][0].float())
    return tuple(results)


def _try_again(answer: Callable, inputs: dict, grads: list[Tensor], made: list) -> None:
    for number in reversed(range(len(made))):
        (param, state), result = made[number]
        step = settings(inputs, inputs["steps"][number])
        again, _ = answer(param.clone(), grads[number].clone(), state, *step)
        if not _alike(again, result):
            raise KeepsStateElsewhere(
                f"step {number + 1}, made once more with the same arguments, gave another `param`"
            )


def _look_at_inputs(number: int, handed_in: list[tuple[str, Tensor, Tensor]]) -> None:
    for name, before, after in handed_in:
        if not _alike(before, after):
            first, second = (shown(_rounded(tensor.tolist())) for tensor in (before, after))
            raise ChangesItsInputs(f"at step {number}, `{name}` was {first}, and then {second}")


def _alike(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a, b, equal_nan=True)


def _checked(param: Any, state: Any) -> tuple[Tensor, dict]:
    if not isinstance(param, Tensor):
        raise ParamIsNoTensor(f"the first of the two is {an(type(param).__name__)}")
    if not isinstance(state, dict):
        raise StateIsNoDict(f"the second of the two is {an(type(state).__name__)}")
    return param, state


def _text(state: dict) -> str:
    """Return all that a state holds as text; "" where it is not plain data."""
    try:
        return codec.encode(state)
    except codec.NotPlain:
        return ""


def _said(text: str) -> str:
    """Return a state for a message, its tensors as lists."""
    state = codec.decode(text) if text else {}
    plain = {name: v.tolist() if isinstance(v, Tensor) else v for name, v in state.items()}
    return shown(_rounded(plain))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return {key: _rounded(v) for key, v in value.items()} if isinstance(value, dict) else value
