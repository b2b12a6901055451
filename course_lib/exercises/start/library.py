"""What `mine` hands out where a learner has no answer yet."""


def gradient_step(
    w: list[float], b: float, x: list[float], target: float, lr: float
) -> tuple[list[float], float]:
    """Return the weights and the bias of a neuron after one step of gradient descent."""
    error = b + sum(weight * value for weight, value in zip(w, x, strict=True)) - target
    new_w = [weight - lr * 2 * error * value for weight, value in zip(w, x, strict=True)]
    return new_w, b - lr * 2 * error
