"""What a training run costs: FLOPs, hours of a chip, days, money; and the runs of known models.

FLOPs are 6 for each parameter and token, 2 forward and 4 backward (Kaplan et al., 2020). Prices are
assumptions, and so is the part of a chip's peak that a run makes use of.
"""

from collections.abc import Mapping
from dataclasses import dataclass

FLOPS_A_TOKEN = 6  # for each parameter
CHINCHILLA = 20  # tokens a parameter, the best use of a budget (Hoffmann et al., 2022)
UTILIZATION = 0.4  # of the peak; Llama 3.1 405B reached 0.38 to 0.43


@dataclass(frozen=True)
class Run:
    """A known training run.

    Attributes:
        n_params, n_tokens: as the paper gives them; a token counts each time it is read.
        flops: what the paper gives for the whole run, or None.
        source: the paper.
    """

    n_params: float
    n_tokens: float
    flops: float | None
    source: str


@dataclass(frozen=True)
class Chip:
    """A chip for training.

    Attributes:
        peak: FLOPs a second in its data sheet: dense products of 16-bit numbers.
        price: US dollars an hour, an assumption: for the V100 of 2020, for the others of 2025.
    """

    peak: float
    price: float


RUNS: Mapping[str, Run] = {
    "SmolLM2-135M": Run(135e6, 2e12, None, "Ben Allal et al., 2025"),
    "GPT-3 175B": Run(175e9, 300e9, 3.14e23, "Brown et al., 2020"),
    "Chinchilla 70B": Run(70e9, 1.4e12, 5.76e23, "Hoffmann et al., 2022"),
    "Llama 3 8B": Run(8e9, 15e12, None, "Llama team, 2024"),
    "Llama 3 70B": Run(70e9, 15e12, None, "Llama team, 2024"),
    "Llama 3.1 405B": Run(405e9, 15.6e12, 3.8e25, "Llama team, 2024"),
}
CHIPS: Mapping[str, Chip] = {
    "V100": Chip(125e12, 1.5),
    "A100": Chip(312e12, 1.2),
    "H100": Chip(989e12, 2.0),
}


def training_flops(n_params: float, n_tokens: float) -> float:
    """Return the FLOPs of training on so many tokens.

    Example:
        >>> f"{training_flops(405e9, 15.6e12):.2g}"
        '3.8e+25'
    """
    _above_0(n_params=n_params, n_tokens=n_tokens)
    return FLOPS_A_TOKEN * n_params * n_tokens


def chip_hours(flops: float, peak: float, utilization: float) -> float:
    """Return how many hours one chip would need.

    Args:
        peak: FLOPs a second that it could do.
        utilization: the part of them that it does, in (0, 1].

    Example:
        >>> round(chip_hours(7.2e23, peak=989e12, utilization=0.4))
        505561
    """
    _above_0(flops=flops, peak=peak, utilization=utilization)
    if utilization > 1:
        raise ValueError(f"utilization must be at most 1, got {utilization}")
    return flops / (peak * utilization) / 3600


def days(chip_hours: float, n_chips: int) -> float:
    """Return how long it takes on so many chips at once, none of them ever waiting.

    Example:
        >>> days(48_000, n_chips=1000)
        2.0
    """
    _above_0(chip_hours=chip_hours, n_chips=n_chips)
    return chip_hours / n_chips / 24


def dollars(chip_hours: float, price: float) -> float:
    """Return what the hours cost: as much on many chips as on few.

    Example:
        >>> dollars(48_000, price=2.5)
        120000.0
    """
    _above_0(chip_hours=chip_hours)
    if not price >= 0:
        raise ValueError(f"price must be at least 0, got {price}")
    return chip_hours * price


@dataclass(frozen=True)
class Plan:
    """A training run and where it is to run.

    Attributes:
        n_params, n_tokens: of the run.
        chip: a name from `CHIPS`; n_chips: how many of them.
        utilization: the part of the chips' peak that is used, in (0, 1].
        price: US dollars a chip-hour.
    """

    n_params: float
    n_tokens: float
    chip: str
    n_chips: int
    utilization: float
    price: float

    @property
    def flops(self) -> float:
        return training_flops(self.n_params, self.n_tokens)

    @property
    def chip_hours(self) -> float:
        return chip_hours(self.flops, CHIPS[self.chip].peak, self.utilization)

    @property
    def days(self) -> float:
        return days(self.chip_hours, self.n_chips)

    @property
    def dollars(self) -> float:
        return dollars(self.chip_hours, self.price)

    @property
    def tokens_per_param(self) -> float:
        return self.n_tokens / self.n_params


def _above_0(**numbers: float) -> None:
    for name, value in numbers.items():
        if not value > 0:
            raise ValueError(f"{name} must be above 0, got {value}")
