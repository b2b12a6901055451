# %% [markdown]
# # 4. Transformer blocks: how do many small steps make a model?
#
# Attention brings vectors together, and what it gives is a mean of values, however cleverly
# weighted. So each layer of a Transformer has a second half, which thinks about each token by
# itself; and thirty pairs of the two have to learn together without losing what came in. This
# lesson builds what makes that possible, then the whole model. At its end you load the 135 million
# weights of a real model into the classes that you wrote, and they speak.
#
# | You will be able to | Tested by |
# |---|---|
# | say why a deep model needs a way around its halves, and norms | knowledge check |
# | write both norms so that 16-bit numbers do not break them | Exercises 4.1, 4.2 |
# | write the feed-forward half and wire a block | Exercises 4.3, 4.4 |
# | find a block that looks right and forgets its input | Exercise 4.5 |
# | count a model's parameters from its shape | Exercise 4.6 |
# | build a GPT (generative pre-trained Transformer) and know its first loss | Exercise 4.7 |
# | tell encoder, decoder and encoder-decoder by their masks | knowledge check |
# | load the weights of a real model that somebody else named | Exercise 4.8 |
# | ask a model who does what in it, and doubt the first answer | written question |
#
# **Needs:** lessons 0 to 3. **Time:** about 75 minutes of reading and 75 minutes of exercises;
# all cells together compute for less than 4 minutes. **Last changed:** 2026-11-26.

# %% [markdown]
# <details><summary>For teaching: minutes per section</summary>
#
# | Section | Talk | Exercises | | Section | Talk | Exercises |
# |---|---|---|---|---|---|---|
# | 1 The stream | 9 | | | 8 The whole model | 9 | 10 |
# | 2 A common scale | 6 | 13 | | 9 Three kinds | 5 | |
# | 3 Without the mean | 3 | 6 | | 10 A real model's weights | 4 | 18 |
# | 4 The half that works alone | 6 | 7 | | 11 Who does what | 12 | |
# | 5 The block | 4 | 6 | | 12 The logit lens | 6 | |
# | 6 Norm before or after | 6 | 4 | | Closing sections | 6 | 12 |
# | 7 Where the parameters are | 5 | 11 | | | | |
#
# </details>

# %% role="setup"
from functools import partial
from math import log

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from course_lib import smollm2
from course_lib.llm.attention import Attention, causal_mask
from course_lib.llm.embeddings import rope_turns
from course_lib.study import demos, depth, depth_race, figures, mask_kinds, next_token
from course_lib.study.check import check
from course_lib.study.claims import claims
from course_lib.study.hint import hint
from course_lib.study.mine import mine
from course_lib.study.model_shapes import SHAPES
from course_lib.study.progress import progress
from course_lib.study.quiz import quiz
from course_lib.study.tables import table
from course_lib.study.widgets.budget import budget
from course_lib.study.widgets.depth_stepper import depth_stepper

figures.use_style()

# %% role="setup"
from course_lib.study import foreign, logit_lens, neurons, who_does_what, who_drawing

# %% [markdown]
# Here is where we are going: a question, in the format that this model was taught for questions
# (lesson 7 builds it), and its answer. The code that computes it now is the course's. By the end of
# this lesson it is yours.

# %%
question = "What is the capital of Japan?"
print(next_token.answer(question).removesuffix("<|im_end|>"))

# %% [markdown]
# ## 1. The stream
#
# Why not put many layers on top of each other, each reading what the one before it made? People
# tried. Up to some depth it worked; then deeper was worse, even on the texts that were trained on.
#
# **By hand.** Let each of three layers multiply its input by 0.5: $y = 0.5 \cdot 0.5 \cdot 0.5
# \cdot x$. The slope of y for x is 1/8. In 48 such layers it is $0.5^{48}$, and what the loss wants
# from the first layers no longer reaches them. Now let each layer *add* that to what came in, $x +
# 0.5x$. What is the slope of three layers, and of 48?

# %%
for n_layer in [3, 48]:
    print(f"{n_layer:2} layers: passed on {0.5**n_layer:.3g}, added {1.5**n_layer:.4g}")

# %% [markdown]
# One vanishes, the other explodes, and neither is a slope to learn with. Real layers are no single
# numbers. A layer of a Transformer has two **halves** (papers say *sublayers*): the attention of
# lesson 3 and a small network, the feed-forward half of section 4. How they are wired decides what
# reaches the first layer:
#
# | Wiring | Each half does |
# |---|---|
# | plain | `x = half(x)` |
# | norms only | `x = half(norm(x))`; a norm brings what is *read* to a common scale (section 2) |
# | residual only | `x = x + half(x)`; the way around is a *residual path* or *skip connection* |
# | pre-norm | `x = x + half(norm(x))` |
#
# The next cell stacks up to 48 layers of random weights, sends vectors of size 1 through them (the
# size is the root of the mean of the squares of their numbers), and lets a last norm and a random
# head guess one of 64 answers at the end. It measures the gradient of that loss where the stack
# begins, the size of the vectors behind it, and how alike the vectors of different positions have
# become: the mean cosine. All figures are medians of three seeds. Which wiring keeps a gradient at
# 48 layers? Which keeps positions apart?

# %%
wirings = ["plain", "norms only", "residual only", "pre-norm"]
slopes = {name: [depth.input_gradient(depth.WIRINGS[name], n) for n in depth.DEPTHS]
          for name in wirings}
alike = {name: depth.profile(depth.WIRINGS[name], 48) for name in wirings}
table([(name, *(f"{slope:.2g}" for slope in slopes[name][::2]), f"{alike[name].sizes[-1]:.2g}",
        f"{alike[name].sameness[-1]:.2f}") for name in wirings],
      columns=["wiring", "1 layer", "4", "16", "48", "size after 48", "cosine after 48"],
      caption="Gradient where a stack of so many layers begins; its vectors after 48")

# %%
fig, axes = plt.subplots(1, 2, figsize=(8.8, 3.7))
for name in wirings:
    axes[0].plot(depth.DEPTHS, slopes[name], label=name, marker="o", markersize=4)
    axes[1].plot(range(49), alike[name].sameness, label=name)
axes[0].set(yscale="log", ylim=(1e-20, 1e3), xlabel="layers", ylabel="gradient at the first layer")
axes[0].set_title("With neither norm nor path it is gone", fontsize=11.5)
axes[1].set(xlabel="layers passed", ylabel="cosine between positions", ylim=(-0.08, 1.08))
axes[1].set_title("Pre-norm keeps positions apart longest", fontsize=11.5)
axes[0].legend(loc="lower right", fontsize=9)
figures.show(fig, alt="Left, gradient by depth: " + "; ".join(
    f"{name} from {slopes[name][0]:.2g} at 1 layer to {slopes[name][-1]:.1g} at 48"
    for name in wirings) + ". Right, cosine between positions after 48 layers: " + "; ".join(
    f"{name} {alike[name].sameness[-1]:.2f}" for name in wirings) + ".")

# %%
assert slopes["plain"][-1] < 1e-50
assert 0.05 < slopes["norms only"][-1] < 1 < slopes["residual only"][-1]
assert 0.05 < slopes["pre-norm"][-1] < 1
together = {name: profile.sameness[-1] for name, profile in alike.items()}
assert min(together["plain"], together["norms only"]) > 0.999
assert together["pre-norm"] < 0.6 < 0.9 < together["residual only"]
assert alike["residual only"].sizes[-1] > 10 * alike["pre-norm"].sizes[-1]
claims([
    ("Without a residual path the gradient vanishes",
     "if the vectors vanish, and norms prevent that"
     if slopes["norms only"][-1] > 0.01 > slopes["plain"][-1] else slopes["norms only"][-1] < 0.01,
     f"{slopes['plain'][-1]:.0e} at 48 layers, with norms {slopes['norms only'][-1]:.2f}"),
    ("Without a residual path random layers make all tokens alike",
     min(together["plain"], together["norms only"]) > 0.99,
     "cosine after 48 layers " + ", ".join(f"{cosine:.2f} {name}"
                                           for name, cosine in together.items())),
])

# %% [markdown]
# People say that the residual path saves the gradient. Look again: plain's vectors shrink to
# nothing, and its gradient with them; norms alone keep both. What they cannot keep is the *text*.
# Each attention hands on means, so after some layers all positions hold the same vector, and a
# model that cannot tell its tokens apart has nothing to learn from, whatever its gradient. The
# residual path alone is no cure either, with weights of this size: what is added grows with what is
# read, the vectors grow from layer to layer, mostly in one direction, and at 48 layers the gradient
# begins to explode. Of these four only pre-norm has all three: a gradient, a size, and positions
# that differ.
#
# It makes a **residual stream**: vectors that run from the embedding to the output, to which each
# half of each layer adds something. Nothing in it is overwritten; a later half can only add the
# opposite.
#
# $$x_{l+1} = x_l + f_l(\text{norm}(x_l)) \qquad
# \frac{\partial x_{l+1}}{\partial x_l} = 1 + \frac{\partial f_l}{\partial x_l}$$
#
# (Here l counts halves, and for vectors the 1 is the identity matrix.) However small the second
# term is, the 1 lets a gradient pass around the half. (He and others found this for pictures in
# 2015; the word *stream* is from Elhage and others, 2021. That pure attention makes all positions
# alike was proved by Dong and others, 2021.)

# %% [markdown]
# ## 2. A common scale
#
# How large do the vectors of a real model's stream get, when thirty layers keep adding? Lesson 0
# showed its stations. The next cell prints their size by layer: the root of the mean of the squares
# of the 576 numbers. Layers are counted from 0, so after 12 layers, layer 11 was the last. One
# token is a surprise; lesson 3 met it among the heads. Which?

# %%
capital = "The capital of France is"
journey = next_token.journey(capital)  # the stream before the first layer and after each: (T, C)
sizes = torch.stack([x.square().mean(dim=-1).sqrt() for x in journey.layers])  # (31, T)
table([(layer, f"{sizes[layer, 0]:.2f}", *(f"{size:.2f}" for size in sizes[layer, 1:].tolist()))
       for layer in [0, 1, 2, 3, 6, 11, 12, 20, 28, 29, 30]],
      columns=["layers passed", *(piece.replace(" ", "·") for piece in journey.pieces)],
      caption="The size of each token's vector in SmolLM2")

