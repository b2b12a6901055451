"""Call `training_loss` with plain inputs: build its model, and watch what the model is given."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.exercises.sampling.generate_call import table_model


class NoRoomForAll(ValueError):
    """The model was given more ids a row than it has room for."""


class CalledSeveralTimes(RuntimeError):
    """The model was called more than once."""


class ModelNotAsked(RuntimeError):
    """A loss was computed without the model."""


def training_loss(answer: Callable, inputs: dict):
    """Return the loss, or its gradient for the model's table where that is wanted.

    Raises:
        NoRoomForAll, CalledSeveralTimes, ModelNotAsked: where the model does not read each row
            without its last id, in one call.
    """
    table, ids = inputs["table"], inputs["ids"]
    if inputs["wanted"] == "gradient":
        table.requires_grad_()
    known, room, seen = table_model(table, inputs["reads"]), ids.size(1) - 1, []

    def model(read: Tensor) -> Tensor:
        logits = known(read)
        if read.size(1) > room:
            raise NoRoomForAll(
                f"this model has room for {room} ids a row; got ids of shape {tuple(read.shape)}"
            )
        seen.append(read)
        return logits

    loss = answer(model, ids)
    if len(seen) > 1:
        raise CalledSeveralTimes(f"the model was called {len(seen)} times")
    if not seen:
        raise ModelNotAsked("the model was not called")
    return torch.autograd.grad(loss, table)[0] if inputs["wanted"] == "gradient" else loss
