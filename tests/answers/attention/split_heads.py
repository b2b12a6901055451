"""Answers to `split_heads`, an exercise of two functions."""

from types import SimpleNamespace

import torch

from tests.answers.book import right, wrong


def right_split(x, n_head):
    B, T, C = x.shape
    return x.view(B, T, n_head, C // n_head).transpose(1, 2)


def right_merge(x):
    B, H, T, D = x.shape
    return x.transpose(1, 2).reshape(B, T, H * D)


def both(split_heads=right_split, merge_heads=right_merge):
    return SimpleNamespace(split_heads=split_heads, merge_heads=merge_heads)


def split_by_slices(x, n_head):
    B, T, C = x.shape
    D = C // n_head
    heads = torch.zeros(B, n_head, T, D)
    for h in range(n_head):
        heads[:, h] = x[:, :, h * D : (h + 1) * D]
    return heads


def merge_by_slices(x):
    B, H, T, D = x.shape
    merged = torch.zeros(B, T, H * D)
    for h in range(H):
        merged[:, :, h * D : (h + 1) * D] = x[:, h]
    return merged


right("split_heads", "with_view_and_transpose")(both())
right("split_heads", "with_loops")(both(split_by_slices, merge_by_slices))
right("split_heads", "with_permute")(
    both(
        lambda x, n_head: x.unflatten(-1, (n_head, -1)).permute(0, 2, 1, 3),
        lambda x: x.permute(0, 2, 1, 3).flatten(-2),
    )
)
right("split_heads", "with_lists")(
    both(
        lambda x, n_head: torch.stack(x.split(x.size(-1) // n_head, dim=-1), dim=1),
        lambda x: torch.cat([x[:, h] for h in range(x.size(1))], dim=-1),
    )
)


def wrong_split(misconception):
    def keep(split_heads):
        wrong("split_heads", misconception, split_heads.__name__)(both(split_heads=split_heads))
        return split_heads

    return keep


def wrong_merge(misconception):
    def keep(merge_heads):
        wrong("split_heads", misconception, merge_heads.__name__)(both(merge_heads=merge_heads))
        return merge_heads

    return keep


@wrong_split("view_instead_of_transpose")
def split_by_view(x, n_head):
    B, T, C = x.shape
    return x.view(B, n_head, T, C // n_head)


@wrong_split("leaves_the_heads_behind")
def split_without_transpose(x, n_head):
    B, T, C = x.shape
    return x.view(B, T, n_head, C // n_head)


@wrong_split("every_h_th_number")
def split_every_h_th(x, n_head):
    B, T, C = x.shape
    return x.view(B, T, C // n_head, n_head).permute(0, 3, 1, 2)


@wrong_split("n_head_is_not_head_dim")
def split_with_head_dim(x, n_head):
    B, T, C = x.shape
    return x.view(B, T, -1, n_head).transpose(1, 2)


@wrong_split("head_dim_before_positions")
def split_with_the_wrong_transpose(x, n_head):
    B, T, C = x.shape
    return x.view(B, T, n_head, -1).transpose(1, 2).transpose(2, 3)


@wrong_split("cuts_the_positions")
def split_the_text(x, n_head):
    return torch.stack(x.chunk(n_head, dim=1), dim=1)


@wrong_split("does_not_split")
def split_into_copies(x, n_head):
    return torch.stack([x] * n_head, dim=1)


@wrong_split("changed_inputs")
def split_in_place(x, n_head):
    x *= 2
    return right_split(x / 2, n_head)


@wrong_split("wrong_type")
def split_into_a_list(x, n_head):
    return list(x.chunk(n_head, dim=-1))


@wrong_split("raised")
def split_with_a_fraction(x, n_head):
    B, T, C = x.shape
    return x.view(B, T, n_head, C / n_head).transpose(1, 2)


@wrong_merge("reshape_instead_of_transpose")
def merge_by_reshape(x):
    B, H, T, D = x.shape
    return x.reshape(B, T, H * D)


@wrong_merge("heads_interleaved")
def merge_interleaved(x):
    B, H, T, D = x.shape
    return x.permute(0, 2, 3, 1).reshape(B, T, D * H)


@wrong_merge("does_not_join")
def merge_without_joining(x):
    return x.transpose(1, 2)


@wrong_merge("adds_the_heads")
def merge_by_adding(x):
    return x.sum(dim=1)


@wrong_merge("last_head_first")
def merge_backwards(x):
    return right_merge(x.flip(1))


@wrong_merge("view_after_transpose")
def merge_by_view(x):
    B, H, T, D = x.shape
    return x.transpose(1, 2).view(B, T, H * D)


@wrong_merge("returned_nothing")
def merge_without_return(x):
    right_merge(x)


@wrong_merge("wrong_dtype")
def merge_in_float64(x):
    return right_merge(x).double()


wrong("split_heads", "view_instead_of_transpose", "both_by_view")(
    both(split_by_view, merge_by_reshape)
)
