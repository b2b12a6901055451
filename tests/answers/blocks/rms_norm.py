"""Answers to `rms_norm`."""

import math

import torch

from tests.answers.book import right, wrong


def mean_square(x, dim=-1):
    return x.square().mean(dim, keepdim=True)


@right("rms_norm")
def rms_norm_in_float32(x, weight, eps):
    wide = x.float()
    return (wide * torch.rsqrt(wide.square().mean(dim=-1, keepdim=True) + eps) * weight).to(x.dtype)


@right("rms_norm")
def rms_norm_row_by_row(x, weight, eps):
    rows, w = x.reshape(-1, x.size(-1)).tolist(), weight.tolist()
    results = []
    for row in rows:
        root = math.sqrt(sum(value * value for value in row) / len(row) + eps)
        results.append([value / root * w[c] for c, value in enumerate(row)])
    return torch.tensor(results, dtype=x.dtype).reshape(x.shape)


@right("rms_norm")
def rms_norm_that_goes_back_before_the_weight(x, weight, eps):
    """Convert before the weight, as the Llama code of Hugging Face does: one rounding more."""
    kind = x.dtype
    x = x.to(torch.float32)
    variance = x.pow(2).mean(-1, keepdim=True)
    return weight * (x * torch.rsqrt(variance + eps)).to(kind)


@right("rms_norm")
def rms_norm_by_the_length(x, weight, eps):
    wide = x.double()
    length = torch.linalg.vector_norm(wide, dim=-1, keepdim=True)
    return (wide / (length**2 / x.size(-1) + eps).sqrt() * weight).type_as(x)


@wrong("rms_norm", "eps_outside_the_root")
def rms_norm_with_eps_outside(x, weight, eps):
    return x / (mean_square(x).sqrt() + eps) * weight


@wrong("rms_norm", "no_eps")
def rms_norm_without_eps(x, weight, eps):
    return x / mean_square(x).sqrt() * weight


@wrong("rms_norm", "no_eps")
def rms_norm_with_the_usual_eps(x, weight, eps):
    return rms_norm_in_float32(x, weight, 1e-5)


@wrong("rms_norm", "eps_squared")
def rms_norm_with_eps_squared(x, weight, eps):
    return rms_norm_in_float32(x, weight, eps**2)


@wrong("rms_norm", "no_eps")
def rms_norm_with_a_least_mean_square(x, weight, eps):
    return x / mean_square(x).clamp(min=eps).sqrt() * weight


@wrong("rms_norm", "no_eps")
def rms_norm_with_a_least_root(x, weight, eps):
    return x / torch.maximum(mean_square(x).sqrt(), torch.tensor(eps)) * weight


@wrong("rms_norm", "takes_the_mean_off")
def rms_norm_that_is_layer_norm(x, weight, eps):
    centered = x - x.mean(-1, keepdim=True)
    return centered / (mean_square(centered) + eps).sqrt() * weight


@wrong("rms_norm", "takes_the_mean_off")
def rms_norm_centered_at_the_end(x, weight, eps):
    return (x - x.mean(-1, keepdim=True)) / (mean_square(x) + eps).sqrt() * weight


@wrong("rms_norm", "divides_by_the_variance")
def rms_norm_by_var(x, weight, eps):
    return x / (x.var(-1, correction=0, keepdim=True) + eps).sqrt() * weight


@wrong("rms_norm", "divides_by_the_variance")
def rms_norm_by_plain_var(x, weight, eps):
    return x / (x.var(-1, keepdim=True) + eps).sqrt() * weight


@wrong("rms_norm", "divides_by_one_less")
def rms_norm_over_one_less(x, weight, eps):
    squares = x.square().sum(-1, keepdim=True) / (x.size(-1) - 1)
    return x / (squares + eps).sqrt() * weight


@wrong("rms_norm", "divides_by_the_length")
def rms_norm_over_the_length(x, weight, eps):
    return x / (x.square().sum(-1, keepdim=True) + eps).sqrt() * weight


@wrong("rms_norm", "square_of_the_mean")
def rms_norm_with_the_mean_first(x, weight, eps):
    return x / (x.mean(-1, keepdim=True) ** 2 + eps).sqrt() * weight


@wrong("rms_norm", "mean_size")
def rms_norm_with_sizes(x, weight, eps):
    return x / (x.abs().mean(-1, keepdim=True) ** 2 + eps).sqrt() * weight


