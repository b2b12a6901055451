"""Turn gradients into better weights: AdamW for tables and vectors, Muon for matrices.

Both are optimizers of torch's kind, with groups of parameters and a state for each of them.
"""

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor, nn

Parameters = Iterable[Tensor]


class AdamW(torch.optim.Optimizer):
    """Step along the mean gradient, divided by the gradient's usual size.

    Kingma and Ba, 2014, https://arxiv.org/abs/1412.6980, with weight decay apart from the
    gradient: Loshchilov and Hutter, 2017, https://arxiv.org/abs/1711.05101. Equal to
    `torch.optim.AdamW`.

    Args:
        params: what to train, as torch's optimizers take it.
        lr: step size; a step changes a weight by about so much.
        betas: how much of the running means of gradient and squared gradient a step keeps.
        eps: added to the gradient's size.
        weight_decay: the part of a weight, times lr, that each step takes away.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self) -> None:
        """Change each weight that has a gradient."""
        for group in self.param_groups:
            beta_1, beta_2 = group["betas"]
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if not state:
                    state["step"] = torch.tensor(0)
                    state["mean"] = torch.zeros_like(weight)
                    state["mean_square"] = torch.zeros_like(weight)
                state["step"] += 1
                step = state["step"].item()
                state["mean"].lerp_(weight.grad, 1 - beta_1)
                state["mean_square"].lerp_(weight.grad.square(), 1 - beta_2)

                # Both means began at 0; the divisions take out the part that is still that 0.
                mean = state["mean"] / (1 - beta_1**step)
                size = (state["mean_square"] / (1 - beta_2**step)).sqrt()
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.addcdiv_(mean, size + group["eps"], value=-group["lr"])


class Muon(torch.optim.Optimizer):
    """Step along the momentum of a matrix, made orthogonal: every direction moves equally far.

    Jordan et al., 2024, https://kellerjordan.github.io/posts/muon. Only for matrices inside the
    model; embeddings, head and norms go to AdamW.

    Args:
        params: matrices (out, in).
        lr: step size; the step's singular values are about so large (times a factor for shape).
        momentum: how much of the running gradient a step keeps.
        n_iterations: Newton-Schulz iterations; more make the step more exactly orthogonal.
    """

    def __init__(
        self, params: Parameters, lr: float, momentum: float = 0.95, n_iterations: int = 3
    ):
        super().__init__(params, dict(lr=lr, momentum=momentum, n_iterations=n_iterations))

    @torch.no_grad()
    def step(self) -> None:
        """Change each matrix that has a gradient; matrices of one shape go together."""
        for group in self.param_groups:
            by_shape = defaultdict(list)
            for weight in group["params"]:
                if weight.grad is not None:
                    by_shape[weight.shape].append(weight)
            for (n_out, n_in), weights in by_shape.items():
                updates = torch.stack([self.momentum(w, group["momentum"]) for w in weights])
                updates = orthogonalize(updates, group["n_iterations"])
                size = group["lr"] * max(1, n_out / n_in) ** 0.5
                for weight, update in zip(weights, updates, strict=True):
                    weight.add_(update, alpha=-size)

    def momentum(self, weight: Tensor, keep: float) -> Tensor:
        """Return the running gradient, looked at one step ahead (Nesterov)."""
        state = self.state[weight]
        if not state:
            state["mean"] = torch.zeros_like(weight)
        state["mean"].lerp_(weight.grad, 1 - keep)
        return weight.grad.lerp(state["mean"], keep)


def orthogonalize(matrices: Tensor, n_iterations: int) -> Tensor:
    """Return matrices with the same singular vectors and singular values of about 1.

    An odd polynomial, applied again and again, drives each singular value into a band around 1:
    Newton-Schulz. Its numbers are Jordan's, chosen to lift small values fast and not to be exact:
    after three iterations, values of at least 0.02 of the joint length lie between 0.6 and 1.3.

    Args:
        matrices: (N, out, in)
    """
    wide = matrices.size(-2) <= matrices.size(-1)
    x = matrices if wide else matrices.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)  # no singular value above 1
    for _ in range(n_iterations):
        square = x @ x.mT
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x if wide else x.mT


def clip_gradients(parameters: Parameters, max_norm: float) -> Tensor:
    """Shrink all gradients together so that their joint length is at most `max_norm`.

    Pascanu et al., 2012, https://arxiv.org/abs/1211.5063.

    Returns:
        The length before.
    """
    gradients = [weight.grad for weight in parameters if weight.grad is not None]
    length = torch.stack([torch.zeros(()), *(gradient.norm() for gradient in gradients)]).norm()
    if length > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / length)
    return length


def learning_rate_factor(step: int, total_steps: int, warmup: int, decay: float) -> float:
    """Return the part of the full learning rate that `step` uses: up, flat, then down to 0.

    Args:
        step: from 0.
        warmup: steps of rising.
        decay: the last part of `total_steps` over which it falls linearly, in (0, 1].

    Example:
        >>> [learning_rate_factor(step, 10, warmup=2, decay=0.4) for step in (0, 1, 5, 8, 9)]
        [0.5, 1.0, 1.0, 0.5, 0.25]
    """
    rising = (step + 1) / max(warmup, 1)
    falling = (total_steps - step) / max(decay * total_steps, 1)
    return min(1.0, rising, falling)


def split_parameters(model: nn.Module) -> tuple[list[Tensor], list[Tensor]]:
    """Return the matrices inside the blocks, for Muon, and all other weights, for AdamW."""
    inner = [weight for weight in model.blocks.parameters() if weight.ndim == 2]
    chosen = {id(weight) for weight in inner}
    return inner, [weight for weight in model.parameters() if id(weight) not in chosen]
