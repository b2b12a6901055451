"""How wrong is a prediction? Minus the logarithm of the probability it gave to what came next."""

import torch.nn.functional as F
from torch import Tensor

IGNORED = -100  # a target that is not counted, such as padding


def next_token_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean cross-entropy of the counted targets, in nats a token.

    Args:
        logits: (B, T, V) scores of the token after each position.
        targets: (B, T) that token, or `IGNORED`.

    Returns:
        A scalar; 0 where nothing is counted.
    """
    return sum_loss(logits, targets) / (targets != IGNORED).sum().clamp(min=1)


def sum_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the summed cross-entropy of the counted targets, in nats; arguments as above."""
    return F.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="sum"
    )
