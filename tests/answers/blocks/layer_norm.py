"""Answers to `layer_norm`."""

import math

import torch

from tests.answers.book import right, wrong


def moments(x, dim=-1):
    return x.mean(dim, keepdim=True), x.var(dim, correction=0, keepdim=True)


@right("layer_norm")
def layer_norm_in_float32(x, weight, bias, eps):
    wide = x.float()
    centered = wide - wide.mean(dim=-1, keepdim=True)
    variance = centered.square().mean(dim=-1, keepdim=True)
    return (centered * torch.rsqrt(variance + eps) * weight + bias).to(x.dtype)


@right("layer_norm")
def layer_norm_row_by_row(x, weight, bias, eps):
    rows, w, b = (t.float().tolist() for t in (x.reshape(-1, x.size(-1)), weight, bias))
    results = []
    for row in rows:
        mean = sum(row) / len(row)
        root = math.sqrt(sum((value - mean) ** 2 for value in row) / len(row) + eps)
        results.append([(v - mean) / root * w[c] + b[c] for c, v in enumerate(row)])
    return torch.tensor(results, dtype=x.dtype).reshape(x.shape)


@right("layer_norm")
def layer_norm_by_var_mean(x, weight, bias, eps):
    kind = x.dtype
    x = x.to(torch.float32)
    var, mean = torch.var_mean(x, dim=-1, keepdim=True, unbiased=False)
    return torch.addcmul(bias.float(), (x - mean) / torch.sqrt(var + eps), weight.float()).to(kind)


@right("layer_norm")
def layer_norm_in_float64(x, weight, bias, eps):
    mean, variance = moments(x.double())
    return ((x.double() - mean) / (variance + eps) ** 0.5 * weight + bias).type_as(x)


@right("layer_norm")
def layer_norm_that_goes_back_before_the_weight(x, weight, bias, eps):
    """Convert before the weight, as the Llama code of Hugging Face does: one rounding more."""
    mean, variance = moments(x.float())
    return ((x.float() - mean) / (variance + eps).sqrt()).to(x.dtype) * weight + bias


@wrong("layer_norm", "eps_outside_the_root")
def layer_norm_with_eps_outside(x, weight, bias, eps):
    mean, variance = moments(x)
    return (x - mean) / (variance.sqrt() + eps) * weight + bias


@wrong("layer_norm", "divides_by_one_less")
def layer_norm_with_plain_var(x, weight, bias, eps):
    mean = x.mean(-1, keepdim=True)
    return (x - mean) / (x.var(-1, keepdim=True) + eps).sqrt() * weight + bias


@wrong("layer_norm", "std_plus_eps")
def layer_norm_with_std_plus_eps(x, weight, bias, eps):
    """Do as the Annotated Transformer does."""
    mean, std = x.mean(-1, keepdim=True), x.std(-1, keepdim=True)
    return weight * (x - mean) / (std + eps) + bias


@wrong("layer_norm", "no_eps")
def layer_norm_without_eps(x, weight, bias, eps):
    mean, variance = moments(x)
    return (x - mean) / variance.sqrt() * weight + bias


@wrong("layer_norm", "no_eps")
def layer_norm_with_std(x, weight, bias, eps):
    return (x - x.mean(-1, True)) / x.std(-1, keepdim=True) * weight + bias


@wrong("layer_norm", "no_eps")
def layer_norm_with_the_usual_eps(x, weight, bias, eps):
    return layer_norm_in_float32(x, weight, bias, 1e-5)


@wrong("layer_norm", "eps_squared")
def layer_norm_with_eps_squared(x, weight, bias, eps):
    return layer_norm_in_float32(x, weight, bias, eps**2)


@wrong("layer_norm", "no_eps")
def layer_norm_with_a_least_variance(x, weight, bias, eps):
    mean, variance = moments(x)
    return (x - mean) / variance.clamp(min=eps).sqrt() * weight + bias


@wrong("layer_norm", "no_eps")
def layer_norm_with_a_least_root(x, weight, bias, eps):
    mean, variance = moments(x)
    return (x - mean) / variance.sqrt().clamp(min=eps) * weight + bias


@wrong("layer_norm", "no_root")
def layer_norm_by_the_variance(x, weight, bias, eps):
    mean, variance = moments(x)
    return (x - mean) / (variance + eps) * weight + bias


@wrong("layer_norm", "multiplies_by_the_root")
def layer_norm_divided_by_rsqrt(x, weight, bias, eps):
    mean, variance = moments(x)
    return (x - mean) / torch.rsqrt(variance + eps) * weight + bias


@wrong("layer_norm", "mean_stays")
def layer_norm_that_only_scales(x, weight, bias, eps):
    _, variance = moments(x)
    return x / (variance + eps).sqrt() * weight + bias


@wrong("layer_norm", "mean_stays")
def layer_norm_that_is_rms_norm(x, weight, bias, eps):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * weight + bias


@wrong("layer_norm", "squares_around_zero")
def layer_norm_with_mean_square(x, weight, bias, eps):
    mean = x.mean(-1, keepdim=True)
    return (x - mean) * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps) * weight + bias


@wrong("layer_norm", "divides_by_the_length")
def layer_norm_by_the_length(x, weight, bias, eps):
    centered = x - x.mean(-1, keepdim=True)
    return centered / (centered.square().sum(-1, keepdim=True) + eps).sqrt() * weight + bias


@wrong("layer_norm", "no_weight")
def layer_norm_without_weight(x, weight, bias, eps):
    return layer_norm_in_float32(x, torch.ones_like(weight), bias, eps)