# %%
fig, ax = plt.subplots(figsize=(8, 3.4))
ax.plot(range(31), sizes[:, 0], marker="o", markersize=4, label="the first token")
ax.plot(range(31), sizes[:, 1:].mean(dim=1), marker="o", markersize=4, label="the others, mean")
ax.set(yscale="log", xlabel="layers passed", ylabel="size of the vector", xlim=(-0.5, 36),
       xticks=range(0, 31, 5))
ax.yaxis.set_major_formatter("{x:,g}")
ax.set_title("The stream grows, and its first token leaps")
figures.label_lines(ax)
figures.show(fig, alt=f"Size of the vectors by layers passed, logarithmic. The others rise from "
                      f"{sizes[0, 1:].mean():.2f} to {sizes[-1, 1:].mean():.0f}. The first token "
                      f"is near {sizes[12, 0]:.0f} from layer 12 to 28.")

# %%
growth = (sizes[-1, 1:] / sizes[0, 1:]).mean().item()
assert growth > 100 and sizes[12:29, 0].min() > 500 > 50 > sizes[:, 1:].max()
print(f"the others grow {growth:.0f} times; the first token reaches {sizes[:, 0].max():.0f}")

# %% [markdown]
# The first token's vector is huge in the middle of the model; section 11 finds who makes it. But
# look at the others first: they grow 240 times, as a factor mostly in the first three layers. A
# matrix that reads numbers a
# hundred times larger answers a hundred times larger. A half that was trained to add a little at
# one scale would shout at another. So before a half reads the stream, a **norm** brings each vector
# to a common scale. The first kind is **layer normalization**, LayerNorm.
#
# **By hand.** Take the vector 2, 4, 6, 12. Its mean is 6: take it off, and −4, −2, 0, 6 is left.
# The mean of their squares, the variance, is (16 + 4 + 0 + 36) / 4 = 14. Divide by its root, 3.74:
#
# $$\text{LayerNorm}(x) =
# \frac{x - \text{mean}(x)}{\sqrt{\text{variance}(x) + \epsilon}} \cdot w + b$$
#
# Four numbers with mean 0 and variance 1 come out, whatever the scale was. The small number
# $\epsilon$, `eps`, stands inside the root, so that a vector of equal numbers is not divided by
# zero. The learned `weight` w and `bias` b, one number a column, give each column the scale that
# suits the half that reads it. (Ba, Kiros and Hinton, 2016.)

# %%
x = torch.tensor([2.0, 4.0, 6.0, 12.0])
for scale in [1, 1000]:
    centered = scale * x - (scale * x).mean()
    scaled_x = centered / centered.square().mean().sqrt()
    print(f"{scale:4} times x:", " ".join(f"{number:5.2f}" for number in scaled_x.tolist()))

# %% [markdown] exercise="layer_norm" role="task"
# ### LayerNorm
#
# *3 points, about 13 minutes, difficulty 3 of 5. Needs nothing from earlier exercises.*
#
# Write `layer_norm(x, weight, bias, eps)`. `x` has the shape `(..., C)`: any number of axes, the
# last of which is a vector of C numbers. `weight` and `bias` are `(C,)`, `eps` is a float. It
# returns a tensor of the shape and the dtype of `x`.
#
# 1. From each vector its mean is taken off, and the rest is divided by the root of its variance
#    plus `eps`, with `eps` inside the root.
# 2. The variance is the mean of the C squared distances from the mean: divide by C, not by C − 1.
# 3. Then each column is multiplied by its weight, and its bias is added.
# 4. Each vector is treated by itself, however many axes come before the last one.
# 5. For a float16 or bfloat16 `x` everything is computed in float32; the result has the dtype of
#    `x` again.
# 6. The inputs are left unchanged.
#
# It takes 4 to 6 lines. `F.layer_norm` and its relatives are not allowed: the point is to build
# them. By hand: 2, 4, 6, 12 with `eps` 2, the weights 10, 2, 5, 2 and the biases 0, 1, 7, 1 give
# −10, 0, 7, 4.

# %% exercise="layer_norm" role="answer"
def layer_norm(x, weight, bias, eps):
    """Return each vector with mean 0 and variance 1, then weighted and shifted.

    x: (..., C). weight, bias: (C,). eps: float, added to the variance.
    Returns (..., C), with the dtype of x.
    """
    ### BEGIN SOLUTION
    wide = x.float()
    centered = wide - wide.mean(dim=-1, keepdim=True)  # (..., C)
    variance = centered.square().mean(dim=-1, keepdim=True)  # (..., 1)
    return (centered * torch.rsqrt(variance + eps) * weight + bias).to(x.dtype)
    ### END SOLUTION

