"""Ways to get returns and advantages, right in all but one part, row by row in Python's numbers."""

from collections.abc import Callable

import torch
from torch import Tensor

Row = list[float]
Method = Callable[[dict], tuple[Tensor, Tensor]]
OneRow = Callable[[Row, Row, float, float], Row]  # rewards, values, gamma, lam -> a number a token


def surprises(rewards: Row, values: Row, gamma: float, last: float = 0.0) -> Row:
    """Return reward + gamma * next value - value of each token; `last` is what follows the row."""
    following = [*values[1:], last][: len(values)]
    triples = zip(rewards, following, values, strict=True)
    return [reward + gamma * after - value for reward, after, value in triples]


def carried(row: Row, factor: float) -> Row:
    """Return each number plus factor times what comes out for the next one."""
    later, found = 0.0, []
    for number in reversed(row):
        later = number + factor * later
        found.append(later)
    return found[::-1]


def gae(rewards: Row, values: Row, gamma: float, lam: float) -> Row:
    return carried(surprises(rewards, values, gamma), gamma * lam)


def to_come(rewards: Row, values: Row, gamma: float, lam: float) -> Row:
    """Return the rewards from each token on, each later one worth less."""
    return carried(rewards, gamma)


def counted(mask: list[bool]) -> list[int]:
    return [t for t, counts in enumerate(mask) if counts]


def each_row(one: OneRow, places: Callable[[list[bool]], list[int]] = counted) -> Callable:
    """Return `of(inputs)` -> (B, T): `one` applied to some places of each row, 0 elsewhere."""

    def of(inputs: dict) -> Tensor:
        result = torch.zeros(inputs["values"].shape, dtype=torch.float64)
        for b, mask in enumerate(inputs["mask"].tolist()):
            chosen = places(mask)
            rewards, values = (inputs[name][b, chosen].tolist() for name in ("rewards", "values"))
            found = one(rewards, values, inputs["gamma"], inputs["lam"])
            result[b, chosen] = torch.tensor(found, dtype=torch.float64)
        return result

    return of


def values_of(inputs: dict) -> Tensor:
    return inputs["values"].double().masked_fill(~inputs["mask"], 0.0)


def advantages_alone(of: Callable[[dict], Tensor]) -> Method:
    """Return a method whose advantages are mistaken and whose returns are right."""
    right = each_row(gae)
    return lambda inputs: ((right(inputs) + values_of(inputs)).float(), of(inputs).float())


def advantages_and_returns(of: Callable[[dict], Tensor]) -> Method:
    """Return a method that adds the values to mistaken advantages."""
    return lambda inputs: ((of(inputs) + values_of(inputs)).float(), of(inputs).float())


def returns_alone(of: Callable[[dict], Tensor]) -> Method:
    """Return a method whose returns are mistaken and whose advantages are right."""
    return lambda inputs: (of(inputs).float(), each_row(gae)(inputs).float())


# Methods that treat what is not counted in another way.


def masked_at_the_end(of: Callable[[dict], Tensor]) -> Callable[[dict], Tensor]:
    """Return what comes out where every token counts, and 0 outside the mask."""
    return lambda inputs: of(all_counted(inputs)).masked_fill(~inputs["mask"], 0.0)


def all_counted(inputs: dict) -> dict:
    return {**inputs, "mask": torch.ones_like(inputs["mask"])}


def zeros_outside(inputs: dict) -> dict:
    """Return inputs in which tokens outside the mask are there, with reward 0 and value 0."""
    outside = ~inputs["mask"]
    return {**inputs, **{n: inputs[n].masked_fill(outside, 0.0) for n in ("rewards", "values")}}


def by_neighbor(value_outside: bool, carries_over: bool) -> Callable[[dict], Tensor]:
    """Return advantages in which the next value is that of the next place, counted or not.

    Args:
        value_outside: whether a value outside the mask is taken as it is, or as 0.
        carries_over: whether the next advantage is that of the next counted token, or 0 where the
            next place is not counted.
    """

    def of(inputs: dict) -> Tensor:
        gamma, lam, mask = inputs["gamma"], inputs["lam"], inputs["mask"]
        rewards, values = inputs["rewards"].double(), inputs["values"].double()
        advantages = torch.zeros_like(values)
        for b in range(len(values)):
            later, after = 0.0, 0.0
            for t in reversed(range(values.size(1))):
                if mask[b, t]:
                    later = (
                        float(rewards[b, t] + gamma * after - values[b, t]) + gamma * lam * later
                    )
                    advantages[b, t] = later
                elif not carries_over:
                    later = 0.0
                after = float(values[b, t]) if mask[b, t] or value_outside else 0.0
        return advantages

    return of


def mixed_rows(inputs: dict) -> Tensor:
    """Go through all rows as if they were one."""
    flat = {n: inputs[n].flatten()[None] for n in ("rewards", "values", "mask")}
    return each_row(gae)({**inputs, **flat}).view(inputs["values"].shape)


def along_the_batch(inputs: dict) -> Tensor:
    turned = {n: inputs[n].T for n in ("rewards", "values", "mask")}
    return each_row(gae)({**inputs, **turned}).T


def from_the_left(mask: list[bool]) -> list[int]:
    """Return as many places as count, from the left end on, wherever the counted ones stand."""
    return list(range(sum(mask)))


def normalized(correction: int | None, by_row: bool) -> Callable[[dict], Tensor]:
    """Return advantages minus their mean, over their standard deviation where one is asked for."""

    def of(inputs: dict) -> Tensor:
        advantages, mask = each_row(gae)(inputs), inputs["mask"]
        for rows in [slice(b, b + 1) for b in range(len(mask))] if by_row else [slice(None)]:
            numbers = advantages[rows][mask[rows]]
            centered = numbers - numbers.mean()
            # By hand, for torch's own warns where one number is all there is.
            variance = centered.square().sum() / (len(numbers) - (correction or 0))
            spread = 1.0 if correction is None else variance.sqrt()
            advantages[rows] = advantages[rows].masked_scatter(mask[rows], centered / spread)
        return advantages

    return of
