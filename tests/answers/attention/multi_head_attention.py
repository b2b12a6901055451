"""Answers to `multi_head_attention`."""

import torch
import torch.nn.functional as F

from tests.answers.attention.attention import attention_explicit
from tests.answers.attention.split_heads import (
    merge_by_reshape,
    right_merge,
    right_split,
    split_by_view,
    split_every_h_th,
)
from tests.answers.book import right, wrong


def causal(x):
    return torch.ones(x.size(1), x.size(1), dtype=torch.bool).tril()


@right("multi_head_attention")
def heads_all_at_once(x, w_q, w_k, w_v, w_o, n_head, attention):
    B, T, C = x.shape
    q, k, v = ((x @ w.T).view(B, T, n_head, C // n_head).transpose(1, 2) for w in (w_q, w_k, w_v))
    allowed = torch.ones(T, T, dtype=torch.bool).tril()
    return attention(q, k, v, allowed).transpose(1, 2).reshape(B, T, C) @ w_o.T


@right("multi_head_attention")
def heads_one_by_one(x, w_q, w_k, w_v, w_o, n_head, attention):
    B, T, C = x.shape
    D = C // n_head
    allowed = torch.tensor([[key <= query for key in range(T)] for query in range(T)])
    out = torch.zeros(B, T, C)
    for h in range(n_head):
        part = slice(h * D, (h + 1) * D)
        q, k, v = (F.linear(x, w[part])[:, None] for w in (w_q, w_k, w_v))  # (B, 1, T, D)
        out += attention(q, k, v, allowed)[:, 0] @ w_o[:, part].T
    return out


@right("multi_head_attention")
def heads_of_one_product(x, w_q, w_k, w_v, w_o, n_head, attention):
    q, k, v = F.linear(x, torch.cat([w_q, w_k, w_v])).chunk(3, dim=-1)
    split = [part.unflatten(-1, (n_head, -1)).permute(0, 2, 1, 3) for part in (q, k, v)]
    return F.linear(torch.cat(attention(*split, causal(x)).unbind(1), dim=-1), w_o)


def heads(
    split=right_split,
    merge=right_merge,
    mask=causal,
    project=lambda x, w: x @ w.T,
    output=lambda x, w: x @ w.T,
):
    """Make an answer in which one part may be wrong."""

    def multi_head_attention(x, w_q, w_k, w_v, w_o, n_head, attention):
        q, k, v = (split(project(x, w), n_head) for w in (w_q, w_k, w_v))
        return output(merge(attention(q, k, v, mask(x))), w_o)

    return multi_head_attention


def wrong_heads(misconception, name, **parts):
    wrong("multi_head_attention", misconception, name)(heads(**parts))


def times(x, w):
    return x @ w


wrong_heads("weights_not_transposed", "heads_without_any_T", project=times, output=times)
wrong_heads("weights_not_transposed", "heads_without_T", project=times)
wrong_heads("weights_not_transposed", "heads_without_T_at_the_end", output=times)
wrong_heads("no_output_weights", "heads_without_output", output=lambda x, w: x)
wrong_heads("no_mask", "heads_without_a_mask", mask=lambda x: None)
wrong_heads("mask_turned_around", "heads_with_later_keys", mask=lambda x: ~causal(x))
wrong_heads("mask_turned_around", "heads_with_triu", mask=lambda x: causal(x).T)
wrong_heads("hides_itself", "heads_that_hide_themselves", mask=lambda x: causal(x).tril(-1))
wrong_heads(
    "view_instead_of_transpose", "heads_by_view", split=split_by_view, merge=merge_by_reshape
)
wrong_heads("view_instead_of_transpose", "heads_split_by_view", split=split_by_view)
wrong_heads("reshape_instead_of_transpose", "heads_merged_by_reshape", merge=merge_by_reshape)
wrong_heads("every_h_th_number", "heads_of_every_h_th_number", split=split_every_h_th)
wrong_heads(
    "n_head_is_not_head_dim",
    "heads_of_another_number",
    split=lambda x, n_head: right_split(x, x.size(-1) // n_head),
)
wrong_heads(
    "heads_in_reverse",
    "heads_flipped",
    split=lambda x, n_head: right_split(x, n_head).flip(1),
)
wrong_heads("heads_in_reverse", "heads_flipped_at_the_end", merge=lambda x: right_merge(x.flip(1)))
wrong_heads("one_head", "heads_that_are_one", split=lambda x, n_head: right_split(x, 1))
wrong_heads(
    "shapes_that_attention_refuses", "heads_with_a_mask_of_numbers", mask=lambda x: causal(x) * 1.0
)
wrong_heads(
    "shapes_that_attention_refuses",
    "heads_with_a_mask_of_four_axes",
    mask=lambda x: causal(x).view(1, 1, x.size(1), x.size(1)),
)
wrong_heads(
    "shapes_that_attention_refuses",
    "heads_behind_positions",
    split=lambda x, n_head: x.unflatten(-1, (n_head, -1)),
    merge=lambda x: x.flatten(-2),
)
wrong_heads(
    "shapes_that_attention_refuses",
    "heads_with_a_mask_of_the_batch",
    mask=lambda x: causal(x.transpose(0, 1)),
)
wrong_heads("wrong_dtype", "heads_in_float64", project=lambda x, w: x.double() @ w.double().T,
            output=lambda x, w: x @ w.double().T)  # fmt: skip


@wrong("multi_head_attention", "mixes_up_q_k_v")
def heads_with_keys_for_queries(x, w_q, w_k, w_v, w_o, n_head, attention):
    return heads_all_at_once(x, w_k, w_q, w_v, w_o, n_head, attention)


@wrong("multi_head_attention", "mixes_up_q_k_v")
def heads_with_one_weight(x, w_q, w_k, w_v, w_o, n_head, attention):
    return heads_all_at_once(x, w_q, w_q, w_q, w_o, n_head, attention)


@wrong("multi_head_attention", "mixes_up_q_k_v")
def heads_with_values_for_keys(x, w_q, w_k, w_v, w_o, n_head, attention):
    return heads_all_at_once(x, w_q, w_v, w_k, w_o, n_head, attention)


@wrong("multi_head_attention", "scales_twice")
def heads_scaled_before(x, w_q, w_k, w_v, w_o, n_head, attention):
    scale = (x.size(-1) // n_head) ** -0.5
    return heads_all_at_once(x, w_q * scale, w_k, w_v, w_o, n_head, attention)


@wrong("multi_head_attention", "ignores_the_attention")
def heads_with_their_own_attention(x, w_q, w_k, w_v, w_o, n_head, attention):
    return heads_all_at_once(x, w_q, w_k, w_v, w_o, n_head, attention_explicit)


@wrong("multi_head_attention", "ignores_the_attention")
def heads_with_fused_attention(x, w_q, w_k, w_v, w_o, n_head, attention):
    q, k, v = (right_split(x @ w.T, n_head) for w in (w_q, w_k, w_v))
    return right_merge(F.scaled_dot_product_attention(q, k, v, is_causal=True)) @ w_o.T


@wrong("multi_head_attention", "raised")
def heads_without_the_last_argument(x, w_q, w_k, w_v, w_o, n_head, attention):
    q, k, v = (right_split(x @ w.T, n_head) for w in (w_q, w_k, w_v))
    return right_merge(attention(q, k, v)) @ w_o.T


@wrong("multi_head_attention", "changed_inputs")
def heads_with_weights_turned_in_place(x, w_q, w_k, w_v, w_o, n_head, attention):
    return heads_all_at_once(x, w_q.mul_(1.5).div(1.5), w_k, w_v, w_o, n_head, attention)


@wrong("multi_head_attention", "returned_nothing")
def heads_without_return(x, w_q, w_k, w_v, w_o, n_head, attention):
    heads_all_at_once(x, w_q, w_k, w_v, w_o, n_head, attention)


@wrong("multi_head_attention", "ignores_input")
def heads_of_the_example(x, w_q, w_k, w_v, w_o, n_head, attention):
    return torch.tensor([[[4.0, 8, 2, 6], [3, 6, 1, 3], [2, 4, 2, 3]]])


@wrong("multi_head_attention", "wrong_shape")
def heads_that_are_not_merged(x, w_q, w_k, w_v, w_o, n_head, attention):
    q, k, v = (right_split(x @ w.T, n_head) for w in (w_q, w_k, w_v))
    return attention(q, k, v, causal(x)).transpose(1, 2)
