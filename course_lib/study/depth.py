"""What 48 layers do to the numbers that pass them, before any training.

The same two halves, attention and feed-forward, are wired in five ways. Shapes: B texts, T
positions, C the width of the stream.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.llm.attention import Attention, causal_mask
from course_lib.llm.feed_forward import GELUFeedForward
from course_lib.llm.norms import LayerNorm, RMSNorm

B, T, C, N_HEAD = 4, 16, 64, 4
DEPTHS = (1, 2, 4, 8, 16, 32, 48)
SEEDS = range(3)
PYTORCH = 3**-0.5  # PyTorch fills a matrix with numbers of this size, over the root of its inputs
NORMS = {"RMSNorm": RMSNorm, "LayerNorm": LayerNorm}

Step = Callable[[Tensor], Tensor]
Wiring = Callable[[Tensor, Step, Step, Step, Step], Tensor]


def plain(x: Tensor, norm_1: Step, attention: Step, norm_2: Step, feed_forward: Step) -> Tensor:
    """Hand on what each half makes, and nothing else."""
    return feed_forward(attention(x))


def norms_only(
    x: Tensor, norm_1: Step, attention: Step, norm_2: Step, feed_forward: Step
) -> Tensor:
    """Bring to scale before each half, and still hand on nothing else."""
    return feed_forward(norm_2(attention(norm_1(x))))


def residual_only(
    x: Tensor, norm_1: Step, attention: Step, norm_2: Step, feed_forward: Step
) -> Tensor:
    """Add what each half makes, at whatever scale."""
    x = x + attention(x)
    return x + feed_forward(x)


def post_norm(x: Tensor, norm_1: Step, attention: Step, norm_2: Step, feed_forward: Step) -> Tensor:
    """Add, then bring the sum to scale: the Transformer of 2017."""
    x = norm_1(x + attention(x))
    return norm_2(x + feed_forward(x))


def pre_norm(x: Tensor, norm_1: Step, attention: Step, norm_2: Step, feed_forward: Step) -> Tensor:
    """Bring to scale what each half reads, and add: GPT-2 and later."""
    x = x + attention(norm_1(x))
    return x + feed_forward(norm_2(x))


WIRINGS: dict[str, Wiring] = {
    "plain": plain,
    "norms only": norms_only,
    "residual only": residual_only,
    "post-norm": post_norm,
    "pre-norm": pre_norm,
}


@dataclass(frozen=True)
class Profile:
    """What becomes of the stream, before the first layer and after each.

    Attributes:
        sizes: its root mean square.
        sameness: the mean cosine between different positions.
    """

    sizes: tuple[float, ...]
    sameness: tuple[float, ...]


class Stack(nn.Module):
    """Layers of random weights, wired in one way.

    Args:
        wiring: one of `WIRINGS`, or your own function with the same arguments.
        n_layer: how many times it is applied, each time with weights of its own.
        gain: the size of the weights, times the root of how many numbers a matrix reads; at 1 a
            matrix changes the size of random numbers not at all.
    """

    def __init__(
        self,
        wiring: Wiring,
        n_layer: int,
        d_model: int = C,
        norm: type[nn.Module] = RMSNorm,
        gain: float = PYTORCH,
    ):
        super().__init__()
        self.wiring = wiring
        self.layers = nn.ModuleList(new_layer(d_model, norm, gain) for _ in range(n_layer))

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the stream (B, T, C) before the first layer and after each."""
        allowed = causal_mask(x.size(1), x.size(1))
        states = [x]
        for norm_1, attention, norm_2, feed_forward in self.layers:

            def look(x: Tensor, attention: Attention = attention) -> Tensor:
                return attention(x, allowed)

            states.append(self.wiring(states[-1], norm_1, look, norm_2, feed_forward))
        return states