@wrong("rms_norm", "no_root")
def rms_norm_without_root(x, weight, eps):
    return x / (mean_square(x) + eps) * weight


@wrong("rms_norm", "multiplies_by_the_root")
def rms_norm_times_sqrt(x, weight, eps):
    return x * torch.sqrt(mean_square(x) + eps) * weight


@wrong("rms_norm", "no_weight")
def rms_norm_without_weight(x, weight, eps):
    return x * torch.rsqrt(mean_square(x) + eps)


@wrong("rms_norm", "one_plus_weight")
def rms_norm_with_one_plus_weight(x, weight, eps):
    """Do as Gemma does."""
    return rms_norm_in_float32(x, 1 + weight, eps)


@wrong("rms_norm", "divides_by_the_weight")
def rms_norm_over_weight(x, weight, eps):
    return rms_norm_in_float32(x, 1 / weight, eps)


@wrong("rms_norm", "adds_the_weight")
def rms_norm_plus_weight(x, weight, eps):
    return x * torch.rsqrt(mean_square(x) + eps) + weight


@wrong("rms_norm", "weight_before_the_norm")
def rms_norm_of_weighted_vectors(x, weight, eps):
    return rms_norm_in_float32(x * weight, torch.ones_like(weight), eps)


@wrong("rms_norm", "forgets_keepdim")
def rms_norm_without_keepdim(x, weight, eps):
    return x * torch.rsqrt(x.square().mean(-1) + eps) * weight


@wrong("rms_norm", "one_weight_a_vector")
def rms_norm_with_weights_in_a_column(x, weight, eps):
    return x * torch.rsqrt(mean_square(x) + eps) * weight[:, None]


@wrong("rms_norm", "wrong_axis")
def rms_norm_over_the_batch(x, weight, eps):
    return x * torch.rsqrt(mean_square(x, 0) + eps) * weight


@wrong("rms_norm", "wrong_axis")
def rms_norm_over_positions(x, weight, eps):
    return x * torch.rsqrt(mean_square(x, -2) + eps) * weight


@wrong("rms_norm", "not_each_by_itself")
def rms_norm_of_everything(x, weight, eps):
    return x * torch.rsqrt(x.square().mean() + eps) * weight


@wrong("rms_norm", "not_each_by_itself")
def rms_norm_over_all_axes_but_the_first(x, weight, eps):
    return x * torch.rsqrt(mean_square(x, tuple(range(1, x.dim()))) + eps) * weight


@wrong("rms_norm", "computed_in_16_bits")
def rms_norm_as_it_comes(x, weight, eps):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * weight


@wrong("rms_norm", "computed_in_16_bits")
def rms_norm_widened_after_the_square(x, weight, eps):
    squares = (x * x).float().mean(-1, keepdim=True)
    return (x / (squares + eps).sqrt() * weight).to(x.dtype)


@wrong("rms_norm", "computed_in_16_bits")
def rms_norm_swept(x, weight, eps):
    return (x * torch.rsqrt(mean_square(x).nan_to_num() + eps) * weight).to(x.dtype)


@wrong("rms_norm", "not_converted_back")
def rms_norm_left_in_float32(x, weight, eps):
    return rms_norm_in_float32(x.float(), weight, eps)


@wrong("rms_norm", "not_converted_back")
def rms_norm_that_forgets_its_dtype(x, weight, eps):
    x = x.float()
    return (x * torch.rsqrt(mean_square(x) + eps) * weight).to(x.dtype)


@wrong("rms_norm", "wrong_dtype")
def rms_norm_left_in_float64(x, weight, eps):
    return rms_norm_in_float32(x.double(), weight, eps)


@wrong("rms_norm", "changed_inputs")
def rms_norm_in_place(x, weight, eps):
    x *= torch.rsqrt(mean_square(x) + eps)
    return x * weight


@wrong("rms_norm", "returned_nothing")
def rms_norm_without_return(x, weight, eps):
    rms_norm_in_float32(x, weight, eps)


@wrong("rms_norm", "ignores_input")
def rms_norm_of_the_example(x, weight, eps):
    return torch.tensor([[1.0, -2.0, 10.0, 3.0]])


@wrong("rms_norm", "raised")
def rms_norm_with_a_bias(x, weight, bias, eps):
    return rms_norm_in_float32(x, weight, eps) + bias


@wrong("rms_norm", "divides_by_the_length")
def rms_norm_by_norm(x, weight, eps):
    return (x.float() / x.float().norm(dim=-1, keepdim=True) * weight).to(x.dtype)
