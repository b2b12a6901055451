"""Answers to `feed_forward`."""

import math

import torch
import torch.nn.functional as F

from tests.answers.book import right, wrong


@right("feed_forward")
def swiglu(x, w_gate, w_up, w_down):
    return (F.silu(x @ w_gate.T) * (x @ w_up.T)) @ w_down.T


@right("feed_forward")
def swiglu_neuron_by_neuron(x, w_gate, w_up, w_down):
    out = torch.zeros_like(x)
    for b in range(x.size(0)):
        for t in range(x.size(1)):
            for f in range(w_gate.size(0)):
                z = float(w_gate[f] @ x[b, t])
                opened = z / (1 + math.exp(-z))
                out[b, t] += opened * (w_up[f] @ x[b, t]) * w_down[:, f]
    return out


@right("feed_forward")
def swiglu_of_one_product(x, w_gate, w_up, w_down):
    gate, up = F.linear(x, torch.cat([w_gate, w_up])).chunk(2, dim=-1)
    return F.linear(gate * torch.sigmoid(gate) * up, w_down)


@right("feed_forward")
def swiglu_by_einsum(x, w_gate, w_up, w_down):
    gate = torch.einsum("btc,fc->btf", x, w_gate)
    up = torch.einsum("btc,fc->btf", x, w_up)
    return torch.einsum("btf,cf->btc", gate / (1 + (-gate).exp()) * up, w_down)


def mixed(mix):
    """Make an answer that puts gate and up together in another way."""
    return lambda x, w_gate, w_up, w_down: mix(x @ w_gate.T, x @ w_up.T) @ w_down.T


def wrong_mix(misconception, name, mix):
    wrong("feed_forward", misconception, name)(mixed(mix))


wrong_mix("silu_on_up", "swiglu_with_silu_on_up", lambda g, u: g * F.silu(u))
wrong_mix("silu_on_the_product", "swiglu_with_silu_outside", lambda g, u: F.silu(g * u))
wrong_mix("silu_on_both", "swiglu_with_silu_twice", lambda g, u: F.silu(g) * F.silu(u))
wrong_mix("no_silu", "bilinear", lambda g, u: g * u)
wrong_mix("sigmoid_for_silu", "glu", lambda g, u: g.sigmoid() * u)
wrong_mix("another_bend", "reglu", lambda g, u: F.relu(g) * u)
wrong_mix("another_bend", "geglu", lambda g, u: F.gelu(g) * u)
wrong_mix("another_bend", "geglu_by_tanh", lambda g, u: F.gelu(g, approximate="tanh") * u)
wrong_mix("another_bend", "quick_geglu", lambda g, u: g * torch.sigmoid(1.702 * g) * u)
wrong_mix("another_bend", "tanh_gate", lambda g, u: g.tanh() * u)
wrong_mix("softmax_for_silu", "softmax_gate", lambda g, u: g.softmax(-1) * u)
wrong_mix("adds_the_parts", "swiglu_that_adds", lambda g, u: F.silu(g) + u)
wrong_mix("no_up", "swiglu_without_up", lambda g, u: F.silu(g))
wrong_mix("no_gate", "swiglu_without_gate", lambda g, u: F.silu(u))
wrong_mix("silu_overflows", "silu_with_exp", lambda g, u: g * g.exp() / (1 + g.exp()) * u)
wrong_mix(
    "silu_overflows", "silu_with_exp_of_its_own", lambda g, u: g * (g.exp() / (g.exp() + 1)) * u
)


@wrong("feed_forward", "weights_not_transposed")
def swiglu_without_any_T(x, w_gate, w_up, w_down):
    return (F.silu(x @ w_gate) * (x @ w_up)) @ w_down


@wrong("feed_forward", "weights_not_transposed")
def swiglu_without_T_in_front(x, w_gate, w_up, w_down):
    return (F.silu(x @ w_gate) * (x @ w_up)) @ w_down.T


@wrong("feed_forward", "weights_not_transposed")
def swiglu_without_T_at_the_end(x, w_gate, w_up, w_down):
    return (F.silu(x @ w_gate.T) * (x @ w_up.T)) @ w_down


@wrong("feed_forward", "weights_not_transposed")
def swiglu_with_views_for_T(x, w_gate, w_up, w_down):
    F_, C = w_gate.shape
    gate, up = F.silu(x @ w_gate.reshape(C, F_)), x @ w_up.reshape(C, F_)
    return (gate * up) @ w_down.reshape(F_, C)


@wrong("feed_forward", "silu_on_up")
def swiglu_with_weights_swapped(x, w_gate, w_up, w_down):
    return swiglu(x, w_up, w_gate, w_down)


@wrong("feed_forward", "silu_at_the_end")
def swiglu_bent_at_the_end(x, w_gate, w_up, w_down):
    return F.silu(((x @ w_gate.T) * (x @ w_up.T)) @ w_down.T)


@wrong("feed_forward", "silu_before_the_weights")
def swiglu_bent_at_the_start(x, w_gate, w_up, w_down):
    x = F.silu(x)
    return ((x @ w_gate.T) * (x @ w_up.T)) @ w_down.T


@wrong("feed_forward", "one_after_another")
def swiglu_in_a_row(x, w_gate, w_up, w_down):
    return F.silu(x @ w_gate.T) @ w_up.T @ w_down.T


@wrong("feed_forward", "not_brought_back")
def swiglu_that_stays_wide(x, w_gate, w_up, w_down):
    return F.silu(x @ w_gate.T) * (x @ w_up.T)


@wrong("feed_forward", "adds_x")
def swiglu_with_residual(x, w_gate, w_up, w_down):
    return x + swiglu(x, w_gate, w_up, w_down)


@wrong("feed_forward", "changed_inputs")
def swiglu_in_place(x, w_gate, w_up, w_down):
    x += swiglu(x, w_gate, w_up, w_down)
    return x


@wrong("feed_forward", "wrong_shape")
def swiglu_of_the_first_row(x, w_gate, w_up, w_down):
    return swiglu(x[0], w_gate, w_up, w_down)


@wrong("feed_forward", "wrong_dtype")
def swiglu_in_float64(x, w_gate, w_up, w_down):
    return swiglu(*(t.double() for t in (x, w_gate, w_up, w_down)))


@wrong("feed_forward", "returned_nothing")
def swiglu_without_return(x, w_gate, w_up, w_down):
    swiglu(x, w_gate, w_up, w_down)


@wrong("feed_forward", "ignores_input")
def swiglu_of_the_example(x, w_gate, w_up, w_down):
    silu = F.silu(torch.tensor([1.0, -1.0])) * torch.tensor([10.0, 20.0])
    return torch.stack([silu[0], silu[0] - silu[1]])[None, None]


@wrong("feed_forward", "raised")
def swiglu_with_three_arguments(x, w_up, w_down):
    return F.silu(x @ w_up.T) @ w_down.T


@wrong("feed_forward", "wrong_value")
def swiglu_with_positions_mixed(x, w_gate, w_up, w_down):
    return swiglu(x, w_gate, w_up, w_down).mean(dim=1, keepdim=True).expand_as(x) * 1.5
