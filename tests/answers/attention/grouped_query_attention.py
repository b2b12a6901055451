"""Answers to `grouped_query_attention`."""

import torch
import torch.nn.functional as F

from tests.answers.attention.attention import attention_explicit
from tests.answers.book import right, wrong


@right("grouped_query_attention")
def grouped_by_repeating(q, k, v, attention):
    group = q.size(1) // k.size(1)
    k, v = (x.repeat_interleave(group, dim=1) for x in (k, v))
    return attention(q, k, v, None)


@right("grouped_query_attention")
def grouped_head_by_head(q, k, v, attention):
    H, H_kv = q.shape[1], k.shape[1]
    heads = []
    for h in range(H):
        kv = h // (H // H_kv)
        heads.append(attention(q[:, h : h + 1], k[:, kv : kv + 1], v[:, kv : kv + 1], None))
    return torch.cat(heads, dim=1)


@right("grouped_query_attention")
def grouped_by_folding_queries(q, k, v, attention):
    B, H, T, D = q.shape
    H_kv = k.size(1)
    folded = q.reshape(B, H_kv, H // H_kv * T, D)  # the queries of a group, one after the other
    return attention(folded, k, v, None).reshape(B, H, T, D)


@right("grouped_query_attention")
def grouped_by_index(q, k, v, attention):
    shared = torch.arange(q.size(1)) // (q.size(1) // k.size(1))
    return attention(q, k[:, shared], v[:, shared], None)


@right("grouped_query_attention")
def grouped_with_a_mask_that_allows_all(q, k, v, attention):
    allowed = torch.ones(q.size(2), q.size(2), dtype=torch.bool)
    return attention(q, side_by_side(k, q), side_by_side(v, q), allowed)


def in_turn(x, q):
    return x.repeat(1, q.size(1) // x.size(1), 1, 1)


def side_by_side(x, q):
    return x.repeat_interleave(q.size(1) // x.size(1), dim=1)


@wrong("grouped_query_attention", "repeats_in_turn")
def grouped_in_turn(q, k, v, attention):
    return attention(q, in_turn(k, q), in_turn(v, q), None)


@wrong("grouped_query_attention", "repeats_in_turn")
def grouped_by_remainder(q, k, v, attention):
    shared = torch.arange(q.size(1)) % k.size(1)
    return attention(q, k[:, shared], v[:, shared], None)


@wrong("grouped_query_attention", "repeats_in_turn")
def grouped_with_values_in_turn(q, k, v, attention):
    return attention(q, side_by_side(k, q), in_turn(v, q), None)


@wrong("grouped_query_attention", "keys_in_another_order")
def grouped_with_keys_in_turn(q, k, v, attention):
    return attention(q, in_turn(k, q), side_by_side(v, q), None)


@wrong("grouped_query_attention", "only_the_first_head")
def grouped_with_one_head(q, k, v, attention):
    return attention(q, k[:, :1].expand_as(q), v[:, :1].expand_as(q), None)


@wrong("grouped_query_attention", "averages_the_shared_heads")
def grouped_with_means(q, k, v, attention):
    k, v = (x.mean(1, keepdim=True).expand_as(q) for x in (k, v))
    return attention(q, k, v, None)


@wrong("grouped_query_attention", "drops_query_heads")
def grouped_with_the_first_queries(q, k, v, attention):
    return attention(q[:, : k.size(1)], k, v, None)


@wrong("grouped_query_attention", "drops_query_heads")
def grouped_with_one_query_a_group(q, k, v, attention):
    return attention(q[:, :: q.size(1) // k.size(1)], k, v, None)


@wrong("grouped_query_attention", "drops_query_heads")
def grouped_with_mean_queries(q, k, v, attention):
    return attention(q.unflatten(1, (k.size(1), -1)).mean(2), k, v, None)


@wrong("grouped_query_attention", "last_group_first")
def grouped_backwards(q, k, v, attention):
    return attention(q, side_by_side(k.flip(1), q), side_by_side(v.flip(1), q), None)


@wrong("grouped_query_attention", "causal")
def grouped_and_causal(q, k, v, attention):
    allowed = torch.ones(q.size(2), q.size(2), dtype=torch.bool).tril()
    return attention(q, side_by_side(k, q), side_by_side(v, q), allowed)


@wrong("grouped_query_attention", "ignores_the_attention")
def grouped_with_its_own_attention(q, k, v, attention):
    return attention_explicit(q, side_by_side(k, q), side_by_side(v, q), None)


@wrong("grouped_query_attention", "ignores_the_attention")
def grouped_with_fused_attention(q, k, v, attention):
    return F.scaled_dot_product_attention(q, k, v, enable_gqa=True)


@wrong("grouped_query_attention", "heads_do_not_fit")
def grouped_without_sharing(q, k, v, attention):
    return attention(q, k, v, None)


@wrong("grouped_query_attention", "heads_do_not_fit")
def grouped_with_the_wrong_number(q, k, v, attention):
    k, v = (x.repeat_interleave(x.size(1), dim=1) for x in (k, v))
    return attention(q, k, v, None)


@wrong("grouped_query_attention", "heads_do_not_fit")
def grouped_along_the_positions(q, k, v, attention):
    k, v = (x.repeat_interleave(q.size(1) // x.size(1), dim=2) for x in (k, v))
    return attention(q, k, v, None)


@wrong("grouped_query_attention", "heads_do_not_fit")
def grouped_without_an_axis(q, k, v, attention):
    k, v = (x.repeat_interleave(q.size(1) // x.size(1)) for x in (k, v))
    return attention(q, k, v, None)


@wrong("grouped_query_attention", "calls_attention_with_three")
def grouped_without_none(q, k, v, attention):
    return attention(q, side_by_side(k, q), side_by_side(v, q))


@wrong("grouped_query_attention", "changed_inputs")
def grouped_in_place(q, k, v, attention):
    v *= 2
    return grouped_by_repeating(q, k, v / 2, attention)


@wrong("grouped_query_attention", "wrong_type")
def grouped_in_a_list(q, k, v, attention):
    return list(grouped_by_repeating(q, k, v, attention))


@wrong("grouped_query_attention", "ignores_input")
def grouped_example(q, k, v, attention):
    return torch.tensor([[[[1.0, 2.0]], [[1.0, 2.0]], [[3.0, 4.0]], [[3.0, 4.0]]]])
