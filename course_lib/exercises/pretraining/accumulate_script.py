"""Call `accumulate_gradients` with plain inputs: build its loss, and watch how it is used.

The model is small enough to be followed by hand: a row x of a batch is a token, it costs half the
sum of the squares of x @ W + b, and a row of zeros is padding, which costs nothing and is not
counted.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from course_lib.exercises.exercise import an

LATER = 7.0  # what a parameter's .grad is set to after the call, where a case asks for it


class ReturnsOneTensor(TypeError):
    """A tensor came back in place of a list."""


class NoSuchBatch(ValueError):
    """`loss_sum` was given something that is none of the batches."""


class NeverCalled(RuntimeError):
    """There are batches, and `loss_sum` was not called at all."""


class LossComputedTwice(RuntimeError):
    """`loss_sum` was called twice for one batch."""


class BatchLeftOut(RuntimeError):
    """`loss_sum` was never called for one batch."""


class StoppedEarly(BatchLeftOut):
    """`loss_sum` was called for the first batches only."""


class OutOfOrder(RuntimeError):
    """`loss_sum` was called in another order."""


class GradientTakenLate(RuntimeError):
    """The gradient of a batch was not taken when the loss of the next one was computed."""


class ParamsChanged(RuntimeError):
    """The parameters have other values afterwards."""


class HandsOutGrad(RuntimeError):
    """What was returned changes when a parameter's .grad does."""


class Watched:
    """The `loss_sum` that an answer is given; it writes down which batch came and what happened."""

    def __init__(self, params: list[Tensor], batches: list[Tensor]):
        self.params, self.batches = params, batches
        self.called: list[int] = []
        self.late: list[int] = []  # numbers of batches
        self._waiting: set[int] = set()  # whose gradients have not been taken

    def __call__(self, *given: Any, **by_name: Any) -> tuple[Tensor, int]:
        given += tuple(by_name.values())
        if len(given) != 1:
            raise NoSuchBatch(f"loss_sum takes one batch; got {len(given)} arguments")
        number = self._number(given[0])
        self.late += sorted(self._waiting)
        self.called.append(number)
        loss, n_counted = loss_of(self.params, self.batches[number])
        self._waiting = {number} if n_counted else set()  # without tokens there is nothing to take
        if loss.requires_grad:
            loss.register_hook(lambda grad: self._waiting.discard(number))
        return loss, n_counted

    def _number(self, batch: Any) -> int:
        for number, known in enumerate(self.batches):
            if batch is known:
                return number
        for number, known in enumerate(self.batches):
            if isinstance(batch, Tensor) and torch.equal(batch, known):
                return number
        kind = an(type(batch).__name__)
        shape = f" of shape {tuple(batch.shape)}" if isinstance(batch, Tensor) else ""
        raise NoSuchBatch(
            f"loss_sum wants one of the batches as it stands there; got {kind}{shape}"
        )


def loss_of(params: list[Tensor], batch: Tensor) -> tuple[Tensor, int]:
    """Return (summed loss, tokens counted) of a batch (n, C); params are W (C, D) and perhaps b."""
    scores = batch @ params[0] + sum(params[1:])  # (n, D)
    counted = (batch != 0).any(dim=-1)  # (n,)
    return (scores.square().sum(dim=-1) / 2 * counted).sum(), int(counted.sum())


def accumulate_gradients(answer: Callable, inputs: dict):
    """Return what the answer does with these inputs.

    Args:
        inputs: "params", W (C, D) and perhaps b (D,); "grads", what stands in their .grad before,
            each a tensor or None; "batches", each (n, C); "later", whether the .grad is changed
            after the call.

    Raises:
        The errors above.
    """
    before = [param.clone() for param in inputs["params"]]
    for param, grad in zip(inputs["params"], inputs["grads"], strict=True):
        param.requires_grad_()
        param.grad = None if grad is None else grad.clone()
    batches = list(inputs["batches"])
    watched = Watched(inputs["params"], batches)
    result = answer(list(inputs["params"]), inputs["batches"], watched)
    if result is None:
        return None
    if isinstance(result, Tensor):
        raise ReturnsOneTensor(f"a tensor of shape {tuple(result.shape)} came back")
    _look_at_calls(watched)
    if not all(map(torch.equal, before, inputs["params"])):
        raise ParamsChanged("the parameters have other values than before")
    if inputs["later"] and isinstance(result, list):
        _change_grads(inputs["params"], result)
    return result


def _look_at_calls(watched: Watched) -> None:
    called, n = watched.called, len(watched.batches)
    if n and not called:
        raise NeverCalled("loss_sum was not called")
    if len(set(called)) < len(called):
        twice = next(number for number in called if called.count(number) > 1)
        raise LossComputedTwice(f"loss_sum was called {called.count(twice)} times for one batch")
    if len(called) < n:
        kind = StoppedEarly if called == list(range(len(called))) else BatchLeftOut
        raise kind(f"loss_sum was called for {len(called)} of {n} batches")
    if called != sorted(called):
        raise OutOfOrder(f"loss_sum was called for the batches {called}, in this order")
    if watched.late:
        raise GradientTakenLate(
            f"the loss of batch {watched.late[0] + 1} was computed, and the gradient of batch "
            f"{watched.late[0]} had not been taken"
        )


def _change_grads(params: list[Tensor], result: list) -> None:
    """Put other numbers into each .grad, as the next step of a training would."""
    given = [grad.clone() if isinstance(grad, Tensor) else grad for grad in result]
    for param in params:
        if param.grad is not None:
            with torch.no_grad():
                param.grad.fill_(LATER)
    for old, new in zip(given, result, strict=True):
        if isinstance(old, Tensor) and not torch.allclose(old, new, equal_nan=True):
            raise HandsOutGrad("what was returned changed with the parameters' .grad")