# %% exercise="layer_norm" role="test" points=3
check(layer_norm)
### BEGIN HIDDEN TESTS
check(layer_norm, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Use it: the stream of SmolLM2 in the middle of the model, before and after. And break it: the same
# norm, computed in 16 bits all the way, on a vector with one large number, such as the first token
# has.

# %%
norm_of = mine("layer_norm")
ones, zeros = torch.ones(576), torch.zeros(576)
middle = journey.layers[15]  # (T, C)
scaled = norm_of(middle, ones, zeros, 1e-5)  # (T, C)
print("size before", [round(size, 2) for size in sizes[15].tolist()])
print("size after ", [round(size, 2) for size in scaled.square().mean(dim=-1).sqrt().tolist()])

large = torch.zeros(576, dtype=torch.float16)
large[7] = 6000.0
in_16_bits = large / ((large - large.mean()).square().mean() + 1e-5).sqrt()
in_32_bits = norm_of(large, ones, zeros, 1e-5)
print(f"the large number becomes {in_16_bits[7].item():.1f} in 16 bits, with 32 inside "
      f"{in_32_bits[7].item():.1f}")
assert (scaled.square().mean(dim=-1) - 1).abs().max() < 1e-3
assert in_16_bits[7] == 0 and in_32_bits[7] > 20

# %% [markdown]
# Float16 ends at 65,504. The square of 6,000 is infinite in it, and a number divided by infinity is
# 0: the vector is gone, without an error, without a nan. Bfloat16 reaches as far as float32, but
# keeps only two to three decimal digits, and a mean of large numbers needs more. That is why
# property 5 is there.

# %% [markdown]
# ## 3. Without the mean
#
# Must the mean be taken off? Look at how much of a vector in the stream it is.

# %%
mean_part = torch.stack([x.mean(dim=-1).square() / x.square().mean(dim=-1)
                         for x in journey.layers])  # (31, T)
print(f"the mean's part of the mean square: at most {mean_part.max():.2%}")
with_mean = F.cosine_similarity(middle, scaled, dim=-1)
print(f"cosine between a vector and its LayerNorm: at least {with_mean.min():.4f}")
assert mean_part.max() < 0.02 and with_mean.min() > 0.998

# %% [markdown]
# Next to nothing. (SmolLM2 was trained without taking it off, so it was free to use the mean, and
# in our sentence it does not.) **Root mean square normalization**, RMSNorm, leaves the mean and the
# bias away: divide by the root of the mean of the squares, times a weight. It saves a pass over the
# vector and half of the norm's parameters, and models learn as well with it (Zhang and Sennrich,
# 2019). Llama, SmolLM2 and most models after 2022 use it.
#
# $$\text{RMSNorm}(x) = \frac{x}{\sqrt{\text{mean}(x^2) + \epsilon}} \cdot w$$

# %% [markdown] exercise="rms_norm" role="task"
# ### RMSNorm
#
# *2 points, about 6 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `rms_norm(x, weight, eps)` for `x` of shape `(..., C)` and `weight` of shape `(C,)`. It
# returns a tensor of the shape and the dtype of `x`.
#
# 1. Each vector is divided by the root of the mean of its C squares plus `eps`, with `eps` inside
#    the root. No mean is taken off.
# 2. Then each column is multiplied by its weight.
# 3. Each vector is treated by itself, however many axes come before the last one.
# 4. For a float16 or bfloat16 `x` everything is computed in float32; the result has the dtype of
#    `x` again.
# 5. The inputs are left unchanged.
#
# It takes 2 to 4 lines, without `F.rms_norm` and its relatives. By hand: 1, −3, 5, 9 with `eps` 7
# and the weights 6, 4, 12, 2 give 1, −2, 10, 3.

# %% exercise="rms_norm" role="answer"
def rms_norm(x, weight, eps):
    """Return each vector with a root mean square of 1, then weighted.

    x: (..., C). weight: (C,). eps: float, added to the mean square.
    Returns (..., C), with the dtype of x.
    """
    ### BEGIN SOLUTION
    wide = x.float()
    mean_square = wide.square().mean(dim=-1, keepdim=True)  # (..., 1)
    return (wide * torch.rsqrt(mean_square + eps) * weight).to(x.dtype)
    ### END SOLUTION

# %% exercise="rms_norm" role="test" points=2
check(rms_norm)
### BEGIN HIDDEN TESTS
check(rms_norm, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# ## 4. The half that works alone
#
# Attention has gathered; now each token thinks about what it got. The **feed-forward** half takes
# each vector by itself: widen it from C to F numbers by a matrix, bend each of these numbers (an
# *activation function*), bring them back to C by a second matrix. Why bend? Before you run the next
# cell: how many matrices do you need to replace two matrices in a row, with nothing between them?

# %%
_ = torch.manual_seed(0)
up, down = torch.randn(10, 4), torch.randn(4, 10)  # weights are (out, in)
vectors = torch.randn(5, 4)  # (T, C)
one_matrix = down @ up  # (4, 4)
flat = (vectors @ up.T @ down.T - vectors @ one_matrix.T).abs().max()
bent = (F.relu(vectors @ up.T) @ down.T - vectors @ one_matrix.T).abs().max()
print(f"two matrices are one: {flat.item() < 1e-4}; with a bend between them: {bent.item() < 1e-4}")
assert flat < 1e-4 < 1 < bent

# %% [markdown]
# One is enough: without a bend, two matrices are one. Which bend? The Transformer of 2017 had the
# **rectified linear unit**, ReLU, which lets positive numbers through and makes the others 0. GPT-2
# and GPT-3 have the Gaussian error linear unit, **GELU**, a ReLU with a soft corner. Llama and
# SmolLM2 have a **gate**: one product is bent by the sigmoid linear unit, **SiLU** or Swish,
# $\text{silu}(z) = z \cdot \text{sigmoid}(z)$, and multiplied by a second product that is not bent.
# The two matrices become three, and the whole is a Swish-gated linear unit, **SwiGLU** (Shazeer,
# 2020).
#
# $$\text{SwiGLU}(x) = W_\text{down}\,\big(\text{silu}(W_\text{gate}\,x) \odot W_\text{up}\,x\big)$$
#
# The ⊙ multiplies number by number: the gate says how much, the other product says what.

# %%
z = torch.linspace(-4, 4, 161)
fig, ax = plt.subplots(figsize=(8, 3.2))
for name, bend in [("ReLU", F.relu), ("GELU", F.gelu), ("SiLU", F.silu)]:
    ax.plot(z, bend(z), label=name)
ax.set(xlabel="a number before the bend", ylabel="after it", xlim=(-4, 4), ylim=(-0.5, 4))
ax.set_title("Three bends: positive numbers pass, negative ones hardly")
ax.legend(loc="upper left")
figures.show(fig, alt=f"Three curves from -4 to 4. ReLU is 0 below 0 and rises straight above. "
                      f"GELU and SiLU are soft: they dip to {F.gelu(z).min():.2f} and "
                      f"{F.silu(z).min():.2f} below 0 and come near the straight line at 4.")

# %% [markdown]
# **By hand.** The vector (2, 3). Its gate products are 1 and −1, its up products 10 and 20. silu(1)
# is .731 and silu(−1) is −.269. So the two neurons hold .731 · 10 = 7.31 and −.269 · 20 = −5.38.
# Each number inside is called a **neuron**; each has a row of W_gate and of W_up that
# decide when it fires, and a column of W_down that says what it adds to the stream.

# %% [markdown] exercise="feed_forward" role="task"
# ### SwiGLU
#
# *2 points, about 7 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `feed_forward(x, w_gate, w_up, w_down)`. `x` is `(B, T, C)`; `w_gate` and `w_up` are
# `(F, C)`, `w_down` is `(C, F)`: weights are (out, in), as everywhere. It returns `(B, T, C)`.
#
# 1. The gate is silu of `x @ w_gate.T`, where silu(z) is z times the sigmoid of z. Nothing else
#    goes through silu.
# 2. The gate is multiplied by `x @ w_up.T`, number by number.
# 3. The product goes through `w_down`: `product @ w_down.T`, a tensor `(B, T, C)`.
# 4. The result is finite where a number before silu is 200 or −200.
# 5. The inputs are left unchanged.
#
# It takes 1 to 3 lines; you may use any torch function. By hand: the example above with the w_down
# rows (1, 0) and (1, −1) gives 7.31 and 12.69.

# %% exercise="feed_forward" role="answer"
def feed_forward(x, w_gate, w_up, w_down):
    """Return what each position of x (B, T, C) becomes by itself, (B, T, C).

    w_gate, w_up: (F, C). w_down: (C, F).
    """
    ### BEGIN SOLUTION
    gate = F.silu(x @ w_gate.T)  # (B, T, F)
    return (gate * (x @ w_up.T)) @ w_down.T
    ### END SOLUTION

# %% exercise="feed_forward" role="test" points=2
check(feed_forward)
### BEGIN HIDDEN TESTS
check(feed_forward, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Does it work alone? Let the real model's feed-forward half of layer 15 read our sentence with your
# function, then change one token's vector and see which results move.

# %%
think = mine("feed_forward")
half = next_token.load().blocks[15].feed_forward
weights = [half.gate.weight.detach(), half.up.weight.detach(), half.down.weight.detach()]
said = think(scaled[None], *weights)  # (1, T, C)
other = scaled.clone()
other[2] = -other[2]
moved = (think(other[None], *weights) - said).abs().amax(dim=-1)[0] > 1e-4
print("changed token 2; results that moved:", moved.nonzero().flatten().tolist())
assert moved.tolist() == [False, False, True, False, False]
print("equal to the model's own half:", torch.allclose(said[0], half(scaled).detach(), atol=1e-3))

# %% [markdown]
# Only its own. Whatever one token gets from another passes through attention; most of what is
# computed about a token alone is computed here. In SmolLM2 this half has three times as many
# weights as attention (section 7), and people say that the model's knowledge is in it. Section 11
# puts that to the test.

# %% [markdown]
# ## 5. The block
#
# Put the pieces on the stream. A **block** is what papers also call a layer:
#
# ```
# x ──┬────────────────────────(+)──┬────────────────────────────(+)──▶ x
#     └─▶ norm_1 ─▶ attention ──┘   └─▶ norm_2 ─▶ feed_forward ───┘
# ```
#
# Two things are easy to get wrong: what the second half reads, and what it adds to. With either
# mistake a model still trains, only worse.
#
# **By hand.** Two positions, (2, 4) and (1, 0), and halves so small that you can do them: `norm_1`
# divides a vector by its largest number, `norm_2` does so and doubles it, `attention` gives 4 times
# the mean of the positions so far, `feed_forward` squares each number. What does the block make of
# them? Write down the stream after the first half: what does the second half read?

# %%
stream = torch.tensor([[2.0, 4.0], [1.0, 0.0]])  # (T, C)
read = stream / stream.amax(dim=-1, keepdim=True)
gathered = 4 * torch.stack([read[0], read.mean(dim=0)])
print("norm_1 hands on", read.tolist(), "and attention says", gathered.tolist())
stream = stream + gathered
read = 2 * stream / stream.amax(dim=-1, keepdim=True)
print("stream", stream.tolist(), "norm_2 hands on", read.tolist(), "and it is squared")
print("stream", (stream + read**2).tolist())

# %% [markdown] exercise="block" role="task"
# ### A block
#
# *2 points, about 6 minutes, difficulty 2 of 5. Needs nothing from earlier exercises: norms and
# halves are handed in.*
#
# Write `block(x, norm_1, attention, norm_2, feed_forward)`. `x` is the stream, `(B, T, C)`. The
# other four are functions that take and return a tensor `(B, T, C)`. It returns the stream after
# both halves, `(B, T, C)`.
#
# 1. The first half adds `attention(norm_1(x))` to `x`.
# 2. The second half reads that sum: it adds `feed_forward(norm_2(sum))` to the sum, and this is
#    what is returned.
# 3. Each of the four functions gets and returns a tensor `(B, T, C)`, whatever it does inside.
# 4. `x` is left unchanged.
#
# It takes 2 lines.

# %% exercise="block" role="answer"
def block(x, norm_1, attention, norm_2, feed_forward):
    """Return the stream x (B, T, C) after attention and feed-forward have added to it."""
    ### BEGIN SOLUTION
    x = x + attention(norm_1(x))
    return x + feed_forward(norm_2(x))
    ### END SOLUTION

# %% exercise="block" role="test" points=2
check(block)
### BEGIN HIDDEN TESTS
check(block, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Use it at once: hand your block the norms and halves of a real layer. Block 5 of SmolLM2 reads the
# stream after 5 layers, and what comes out should be the stream after 6.

# %%
step = mine("block")
block_5, T = next_token.load().blocks[5], len(journey.ids)
turns = rope_turns(torch.arange(T), 64, 100_000.0)  # lesson 2: positions turn queries and keys
with torch.inference_mode():
    after = step(journey.layers[5][None], block_5.norm_1,
                 lambda y: block_5.attention(y, causal_mask(T, T), turns),
                 block_5.norm_2, block_5.feed_forward)
print(f"largest difference from the model: {(after[0] - journey.layers[6]).abs().max():.0e}")
assert (after[0] - journey.layers[6]).abs().max() < 1e-3

# %% [markdown]
# ## 6. Norm before or after?
#
# The Transformer of 2017 had its norms elsewhere. It added first and brought the sum to scale:
#
# | | each half | in |
# |---|---|---|
# | **post-norm** | `x = norm(x + half(x))` | the Transformer of 2017, BERT |
# | **pre-norm** | `x = x + half(norm(x))` | GPT-2 and most models since |
#
# Both have a norm and a residual path for each half. What difference does it make? In post-norm
# every norm stands *on* the stream: what the first layer wrote is scaled by all norms after it. In
# pre-norm nothing stands on it. Try all five wirings here, with random weights, and watch the size
# of the stream. Start at pre-norm and double the depth: how fast does it grow? Which wirings hold
# the size, and what does the cosine say about them?

# %%
depth_stepper(wiring="pre-norm", n_layer=12)

# %% [markdown]
# In pre-norm each half adds about the same amount, in some new direction, so the *square* of the
# size grows by about the same amount a layer. Post-norm holds the size at 1, and its
# positions come to resemble each other (.92 after 48 layers), because each norm shrinks what was
# there to make room for what is new. Norms alone hold a size too, and lose the text within a few
# layers.
#
# How do they learn? A race: models of 12 layers guess the next character of Shakespeare, 150 steps
# on the same batches. Which learning rate is best differs from wiring to wiring, so each is tried
# with four of them, and post-norm and pre-norm also with a **warm-up**, which raises the rate from
# 0 over the first 50 steps (lesson 6). Two runs are yours, at a rate of .003; the others come from
# a file of three seeds each, made by `python -m course_lib.study.depth_race`. Counting how often
# each character occurs, and nothing else, gives a loss of 3.34. Which wirings get no further than
# counting?

# %% tags=["nbval-ignore-output"]
live = {name: depth_race.last_loss(depth_race.race(depth.WIRINGS[name], seed=4))
        for name in ["norms only", "pre-norm"]}
print("your run:", ", ".join(f"{name} {loss:.2f}" for name, loss in live.items()))

# %%
assert live["pre-norm"] < live["norms only"] - 0.3
races = depth_race.results()
ends = {run: {rate: sum(losses) / len(losses) for rate, losses in rates.items()}
        for run, rates in races.items()}
table([(name, f"{warm_up} steps" if warm_up else "none",
        *(f"{loss:.2f}" for loss in ends[name, warm_up].values())) for name, warm_up in races],
      columns=["wiring", "warm-up", *(f"rate {rate:g}" for rate in depth_race.RATES)],
      caption="Loss of twelve layers after 150 steps, nats a character, mean of three seeds")

# %%
counted = depth_race.no_context()
fig, ax = plt.subplots(figsize=(8, 3.8))
for name in [*wirings, "post-norm"]:
    ax.plot(depth_race.RATES, ends[name, 0].values(), marker="o", label=name)
ax.axhline(counted, color=figures.GRAY, linewidth=1)
ax.text(2.65e-4, counted - 0.03, "counting", va="top")
ax.set(xscale="log", xlabel="learning rate", ylabel="loss after 150 steps", xlim=(2.6e-4, 3e-2))
ax.set_xticks(depth_race.RATES, [f"{rate:g}" for rate in depth_race.RATES])
ax.minorticks_off()
ax.set_title("Only pre-norm takes a large learning rate")
figures.label_lines(ax)
figures.show(fig, alt="Loss by learning rate, .0003, .001, .003, .01: " + "; ".join(
    f"{name} {', '.join(f'{loss:.2f}' for loss in ends[name, 0].values())}"
    for name in depth.WIRINGS) + f". Counting characters gives {counted:.2f}.")

# %%
best = {run: min(rates.values()) for run, rates in ends.items()}  # at the best of four rates
claims([
    ("Without a residual path a deep model does not learn to use its context",
     min(best["plain", 0], best["norms only", 0]) > counted - 0.05,
     f"plain {best['plain', 0]:.2f}, norms only {best['norms only', 0]:.2f}, counting "
     f"{counted:.2f}, pre-norm {best['pre-norm', 0]:.2f}"),
    ("Without norms a deep model does not learn",
     "except at one of the three rates at which pre-norm learns, and then less"
     if sum(loss < counted - 0.05 for loss in ends["residual only", 0].values()) == 1
     and best["residual only", 0] > best["pre-norm", 0] + 0.1
     else best["residual only", 0] > counted - 0.05,
     f"residual only {best['residual only', 0]:.2f} at best"),
    ("Pre-norm learns more easily than post-norm",
     best["pre-norm", 0] < min(best["post-norm", 0], best["post-norm", 50]) - 0.1,
     f"at its best rate {best['pre-norm', 0]:.2f} against {best['post-norm', 0]:.2f}, with "
     f"warm-up {best['post-norm', 50]:.2f}"),
    ("Post-norm needs a warm-up", best["post-norm", 50] < best["post-norm", 0] - 0.05,
     f"best with it {best['post-norm', 50]:.2f}, without {best['post-norm', 0]:.2f}, at a smaller "
     "rate"),
])

# %% [markdown]
# Plain learns nothing at all: 4.42 is what a blind guess among the characters costs. Norms alone
# learn to count, which needs no context, and stop there. At .0003 nobody gets further in 150 steps.
# At the three other rates pre-norm does, post-norm at two of them, and the model without norms at
# one.
#
# The warm-up does for post-norm what people say it does: it makes a larger rate bearable (.003).
# But a smaller rate without it is as good here. Xiong and others (2020) say why a warm-up helps: at
# the start, post-norm's gradients near the last layers are large. (150 steps of a small model tell
# who starts well, not who ends best; with care, post-norm models have reached excellent ends.)

# %% [markdown] exercise="post_norm_block" role="task"
# ### Bug hunt: the block of 2017
#
# *2 points, about 4 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# A colleague rebuilt the block of 2017, **post-norm**: work, add, and then a norm of the sum. It
# runs, and its shapes are right. Find the mistake and mend it; rewrite as much as you like.
# `post_norm_block(x, attention, norm_1, feed_forward, norm_2)` receives `x` of shape `(B, T, C)`
# and four functions, and returns a tensor of the same shape. It stays a post-norm block: moving the
# norms to the front is no mend.
#
# 1. The first half returns `norm_1` of the sum of `x` and `attention(x)`.
# 2. The second half reads that result: it returns `norm_2` of the sum of that result and
#    `feed_forward` of it.
# 3. Each of the four functions gets and returns a tensor `(B, T, C)`, whatever it does inside.
# 4. `x` is left unchanged.
#
# The mend takes 1 to 3 lines. By hand: let `attention` give twice the mean of the positions so far,
# let `feed_forward` square each number, and let each norm divide a vector by its largest number;
# `norm_1` then multiplies by (2, 4), `norm_2` by (6, 6). Then `[[[4, 1], [0, 1]]]` is `[[[2, 1],
# [2, 3]]]` after the first half and `[[[6, 2], [3, 6]]]` at the end.

# %% exercise="post_norm_block" role="answer"
def post_norm_block(x, attention, norm_1, feed_forward, norm_2):
    """Return the stream x (B, T, C) after one post-norm block, (B, T, C)."""
    ### BEGIN SOLUTION
    x = norm_1(x + attention(x))
    return norm_2(x + feed_forward(x))
    ### END SOLUTION
    ### BEGIN RELEASE
    # x = norm_1(attention(x))
    # return norm_2(feed_forward(x))
    ### END RELEASE

# %% exercise="post_norm_block" role="test" points=2
check(post_norm_block)
### BEGIN HIDDEN TESTS
check(post_norm_block, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# ## 7. Where the parameters are
#
# "Two thirds of a language model are its feed-forward layers." Is it true? Count. (Besides the
# layers there are the table of embeddings and, at the other end, the *output head*, the matrix that
# scores every token. It is as large as the table, and in many models it *is* the table: then the
# head is **tied**.)
#
# **By hand**, one layer of SmolLM2: width C = 576, 9 query heads, 3 key and value heads of width
# 64, inner width F = 1,536. The query and output matrices are 576 × 576 each, key and value 576 ×
# 192 (grouped-query heads, lesson 3). The feed-forward half has three matrices of 576 × 1,536. How
# many weights has each half, and how many times as many has the second?

# %%
one_attention = 2 * 576 * 576 + 2 * 576 * 192
one_feed_forward = 3 * 576 * 1536
print(f"attention {one_attention:,}, feed-forward {one_feed_forward:,}: "
      f"{one_feed_forward / one_attention:.1f} times")

# %% [markdown] exercise="count_parameters" role="task"
# ### Count the parameters
#
# *3 points, about 11 minutes, difficulty 3 of 5. Needs nothing from earlier exercises.*
#
# Write `count_parameters(config)`. `config` is a dict that gives the shape of a model: the ints
# `vocab_size`, `n_positions` (0 where positions have no table), `d_model`, `n_layer` (blocks),
# `n_head`, `n_kv_head`, `d_ff`, and two bools, `gated` and `tied_head`. It returns a dict of five
# ints, `{"attention": ..., "feed_forward": ..., "embeddings": ..., "norms": ..., "total": ...}`:
# how many numbers each part of the whole model learns. Nothing has a bias.
#
# 1. `"attention"`: the four matrices of each block, to queries, keys and values, and the output.
#    Queries are `n_head` heads of `d_model // n_head` numbers, keys and values `n_kv_head` of them.
# 2. `"feed_forward"`: each block has three matrices between `d_model` and `d_ff` if `gated`, else
#    two.
# 3. `"embeddings"`: a row of `d_model` numbers for each token and each of the `n_positions`; the
#    head has a table of tokens of its own, unless `tied_head`.
# 4. `"norms"`: a weight for each of the `d_model` numbers, in two norms a block and in one after
#    the last block.
# 5. `"total"` is the sum of the four. All five are ints.
# 6. `config` is left unchanged.
#
# It takes 8 to 14 lines. By hand: with 200 tokens, 20 positions, `d_model` 60, 4 blocks, 12 heads,
# 3 heads of keys and values, `d_ff` 100, gated, and a head that is not tied, it is `{"attention":
# 36000, "feed_forward": 72000, "embeddings": 25200, "norms": 540, "total": 133740}`. In SmolLM2's
# shape the total is 134,515,008.

# %% exercise="count_parameters" role="answer"
def count_parameters(config):
    """Return how many numbers each part of a model learns, and their sum, as a dict of ints.

    config: dict with vocab_size, n_positions, d_model, n_layer, n_head, n_kv_head, d_ff, gated,
    tied_head.
    """
    ### BEGIN SOLUTION
    d_model, n_layer = config["d_model"], config["n_layer"]
    kv_width = config["n_kv_head"] * (d_model // config["n_head"])
    n_tables = 1 if config["tied_head"] else 2
    n_matrices = 3 if config["gated"] else 2
    counts = {
        "attention": n_layer * (2 * d_model * d_model + 2 * d_model * kv_width),
        "feed_forward": n_layer * n_matrices * d_model * config["d_ff"],
        "embeddings": (n_tables * config["vocab_size"] + config["n_positions"]) * d_model,
        "norms": (2 * n_layer + 1) * d_model,
    }
    return {**counts, "total": sum(counts.values())}
    ### END SOLUTION

# %% exercise="count_parameters" role="test" points=3
check(count_parameters)
### BEGIN HIDDEN TESTS
check(count_parameters, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Now known models, by their shapes. (They have no biases here; the two GPTs have some, less than
# one part in a thousand.) Where does "two thirds" come from? In GPT-3 attention has 4 matrices of C
# × C, and the feed-forward half two of C × 4C: 8C² of 12C².

# %%
count = mine("count_parameters")
counts = {name: count(dict(shape)) for name, shape in SHAPES.items()}
share = {name: parts["feed_forward"] / parts["total"] for name, parts in counts.items()}
share_of_blocks = {name: parts["feed_forward"] / (parts["total"] - parts["embeddings"])
                   for name, parts in counts.items()}
table([(name, *(f"{parts[part] / 1e6:,.1f}"
                for part in ["attention", "feed_forward", "embeddings", "total"]),
        f"{share[name]:.1%}", f"{share_of_blocks[name]:.1%}") for name, parts in counts.items()],
      columns=["model", "attention", "feed-forward", "embeddings", "all",
               "feed-forward’s share", "without embeddings"],
      caption="Millions of parameters, by shape")

# %%
assert counts["SmolLM2-135M"]["total"] == next_token.parameters() == 134_515_008
assert counts["Llama 3 8B"]["total"] == 8_030_261_248
two_thirds = [name for name, part in share_of_blocks.items() if abs(part - 2 / 3) < 0.01]
claims([
    ("Two thirds of the parameters are in the feed-forward layers",
     "in some shapes, such as inner width 4C, full key heads, no gate; embeddings not counted"
     if two_thirds == [name for name, shape in SHAPES.items() if not shape["gated"]] else False,
     "without embeddings " + ", ".join(
         f"{name} {part:.1%}" for name, part in share_of_blocks.items())),
    ("Embeddings hardly count", "in the two largest of these"
     if all((parts["embeddings"] < 0.02 * parts["total"]) == (parts["total"] > 1e11)
            for parts in counts.values()) else False,
     ", ".join(f"{name} {parts['embeddings'] / parts['total']:.1%}"
               for name, parts in counts.items())),
])

# %% [markdown]
# True for the models it was said of, no law (Geva and others wrote it in 2020). Grouped-query heads
# shrink attention; a gate adds a third matrix; Llama 3 8B is wider inside, 3.5 C; and a small model
# pays a block_5 of its weights for its vocabulary. Build your own: there are at least three single
# changes that bring SmolLM2's feed-forward half down to two thirds of everything but the
# embeddings. Which can you find?

# %%
budget(count)

# %% [markdown]
# Nine key heads (attention has its full 4C², and three matrices of C × 8/3 C make 8C²: Llama's
# first models had this shape); no gate; or an inner width of 1,024. What do models gain by the
# gate, then? At equal size they learn a little better; nobody quite knows why (Shazeer, 2020, says
# so himself).

# %% [markdown]
# ## 8. The whole model
#
# ```
# ids (B, T) ─▶ embed ─▶ block ─▶ block ─▶ ... ─▶ norm ─▶ head ─▶ logits (B, T, V)
# ```
#
# One more norm after the last block, because nobody has brought the stream to scale since; then the
# head, which scores each vector against every token of the vocabulary. At every position the model
# predicts the token *after* it, and where those tokens are known, the **loss** is the mean
# surprise: the negative logarithm of the probability that the right token got, averaged over all
# positions of all rows. It is the surprise of lesson 0, and it is called **cross-entropy**.
#
# Before you build it: a new model knows nothing. Say it gives each of V = 83 tokens the same
# probability. What is its loss? And for 49,152 tokens?

# %%
for V in [83, 49_152]:
    print(f"V = {V:6,}: -ln(1/V) = ln V = {log(V):.2f}")

# %% [markdown] exercise="gpt_forward" role="task"
# ### From ids to logits and loss
#
# *3 points, about 10 minutes, difficulty 3 of 5. Needs nothing from earlier exercises: all parts
# are handed in.*
#
# Write `gpt_forward(ids, embed, blocks, norm, head, targets)`. `ids` are int64, `(B, T)`. `embed`
# is a function from ids `(B, T)` to vectors `(B, T, C)`; `blocks` is a list of functions, and
# `norm` is one, from `(B, T, C)` to `(B, T, C)`; `head` is a function from `(B, T, C)` to `(B, T,
# V)`. `targets` are int64, `(B, T)`, or None. It returns a tuple of two: logits and loss.
#
# 1. The embedded ids go through every block, in the order of the list, each reading what the one
#    before returned; then through `norm`, then through `head`. This gives the logits, `(B, T, V)`.
# 2. With targets, the loss is the mean over all B · T positions of the negative log of the
#    probability that the softmax of the logits gives to the target: a tensor with one number.
# 3. `targets[b, t]` is what follows `ids[b, t]`: nothing is shifted here.
# 4. Without targets, that is, where they are None, the second value is None.
# 5. There may be no block at all.
# 6. `ids` and `targets` are left unchanged.
#
# It takes 5 to 7 lines. `F.cross_entropy` has the softmax inside; it takes logits `(N, V)` and
# targets `(N,)`.

# %% exercise="gpt_forward" role="answer"
def gpt_forward(ids, embed, blocks, norm, head, targets):
    """Return (logits, loss) of a model that is given in parts.

    ids: (B, T) int64. targets: (B, T) int64, the token after each of ids; or None.
    embed, norm, head: functions. blocks: a list of functions (B, T, C) -> (B, T, C).
    Returns logits (B, T, V), and a tensor with the mean loss in nats; None without targets.
    """
    ### BEGIN SOLUTION
    x = embed(ids)  # (B, T, C)
    for block in blocks:
        x = block(x)
    logits = head(norm(x))  # (B, T, V)
    if targets is None:
        return logits, None
    return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten())
    ### END SOLUTION

# %% exercise="gpt_forward" role="test" points=3
check(gpt_forward)
### BEGIN HIDDEN TESTS
check(gpt_forward, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Now put classes around your functions. In PyTorch a class for a part of a model is an
# `nn.Module`: it holds the weights (an `nn.Parameter`, or another module that has some), and its
# `forward` says what to do with them. `nn.Linear(C, F, bias=False)` holds a matrix (F, C). The
# attention is the one of lesson 3, written as a class (`Attention` from `course_lib.llm`).

# %%
my_norm = mine("rms_norm")


class RMSNorm(nn.Module):
    def __init__(self, C):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(C))

    def forward(self, x):
        return my_norm(x, self.weight, 1e-5)


class FeedForward(nn.Module):
    def __init__(self, C, d_ff):
        super().__init__()
        self.gate = nn.Linear(C, d_ff, bias=False)
        self.up = nn.Linear(C, d_ff, bias=False)
        self.down = nn.Linear(d_ff, C, bias=False)

    def forward(self, x):
        return think(x, self.gate.weight, self.up.weight, self.down.weight)

# %%
class Block(nn.Module):
    def __init__(self, C, n_head, n_kv_head, d_ff):
        super().__init__()
        self.norm_1, self.norm_2 = RMSNorm(C), RMSNorm(C)
        self.attention = Attention(C, n_head, n_kv_head)
        self.feed_forward = FeedForward(C, d_ff)

    def forward(self, x, allowed, turns):
        def look(y):
            return self.attention(y, allowed, turns)

        return step(x, self.norm_1, look, self.norm_2, self.feed_forward)

# %%
run = mine("gpt_forward")


class MyGPT(nn.Module):
    def __init__(self, V, C, n_layer, n_head, n_kv_head, d_ff, rope_base=10_000.0):
        super().__init__()
        self.head_dim, self.rope_base = C // n_head, rope_base
        self.embed = nn.Embedding(V, C)
        self.blocks = nn.ModuleList(Block(C, n_head, n_kv_head, d_ff) for _ in range(n_layer))
        self.norm = RMSNorm(C)
        self.head = nn.Linear(C, V, bias=False)
        self.head.weight = self.embed.weight  # tied: one table for both ends

    def mask(self, T):
        return causal_mask(T, T)

    def forward(self, ids, targets=None):
        T = ids.size(1)
        allowed = self.mask(T)  # (T, T)
        turns = rope_turns(torch.arange(T), self.head_dim, self.rope_base)
        blocks = [partial(block, allowed=allowed, turns=turns) for block in self.blocks]
        return run(ids, self.embed, blocks, self.norm, self.head, targets)

# %% [markdown]
# That is a GPT, in about fifty lines. Is its first loss ln V? Run the cell, and explain what you
# see: the first number is with PyTorch's own random weights, the second one with small weights, of
# a standard deviation of .02.

# %%
def small_weights(model):
    for weight in model.parameters():
        if weight.dim() == 2:
            nn.init.normal_(weight, std=0.02)
    return model


for V in [83, 49_152]:
    _ = torch.manual_seed(0)
    model = MyGPT(V, C=64, n_layer=4, n_head=4, n_kv_head=2, d_ff=172)
    ids, targets = torch.randint(V, (2, 8, 32))  # 8 rows of 32 ids, and random targets
    with torch.inference_mode():
        logits, as_filled = model(ids, targets)
        says_itself = (logits.argmax(dim=-1) == ids).float().mean()
        _, small_loss = small_weights(model)(ids, targets)
    print(f"V = {V:6,}: as PyTorch fills it {as_filled:.1f}, small weights {small_loss:.2f}, "
          f"ln V {log(V):.2f}; says its own token again at {says_itself:.0%} of positions")
    assert abs(small_loss - log(V)) < 0.1 < as_filled - log(V)

# %% [markdown]
# The tied head is the cause. PyTorch fills an embedding table with numbers of size 1. What enters
# the stream is the token's own row, most of it is still there at the end, and the head multiplies
# it by the same table: about 60 for the token itself, a sum of 64 squares, and numbers around ±8
# for the others. The new model is sure that each token comes again. With small weights all logits
# are near 0, and the loss is ln V within .1. Look at the first loss of every training: if it is far
# from ln V, something is wrong before the first step.
#
# The second thing to look at: can the model learn *one batch by heart*? If not, no amount of data
# will help. It costs seconds and finds many bugs. The next cells train your model, and one without
# its mask, with AdamW, Adam with decoupled weight decay, the optimizer of lesson 6. Which of the
# two losses goes below .05, and what will the two write?

# %%
class Leaky(MyGPT):
    def mask(self, T):
        return torch.ones(T, T, dtype=torch.bool)  # everybody sees everything


def learn_by_heart(model, batch, n_steps=150):
    """Train a model on one batch (B, T + 1) again and again; return the loss of each step."""
    optimizer, losses = torch.optim.AdamW(model.parameters(), lr=3e-3), []
    for _ in range(n_steps):
        _, loss = model(batch[:, :-1], batch[:, 1:])  # the targets are the ids, one place on
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %%
def greedy(model, ids, n_tokens, stop_id=None):
    """Return the ids (T,) and up to n_tokens more, always the likeliest."""
    for _ in range(n_tokens):
        with torch.inference_mode():
            logits, _ = model(ids[None])
        best = logits[0, -1].argmax()
        if best == stop_id:
            break
        ids = torch.cat([ids, best[None]])
    return ids

# %%
characters = depth_race.characters()
lines = ["To be, or not to be: that is the", "What's in a name? that which we ",
         "All the world's a stage, and all", "If music be the food of love, pl"]
batch = torch.tensor([[characters.index(character) for character in line] for line in lines])
by_heart = {}
for kind in [MyGPT, Leaky]:
    _ = torch.manual_seed(0)
    small = small_weights(kind(len(characters), C=64, n_layer=4, n_head=4, n_kv_head=2, d_ff=172))
    by_heart[kind] = learn_by_heart(small, batch)
    written = "".join(characters[i] for i in greedy(small, batch[0, :4], 28).tolist())
    print(f"{kind.__name__:6} first loss within .1 of ln V: "
          f"{abs(by_heart[kind][0] - log(len(characters))) < 0.1}, last below .05: "
          f"{by_heart[kind][-1] < 0.05}; writes {written[:10]!r} ..., "
          f"the line as it was: {written == lines[0]}")
    assert abs(by_heart[kind][0] - log(len(characters))) < 0.1 and by_heart[kind][-1] < 0.05
    assert (written == lines[0]) == (kind is MyGPT)

# %%
fig, ax = plt.subplots(figsize=(8, 3.2))
ax.plot(by_heart[MyGPT], label="with its mask")
ax.plot(by_heart[Leaky], label="without")
ax.axhline(log(len(characters)), color=figures.GRAY, linestyle=":")
ax.text(150, log(len(characters)) - 0.12, "ln V", ha="right", va="top")
ax.set(xlabel="steps", ylabel="loss, nats a character", ylim=(0, 4.7))
ax.legend(loc="center right")
ax.set_title("Both learn four lines by heart; only one can write them")
figures.show(fig, alt=f"Loss over 150 steps of the model with and without its mask: both from "
                      f"{by_heart[MyGPT][0]:.1f}, which is ln V, down to below 0.05.")

# %% [markdown]
# The right model reads "To b" and writes the rest of the line. The leaky one reaches as low a loss
# and writes nonsense: it learned to look the answer up, and there is nothing to look up when you
# write. (Neither has learned anything about English: they have seen four lines. Lesson 6 gives a
# model a town to learn about.)

# %% [markdown]
# ## 9. Encoder, decoder, encoder-decoder
#
# What you have built is a **decoder**: each position sees itself and what stands before it, so it
# can write. Take the mask away, and train it to fill in words that were hidden from it, and you
# have an **encoder**: each position sees the whole text, which is good for reading and no help for
# writing, as you have just seen. The Transformer of 2017 had both: an encoder for the sentence to
# be translated and a decoder that writes. Each of its decoder blocks has a third part between the
# other two, **cross-attention**, whose queries come from the decoder and whose keys and values come
# from the encoder's last layer. The picture shows who may look at whom; the striped part is
# cross-attention. A source of 4 tokens, a target of 3; encoder and decoder read the source alone:
# how many pairs may look, in each of the three?

# %%
three = mask_kinds.kinds(["The", "cat", "sat", "."], ["Die", "Katze", "saß"])
figures.show(mask_kinds.draw(three), alt=mask_kinds.alt(three))

# %% [markdown]
# | Kind | Trained to | Good for | Models |
# |---|---|---|---|
# | encoder | fill in hidden words | sorting, searching, embedding texts | BERT |
# | decoder | predict the next token | writing, and by prompts much else | GPT, Llama |
# | encoder-decoder | mend a damaged text, then pairs | translating, summarizing | T5, BART |
#
# Cross-attention is no new code: lesson 3's attention, with T_q target positions and T_k source
# positions, and matrices of its own.

# %%
_ = torch.manual_seed(0)
source, target = torch.randn(1, 4, 64), torch.randn(1, 3, 64)  # (B, T, C)
w_q, w_k, w_v = (torch.randn(64, 64) / 8 for _ in range(3))
crossed = F.scaled_dot_product_attention(target @ w_q.T, source @ w_k.T, source @ w_v.T)
print("3 target positions gather from 4 source positions:", tuple(crossed.shape))
may_see = {kind.name: int(kind.allowed.sum()) for kind in three}
print("pairs that may look:", may_see)
assert crossed.shape == target.shape
assert may_see == {"Encoder": 16, "Decoder": 10, "Encoder-decoder": 34}

# %% [markdown]
# Why are most large models decoders today? One reason is in the training: a decoder is graded at
# every position of every text. An encoder that hides 15% of its tokens is graded at 15% of them
# (Devlin and others, 2018). Another is that one stack that continues text can be asked to do
# anything. For searching and sorting, encoders of a hundredth of the size still do the work.

# %% [markdown]
# ## 10. A real model's weights
#
# A trained model is a file of named tensors. To bring one to life in your own classes you need to
# know four things: what each tensor is called there, which way its matrices lie, in which order
# their rows come, and what is not there because something else is used for it. Here are SmolLM2's
# weights as another library could keep them: named as in Hugging Face's `transformers`, and with
# the matrices of the layers stored (in, out). (Real files of Llama have the names and store (out,
# in); GPT-2's store (in, out). We mixed them, so that you meet everything once.) Which of theirs
# belongs to which of yours? (*mlp*, multilayer perceptron, is an old name of the feed-forward
# half.)

# %%
theirs = foreign.weights()
print(f"{len(theirs)} tensors, {sum(weight.numel() for weight in theirs.values()):,} numbers; a "
      f"head among them: {'lm_head.weight' in theirs}")
for name in [*theirs][:10]:
    print(f"  {name:50} {tuple(theirs[name].shape)}")
print("and a block of yours, of width 64:")
for name, weight in small.blocks[0].state_dict().items():
    print(f"  {'blocks.0.' + name:50} {tuple(weight.shape)}")

# %% [markdown]
# Names that do not fit are refused by `load_state_dict`, which puts a dict of tensors into a model,
# and so is a matrix of (576, 1536) in place of (1536, 576). Two traps load without a word:
#
# - A square matrix lies either way: shapes cannot tell (in, out) from (out, in).
# - The rows of queries and keys. RoPE, the rotary position embedding, turns pairs of numbers, and
#   lesson 2 had two ways to lay pairs out. Your attention has partners side by side, x0 x1 x2 x3
#   (interleaved); theirs has all first partners and then all second ones, x0 x2 x1 x3 (half-split),
#   within each head. It is the *rows* of the two matrices that make these numbers.
#
# And SmolLM2's head is tied: the table of embeddings is used at both ends. Our model wants an entry
# for each.
#
# The names, part by part, are these.

# %% role="setup"
NAMES = {
    "input_layernorm": "norm_1",
    "self_attn.q_proj": "attention.query",
    "self_attn.k_proj": "attention.key",
    "self_attn.v_proj": "attention.value",
    "self_attn.o_proj": "attention.output",
    "post_attention_layernorm": "norm_2",
    "mlp.gate_proj": "feed_forward.gate",
    "mlp.up_proj": "feed_forward.up",
    "mlp.down_proj": "feed_forward.down",
}

# %% [markdown] exercise="load_weights" role="task"
# ### A real model's weights
#
# *3 points, about 18 minutes, difficulty 4 of 5. Needs nothing from earlier exercises; `NAMES` is
# the table above.*
#
# Write `load_weights(foreign, n_layer, head_dim)`. `foreign` is a dict from names to float32
# tensors, with the names of Hugging Face's Llama. It returns a new dict with the names and shapes
# that our model has. V tokens, width C: the tables are `(V, C)`, norms are `(C,)`, and every matrix
# of a layer is (in, out) in `foreign`, (out, in) in ours. `head_dim` is even; there may be fewer
# key heads than query heads.
#
# 1. For each of the `n_layer` layers i, a name `model.layers.{i}.` + part + `.weight` becomes
#    `blocks.{i}.` + `NAMES[part]` + `.weight`.
# 2. `model.embed_tokens.weight` becomes `embed.weight`, `model.norm.weight` becomes `norm.weight`,
#    and `lm_head.weight` becomes `head.weight`.
# 3. Where `foreign` has no `lm_head.weight`, `head.weight` is the embedding table.
# 4. Every matrix of a layer is transposed. The two tables `(V, C)` and the norms are not.
# 5. After that, each `head_dim` rows of a query or key matrix are one head, with its rows in the
#    order x0, x2, x4, ..., x1, x3, x5, ...; the result has them as x0, x1, x2, and so on.
# 6. The rows of all other matrices keep their order.
# 7. `foreign` and its tensors are left unchanged, in whichever order its names come.
#
# It takes 9 to 14 lines. Point 5 undoes what `to_half_split` did in lesson 2. By hand: with
# `head_dim` 6, the transposed rows `a c e b d f g i k h j l` are two heads and become
# `a b c d e f g h i j k l`.

# %% exercise="load_weights" role="answer"
def load_weights(foreign, n_layer, head_dim):
    """Return the weights of a foreign model as our model wants them.

    foreign: dict from Hugging Face's names to tensors; matrices of layers are (in, out).
    Returns a dict from our names to tensors; matrices are (out, in), pairs are neighbors.
    """
    ### BEGIN SOLUTION
    weights = {"embed.weight": foreign["model.embed_tokens.weight"],
               "norm.weight": foreign["model.norm.weight"]}
    weights["head.weight"] = foreign.get("lm_head.weight", weights["embed.weight"])
    for i in range(n_layer):
        for part, ours in NAMES.items():
            weight = foreign[f"model.layers.{i}.{part}.weight"]
            if weight.ndim == 2:
                weight = weight.T  # (in, out) -> (out, in)
            if ours in ["attention.query", "attention.key"]:
                heads = weight.unflatten(0, (-1, 2, head_dim // 2))  # (H, 2, D / 2, C)
                weight = heads.transpose(1, 2).flatten(0, 2)  # (H * D, C)
            weights[f"blocks.{i}.{ours}.weight"] = weight
    return weights
    ### END SOLUTION

# %% exercise="load_weights" role="test" points=3
check(load_weights)
### BEGIN HIDDEN TESTS
check(load_weights, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Now the moment. Your classes, 30 layers, width 576, and these weights.

# %%
def load_into_mine(state):
    """Return your GPT in SmolLM2's shape with these weights."""
    with torch.device("meta"):  # no memory for numbers that are replaced at once
        model = MyGPT(49_152, C=576, n_layer=30, n_head=9, n_kv_head=3, d_ff=1536,
                      rope_base=100_000.0)
    model.load_state_dict(state, assign=True)  # strict: every name and shape must fit
    model.head.weight = model.embed.weight  # tied again: they came as two names
    return model


load = mine("load_weights")
state = load(theirs, n_layer=30, head_dim=64)
smol = load_into_mine(state)
tokenizer = smollm2.load_tokenizer()
ids = torch.tensor([tokenizer.encode(capital)])
with torch.inference_mode():
    logits, _ = smol(ids)
print(f"{sum(weight.numel() for weight in smol.parameters()):,} weights in {len(state)} tensors")
print("largest difference from the course's loader is below 0.001:",
      (logits[0] - journey.logits).abs().max().item() < 1e-3)
assert (logits[0] - journey.logits).abs().max() < 1e-3
assert torch.equal(logits[0].argmax(dim=-1), journey.logits.argmax(dim=-1))

# %%
said = tokenizer.decode(greedy(smol, ids[0], 2).tolist())
print(said)
assert said.startswith(capital + " Paris")

# %% [markdown]
# It speaks. Your norms, your feed-forward half, your wiring and your names are in every number on
# the way; only attention, the turns of RoPE and the tokenizer came from the library, and you wrote
# those in lessons 1 to 3. (What `greedy` does, and why always taking the likeliest token is not
# always good, is lesson 5.) Its chat answer waits at the end; first, now that the model is yours,
# look inside.

# %% [markdown]
# ## 11. Who does what?
#
# "Attention moves information and feed-forward layers store facts." Put it to the test: switch off
# one half of one layer at a time and see what the model can no longer do, on two tasks. *Capitals*:
# nine prompts such as "The capital of France is"; the answer stands in no prompt, so it comes from
# the weights. *Repeats*: 25 random tokens, then the same again; no weight can know them, so the
# answer comes from the text. If the slogan is right, what happens in the four cases?
#
# To switch a half off, let it say **zero**. The cost is the loss without the half minus the loss of
# the whole model, in nats a token. The next cell runs the model a few hundred times; it may take a
# minute. Where would you look for the capitals?

# %%
costs = who_does_what.smollm2_costs()
print(f"the whole model: capitals {costs.whole['capitals']:.2f} nats; repeats "
      f"{costs.whole['repeats']:.2f}, where a guess among all tokens would be {log(49_152):.1f}")
two = ["capitals", "repeats"]
figures.show(who_drawing.draw(costs, "zero", two, "Zero in place of one half of one layer"),
             alt=who_drawing.alt(costs, "zero", two))

# %% [markdown]
# After the first layers, which all need, one bar stands alone: feed-forward 11, nine nats. So this
# is where the capitals are? Look twice. Repeats suffer from it too, and nobody stores those. And a
# zero does two things: it takes away what the half says about *this* text, and it puts something in
# place that the later layers may never have read. So try other ways: the **mean** of what the half
# says on other texts (first tokens left out), which takes only the first of the two; and both of
# them at some tokens only. "Which capital" asks another question of the same prompts: how far is
# the right city ahead of the mean of the eight others? (In nats too; in the whole model it is 10.3
# ahead.)

# %%
ways = ["zero", "mean", "zero, first kept", "mean, first kept", "zero at the first"]
three_tasks = ["capitals", "which capital", "repeats"]
cost_11 = {(task, way): who_does_what.smollm2_cost(task, (11, "feed_forward"), way)
           for task in three_tasks for way in ways}
cost_1 = {way: who_does_what.smollm2_cost("capitals", (1, "attention"), way) for way in ways[:2]}
table([(way, *(f"{cost_11[task, way]:.1f}" for task in three_tasks)) for way in ways],
      columns=["feed-forward 11 says", *three_tasks],
      caption="What it costs to change one half in five ways, nats a token")

# %%
print(f"attention 1, capitals: {cost_1['zero']:.1f} by zero, {cost_1['mean']:.1f} by the mean")
without_11 = who_does_what.capitals_said((11, "feed_forward"), "zero at the first")
print("feed-forward 11 at zero at the first token; likeliest next tokens:",
      sorted({token for token, _ in without_11}))
print("the right city is still before the eight others:",
      sum(a == b for (_, a), b in zip(without_11, who_does_what.CAPITALS.values(), strict=True)),
      "of 9 times")

# %%
halves = who_does_what.said_by_halves(next_token.load(), torch.tensor([journey.ids]))
for part in ["attention", "feed_forward"]:
    said = halves[11, part][0].square().mean(dim=-1).sqrt()  # (T,)
    print(f"layer 11, {part:12} adds vectors of size", [round(size, 1) for size in said.tolist()])
story = demos.sample("prose")
for name, half in [("as it is", None), ("with feed-forward 11 at zero", (11, "feed_forward"))]:
    to_first = who_does_what.to_first_token(story, half)  # (30, 9)
    print(f"{name}: {(to_first > 0.5).sum()} of 270 heads put more than half on the first token")

# %% [markdown]
# Compare the last row with the third. For the capitals, zero *at the first token alone* costs all
# there is to lose; zero everywhere else costs nothing, and the lead even grows. (At the first token
# the mean is as foreign as zero.) The first token has read nothing but itself and is the same for
# all nine countries, so whatever is written there is no capital. It is the huge vector of section
# 2, and nearly all of the attention sinks of lesson 3 hang on it: without it they look elsewhere.
# Even so, the model still knows which city is right, in all nine cases. What it no longer does is
# say a city at all: it goes on with *not*.
#
# Attention 1 shows the other danger: nine nats by zero, next to nothing by its mean. So the fairer
# experiment is the mean, with the first token left alone. Compare the next picture with the first.

# %%
fairer = "mean, first kept"
mean_title = "The mean in place of one half, first token kept"
figures.show(who_drawing.draw(costs, fairer, title=mean_title),
             alt=who_drawing.alt(costs, fairer))

# %%
copying = costs.worst("repeats", fairer, "attention", 8)  # {layer: cost}
knowing = costs.by["capitals", fairer, "attention"].tolist()
copiers = [layer for layer, cost in copying.items() if cost > 4 * knowing[layer]]
table([(layer, f"{copying[layer]:.2f}", f"{knowing[layer]:.2f}") for layer in copiers],
      columns=["attention of layer", "repeats cost", "capitals cost"],
      caption="Of the eight that repeats need most, those that capitals need much less")

# %%
sums = {(task, part): costs.by[task, fairer, part][1:29].clamp(min=0).sum().item()
        for task in three_tasks for part in who_does_what.PARTS}
print("costs added up, where they are above 0, in layers 1 to 28:")
for (task, part), total in sums.items():
    print(f"  {task:14} {part.replace('_', '-'):12} {total:5.1f} nats")
fetching, lead = costs.worst("which capital", fairer, "attention", 1), -costs.whole["which capital"]
claims([
    ("Copying from the text is the work of attention",
     "between the first and the last layer, which serve everything"
     if sums["repeats", "attention"] > 1.5 * sums["repeats", "feed_forward"] else False,
     f"{sums['repeats', 'attention']:.1f} nats against {sums['repeats', 'feed_forward']:.1f}"),
    ("Facts do not need attention",
     sums["which capital", "attention"] < 0.3 * sums["which capital", "feed_forward"],
     f"the lead of the right city loses {sums['which capital', 'attention']:.1f} nats to "
     f"attention, {sums['which capital', 'feed_forward']:.1f} to feed-forward; to attention of "
     f"layer {next(iter(fetching))} alone {next(iter(fetching.values())):.1f} of {lead:.1f}"),
    ("Facts are stored in the feed-forward layers", None,
     "switching off cannot tell a store from a wire"),
    ("What a model cannot do without a part was stored in that part",
     cost_11["capitals", "zero, first kept"] > 1,
     f"feed-forward 11 costs the capitals {cost_11['capitals', 'zero']:.1f} nats, and "
     f"{cost_11['capitals', 'zero, first kept']:.1f} with the first token left alone"),
])

# %% [markdown]
# (Feed-forward 0 costs every task more than 10 nats, and feed-forward 29 two or three: they serve
# everything and say nothing about one task, so both ends are left out of the sums.) One half of the
# slogan holds: a few attention layers matter for copying and little for capitals (a *dissociation*:
# what harms one task spares the other). The other half cannot be judged in this way. The choice of
# the right city suffers from attention as much as from feed-forward layers, and, layer 0 apart,
# most from one attention, because somebody has to *fetch* what was known about France to the last
# token. Cut the wire or empty the store: what you see at the end is the same. Finer experiments put
# what another prompt had said in place (Meng and others, 2022), and find both: feed-forward layers
# enrich *France*, attention carries the result on (Geva and others, 2023).
#
# Is there at least one neuron for one fact? Geva and others (2020) read a feed-forward half as a
# memory: each neuron's row in the first matrix is a key that says when to fire, its column in the
# last one is what it then adds. For each of the nine prompts, the next cell finds the neuron whose
# column speaks most for the right capital against the other eight, and switches it off. What do you
# expect of the nine probabilities?

# %%
prompts = [f"The capital of {country} is" for country in who_does_what.CAPITALS]
cities = [f" {city}" for city in who_does_what.CAPITALS.values()]
added = neurons.toward(prompts, cities)  # (9, 30, 1536) logits
whole = neurons.answer_probs(prompts, cities)
rows, kept_own, kept_others = [], [], []
for number, city in enumerate(cities):
    layer, place = divmod(added[number].argmax().item(), 1536)
    with neurons.neuron_off((layer, place)):
        without = neurons.answer_probs(prompts, cities)
    kept = [after / before for after, before in zip(without, whole, strict=True)]
    kept_own.append(kept[number])
    kept_others.append(min(kept[:number] + kept[number + 1:]))
    rows.append((city.strip(), f"({layer}, {place})", f"{added[number].max():.2f}",
                 f"{added[number].sum():.2f}", f"{whole[number]:.2f}", f"{without[number]:.2f}",
                 f"{kept_others[-1]:.0%}"))
table(rows, columns=["capital", "neuron", "it adds", "all add", "probability", "without it",
                     "worst other keeps"],
      caption="The strongest of 46,080 neurons for each capital; what is added in logits")

# %%
claims([
    ("A capital hangs on the neuron that speaks most for it", min(kept_own) < 0.5,
     f"without its strongest neuron each keeps at least {min(kept_own):.0%} of its probability; "
     f"{len({row[1] for row in rows})} different neurons for 9 capitals"),
])

# %% [markdown]
# No capital hangs on its neuron; without "its" neuron *Paris* even becomes a little likelier. One
# neuron is the strongest for two cities, and switching off that of Nairobi harms another one more.
# A fact is spread over many neurons (*all add* is the sum over all of them), and a neuron may take
# part in several facts. (The cell sees direct effects only, what a column says to the head; what it
# says to later layers is not counted.)

# %% [markdown]
# ## 12. The logit lens
#
# The stream has the same shape at every layer: it starts as an embedding and ends as what the head
# reads. So why not let the head read it *earlier*? That is the **logit lens** (nostalgebraist,
# 2020): the last norm and the head, applied after each layer. When does *Paris* come up? Guess a
# layer, then run.

# %%
lens = logit_lens.lens(capital, [" Paris", " France"])
table([(layer, f"{lens.ranks[' Paris'][layer]:,}", f"{lens.word_probs[' Paris'][layer]:.3f}",
        lens.guesses[layer][-1].replace(" ", "·"))
       for layer in [0, 6, 12, 18, 24, 26, 27, 28, 29, 30]],
      columns=["layers passed", "rank of ·Paris", "probability", "likeliest"],
      caption="What the head reads at the last token of “The capital of France is”")

# %%
figures.show(logit_lens.draw(lens), alt=logit_lens.alt(lens))

# %% [markdown]
# After 0 layers, the head reads the embedding itself, and as it is tied it says the same token
# again, as in section 8 (but `<filename>` at *France*). For the last token it then says little that
# makes sense for a long time, and the rank of *Paris* gets worse, from 1,497 to 4,699; easy words
# such as *of* after *capital* are there much earlier. From 24 layers on *Paris* comes up, and the
# last layer alone lifts it from .07 to .77. Is that the rule? Two more prompts:

# %%
first_of = {}
for prompt, word in [(capital, " Paris"), ("The opposite of hot is", " cold"),
                     ("To be, or not to", " be")]:
    ranks = logit_lens.lens(prompt, [word]).ranks[word]
    first_of[word] = min(layer for layer in range(31) if set(ranks[layer:]) == {1})
    print(f"{prompt}{word}: likeliest after {first_of[word]} layers, and from there on")
claims([
    ("The right word is likeliest only at the very end",
     "for the two facts of these three; the quotation is ready earlier"
     if min(first_of[" Paris"], first_of[" cold"]) >= 29 > first_of[" be"] + 2 else False,
     ", ".join(f"{word.strip()} from {layer} layers on" for word, layer in first_of.items())),
])

# %% [markdown]
# The head was trained for the end of the stream only. What an early layer keeps in another form it
# cannot read, so "not visible here" does not mean "not known yet"; a *tuned* lens, trained for each
# layer, sees words earlier (Belrose and others, 2023).

# %% [markdown]
# ## On a real model
#
# The question from the top, now answered by your own classes, weights loaded by you. The format
# with its special tokens is how this model was taught to chat; lesson 7 builds it.

# %%
chat_ids = torch.tensor(tokenizer.encode(next_token.chat_format(question), allowed="all"))
end_of_message = tokenizer.special_tokens["<|im_end|>"]
answer = greedy(smol, chat_ids, 30, stop_id=end_of_message)[len(chat_ids):]
print(tokenizer.decode(answer.tolist()))
assert tokenizer.decode(answer.tolist()) + "<|im_end|>" == next_token.answer(question)

# %% [markdown]
# And now break it, in the way that is hardest to see: every name and every shape right, but the
# rows of queries and keys left in the other library's order. (We say that heads have two rows, one
# pair each: then nothing is reordered.) Three tests: the loss on a story, *Paris*, and a chat.
# Which of them will notice?

# %%
half_split = load_into_mine(load(theirs, n_layer=30, head_dim=2))
prose = torch.tensor([tokenizer.encode(demos.sample("prose"))])  # (1, 256)
prose_loss = {}
for name, model in [("reordered", smol), ("not reordered", half_split)]:
    with torch.inference_mode():
        _, loss = model(prose[:, :-1], prose[:, 1:])
    prose_loss[name] = loss.item()
    said = tokenizer.decode(greedy(model, ids[0], 2).tolist())
    replied = tokenizer.decode(greedy(model, chat_ids, 8, end_of_message)[len(chat_ids):].tolist())
    print(f"{name}: loss on a story {loss:.2f}; {said!r}\n  in a chat {replied!r}")
assert prose_loss["not reordered"] > prose_loss["reordered"] + 1

# %% [markdown]
# It still says *Paris*. No error, no warning, and the first thing anybody would try works; a longer
# text shows it (a token of the story costs 1.7 nats more), and the chat falls apart. This mistake
# has cost many people a day. Never believe that weights are loaded because a word comes out right:
# compare *logits* with a model that works.

# %% [markdown] role="written" points=2
# ### Where is Paris?
#
# A blog writes: "We zeroed the feed-forward half of layer 11 of SmolLM2, and the model forgot all
# capitals, nine nats a token. So this is where it stores them." In four to six sentences: say what
# this lesson found about layer 11 that the blog did not look at, with at least two numbers; then
# propose an experiment that could show that *some* feed-forward layers hold facts and attention
# does not, and which result would make you give the idea up.
#
# ### BEGIN MARK SCHEME
# **1 point:** says that feed-forward 11 writes the huge vector at the first token (the attention
# sink), and that zero at that token alone costs as much (10.1 nats) while zero at all others costs
# nothing; or that the right city still leads (it loses 4.6 of 10.3 nats), so that the model has not
# forgotten but no longer says a city; or that repeats suffer as well (4.9 nats), which stand in the
# text and are no stored facts. At least two numbers.
#
# **1 point:** proposes an intervention with a comparison: the mean, or what another prompt said,
# in place of zero; facts against a task whose answer stands in the text, or the choice among cities
# against saying a city; feed-forward against attention, or against halves drawn by chance; names a
# result that would refute (attention costs the choice as much; what harms facts harms copying as
# much). Full credit, too, for saying that switching off cannot tell a store from a wire. An
# experiment without a comparison earns no point.
# ### END MARK SCHEME

# %% [markdown]
# ## Key takeaways
#
# - Each half of each block reads a norm of the stream and adds to the stream. Without the way
#   around, positions become alike; with it and the norm in the branch, deep models learn at more
#   rates.
# - Norms are computed in float32, or a large number turns a vector into zeros without an error.
# - Attention lets tokens take from each other. The feed-forward half works on each token alone;
#   without its bend, its matrices would be one.
# - "Two thirds are feed-forward" holds for one recipe of shapes, and embeddings are left out.
# - A new model's loss is ln V, and it can learn one batch by heart. Look at both before you train;
#   and let it write, because a leak passes both.
# - Encoder and decoder are the same blocks under other masks; an encoder-decoder has
#   cross-attention besides.
# - Weights are names, layouts and an order of rows. Compare logits before you believe in them.
# - Switching a part off tells what breaks, not what was stored there. Zero misleads, and one
#   measure is not enough.

# %% [markdown]
# ## Knowledge check
#
# Some of the questions use figures from above; scroll back as often as you like. Every option tells
# you why.

# %%
quiz("blocks")

# %% [markdown]
# ## What we simplified
#
# - Real models have careful sizes for each kind of first weights (many make the last matrix of a
#   half smaller with depth; some start it at 0, as this course's own models do), may use dropout,
#   and have norms in more places: on queries and keys, behind a half as well (Gemma 2) or instead
#   (OLMo 2).
# - With first weights a tenth as large, the residual path alone keeps a 48-layer stack in shape,
#   and deep models without norms have been trained that way (Zhang and others, 2019).
# - Some models run both halves side by side on one norm, to save time (GPT-J, PaLM).
# - Many large models replace the feed-forward half by several, of which each token uses a few:
#   mixture of experts. Then "parameters" and "parameters a token uses" are two numbers.
# - Our race has 150 steps and models 32 numbers wide, our stacks are 64 wide. They show what
#   happens, not how much of it a large model would show.
# - The course's own library keeps everything in float32, so its norms do not convert.
# - Nine capitals and two rows of repeats are few, and a mean over three short texts is a rough
#   mean. Do not read the small bars.
# - Switching one half off says nothing about what two can do for each other. Models have spares.

# %% [markdown]
# ## Papers and further reading
#
# - He and others, 2015, [residual learning](https://arxiv.org/abs/1512.03385).
# - Ba, Kiros and Hinton, 2016, [layer normalization](https://arxiv.org/abs/1607.06450). Zhang and
#   Sennrich, 2019, [RMSNorm](https://arxiv.org/abs/1910.07467).
# - Vaswani and others, 2017, [Attention Is All You Need](https://arxiv.org/abs/1706.03762). Xiong
#   and others, 2020, [where the norm goes](https://arxiv.org/abs/2002.04745).
# - Hendrycks and Gimpel, 2016, [GELU](https://arxiv.org/abs/1606.08415). Shazeer, 2020, [gated
#   units](https://arxiv.org/abs/2002.05202).
# - Dong, Cordonnier and Loukas, 2021, [attention alone loses
#   rank](https://arxiv.org/abs/2103.03404).
# - Devlin and others, 2018, [BERT](https://arxiv.org/abs/1810.04805). Raffel and others, 2019,
#   [T5](https://arxiv.org/abs/1910.10683). Lewis and others, 2019,
#   [BART](https://arxiv.org/abs/1910.13461).
# - Zhang, Dauphin and Ma, 2019, [Fixup: without normalization](https://arxiv.org/abs/1901.09321).
# - Elhage and others, 2021, *A Mathematical Framework for Transformer Circuits*. Geva and others,
#   2020, [feed-forward layers as memories](https://arxiv.org/abs/2012.14913); 2023, [how facts are
#   recalled](https://arxiv.org/abs/2304.14767).
# - Meng and others, 2022, [locating facts](https://arxiv.org/abs/2202.05262), and Hase and others,
#   2023, [why location does not tell where to edit](https://arxiv.org/abs/2301.04213).
# - nostalgebraist, 2020, *interpreting GPT: the logit lens*. Belrose and others, 2023, [the tuned
#   lens](https://arxiv.org/abs/2303.08112).
# - Sun and others, 2024, [massive activations](https://arxiv.org/abs/2402.17762). Allal and others,
#   2025, [SmolLM2](https://arxiv.org/abs/2502.02737).

# %% [markdown]
# ## Where you stand

# %%
progress("blocks")

# %% [markdown]
# **Next question.** Your model gives a probability to each of 49,152 tokens, and we always took the
# largest. Ask it for a story like that and it will say the same thing again and again. How does a
# distribution become a text that one wants to read? That is lesson 5, Sampling.
