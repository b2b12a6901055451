"""Wrong answers to `accumulate_gradients` about when losses are computed, and what comes back."""

import torch

from tests.answers.book import wrong
from tests.answers.pretraining.accumulate_gradients import (
    accumulate_with_backward,
    accumulate_with_grad,
    each_batch,
    zeros,
)


def bad(misconception):
    return wrong("accumulate_gradients", misconception)


@bad("gradient_taken_late")
def accumulate_losses(params, batches, loss_sum):
    total, n_tokens = torch.tensor(0.0), 0
    for batch in batches:
        loss, n = loss_sum(batch)
        total, n_tokens = total + loss, n_tokens + n
    if n_tokens == 0:
        return zeros(params)
    return list(torch.autograd.grad(total / n_tokens, params))


@bad("gradient_taken_late")
def accumulate_from_a_list_of_losses(params, batches, loss_sum):
    pairs = [loss_sum(batch) for batch in batches]
    totals, n_tokens = zeros(params), sum(n for _, n in pairs)
    for loss, _ in pairs:
        for total, grad in zip(totals, torch.autograd.grad(loss, params), strict=True):
            total += grad
    return [total / max(n_tokens, 1) for total in totals]


@bad("computes_a_loss_twice")
def accumulate_counting_first(params, batches, loss_sum):
    n_tokens = max(sum(loss_sum(batch)[1] for batch in batches), 1)
    totals = zeros(params)
    for batch in batches:
        grads = torch.autograd.grad(loss_sum(batch)[0] / n_tokens, params)
        totals = [total + grad for total, grad in zip(totals, grads, strict=True)]
    return totals


@bad("computes_a_loss_twice")
def accumulate_asking_twice(params, batches, loss_sum):
    totals, n_tokens = zeros(params), 0
    for batch in batches:
        grads = torch.autograd.grad(loss_sum(batch)[0], params)
        n_tokens += loss_sum(batch)[1]
        totals = [total + grad for total, grad in zip(totals, grads, strict=True)]
    return [total / max(n_tokens, 1) for total in totals]


@bad("out_of_order")
def accumulate_from_behind(params, batches, loss_sum):
    return accumulate_with_grad(params, batches[::-1], loss_sum)


@bad("stops_early")
def accumulate_returning_in_the_loop(params, batches, loss_sum):
    for grads, n in each_batch(params, batches, loss_sum):
        return [grad / n for grad in grads]


@bad("leaves_a_batch_out")
def accumulate_without_the_first(params, batches, loss_sum):
    return accumulate_with_grad(params, batches[1:], loss_sum)


@bad("joins_batches")
def accumulate_all_at_once(params, batches, loss_sum):
    loss, n = loss_sum(torch.cat(batches))
    return list(torch.autograd.grad(loss / n, params))


@bad("joins_batches")
def accumulate_with_params_for_the_loss(params, batches, loss_sum):
    return [loss_sum(params, batch) for batch in batches]


@bad("never_calls_loss_sum")
def accumulate_the_example(params, batches, loss_sum):
    return [torch.tensor([[3.0]])]


@bad("ignores_input")
def accumulate_and_return_the_example(params, batches, loss_sum):
    accumulate_with_grad(params, batches, loss_sum)
    return [torch.tensor([[3.0]])]


@bad("changes_the_params")
def accumulate_with_steps(params, batches, loss_sum):
    totals, n_tokens = zeros(params), 0
    for grads, n in each_batch(params, batches, loss_sum):
        n_tokens += n
        with torch.no_grad():
            for param, total, grad in zip(params, totals, grads, strict=True):
                total += grad
                param -= 0.1 * grad
    return [total / max(n_tokens, 1) for total in totals]


@bad("hands_out_grad")
def accumulate_and_hand_out_grad(params, batches, loss_sum):
    grads = accumulate_with_backward(params, batches, loss_sum)
    for param, grad in zip(params, grads, strict=True):
        param.grad = grad
    return [param.grad for param in params]


