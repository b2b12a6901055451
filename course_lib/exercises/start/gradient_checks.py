"""`gradient_step`: what a right answer does, and the mistakes that people make in it."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Judge, Mistake, known_by_property

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The prediction is `b` plus the sum of each weight times its input.
# 2. The loss is the square of prediction minus target; its gradients are those of section 6.
# 3. Each weight, and the bias, moves against its own gradient, by `lr` times the gradient.
# 4. All gradients belong to the old `w` and `b`.
# 5. `w` and `x` are left unchanged; the new weights are a list of floats, the new bias a float.

EXAMPLE = {"w": [0.5, 1.0], "b": 0.0, "x": [2.0, 1.0], "target": 5.0, "lr": 0.05}  # by hand


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    yield EXAMPLE
    yield {"w": [1.5], "b": 0.25, "x": [-2.0], "target": -1.0, "lr": 0.125}  # 1: b counts
    yield {"w": [0.5, -1.0, 2.0], "b": -1.5, "x": [3.0, 0.0, -0.5], "target": 2.0, "lr": 0.1}
    yield {"w": [2.0, 0.5], "b": 1.0, "x": [1.0, -4.0], "target": -3.0, "lr": 0.01}  # 3: downwards
    yield {"w": [0.75, 1.25], "b": 0.5, "x": [2.0, 2.0], "target": 4.5, "lr": 0.3}  # no error
    yield {"w": [0.25, 0.5], "b": 0.125, "x": [0.0, 0.0], "target": 1.0, "lr": 0.2}  # only b moves
    for _ in range(20 if thorough else 4):
        n = int(rng.integers(1, 6))
        yield {
            "w": rng.uniform(-2, 2, n).round(2).tolist(),
            "b": round(float(rng.uniform(-2, 2)), 2),
            "x": rng.uniform(-3, 3, n).round(2).tolist(),
            "target": round(float(rng.uniform(-5, 5)), 2),
            "lr": round(float(rng.uniform(0.01, 0.3)), 3),
        }


def _error(w: list, b: float, x: list, target: float) -> float:
    return b + sum(weight * value for weight, value in zip(w, x, strict=True)) - target


def truth(inputs: dict) -> tuple[list, float]:
    """Return the step by a slope measured on the loss itself, which no formula can get wrong.

    The loss is a square, so its slope between two points around a place is exactly that at the
    place, whatever their distance.
    """
    w, b, x = inputs["w"], inputs["b"], inputs["x"]

    def loss(w: list, b: float) -> float:
        return _error(w, b, x, inputs["target"]) ** 2

    def moved(place: int, by: float) -> list:
        return [weight + by * (place == i) for i, weight in enumerate(w)]

    slopes = [(loss(moved(i, 0.5), b) - loss(moved(i, -0.5), b)) for i in range(len(w))]
    slope_b = loss(w, b + 0.5) - loss(w, b - 0.5)
    lr = inputs["lr"]
    return [a - lr * slope for a, slope in zip(w, slopes, strict=True)], b - lr * slope_b


def _step(
    inputs: dict,
    factor: float = 2.0,
    error: Callable[..., float] = _error,
    of_weight: Callable[[float, float], float] = lambda weight, value: value,
    of_bias: float = 1.0,
) -> tuple[list, float]:
    """Return a step in which one part may be mistaken."""
    w, b, x = inputs["w"], inputs["b"], inputs["x"]
    slope = inputs["lr"] * factor * error(w, b, x, inputs["target"])
    new_w = [weight - slope * of_weight(weight, value) for weight, value in zip(w, x, strict=True)]
    return new_w, b - slope * of_bias


def _without_bias(w: list, b: float, x: list, target: float) -> float:
    return _error(w, 0.0, x, target)


def _squared(w: list, b: float, x: list, target: float) -> float:
    return _error(w, b, x, target) ** 2


def _sign(w: list, b: float, x: list, target: float) -> float:
    return float(np.sign(_error(w, b, x, target)))


def _gradients(inputs: dict) -> tuple[list, float]:
    error = _error(inputs["w"], inputs["b"], inputs["x"], inputs["target"])
    return [2 * error * value for value in inputs["x"]], 2 * error


def _without_lr(inputs: dict) -> tuple[list, float]:
    return _step({**inputs, "lr": 1.0})


def _weights_first(inputs: dict) -> tuple[list, float]:
    new_w, _ = _step(inputs)
    _, new_b = _step({**inputs, "w": new_w})
    return new_w, new_b


def _one_by_one(inputs: dict) -> tuple[list, float]:
    w = list(inputs["w"])
    for i in range(len(w)):
        w[i] = _step({**inputs, "w": w})[0][i]
    return w, _step(inputs)[1]


def _one_by_one_and_bias(inputs: dict) -> tuple[list, float]:
    w, _ = _one_by_one(inputs)
    return w, _step({**inputs, "w": w})[1]


def _bias_first(inputs: dict) -> tuple[list, float]:
    _, new_b = _step(inputs)
    return _step({**inputs, "b": new_b})[0], new_b


ONE_AFTER_ANOTHER = (
    "One value was moved before the gradient of another was worked out. All gradients belong to "
    "the place where you stand: compute the error once, at the start, and use it for all."
)
MISTAKES = (
    Mistake(
        "goes_uphill",
        lambda inputs: _step(inputs, factor=-2.0),
        "The loss grows. The gradient points uphill, and you want to go down: minus, not plus. Or "
        "is the error target minus prediction, and its sign lost on the way?",
    ),
    Mistake(
        "forgets_the_two",
        lambda inputs: _step(inputs, factor=1.0),
        "Half a step. The slope of a square, error times error, is twice the error.",
    ),
    Mistake(
        "forgets_the_input",
        lambda inputs: _step(inputs, of_weight=lambda weight, value: 1.0),
        "All weights moved by the same amount. A weight counts as much as its input is large: its "
        "gradient is 2 times the error times that input.",
    ),
    Mistake(
        "multiplies_by_the_weight",
        lambda inputs: _step(inputs, of_weight=lambda weight, value: weight),
        "The gradient of a weight was taken times the weight. What multiplies the weight in the "
        "prediction is its input.",
    ),
    Mistake(
        "forgets_the_bias",
        lambda inputs: _step(inputs, of_bias=0.0),
        "The bias stayed where it was. It is learned too; its gradient is 2 times the error.",
    ),
    Mistake(
        "predicts_without_the_bias",
        lambda inputs: _step(inputs, error=_without_bias),
        "The prediction lacks `b`.",
    ),
    Mistake(
        "ignores_the_rate",
        _without_lr,
        "Where does `lr` come in? It makes the step small.",
    ),
    Mistake(
        "returns_the_gradients",
        _gradients,
        "These are the gradients. Take `lr` times each of them from the old value.",
    ),
    Mistake("one_after_another", _weights_first, ONE_AFTER_ANOTHER),
    Mistake("one_after_another", _one_by_one, ONE_AFTER_ANOTHER),
    Mistake("one_after_another", _one_by_one_and_bias, ONE_AFTER_ANOTHER),
    Mistake("one_after_another", _bias_first, ONE_AFTER_ANOTHER),
    Mistake(
        "steps_by_the_loss",
        lambda inputs: _step(inputs, error=_squared),
        "The step is in proportion to the loss itself, error times error. Its slope is needed: 2 "
        "times the error.",
    ),
    Mistake(
        "steps_by_the_sign",
        lambda inputs: _step(inputs, factor=1.0, error=_sign),
        "The size of the error does not count in your step, only its sign. That is the slope of "
        "the absolute error; this loss is the square.",
    ),
    Mistake(
        "wrong_order",
        lambda inputs: truth(inputs)[::-1],
        "The values are right, their order is not: the weights come first, then the bias.",
    ),
    Mistake(
        "does_not_move",
        lambda inputs: (inputs["w"], inputs["b"]),
        "Nothing moved: these are the old values. Are the new ones returned?",
    ),
)


TENSORS_INSIDE = Mistake(
    "tensors_inside",
    known_by_property,
    "The numbers are still tensors. `.tolist()` makes a list of floats of one, `.item()` a float.",
)


def _odd_result(inputs: dict, right: tuple, value: tuple) -> Mistake | None:
    return TENSORS_INSIDE if any(hasattr(item, "tolist") for item in value) else None


def alike(a: object, b: object) -> bool:
    """Return whether two results are equal but for what float32 rounds."""
    if isinstance(a, (list, tuple)) and type(a) is type(b):
        return len(a) == len(b) and all(map(alike, a, b))
    return type(a) is type(b) is float and math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-5)


def _show(inputs: dict, value: object) -> str:
    """Return a result with numbers a person can compare."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        inner = ", ".join(_show(inputs, item) for item in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    return repr(value)


EXERCISE = Exercise(
    name="gradient_step",
    functions=("gradient_step",),
    read="section 6, One step downhill",
    cases=cases,
    judge=Judge(truth, MISTAKES, cases=cases, equal=alike, show=_show, otherwise=_odd_result),
    returns=("tuple",),
)
