"""Answers to `accumulate_gradients`; more wrong ones in accumulate_gradients_loops.py."""

import torch

from tests.answers.book import right, wrong


@right("accumulate_gradients")
def accumulate_with_grad(params, batches, loss_sum):
    totals, n_tokens = [torch.zeros_like(param) for param in params], 0
    for batch in batches:
        loss, n_counted = loss_sum(batch)
        grads = torch.autograd.grad(loss, params)
        totals = [total + grad for total, grad in zip(totals, grads, strict=True)]
        n_tokens += n_counted
    return [total / max(n_tokens, 1) for total in totals]


@right("accumulate_gradients")
def accumulate_with_backward(params, batches, loss_sum):
    for param in params:
        param.grad = torch.zeros_like(param)
    n_tokens = 0
    for batch in batches:
        loss, n = loss_sum(batch)
        loss.backward()
        n_tokens += n
    return [param.grad / max(1, n_tokens) for param in params]


@right("accumulate_gradients")
def accumulate_a_running_mean(params, batches, loss_sum):
    means, seen = [torch.zeros(param.shape) for param in params], 0
    for batch in batches:
        loss, n = loss_sum(batch)
        if n == 0:
            continue
        seen += n
        for i, grad in enumerate(torch.autograd.grad(loss / n, params)):
            means[i] += (grad - means[i]) * n / seen
    return means


@right("accumulate_gradients")
def accumulate_parameter_by_parameter(params, batches, loss_sum):
    found, n_tokens = [[] for _ in params], 0
    for batch in batches:
        loss, n = loss_sum(batch)
        n_tokens = n_tokens + n
        for param, grads in zip(params, found, strict=True):
            grads.append(torch.autograd.grad(loss, param, retain_graph=True)[0])
    if n_tokens == 0:
        return [torch.zeros_like(param) for param in params]
    return [torch.stack(grads).sum(dim=0) / n_tokens for grads in found]


@right("accumulate_gradients")
def accumulate_and_restore(params, batches, loss_sum):
    kept = [param.grad for param in params]
    for param in params:
        param.grad = None
    counts = []
    for batch in batches:
        loss, n = loss_sum(batch)
        loss.backward()
        counts.append(n)
    grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in params]
    for param, grad in zip(params, kept, strict=True):
        param.grad = grad
    return [grad.div_(sum(counts) or 1) for grad in grads]


def zeros(params):
    return [torch.zeros_like(param) for param in params]


def each_batch(params, batches, loss_sum):
    """Yield the gradients of each summed loss, and the tokens."""
    for batch in batches:
        loss, n = loss_sum(batch)
        yield torch.autograd.grad(loss, params), n


def weighted(misconception, name, weight, by):
    """Register an answer that gives batch i of all a weight, and divides their sum once."""

    def answer(params, batches, loss_sum):
        seen = list(each_batch(params, batches, loss_sum))
        counts = [n for _, n in seen]
        totals = zeros(params)
        for i, (grads, _) in enumerate(seen):
            for total, grad in zip(totals, grads, strict=True):
                total += weight(counts, i) * grad
        return [total / by(counts, batches) for total in totals]

    wrong("accumulate_gradients", misconception, f"accumulate_{name}")(answer)


def all_tokens(counts, batches):
    return max(sum(counts), 1)


def one(counts, i):
    return 1.0


def own(counts, i):
    return 1 / max(counts[i], 1)


def only(place):
    return lambda counts, i: float(i == place % len(counts))


for misconception, name, weight, by in [
    ("mean_of_means", "mean_of_means", own, lambda c, b: max(len(b), 1)),
    ("sum_of_means", "sum_of_means", own, lambda c, b: 1),
    ("not_divided", "sums", one, lambda c, b: 1),
    ("divides_by_batches", "over_batches", one, lambda c, b: max(len(b), 1)),
    ("divides_by_one_count", "over_the_last", one, lambda c, b: max([1, *c[-1:]])),
    ("divides_by_one_count", "over_the_first", one, lambda c, b: max([1, *c[:1]])),
    ("last_batch_only", "last", only(-1), lambda c, b: max([1, *c[-1:]])),
    ("last_batch_only", "last_over_all", only(-1), all_tokens),
    ("last_batch_only", "last_sum", only(-1), lambda c, b: 1),
    ("last_batch_only", "last_over_batches", only(-1), lambda c, b: max(len(b), 1)),
    ("first_batch_only", "first", only(0), lambda c, b: max([1, *c[:1]])),
    ("first_batch_only", "first_over_all", only(0), all_tokens),
    ("first_batch_only", "first_sum", only(0), lambda c, b: 1),
    ("means_over_tokens", "means_over_tokens", own, all_tokens),
    ("weighs_the_sums", "weighed_sums", lambda c, i: c[i], all_tokens),
    ("counts_padding", "with_padding", one, lambda c, b: max(sum(map(len, b)), 1)),
    ("wrong_sign", "minus", lambda c, i: -1.0, all_tokens),
    ("nan_without_tokens", "over_0", one, lambda c, b: sum(c)),
]:
    weighted(misconception, name, weight, by)


def bad(misconception):
    return wrong("accumulate_gradients", misconception)


@bad("divides_in_the_loop")
def accumulate_dividing_by_the_tokens_so_far(params, batches, loss_sum):
    totals, n_tokens = zeros(params), 0
    for grads, n in each_batch(params, batches, loss_sum):
        n_tokens += n
        totals = [(t + g) / max(n_tokens, 1) for t, g in zip(totals, grads, strict=True)]
    return totals


@bad("divides_in_the_loop")
def accumulate_dividing_by_each(params, batches, loss_sum):
    totals = zeros(params)
    for grads, n in each_batch(params, batches, loss_sum):
        totals = [(t + g) / max(n, 1) for t, g in zip(totals, grads, strict=True)]
    return totals


@bad("early_batches_again")
def accumulate_over_growing_sums(params, batches, loss_sum):
    totals, loss_so_far, n_tokens = zeros(params), 0, 0
    for batch in batches:
        loss, n = loss_sum(batch)
        loss_so_far, n_tokens = loss_so_far + loss, n_tokens + n
        grads = torch.autograd.grad(loss_so_far, params, retain_graph=True)
        totals = [total + grad for total, grad in zip(totals, grads, strict=True)]
    return [total / max(n_tokens, 1) for total in totals]


@bad("backward_a_second_time")
def accumulate_backward_over_growing_sums(params, batches, loss_sum):
    loss_so_far = 0
    for batch in batches:
        loss_so_far = loss_so_far + loss_sum(batch)[0]
        loss_so_far.backward()
    return [param.grad for param in params]


@bad("backward_a_second_time")
def accumulate_one_parameter_after_the_other(params, batches, loss_sum):
    totals = zeros(params)
    for batch in batches:
        loss, n = loss_sum(batch)
        for total, param in zip(totals, params, strict=True):
            total += torch.autograd.grad(loss, param)[0]
            total += torch.autograd.grad(loss, param)[0]
    return totals


@bad("stale_grad")
def accumulate_onto_what_is_there(params, batches, loss_sum):
    n_tokens = 0
    for batch in batches:
        loss, n = loss_sum(batch)
        loss.backward()
        n_tokens += n
    return [zeros([p])[0] if p.grad is None else p.grad / max(n_tokens, 1) for p in params]