@bad("none_without_batches")
def accumulate_into_none(params, batches, loss_sum):
    for param in params:
        param.grad = None
    n_tokens = 0
    for batch in batches:
        loss, n = loss_sum(batch)
        loss.backward()
        n_tokens += n
    return [p.grad if p.grad is None else p.grad / max(n_tokens, 1) for p in params]


@bad("fails_without_batches")
def accumulate_and_divide_none(params, batches, loss_sum):
    for param in params:
        param.grad = None
    counts = []
    for batch in batches:
        loss, n = loss_sum(batch)
        loss.backward()
        counts.append(n)
    return [param.grad / max(sum(counts), 1) for param in params]


@bad("no_gradients_without_tokens")
def accumulate_nothing(params, batches, loss_sum):
    seen = list(each_batch(params, batches, loss_sum))
    n_tokens = sum(n for _, n in seen)
    if n_tokens == 0:
        return []
    return [sum(grads) / n_tokens for grads in zip(*(grads for grads, _ in seen), strict=True)]


@bad("grad_is_none")
def accumulate_zeroing_none(params, batches, loss_sum):
    for param in params:
        param.grad.zero_()
    return accumulate_with_grad(params, batches, loss_sum)


@bad("gradient_is_lost")
def accumulate_items(params, batches, loss_sum):
    loss = sum(loss_sum(batch)[0].item() for batch in batches)
    loss.backward()
    return [param.grad for param in params]


@bad("gradient_is_lost")
def accumulate_without_a_graph(params, batches, loss_sum):
    with torch.no_grad():
        return accumulate_with_grad(params, batches, loss_sum)


@bad("takes_a_tuple_for_a_tensor")
def accumulate_pairs(params, batches, loss_sum):
    for batch in batches:
        loss_sum(batch).backward()
    return [param.grad for param in params]


@bad("takes_a_tuple_for_a_tensor")
def accumulate_and_divide_a_tuple(params, batches, loss_sum):
    loss, n = loss_sum(batches[0])
    return torch.autograd.grad(loss, params) / n


@bad("returns_one_tensor")
def accumulate_for_one(params, batches, loss_sum):
    return accumulate_with_grad(params, batches, loss_sum)[0]


@bad("divides_by_zero")
def accumulate_means_of_nothing(params, batches, loss_sum):
    totals, n_tokens = zeros(params), 0
    for grads, n in each_batch(params, batches, loss_sum):
        totals = [total + n / n * grad for total, grad in zip(totals, grads, strict=True)]
        n_tokens += n
    return [total / max(n_tokens, 1) for total in totals]


@bad("changed_inputs")
def accumulate_taking_out(params, batches, loss_sum):
    totals, n_tokens = zeros(params), 0
    while batches:
        loss, n = loss_sum(batches.pop(0))
        n_tokens += n
        for total, grad in zip(totals, torch.autograd.grad(loss, params), strict=True):
            total += grad
    return [total / max(n_tokens, 1) for total in totals]


@bad("joins_the_gradients")
def accumulate_tuples(params, batches, loss_sum):
    totals, n_tokens = (), 0
    for batch in batches:
        loss, n = loss_sum(batch)
        totals, n_tokens = totals + torch.autograd.grad(loss, params), n_tokens + n
    return [total / n_tokens for total in totals] if n_tokens else zeros(params)


@bad("wrong_type")
def accumulate_a_tuple(params, batches, loss_sum):
    return tuple(accumulate_with_grad(params, batches, loss_sum))


@bad("wrong_inner_type")
def accumulate_numbers(params, batches, loss_sum):
    return [grad.tolist() for grad in accumulate_with_grad(params, batches, loss_sum)]


@bad("wrong_dtype")
def accumulate_in_double(params, batches, loss_sum):
    return [grad.double() for grad in accumulate_with_grad(params, batches, loss_sum)]


@bad("wrong_shape")
def accumulate_flat(params, batches, loss_sum):
    return [grad.flatten() for grad in accumulate_with_grad(params, batches, loss_sum)]


@bad("returned_nothing")
def accumulate_in_grad_alone(params, batches, loss_sum):
    for batch in batches:
        loss_sum(batch)[0].backward()


@bad("not_attempted")
def accumulate_not_written(params, batches, loss_sum):
    raise NotImplementedError