def new_layer(d_model: int, norm: type[nn.Module], gain: float) -> nn.ModuleList:
    """Return norm, attention, norm and feed-forward with random weights."""
    layer = nn.ModuleList(
        [
            norm(d_model),
            Attention(d_model, N_HEAD, N_HEAD),
            norm(d_model),
            GELUFeedForward(d_model, 4 * d_model),
        ]
    )
    for weight in layer.parameters():
        if weight.ndim == 2:
            nn.init.normal_(weight, std=gain * weight.size(1) ** -0.5)
    return layer


def new_stack(
    wiring: Wiring, n_layer: int, seed: int, norm: type[nn.Module] = RMSNorm, gain: float = PYTORCH
) -> tuple[Stack, Tensor]:
    """Return a random stack and a random stream (B, T, C) of size 1 to send through it.

    Both are float64, which can still tell 1e-300 from 0. The first layers of a deeper stack are
    those of a shallower one.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        x = torch.randn(B, T, C).double()
        x = x / x.square().mean().sqrt()
        return Stack(wiring, n_layer, norm=norm, gain=gain).double(), x


def loss(stream: Tensor, seed: int) -> Tensor:
    """Return the loss of guessing one of C random answers from a stream that is scaled to size 1.

    A fixed random matrix makes the logits, so that only the layers below it differ.
    """
    generator = torch.Generator().manual_seed(seed)
    head = torch.randn(C, C, generator=generator).double() * C**-0.5
    answers = torch.randint(C, (B * T,), generator=generator)
    scaled = F.rms_norm(stream, (C,), eps=1e-5)
    return F.cross_entropy((scaled @ head).flatten(0, 1), answers)


def input_gradient(wiring: Wiring, n_layer: int, gain: float = PYTORCH) -> float:
    """Return how large the gradient of the loss is where the stack begins, median of 3 seeds.

    It is the root of the sum of its B * T * C squares.
    """
    sizes = []
    for seed in SEEDS:
        stack, x = new_stack(wiring, n_layer, seed, gain=gain)
        (slope,) = torch.autograd.grad(loss(stack(x.requires_grad_())[-1], seed), x)
        sizes.append(slope.norm().item())
    return median(sizes)


def layer_gradients(wiring: Wiring, n_layer: int, gain: float = PYTORCH) -> list[float]:
    """Return how large the gradient is for the last matrix of each layer, medians of 3 seeds."""
    sizes = []
    for seed in SEEDS:
        stack, x = new_stack(wiring, n_layer, seed, gain=gain)
        matrices = [feed_forward.down.weight for *_, feed_forward in stack.layers]
        slopes = torch.autograd.grad(loss(stack(x)[-1], seed), matrices)
        sizes.append([slope.norm().item() for slope in slopes])
    return list(_medians(sizes))


@cache
@torch.inference_mode()
def profile(
    wiring: Wiring, n_layer: int, norm: type[nn.Module] = RMSNorm, gain: float = PYTORCH
) -> Profile:
    """Return how the stream changes from layer to layer, medians of 3 seeds."""
    sizes, cosines = [], []
    for seed in SEEDS:
        stack, x = new_stack(wiring, n_layer, seed, norm, gain)
        states = stack(x)
        sizes.append([rms(state) for state in states])
        cosines.append([sameness(state) for state in states])
    return Profile(_medians(sizes), _medians(cosines))


def rms(stream: Tensor) -> float:
    """Return the root mean square of all numbers: how large a typical one is."""
    return stream.square().mean().sqrt().item()


def sameness(stream: Tensor) -> float:
    """Return the mean cosine between the vectors (B, T, C) of different positions of a text.

    At 1 all positions hold the same vector, up to its length, and nothing can tell them apart.
    """
    directions = stream / stream.norm(dim=-1, keepdim=True).clamp_min(1e-300)
    cosines = directions @ directions.transpose(-2, -1)  # (B, T, T)
    n = stream.size(1)
    others = cosines.sum(dim=(-2, -1)) - cosines.diagonal(dim1=-2, dim2=-1).sum(dim=-1)
    return (others / (n * (n - 1))).mean().item()


def _medians(runs: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """Return the median at each place of several runs."""
    return tuple(median(place) for place in zip(*runs, strict=True))
