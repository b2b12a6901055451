"""Answers to `attention_scores`."""

import math

import torch

from tests.answers.book import right, wrong


@right("attention_scores")
def scores_in_one_line(q, k):
    return q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))


@right("attention_scores")
def scores_one_by_one(q, k):
    B, H, T_q, D = q.shape
    scores = torch.zeros(B, H, T_q, k.shape[2])
    q_list, k_list = q.tolist(), k.tolist()
    for b in range(B):
        for h in range(H):
            for i in range(T_q):
                for j in range(k.shape[2]):
                    products = zip(q_list[b][h][i], k_list[b][h][j], strict=True)
                    scores[b, h, i, j] = sum(a * b for a, b in products)
    return scores / D**0.5


@right("attention_scores")
def scores_with_einsum(q, k):
    return torch.einsum("bhid,bhjd->bhij", q * q.shape[-1] ** -0.5, k)


@right("attention_scores")
def scores_by_broadcasting(q, k):
    return (q[:, :, :, None] * k[:, :, None]).sum(-1).div(q.size(-1) ** 0.5)


@wrong("attention_scores", "not_scaled")
def scores_without_scale(q, k):
    return q @ k.transpose(-2, -1)


@wrong("attention_scores", "divides_by_D")
def scores_over_D(q, k):
    return q @ k.mT / q.size(-1)


@wrong("attention_scores", "multiplies_by_the_root")
def scores_times_the_root(q, k):
    return q @ k.mT * q.size(-1) ** 0.5


@wrong("attention_scores", "divides_by_D")
def scores_of_two_scaled(q, k):
    root = q.size(-1) ** 0.5
    return (q / root) @ (k / root).mT


@wrong("attention_scores", "root_of_another_size")
def scores_over_the_root_of_queries(q, k):
    return q @ k.mT / q.size(2) ** 0.5


@wrong("attention_scores", "root_of_another_size")
def scores_over_the_root_of_keys(q, k):
    return q @ k.mT / math.sqrt(k.shape[-2])


@wrong("attention_scores", "not_scaled")
def scores_over_the_root_of_heads(q, k):
    return q @ k.mT / q.size(1) ** 0.5  # in the first case there is one head


@wrong("attention_scores", "root_of_another_size")
def scores_over_the_root_of_the_width(q, k):
    B, H, T, D = q.shape
    return q @ k.mT / math.sqrt(H * D)


@wrong("attention_scores", "root_of_the_example")
def scores_over_two(q, k):
    return q @ k.mT / 2


@wrong("attention_scores", "keys_before_queries")
def scores_of_keys(q, k):
    return k @ q.transpose(-2, -1) / q.size(-1) ** 0.5


@wrong("attention_scores", "softmax_too_early")
def scores_as_weights(q, k):
    return scores_in_one_line(q, k).softmax(dim=-1)


@wrong("attention_scores", "cosine")
def scores_as_cosines(q, k):
    return torch.nn.functional.cosine_similarity(q[:, :, :, None], k[:, :, None], dim=-1)


@wrong("attention_scores", "adds_the_heads")
def scores_without_a_letter(q, k):
    return torch.einsum("bhid,bhjd->bij", q, k) / q.size(-1) ** 0.5


@wrong("attention_scores", "one_row_for_all")
def scores_with_the_first_row(q, k):
    return q @ k[0].mT / q.size(-1) ** 0.5


@wrong("attention_scores", "same_place_only")
def scores_place_by_place(q, k):
    return (q * k).sum(-1) / q.size(-1) ** 0.5


@wrong("attention_scores", "does_not_transpose_the_keys")
def scores_without_transpose(q, k):
    return q @ k / q.size(-1) ** 0.5


@wrong("attention_scores", "does_not_transpose_the_keys")
def scores_with_capital_t(q, k):
    return q @ k.permute(3, 2, 1, 0) / q.size(-1) ** 0.5


@wrong("attention_scores", "does_not_transpose_the_keys")
def scores_with_other_axes_swapped(q, k):
    return q @ k.transpose(1, 2) / q.size(-1) ** 0.5


@wrong("attention_scores", "changed_inputs")
def scores_scaled_in_place(q, k):
    q /= q.size(-1) ** 0.5
    return q @ k.mT


@wrong("attention_scores", "wrong_dtype")
def scores_in_float64(q, k):
    return scores_in_one_line(q.double(), k.double())


@wrong("attention_scores", "wrong_type")
def scores_in_numpy(q, k):
    return scores_in_one_line(q, k).numpy()


@wrong("attention_scores", "wrong_shape")
def scores_without_small_axes(q, k):
    return scores_in_one_line(q, k).squeeze()


@wrong("attention_scores", "returned_nothing")
def scores_without_return(q, k):
    scores = q @ k.mT
    scores /= q.size(-1) ** 0.5


@wrong("attention_scores", "ignores_input")
def scores_of_the_example(q, k):
    return torch.tensor([[[[0.5, 0.5, 1.0], [0.5, 0.5, 0.0], [1.0, 0.0, 0.5]]]])