@wrong("layer_norm", "no_bias")
def layer_norm_without_bias(x, weight, bias, eps):
    return layer_norm_in_float32(x, weight, torch.zeros_like(bias), eps)


@wrong("layer_norm", "no_weight_and_bias")
def layer_norm_that_ends_early(x, weight, bias, eps):
    mean, variance = moments(x)
    return (x - mean) / (variance + eps).sqrt()


@wrong("layer_norm", "bias_before_weight")
def layer_norm_with_brackets_around_the_bias(x, weight, bias, eps):
    mean, variance = moments(x)
    return ((x - mean) / (variance + eps).sqrt() + bias) * weight


@wrong("layer_norm", "weight_and_bias_swapped")
def layer_norm_swapped(x, weight, bias, eps):
    return layer_norm_in_float32(x, bias, weight, eps)


@wrong("layer_norm", "bias_taken_off")
def layer_norm_minus_bias(x, weight, bias, eps):
    return layer_norm_in_float32(x, weight, -bias, eps)


@wrong("layer_norm", "one_plus_weight")
def layer_norm_with_one_plus_weight(x, weight, bias, eps):
    return layer_norm_in_float32(x, 1 + weight, bias, eps)


@wrong("layer_norm", "weight_before_the_norm")
def layer_norm_of_weighted_vectors(x, weight, bias, eps):
    return layer_norm_in_float32(x * weight, torch.ones_like(weight), bias, eps)


@wrong("layer_norm", "forgets_keepdim")
def layer_norm_without_keepdim(x, weight, bias, eps):
    return (x - x.mean(-1)) / (x.var(-1, correction=0) + eps).sqrt() * weight + bias


@wrong("layer_norm", "forgets_keepdim")
def layer_norm_without_keepdim_in_the_mean(x, weight, bias, eps):
    _, variance = moments(x)
    return (x - x.mean(-1)) / (variance + eps).sqrt() * weight + bias


@wrong("layer_norm", "forgets_keepdim")
def layer_norm_without_keepdim_in_the_variance(x, weight, bias, eps):
    mean, _ = moments(x)
    return (x - mean) / (x.var(-1, correction=0) + eps).sqrt() * weight + bias


@wrong("layer_norm", "one_weight_a_vector")
def layer_norm_with_weights_in_a_column(x, weight, bias, eps):
    mean, variance = moments(x)
    result = (x - mean) / (variance + eps).sqrt()
    return result * weight[:, None] + bias[:, None]


@wrong("layer_norm", "wrong_axis")
def layer_norm_over_the_batch(x, weight, bias, eps):
    mean, variance = moments(x, 0)
    return (x - mean) / (variance + eps).sqrt() * weight + bias


@wrong("layer_norm", "wrong_axis")
def layer_norm_over_positions(x, weight, bias, eps):
    mean, variance = moments(x, -2)
    return (x - mean) / (variance + eps).sqrt() * weight + bias


@wrong("layer_norm", "not_each_by_itself")
def layer_norm_of_everything(x, weight, bias, eps):
    return (x - x.mean()) / (x.var(correction=0) + eps).sqrt() * weight + bias


@wrong("layer_norm", "not_each_by_itself")
def layer_norm_over_all_axes_but_the_first(x, weight, bias, eps):
    mean, variance = moments(x, tuple(range(1, x.dim())))
    return (x - mean) / (variance + eps).sqrt() * weight + bias


@wrong("layer_norm", "computed_in_16_bits")
def layer_norm_as_it_comes(x, weight, bias, eps):
    mean, variance = moments(x)
    return (x - mean) / (variance + eps).sqrt() * weight + bias


@wrong("layer_norm", "computed_in_16_bits")
def layer_norm_widened_after_the_mean(x, weight, bias, eps):
    centered = (x - x.mean(-1, keepdim=True)).float()
    variance = centered.square().mean(-1, keepdim=True)
    return (centered / (variance + eps).sqrt() * weight + bias).to(x.dtype)


@wrong("layer_norm", "computed_in_16_bits")
def layer_norm_widened_at_the_root(x, weight, bias, eps):
    mean, variance = moments(x)
    return ((x - mean) / (variance.float() + eps).sqrt() * weight + bias).to(x.dtype)


@wrong("layer_norm", "not_converted_back")
def layer_norm_left_in_float32(x, weight, bias, eps):
    return layer_norm_in_float32(x.float(), weight, bias, eps)


@wrong("layer_norm", "not_converted_back")
def layer_norm_that_forgets_its_dtype(x, weight, bias, eps):
    x = x.float()
    mean, variance = moments(x)
    return ((x - mean) / (variance + eps).sqrt() * weight + bias).to(x.dtype)


@wrong("layer_norm", "wrong_dtype")
def layer_norm_left_in_float64(x, weight, bias, eps):
    return layer_norm_in_float32(x.double(), weight, bias, eps)


@wrong("layer_norm", "changed_inputs")
def layer_norm_in_place(x, weight, bias, eps):
    x -= x.mean(-1, keepdim=True)
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight + bias


@wrong("layer_norm", "returned_nothing")
def layer_norm_without_return(x, weight, bias, eps):
    layer_norm_in_float32(x, weight, bias, eps)


@wrong("layer_norm", "wrong_type")
def layer_norm_in_numpy(x, weight, bias, eps):
    return layer_norm_in_float32(x, weight, bias, eps).numpy()


@wrong("layer_norm", "ignores_input")
def layer_norm_of_the_example(x, weight, bias, eps):
    return torch.tensor([[-10.0, 0.0, 7.0, 4.0]])


@wrong("layer_norm", "raised")
def layer_norm_without_eps_argument(x, weight, bias):
    return layer_norm_in_float32(x, weight, bias, 1e-5)
