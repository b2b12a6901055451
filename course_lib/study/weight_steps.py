"""The loop that all methods share: take the next loss, follow its gradient, again."""

from collections.abc import Callable, Iterable, Sequence

from torch import Tensor
from torch.optim import Optimizer

from course_lib.llm.optim import AdamW, clip_gradients
from course_lib.study.town_training import one_thread

OnStep = Callable[[int, float], object]


def follow(
    weights: Iterable[Tensor],
    losses: Iterable[Tensor],
    lr: float,
    max_norm: float = 1.0,
    on_step: OnStep = lambda step, loss: None,
) -> list[float]:
    """Take a step of AdamW along the gradient of each loss, and return the losses.

    Args:
        weights: what to train, in place.
        losses, max_norm, on_step: as in `take_steps`.
    """
    optimizer = AdamW(weights, lr, weight_decay=0.0)
    return take_steps([optimizer], losses, max_norm, on_step)


def take_steps(
    optimizers: Sequence[Optimizer],
    losses: Iterable[Tensor],
    max_norm: float = 1.0,
    on_step: OnStep = lambda step, loss: None,
) -> list[float]:
    """Take a step along the gradient of each loss, and return the losses.

    Args:
        optimizers: of the weights to train, which change in place.
        losses: scalars. Each is asked for after the step before it, so a generator finds it with
            the weights as they are then, and may draw new answers with them.
        max_norm: as in `clip_gradients`.
        on_step: called with the number of steps done, and the loss before the last of them.
    """
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    weights = [weight for group in groups for weight in group["params"]]
    seen = []
    with one_thread():
        for loss in losses:
            loss.backward()
            clip_gradients(weights, max_norm)
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad()
            seen.append(loss.item())
            on_step(len(seen), seen[-1])
    return seen
