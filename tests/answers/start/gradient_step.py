"""Answers to `gradient_step`."""

import numpy as np
import torch

from tests.answers.book import right, wrong


def error_of(w, b, x, target):
    return b + sum(weight * value for weight, value in zip(w, x, strict=True)) - target


@right("gradient_step")
def step_with_comprehensions(w, b, x, target, lr):
    error = error_of(w, b, x, target)
    return [
        weight - lr * 2 * error * value for weight, value in zip(w, x, strict=True)
    ], b - lr * 2 * error


@right("gradient_step")
def step_with_loops(w, b, x, target, lr):
    prediction = b
    for i in range(len(w)):
        prediction += w[i] * x[i]
    new_w = []
    for i in range(len(w)):
        new_w.append(w[i] + 2 * lr * (target - prediction) * x[i])
    return new_w, b + 2 * lr * (target - prediction)


@right("gradient_step")
def step_with_autograd(w, b, x, target, lr):
    w, b = torch.tensor(w, requires_grad=True), torch.tensor(b, requires_grad=True)
    loss = ((w * torch.tensor(x)).sum() + b - target) ** 2
    loss.backward()
    return (w - lr * w.grad).tolist(), (b - lr * b.grad).item()


@right("gradient_step")
def step_with_numpy(w, b, x, target, lr):
    slope = 2 * lr * (np.dot(w, x) + b - target)
    return (np.array(w) - slope * np.array(x)).tolist(), float(b - slope)


@wrong("gradient_step", "goes_uphill")
def step_with_plus(w, b, x, target, lr):
    error = error_of(w, b, x, target)
    return [a + lr * 2 * error * value for a, value in zip(w, x, strict=True)], b + lr * 2 * error


@wrong("gradient_step", "goes_uphill")
def step_with_the_error_turned_around(w, b, x, target, lr):
    error = -error_of(w, b, x, target)
    return [a - lr * 2 * error * value for a, value in zip(w, x, strict=True)], b - lr * 2 * error


@wrong("gradient_step", "forgets_the_two")
def step_by_half(w, b, x, target, lr):
    error = error_of(w, b, x, target)
    return [a - lr * error * value for a, value in zip(w, x, strict=True)], b - lr * error


@wrong("gradient_step", "forgets_the_input")
def step_all_weights_alike(w, b, x, target, lr):
    error = error_of(w, b, x, target)
    return [a - lr * 2 * error for a in w], b - lr * 2 * error


@wrong("gradient_step", "multiplies_by_the_weight")
def step_times_the_weight(w, b, x, target, lr):
    error = error_of(w, b, x, target)
    return [a - lr * 2 * error * a for a in w], b - lr * 2 * error


@wrong("gradient_step", "forgets_the_bias")
def step_of_the_weights_alone(w, b, x, target, lr):
    return step_with_comprehensions(w, b, x, target, lr)[0], b


@wrong("gradient_step", "predicts_without_the_bias")
def step_with_a_prediction_without_bias(w, b, x, target, lr):
    error = error_of(w, 0.0, x, target)
    return [a - lr * 2 * error * value for a, value in zip(w, x, strict=True)], b - lr * 2 * error


@wrong("gradient_step", "ignores_the_rate")
def step_of_full_size(w, b, x, target, lr):
    return step_with_comprehensions(w, b, x, target, 1)


@wrong("gradient_step", "returns_the_gradients")
def step_not_taken(w, b, x, target, lr):
    error = error_of(w, b, x, target)
    return [2 * error * value for value in x], 2 * error


@wrong("gradient_step", "one_after_another")
def step_with_new_weights_for_the_bias(w, b, x, target, lr):
    w = [a - lr * 2 * error_of(w, b, x, target) * v for a, v in zip(w, x, strict=True)]
    return w, b - lr * 2 * error_of(w, b, x, target)


@wrong("gradient_step", "one_after_another")
def step_with_the_bias_first(w, b, x, target, lr):
    b -= lr * 2 * error_of(w, b, x, target)
    return [a - lr * 2 * error_of(w, b, x, target) * v for a, v in zip(w, x, strict=True)], b


@wrong("gradient_step", "one_after_another")
def step_in_a_loop_that_looks_again(w, b, x, target, lr):
    w = list(w)
    for i in range(len(w)):
        w[i] -= lr * 2 * error_of(w, b, x, target) * x[i]
    return w, b - lr * 2 * error_of(w, b, x, target)


@wrong("gradient_step", "steps_by_the_loss")
def step_by_the_loss(w, b, x, target, lr):
    loss = error_of(w, b, x, target) ** 2
    return [a - lr * 2 * loss * value for a, value in zip(w, x, strict=True)], b - lr * 2 * loss


@wrong("gradient_step", "steps_by_the_sign")
def step_down_the_absolute_error(w, b, x, target, lr):
    sign = float(np.sign(error_of(w, b, x, target)))
    return [a - lr * sign * value for a, value in zip(w, x, strict=True)], b - lr * sign


@wrong("gradient_step", "does_not_move")
def step_that_is_forgotten(w, b, x, target, lr):
    step_with_comprehensions(w, b, x, target, lr)
    return list(w), b


@wrong("gradient_step", "changed_inputs")
def step_in_place(w, b, x, target, lr):
    error = error_of(w, b, x, target)
    for i in range(len(w)):
        w[i] -= lr * 2 * error * x[i]
    return w, b - lr * 2 * error


@wrong("gradient_step", "wrong_type")
def step_as_a_list(w, b, x, target, lr):
    return list(step_with_comprehensions(w, b, x, target, lr))


@wrong("gradient_step", "wrong_type")
def step_in_arrays(w, b, x, target, lr):
    new_w, new_b = step_with_comprehensions(w, b, x, target, lr)
    return np.array(new_w), np.float64(new_b)


@wrong("gradient_step", "tensors_inside")
def step_in_tensors(w, b, x, target, lr):
    new_w, new_b = step_with_comprehensions(w, b, x, target, lr)
    return torch.tensor(new_w), torch.tensor(new_b)


@wrong("gradient_step", "wrong_inner_type")
def step_with_a_bias_in_a_tensor(w, b, x, target, lr):
    new_w, new_b = step_with_comprehensions(w, b, x, target, lr)
    return new_w, torch.tensor(new_b)


@wrong("gradient_step", "wrong_order")
def step_with_the_bias_first_in_the_pair(w, b, x, target, lr):
    return step_with_comprehensions(w, b, x, target, lr)[::-1]


@wrong("gradient_step", "wrong_inner_type")
def step_with_weights_in_a_tuple(w, b, x, target, lr):
    new_w, new_b = step_with_comprehensions(w, b, x, target, lr)
    return tuple(new_w), new_b


@wrong("gradient_step", "returned_nothing")
def step_without_return(w, b, x, target, lr):
    w, b = step_with_comprehensions(w, b, x, target, lr)


@wrong("gradient_step", "ignores_input")
def step_of_the_example(w, b, x, target, lr):
    return [1.1, 1.3], 0.3


@wrong("gradient_step", "raised")
def step_with_lists_times_numbers(w, b, x, target, lr):
    error = error_of(w, b, x, target)
    return w - lr * 2 * error * x, b - lr * 2 * error


@wrong("gradient_step", "wrong_inner_type")
def step_with_each_weight_in_a_tensor(w, b, x, target, lr):
    new_w, new_b = step_with_loops(w, b, x, target, lr)
    return [torch.tensor(weight) for weight in new_w], new_b
