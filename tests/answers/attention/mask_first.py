"""Answers to `mask_first`, the bug hunt; `faulty` is the program that the lesson hands out.

More of them are in causal_weights.py: what is asked for is the same but for large scores.
"""

import torch

from tests.answers.book import right, wrong


@wrong("mask_first", "masks_after_the_softmax")
def faulty(scores):
    T = scores.size(-1)
    future = torch.triu(torch.ones(T, T, dtype=torch.bool), diagonal=1)
    weights = scores.softmax(dim=-1)
    return weights.masked_fill(future, 0.0)


@right("mask_first")
def mended_with_two_lines_swapped(scores):
    T = scores.size(-1)
    future = torch.triu(torch.ones(T, T, dtype=torch.bool), diagonal=1)
    return scores.masked_fill(future, float("-inf")).softmax(dim=-1)


@wrong("mask_first", "renormalizes_afterwards")
def patched_afterwards(scores):
    weights = faulty(scores)
    return weights / weights.sum(dim=-1, keepdim=True)


@wrong("mask_first", "renormalizes_afterwards")
def patched_afterwards_without_nan(scores):
    return patched_afterwards(scores).nan_to_num(0.0)


@wrong("mask_first", "renormalizes_afterwards")
def patched_afterwards_with_an_epsilon(scores):
    weights = faulty(scores)
    return weights / (weights.sum(dim=-1, keepdim=True) + 1e-9)


@right("mask_first")
def mended_with_shifted_exponentials(scores):
    future = torch.ones(scores.shape[-2:]).triu(1).bool()
    top = scores.masked_fill(future, -torch.inf).amax(dim=-1, keepdim=True)
    exponentials = (scores - top).exp().tril()
    return exponentials / exponentials.sum(dim=-1, keepdim=True)


@wrong("mask_first", "overflows")
def patched_with_masked_exponentials(scores):
    exponentials = scores.exp().tril()
    return exponentials / exponentials.sum(dim=-1, keepdim=True)


@wrong("mask_first", "softmax_twice")
def patched_by_a_second_softmax(scores):
    return faulty(scores).softmax(dim=-1)


@wrong("mask_first", "softmax_twice")
def patched_by_a_masked_second_softmax(scores):
    T = scores.size(-1)
    future = torch.triu(torch.ones(T, T, dtype=torch.bool), diagonal=1)
    return scores.softmax(dim=-1).masked_fill(future, float("-inf")).softmax(dim=-1)
