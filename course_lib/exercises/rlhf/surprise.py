"""How surprising a preference is, and how fast that changes, in Python's own numbers.

The margin of a preference is by how much the reward of its chosen answer is the larger one.
"""

import math


def surprise(margin: float) -> float:
    """Return log(1 + e^-margin), in nats.

    Example:
        >>> surprise(-10_000.0)
        10000.0
    """
    return max(-margin, 0.0) + math.log1p(math.exp(-abs(margin)))


def slope(margin: float) -> float:
    """Return the derivative of `surprise`: minus the probability of the other preference.

    Example:
        >>> slope(0.0)
        -0.5
    """
    small = math.exp(-abs(margin))
    return -(small if margin > 0 else 1.0) / (1 + small)
