# %% [markdown]
# # 6. Pretraining: how does predicting the next token teach a language?
#
# A fresh model knows nothing: all its numbers are random. Then it reads, guesses each next token,
# is told what really came, and moves every number a little. That is all of pretraining, and at the
# end of it stands a model that has learned words, grammar and facts that nobody marked for it. In
# this lesson you write every part of it. You watch one model grow up in a minute, beside the loss
# that no model can beat; you watch training go wrong in four ways (a rate that is too high, a bad
# page, a wrong target, too little text) and learn to tell; and from five small models you predict
# how good a sixth will be before you train it.
#
# | You will be able to | Tested by |
# |---|---|
# | cut batches, and say which question stands at every position | Exercise 6.1, bug hunt |
# | compute a loss that never overflows, and compare it across tokenizers | Exercises 6.2 and 6.3 |
# | write AdamW (Adam with decoupled weight decay), a schedule, clipping | Exercises 6.4 to 6.7 |
# | find the bug behind a loss that is too good | Exercise 6.8 |
# | tell learning from memorizing, and a healthy run from a sick one | knowledge check |
# | read a law off small runs, and say how far it can be trusted | knowledge check |
# | choose a size for a budget of arithmetic | Exercise 6.9 |
# | plan a run of your own | written question |
#
# **Needs:** lessons 0 to 5. **Time:** about 90 minutes of reading and 80 minutes of exercises;
# all cells together compute for less than 8 minutes. **Last changed:** 2026-11-27.

# %% [markdown]
# <details><summary>For teaching: minutes per section</summary>
#
# | Section | Talk | Exercises | | Section | Talk | Exercises |
# |---|---|---|---|---|---|---|
# | 1 Where the text comes from | 5 | | | 10 Your own training run | 5 | |
# | 2 A question at every position | 3 | 8 | | 11 A minute of training | 7 | |
# | 3 How wrong is a prediction? | 5 | 12 | | 12 What it learned, and when | 6 | |
# | 4 Per token, per byte | 4 | 4 | | 13 Too little text, too often | 6 | |
# | 5 AdamW | 6 | 15 | | 14 Stop, and go on | 3 | |
# | 6 How fast to learn | 6 | 7 | | 15 Sixteen bits | 4 | |
# | 7 One bad batch | 4 | 8 | | 16 Many machines | 4 | |
# | 8 A batch that does not fit | 3 | 12 | | 17 A law for size | 8 | |
# | 9 A loss that is too good | 3 | 8 | | 18 The best size for a budget | 6 | 6 |
#
# </details>

# %% [markdown]
# This lesson trains real models while you read. What takes longest, in seconds: first on two cores
# that have nothing else to do, then on two that are busy with other work. Each bar says how long it
# still takes.
#
# | Section | Run | Seconds | | Section | Run | Seconds |
# |---|---|---|---|---|---|---|
# | 4 | SmolLM2 reads Shakespeare | 6 to 20 | | 13 | copies | 12 to 26 |
# | 6 | a good and a sick run | 5 to 9 | | 14 | a run that is killed | 12 to 25 |
# | 7 | a bad batch | 5 to 10 | | 15 | sixteen bits | 5 to 15 |
# | 10 | your own training run | 12 to 36 | | 16 | two processes | 10 to 20 |
# | 11 | the minute | 53 to 92 | | 17 | five sizes | 95 to 190 |
# | 13 | too little text | 13 to 28 | | 17 | the sixth | 25 to 41 |

# %% role="setup"
import lzma
from collections import Counter
from math import cos, exp, log, pi, sqrt
from os.path import commonprefix

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F

from course_lib import smollm2
from course_lib.llm.model import GPT, ModelConfig
from course_lib.study import demos, figures, next_token, town_training
from course_lib.study.check import check
from course_lib.study.claims import claims
from course_lib.study.hint import hint
from course_lib.study.mine import mine
from course_lib.study.progress import progress
from course_lib.study.progress_bar import Bar
from course_lib.study.quiz import quiz
from course_lib.study.tables import table

figures.use_style()

# %% [markdown]
# And the experiments of this lesson, which train models or show what was measured:

# %% role="setup"
from course_lib.study import (
    duplicates,
    growth,
    killed_run,
    same_budget,
    scaling,
    sixteen_bits,
    too_little,
    training_cost,
    two_processes,
)
from course_lib.study.trigrams import trigram_loss
from course_lib.study.widgets.rate_explorer import rate_explorer
from course_lib.study.widgets.samples_by_step import samples_by_step
from course_lib.study.widgets.training_bill import training_bill
from course_lib.tinyville import documents

# %% [markdown]
# ## 1. Where the text comes from
#
# Llama 3 read 15 trillion tokens (Llama team, 2024). At 0.75 words a token and 250 words a minute,
# reading day and night, how long would a person need for that? Guess, then divide.

# %%
years = 15e12 * 0.75 / 250 / 60 / 24 / 365
print(f"{years:,.0f} years")

# %% [markdown]
# Most of such text is web pages, with books, papers, program code and encyclopedias beside them.
# What arrives is not yet text to learn from. The usual stations:
#
# 1. **Extract** the text from the page: menus, advertisements and cookie notices go.
# 2. **Filter**: languages that are not wanted, pages that are mostly lists or symbols, private
#    data, adult pages. Today a small model often scores pages for their quality.
# 3. **Remove duplicates.** The same article stands on hundreds of sites; a license text stands in
#    every repository.
# 4. **Mix**: how many of the tokens come from each source. For Llama 3 it was half general
#    knowledge, a quarter mathematics and reasoning, 17% code, 8% other languages.
#
# Duplicates are easy to find when they are exact. Most are not. Below are five pages. Which would
# you remove? One way to decide: cut each page into runs of three words, and ask which share of all
# runs of two pages is common to both (the **Jaccard index**).

# %%
pages = ["the cat sat on the mat and looked at the dog in the garden",
         "The cat sat on the mat and looked at the dog in the garden!",
         "yesterday the cat sat on the mat and looked at the dog in the garden",
         "the dog sat in the garden and looked at the cat on the mat",
         "a recipe for soup with carrots and a little salt"]


def runs_of_three(page):
    words = "".join(c for c in page.lower() if c.isalpha() or c == " ").split()
    return {tuple(words[i : i + 3]) for i in range(len(words) - 2)}


def jaccard(a, b):
    a, b = runs_of_three(a), runs_of_three(b)
    return len(a & b) / len(a | b)


table([(page, *(f"{jaccard(page, other):.2f}" for other in pages[:4])) for page in pages],
      columns=["page", "with 1st", "2nd", "3rd", "4th"],
      caption="Share of common runs of three words")

# %% [markdown]
# The second is the first but for a capital and a mark, the third has one more word: both are above
# the usual thresholds of 0.7 or 0.8. The fourth has the very same words in another order, and
# shares little: it is another text. Nobody can compare billions of pages each with each. Real
# pipelines estimate the overlap from short fingerprints, and look only at pages whose fingerprints
# agree in part (Broder, 1997). What a duplicate costs if it stays in is measured in section 13.
#
# ## 2. A question at every position
#
# A row of text holds many questions. Model and teacher see *the cat sat on the mat*. What is asked?

# %%
words = ["the", "cat", "sat", "on", "the", "mat"]
table([(t, " ".join(words[: t + 1]), words[t + 1]) for t in range(len(words) - 1)],
      columns=["position", "the model has read", "the right answer"],
      caption="Five questions in a row of six words")

# %% [markdown]
# Nobody has to label anything: the text is its own answer sheet. And since no position sees later
# ones (the causal mask of lesson 3), all questions are asked in *one* pass. So a batch is a pair:
# `x`, what is read, and `y`, the same one place further on. For B rows of T tokens those are B · T
# questions.

# %% [markdown] exercise="get_batch" role="task"
# ### Cut a batch
#
# *2 points, about 8 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `get_batch(ids, B, T, generator)`. `ids` is a text as one long row of tokens, an int64
# tensor of shape `(N,)`. It returns a pair `(x, y)` of int64 tensors of shape `(B, T)`: what the
# model reads, and what it should have said at each place.
#
# 1. Each row of `x` holds T neighboring ids of the text, cut out at some start.
# 2. `y[b, t]` is the id that follows `x[b, t]` in the text.
# 3. The start of each row is drawn by itself, every possible one equally likely, the first and the
#    last too. A start is possible where the text has all that `x` and `y` need.
# 4. All random numbers come from `generator`, a `torch.Generator`; each call draws new starts.
# 5. A text without a single possible start raises `ValueError`.
# 6. `ids` is left unchanged.
#
# It takes 5 or 6 lines. By hand: in a text of N = 5 ids and with T = 3, the starts 0 and 1 are
# possible, and no others.

# %% exercise="get_batch" role="answer"
def get_batch(ids, B, T, generator):
    """Return what is read and what comes next, B windows of T ids cut anywhere from a text.

    ids: (N,) int64. generator: torch.Generator, where the starts are drawn.
    Returns x, y: each (B, T) int64, y one place ahead of x.
    """
    ### BEGIN SOLUTION
    n_starts = len(ids) - T
    if n_starts < 1:
        raise ValueError(f"expected a text of more than {T} ids, got {len(ids)}")
    starts = torch.randint(n_starts, (B, 1), generator=generator)
    places = starts + torch.arange(T)  # (B, T)
    return ids[places], ids[places + 1]
    ### END SOLUTION

# %% exercise="get_batch" role="test" points=2
check(get_batch)
### BEGIN HIDDEN TESTS
check(get_batch, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# ## 3. How wrong is a prediction?
#
# At each position the model gives a probability to every token. The right one had p: the loss
# there is $-\ln p$, lesson 0's surprise. **By hand**, with the logits of lesson 5: *on, the, mat,
# in* have 2, 1, 0.5, 0, and the text goes on with *the*. $e$ to each is 7.39, 2.72, 1.65, 1, the
# sum 12.76. So p = 2.72 / 12.76 = .21, and the loss is 1.55 nats. Which loss has *on*? And what is
# $-\ln p$ in terms of the logits alone?

# %%
logits = torch.tensor([2.0, 1.0, 0.5, 0.0])
for word, logit in zip(["on", "the", "mat", "in"], logits, strict=True):
    prob = logits.softmax(dim=-1)[logits == logit].item()
    print(f"{word}: p = {prob:.2f}, loss {-log(prob):.2f} = "
          f"{logits.logsumexp(dim=-1).item():.2f} - {logit.item():.2f}")

# %% [markdown]
# The loss is the logarithm of the sum of exponentials, minus the right logit. This form matters: a
# probability that is too small for float32 becomes 0, and its logarithm minus infinity, while the
# difference stays a harmless number. (`logsumexp` takes the largest logit out first, so that no
# exponential is above 1.) One mistake of that kind can spoil a run of weeks.

# %%
far = torch.tensor([200.0, 0.0])  # the right one is the second
print("log of softmax:", far.softmax(dim=-1)[1].log().item())
print("difference:", (far[1] - far.logsumexp(dim=-1)).item())

# %% [markdown]
# A mean loss also has a picture: $e^{loss}$, the **perplexity**, is the number of equally likely
# tokens among which one would be as unsure. A fresh model should know nothing, so its perplexity
# should be the size of the vocabulary.

# %% [markdown] exercise="cross_entropy" role="task"
# ### Cross-entropy
#
# *3 points, about 12 minutes, difficulty 3 of 5. Needs nothing from earlier exercises.*
#
# Write `cross_entropy(logits, targets, ignore_index)`. `logits` has the shape `(B, T, V)`,
# `targets` holds the right ids, int64 of shape `(B, T)`. A target equal to `ignore_index`, an int,
# is not counted, such as padding.
#
# 1. The loss at one position is minus the natural logarithm of the probability that the softmax of
#    its logits gives to its target.
# 2. The result is the mean over the counted positions, a tensor with one number.
# 3. Where no position is counted, the result is 0.
# 4. Logits of 10,000 and −10,000 give neither nan nor inf.
# 5. It is made by torch operations alone, so that its gradient can be taken.
# 6. `ignore_index` may be negative, so that it is no id at all, or an id such as 0.
# 7. The inputs are left unchanged.
#
# It takes 5 to 7 lines. Build it from its parts: `F.cross_entropy`, `nn.CrossEntropyLoss`,
# `nll_loss` and `log_softmax` are not allowed, `logsumexp` is. By hand: logits `[2, 1, .5, 0]`
# with target 1 give 1.55.

# %% exercise="cross_entropy" role="answer"
def cross_entropy(logits, targets, ignore_index):
    """Return the mean of -log softmax(logits)[target] over the counted positions, in nats.

    logits: (B, T, V). targets: (B, T) int64; ignore_index where a position is not counted.
    Returns a tensor of shape (); 0 where nothing is counted.
    """
    ### BEGIN SOLUTION
    counted = targets != ignore_index  # (B, T)
    safe = targets.masked_fill(~counted, 0)  # an id that exists
    chosen = logits.gather(-1, safe[..., None])[..., 0]  # (B, T)
    nats = logits.logsumexp(dim=-1) - chosen
    return nats.masked_fill(~counted, 0).sum() / counted.sum().clamp(min=1)
    ### END SOLUTION

# %% exercise="cross_entropy" role="test" points=3
check(cross_entropy)
### BEGIN HIDDEN TESTS
check(cross_entropy, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Use it, on a small model of Tinyville's village that has learned nothing yet. (`segments` tells it
# where one document of a row ends and the next begins.)

# %%
village = town_training.town("village")
fresh = town_training.new_model(village, d_model=64, seed=0)
rows = village.held_out[0]
loss_of_batch = mine("cross_entropy")
first = loss_of_batch(fresh(rows.ids, segments=rows.segments), rows.targets, -100).item()
print(f"first loss {first:.2f}, ln V = {log(village.vocab_size):.2f}; "
      f"perplexity {exp(first):.0f}, V = {village.vocab_size}")
theirs = F.cross_entropy(fresh(rows.ids, segments=rows.segments).flatten(0, 1),
                         rows.targets.flatten(), ignore_index=-100)
assert abs(first - theirs.item()) < 1e-4 and abs(first - log(village.vocab_size)) < 0.1

# %% [markdown]
# A little above V: by chance it prefers some tokens already, and is wrong about them.
#
# ## 4. Per token, per byte
#
# Four predictors read the same 4,000 characters of Shakespeare. Two of them have counted the
# characters of other plays: how often each comes, and how often after the two before it (lesson 0's
# trigrams, of characters). SmolLM2 knows a lot more, and reads lesson 1's tokens. The fourth is no
# language model at all: `lzma` packs files. Who predicts best? Look at the loss per token first.

# %%
play = demos.shakespeare()
seen, unseen = play[:1_000_000], play[len(play) // 2 :][:4000]
often = Counter(seen)
nats = {"characters, by frequency": [-log((often[c] + 1) / (len(seen) + 100)) for c in unseen]}
nats = {name: (len(values), sum(values)) for name, values in nats.items()}
after_two = trigram_loss([list(seen)], [list(unseen)])  # nats a character
nats["characters, two before"] = len(unseen), len(unseen) * after_two
nats["SmolLM2"] = next_token.total_nats(unseen)
for name, (n_tokens, total) in nats.items():
    print(f"{name}: {n_tokens:,} tokens, {total / n_tokens:.2f} nats a token")

# %% [markdown]
# By this list SmolLM2 is no better than counting characters. It is not a fair list. A guess among
# 49,152 tokens of three letters is another task than a guess among 80 characters, and whoever cuts
# a text into larger pieces has fewer guesses to make. What all of them share is the text: so add up
# the loss of the whole text, and share it out over its bytes, in bits.
#
# This number has a second meaning. A predictor that costs b bits a byte can be turned into a
# program that packs the text into b bits for each of its bytes, and no fewer (Shannon, 1948). So
# even `lzma` has its place in the list: by how much does its file grow if the text is packed behind
# the other plays? (Such a comparison is only fair if each predictor pays for *everything* in the
# text. One that counts words would have to pay for spelling the words it has never seen.)

# %% [markdown] exercise="bits_per_byte" role="task"
# ### Bits per byte
#
# *1 point, about 4 minutes, difficulty 1 of 5. Needs nothing from earlier exercises.*
#
# Write `bits_per_byte(total_nats, n_bytes)`. `total_nats` is the summed loss of a model over all
# tokens of a text, a float in nats; `n_bytes` is the length of the text in
# UTF-8 (Unicode Transformation Format, 8 bits), an int.
#
# 1. It returns a float: the loss in bits, shared out over the bytes. One bit is ln 2 nats.
# 2. An `n_bytes` below 1 raises `ValueError`.
#
# It takes 3 lines. By hand: a text of 100 bytes that costs 69.3 nats costs about 1 bit a byte.

# %% exercise="bits_per_byte" role="answer"
def bits_per_byte(total_nats, n_bytes):
    """Return the loss of a whole text in bits for each of its bytes.

    total_nats: float, summed over its tokens. n_bytes: int, at least 1, else ValueError.
    """
    ### BEGIN SOLUTION
    if n_bytes < 1:
        raise ValueError(f"n_bytes must be at least 1, got {n_bytes}")
    return total_nats / log(2) / n_bytes
    ### END SOLUTION

# %% exercise="bits_per_byte" role="test" points=1
check(bits_per_byte)
### BEGIN HIDDEN TESTS
check(bits_per_byte, thorough=True)
### END HIDDEN TESTS

# %%
def packed(text):
    return len(lzma.compress(text.encode()))


per_byte = mine("bits_per_byte")
n_bytes = len(unseen.encode())
bits = {name: per_byte(total, n_bytes) for name, (_, total) in nats.items()}
bits["lzma"] = 8 * (packed(seen + unseen) - packed(seen)) / n_bytes
table([(name, f"{nats[name][1] / nats[name][0]:.2f}" if name in nats else None, f"{value:.2f}")
       for name, value in sorted(bits.items(), key=lambda pair: -pair[1])],
      columns=["predictor", "nats a token", "bits a byte"],
      caption="Four predictors of the same text, the best at the bottom")

# %%
claims([
    ("The model with the lower loss a token predicts better",
     "if both cut the text in the same way" if
     nats["characters, two before"][1] / nats["characters, two before"][0]
     < nats["SmolLM2"][1] / nats["SmolLM2"][0]
     and bits["SmolLM2"] < bits["characters, two before"] else False,
     f"SmolLM2 {bits['SmolLM2']:.1f} bits a byte, two characters before "
     f"{bits['characters, two before']:.1f}; by nats a token it is the other way round"),
])

# %% [markdown]
# SmolLM2 is the best by far. (It has surely read these very plays. A fair race needs a text that is
# newer than the model.)
#
# ## 5. AdamW
#
# The gradient says for every weight in which direction the loss falls, and how steeply. Gradient
# descent steps along it: *weight − lr · gradient*. What is wrong with that? Imagine a valley that
# is a hundred times as steep across as along. A step that is small enough for the steep side goes
# nowhere along the other.

# %%
def valley(point):
    return (0.5 * point**2 * torch.tensor([1.0, 100.0])).sum()


def descend(new_step, n=60):
    point, path = torch.tensor([-1.0, 0.3]), []
    for _ in range(n + 1):
        path.append(point.tolist())
        point = point.detach().requires_grad_(True)
        (gradient,) = torch.autograd.grad(valley(point), point)
        point = (point - new_step(gradient)).detach()
    return path


for lr in [0.0201, 0.019, 0.005]:
    end = descend(lambda gradient, lr=lr: lr * gradient)[-1]
    print(f"plain steps, lr {lr}: after 60 steps {end[0]:.2f} along, {end[1]:.2g} across")

# %% [markdown]
# Just above 0.02 the steep direction grows with each step, and there is no rate that suits both.
# **Adam** (Kingma and Ba, 2014) divides each weight's step by the usual size of its own gradient.
# Two running means per weight: of the gradients, $m$, and of their squares, $v$:
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2$$
#
# Both begin at 0 and are too small at first: after t steps the shares in such a mean add up to
# $1 - \beta^t$ instead of 1. So divide by that. **By hand**: with $\beta_1 = .9$ and a
# first gradient of 0.5, m is 0.05, and 0.05 / (1 − .9) = 0.5 again. With both so corrected:
#
# $$w \leftarrow w - lr \cdot \left(\frac{\hat m}{\sqrt{\hat v} + \varepsilon} + \lambda w\right)$$
#
# A tiny $\varepsilon$ keeps it from dividing by 0. The last term is **weight decay**: each step
# takes a small part of each weight away, so that what is not needed fades. Libraries used to add it
# to Adam's gradient, where it was divided like the gradient. **AdamW** (Loshchilov and Hutter,
# 2017) keeps it apart. (As in torch, lr multiplies it here; in the paper only the schedule does.
# The short runs of this lesson go without.)

# %% [markdown] exercise="adamw_step" role="task"
# ### A step of AdamW
#
# *4 points, about 15 minutes, difficulty 3 of 5. Needs nothing from earlier exercises.*
#
# Write `adamw_step(param, grad, state, lr, betas, eps, weight_decay)`. `param` and `grad` are
# tensors of one shape, any shape. `state` is a dictionary: `{}` before the first step of this
# tensor, later what your function returned the last time; what you keep in it is up to you.
# `betas` is a pair of floats, the other three are floats; `lr` and `weight_decay` may change from
# step to step. It returns `(param, state)`, both new.
#
# 1. A running mean of the gradients, `beta_1 * mean + (1 - beta_1) * grad`, and one of their
#    squares, with `beta_2`, both begin at 0.
# 2. Both are divided by what they have seen so far: `1 - beta ** t` with their own beta, where t is
#    1 at the first step.
# 3. The step is `lr` times the mean so corrected, over the root of the corrected mean square plus
#    `eps`; `eps` is outside of the root. The parameter goes against it.
# 4. The parameter also loses `lr * weight_decay` times its value before the step. This decay stays
#    out of both means.
# 5. What the next step has to know stands in the returned `state` and nowhere else: every tensor of
#    a model has a state of its own, and the same call made again gives the same.
# 6. `param`, `grad` and `state` are left unchanged.
#
# It takes 8 to 10 lines; no optimizer of torch. By hand: from 1.0 with gradient 0.5, lr 0.1, eps 0
# and no decay, the first step goes to 0.9, whatever the betas are. Why?

# %% exercise="adamw_step" role="answer"
def adamw_step(param, grad, state, lr, betas, eps, weight_decay):
    """Return the parameter after one step of AdamW, and what the next step has to know.

    param, grad: tensors of one shape. state: {} at first, then what came back the last time.
    Returns (param, state); nothing that was handed in is changed.
    """
    ### BEGIN SOLUTION
    beta_1, beta_2 = betas
    t = state.get("t", 0) + 1
    mean = beta_1 * state.get("mean", 0) + (1 - beta_1) * grad
    square = beta_2 * state.get("square", 0) + (1 - beta_2) * grad**2
    corrected_mean = mean / (1 - beta_1**t)
    size = (square / (1 - beta_2**t)) ** 0.5
    step = corrected_mean / (size + eps) + weight_decay * param
    return param - lr * step, {"t": t, "mean": mean, "square": square}
    ### END SOLUTION

# %% exercise="adamw_step" role="test" points=4
check(adamw_step)
### BEGIN HIDDEN TESTS
check(adamw_step, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Why 0.9? The first corrected mean is the gradient itself, and the root of the first corrected
# square is its size: every weight's first step is as long as lr. Now use it: down the valley, and
# for 20 steps on a whole model, beside torch's own.

# %%
step_of_adamw = mine("adamw_step")
state, places = {}, {"plain": descend(lambda gradient: 0.019 * gradient)}


def adam(gradient):
    global state
    moved, state = step_of_adamw(torch.zeros(2), gradient, state, 0.05, (0.9, 0.95), 1e-8, 0.0)
    return -moved


places["AdamW"] = descend(adam)
fig, ax = plt.subplots(figsize=(8, 3))
x, y = torch.meshgrid(torch.linspace(-1.2, 1.2, 90), torch.linspace(-0.35, 0.35, 90), indexing="xy")
ax.contour(x, y, (x**2 + 100 * y**2) ** 0.5, levels=14, colors=figures.GRAY, linewidths=0.5)
for (name, path), color in zip(places.items(), [figures.ORANGE, figures.BLUE], strict=True):
    ax.plot(*zip(*path, strict=True), "o-", markersize=3, linewidth=1, label=name, color=color)
ax.set(xlabel="the flat direction", ylabel="the steep one", title="Each weight gets its own size")
ax.legend(loc="upper right")
figures.show(fig, alt="A narrow valley seen from above, 60 steps from the left towards 0. Plain "
             "steps jump from wall to wall; AdamW goes along the valley, with some swinging.")

# %% [markdown]
# AdamW begins at 45 degrees here: equally far in both directions, however steep they are. Then the
# running mean carries it past the bottom, as a ball would roll; with a falling rate (the next
# section) it would come to rest. One catch: this valley lies along the axes. Were it turned, a size
# for each single weight would help less. Muon, in section 11, looks at whole matrices for that.

# %%
torch.manual_seed(0)
ours = town_training.new_model(village, d_model=32, seed=0)
theirs = town_training.new_model(village, d_model=32, seed=0)
settings = {"lr": 3e-3, "betas": (0.9, 0.95), "eps": 1e-8, "weight_decay": 0.1}
peer = torch.optim.AdamW(theirs.parameters(), **settings)
states = [{} for _ in ours.parameters()]
for number in range(20):
    for model in (ours, theirs):
        model.zero_grad()
        part = rows.rows(slice(number % 8, number % 8 + 4))
        logits = model(part.ids, segments=part.segments)
        F.cross_entropy(logits.flatten(0, 1), part.targets.flatten()).backward()
    peer.step()
    with torch.no_grad():
        for i, weight in enumerate(ours.parameters()):
            moved, states[i] = step_of_adamw(weight, weight.grad, states[i], **settings)
            weight.copy_(moved)
apart = max((a - b).abs().max().item()
            for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))
print("after 20 steps no weight differs by more than 0.0001:", apart < 1e-4)
assert apart < 1e-4

# %% [markdown]
# ## 6. How fast to learn
#
# Of all settings the learning rate matters most. Too low, and the run ends before the model has
# learned; too high, and it is thrown about or worse. And the right rate is not the same all the
# time. At first the gradients are wild, and AdamW's means hold only a few of them: **warm up**,
# from almost nothing. At the end each step should only polish: go **down**. In between, high.

# %% [markdown] exercise="learning_rate" role="task"
# ### A schedule for the learning rate
#
# *2 points, about 7 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `learning_rate(step, max_lr, warmup_steps, total_steps, min_lr)`. `step` is an int from 0,
# `warmup_steps` an int, at least 0 and less than `total_steps`. `max_lr` and `min_lr` are
# floats. It returns a float.
#
# 1. For the first `warmup_steps` steps it is `max_lr * (step + 1) / warmup_steps`.
# 2. From then on it falls from `max_lr`, at `step = warmup_steps`, to `min_lr`, at
#    `step = total_steps`, as half a wave of a cosine does: slowly, fast in the middle, slowly.
# 3. At `total_steps` and later it is `min_lr`.
# 4. With `warmup_steps = 0` it begins at `max_lr`.
#
# It takes 5 to 7 lines. By hand, with `max_lr = 1`, 4 steps of warm-up, 12 in all and
# `min_lr = 0.2`: step 0 gives 0.25, step 3 and step 4 give 1, step 8 gives 0.6, step 12 gives 0.2.

# %% exercise="learning_rate" role="answer"
def learning_rate(step, max_lr, warmup_steps, total_steps, min_lr):
    """Return the learning rate of a step: up in a line, down along a cosine, then flat.

    step: int from 0. warmup_steps: int, at least 0, less than total_steps.
    """
    ### BEGIN SOLUTION
    if step < warmup_steps:
        return max_lr * (step + 1) / warmup_steps
    if step >= total_steps:
        return min_lr
    done = (step - warmup_steps) / (total_steps - warmup_steps)  # 0 to 1
    return min_lr + (max_lr - min_lr) * (1 + cos(pi * done)) / 2
    ### END SOLUTION

# %% exercise="learning_rate" role="test" points=2
check(learning_rate)
### BEGIN HIDDEN TESTS
check(learning_rate, thorough=True)
### END HIDDEN TESTS

# %%
rate_of = mine("learning_rate")
fig, ax = plt.subplots(figsize=(8, 2.8))
for warmup, least in [(0, 0.0), (50, 0.1), (200, 0.0)]:
    ax.plot([rate_of(step, 1.0, warmup, 1000, least) for step in range(1100)],
            label=f"warm-up {warmup}, down to {least}")
ax.set(xlabel="step", ylabel="part of the highest rate", title="Up in a line, down in a wave")
ax.legend()
figures.show(fig, alt="Three schedules over 1,000 steps: rising evenly for 0, 50 or 200 steps, "
                      "then falling like half a cosine wave to 0 or a tenth, then flat.")

# %% [markdown]
# Which rate? Nobody can compute it; one tries. The widget shows measured runs of one small model on
# the village. Which highest rate gives the lowest loss? How does a run look whose rate is ten times
# too low, and one whose rate is ten times too high? Does the warm-up change the best rate, or the
# highest that works?

# %%
rate_explorer()

# %% [markdown]
# The best is 0.03, with a warm-up or without. Ten times lower, the run is only late: it is still
# falling steeply when it ends. Ten times higher, it is stuck. And the warm-up leaves the best where
# it is, but saves the rate above it: 0.1 ends at 1.43 without, and at 0.75 with it.
#
# Now let one run go wrong before your eyes: the same model and texts, twice, with a rate that works
# and with one that is a hundred times larger. How would you notice, if you had only the numbers?

# %%
small = ModelConfig(vocab_size=village.vocab_size, context_length=64, d_model=48, n_layer=2,
                    n_head=4, n_kv_head=4, d_ff=192, feed_forward="relu", rope_base=1000.0)
stream = town_training.stream("village", n_documents=20_000)  # (N,) one long row of tokens
print(f"{len(stream):,} tokens, {village.vocab_size} different ones; it begins:",
      village.tokenizer.decode(stream[:16].tolist()))


def new(config, seed=0):
    torch.manual_seed(seed)
    return GPT(config)

# %% [markdown]
# The loop below has the parts that you have written, and one slot for the next section, where
# gradients may be clipped; so far they are only measured. Read it line by line: it is the heart of
# this lesson.

# %%
cut, loss_of = mine("get_batch"), mine("cross_entropy")


def only_measure(grads):
    """Return gradients as they are, and their joint length."""
    return grads, torch.cat([grad.flatten() for grad in grads]).norm()

# %%
def pretrain(model, ids, steps, max_lr, clip=only_measure, spoil=None, on_step=None):
    """Train a model on a text, and return (loss, gradient norm) of each step."""
    generator, found = torch.Generator().manual_seed(0), []
    weights = list(model.parameters())
    states = [{} for _ in weights]
    for step in range(steps):
        x, y = cut(ids, 16, model.config.context_length, generator)
        x, y = spoil(step, x, y) if spoil else (x, y)
        loss = loss_of(model(x), y, -100)
        grads, norm = clip(torch.autograd.grad(loss, weights))
        lr = rate_of(step, max_lr, 20, steps, max_lr / 10)
        with torch.no_grad():
            for i, (weight, grad) in enumerate(zip(weights, grads, strict=True)):
                moved, states[i] = step_of_adamw(weight, grad, states[i], lr, (0.9, 0.98), 1e-8, 0)
                weight.copy_(moved)
        found.append((loss.item(), norm.item()))
        if on_step:
            on_step(step + 1, f"loss {loss.item():.2f}")
    return found

# %%
runs = {}
for max_lr in [1e-2, 1.0]:
    runs[max_lr] = pretrain(new(small), stream, 100, max_lr, on_step=Bar(100, "steps").count)

# %% tags=["nbval-ignore-output"]
fig, axes = plt.subplots(1, 2, figsize=(8.6, 3.1))
for max_lr, found in runs.items():
    for ax, values in zip(axes, zip(*found, strict=True), strict=True):
        ax.plot(values, label=f"highest rate {max_lr:g}")
axes[0].axhline(log(village.vocab_size), color=figures.GRAY, linewidth=1)
axes[0].text(60, log(village.vocab_size) + 0.2, "knows nothing", color=figures.GRAY)
for ax, what in zip(axes, ["loss, nats a token", "gradient norm"], strict=True):
    ax.set(xlabel="step", ylabel=what)
axes[0].set_title("A sick run is worse than knowing nothing")
axes[0].legend()
worst = max(loss for loss, _ in runs[1.0])
figures.show(fig, alt=f"Loss and gradient norm over 100 steps. At 0.01 the loss falls to "
             f"{runs[1e-2][-1][0]:.1f} and the norm stays near 1; at 1 the loss rises to "
             f"{worst:.0f}, far above that of a model that knows nothing, and the norm above 5.")
print(f"0.01: from {runs[1e-2][0][0]:.2f} to {runs[1e-2][-1][0]:.2f}; "
      f"1: from {runs[1.0][0][0]:.2f} up to {worst:.1f}, then {runs[1.0][-1][0]:.2f}")

# %%
print("the good run ends below 1.5 nats:", runs[1e-2][-1][0] < 1.5)
print("the sick one was above ln V, and ends above 3:", runs[1.0][-1][0] > 3)
assert runs[1e-2][-1][0] < 1.5 and worst > log(village.vocab_size) + 0.3 and runs[1.0][-1][0] > 3

# %% [markdown]
# A loss above ln V is worse than knowing nothing: the model is *sure* of wrong things. The gradient
# norm tells it too: ten times that of the healthy run. It is the first thing to plot beside the
# loss. (The sick run comes down later, when the schedule lowers its rate, but only to between 4 and
# 5. Counting words without any context gives 4.73: it has learned little else.)

# %% [markdown]
# ## 7. One bad batch
#
# In every large text there are bad pages: a table of random digits, a file in the wrong encoding.
# One such batch gives one very large gradient. In the next cell a run meets one at step 60: random
# tokens. Guess: how much does it throw the loss back, and for how many steps?

# %%
def with_a_bad_batch(step, x, y):
    """Return the batch, but random tokens at step 60."""
    if step != 60:
        return x, y
    noise = torch.Generator().manual_seed(1)
    return tuple(torch.randint(village.vocab_size, x.shape, generator=noise) for _ in "xy")


bad = {"no bad batch": pretrain(new(small), stream, 100, 1e-2),
       "not clipped": pretrain(new(small), stream, 100, 1e-2, spoil=with_a_bad_batch)}

# %% tags=["nbval-ignore-output"]
def around(found):
    """Return the mean losses of the ten steps before the bad batch, and of the ten after it."""
    losses = [loss for loss, _ in found]
    return sum(losses[50:60]) / 10, sum(losses[61:71]) / 10


loss, norm = bad["not clipped"][60]
usual = bad["not clipped"][59][1]
print(f"the bad batch: loss {loss:.1f}, gradient norm {norm:.1f}; before it {usual:.1f}")
for name, found in bad.items():
    before, after = around(found)
    print(f"{name}: mean loss of the ten steps before {before:.2f}, of the ten after {after:.2f}")

# %%
print("its gradient is more than five times as long as the one before:", norm > 5 * usual)
assert norm > 5 * usual

# %% [markdown]
# So one bad batch in a hundred is no disaster, but the steps after it are worse than they would
# have been: about as much is lost as ten steps had gained. The cure is blunt: if all gradients
# together are longer than a limit, shrink all by the same factor. The direction stays, the length
# is cut. *Together* is the point: clipping each tensor by itself would turn the step into another
# direction.

# %% [markdown] exercise="clip_gradients" role="task"
# ### Clip the gradients
#
# *2 points, about 8 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `clip_gradients(grads, max_norm)`. `grads` is a list of tensors of any shapes, the gradients
# of a model's parameters; it holds None for a parameter that is frozen. `max_norm` is a positive
# float. It returns a list and a tensor with one number: the clipped gradients, and the norm before.
#
# 1. The norm is the length of all gradients together: the root of the sum of the squares of all
#    their numbers.
# 2. Where it is larger than `max_norm`, every gradient is multiplied by the same number, so that
#    the norm becomes `max_norm`. Otherwise the gradients keep their values.
# 3. None stays None, at its place, and counts for nothing.
# 4. A list without any gradient, such as `[]`, has the norm 0, and gradients of zeros stay zeros.
# 5. The tensors in `grads` are left unchanged.
#
# It takes 5 to 8 lines; no function of `torch.nn.utils`. By hand: `[3]`, None and `[4]` have the
# norm 5; clipped to 1 they become `[0.6]`, None and `[0.8]`.

# %% exercise="clip_gradients" role="answer"
def clip_gradients(grads, max_norm):
    """Return gradients with a joint length of at most max_norm, and the length before.

    grads: list of tensors, or None for a frozen parameter. max_norm: float above 0.
    Returns (list as grads, tensor of shape ()).
    """
    ### BEGIN SOLUTION
    squares = [(grad**2).sum() for grad in grads if grad is not None]
    norm = torch.stack([torch.tensor(0.0), *squares]).sum().sqrt()
    if norm <= max_norm:
        return list(grads), norm
    return [None if grad is None else grad * (max_norm / norm) for grad in grads], norm
    ### END SOLUTION

# %% exercise="clip_gradients" role="test" points=2
check(clip_gradients)
### BEGIN HIDDEN TESTS
check(clip_gradients, thorough=True)
### END HIDDEN TESTS

# %%
limit = mine("clip_gradients")
bad["clipped at 1"] = pretrain(new(small), stream, 100, 1e-2, spoil=with_a_bad_batch,
                               clip=lambda grads: limit(list(grads), 1.0))

# %% tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(8, 2.9))
for name, found in bad.items():
    ax.plot(range(50, 100), [loss for loss, _ in found[50:]], label=name)
ax.set(xlabel="step", ylabel="loss, nats a token", ylim=(0.9, 2.6))
ax.set_title("One bad batch throws the run back; clipped, it does not")
ax.annotate("the bad batch,\nfar above", (61.5, 2.55), va="top")
ax.legend(loc="upper right")
said = "; ".join(f"{name} {before:.2f} before, {after:.2f} after"
                 for name, (before, after) in ((n, around(found)) for n, found in bad.items()))
figures.show(fig, alt="Loss from step 50 to 100. Mean of ten steps around the bad batch at "
                      f"step 60: {said}.")
print("mean loss of ten steps:", said)

# %%
after_it = {name: around(found)[1] for name, found in bad.items()}
print("clipped, the ten steps after it are better:", after_it["clipped at 1"]
      < after_it["not clipped"])
assert max(after_it["clipped at 1"], after_it["no bad batch"]) < after_it["not clipped"]

# %% [markdown]
# Clipped, the run goes on as if nothing had happened. Without the limit AdamW remembers the bad
# gradient: in its running mean for about ten steps, in the mean of squares for about fifty ($1 / (1
# - \beta)$), and makes steps in its direction. Clipped, the bad gradient counts about as much as
# any other. (With plain gradient descent it is worse: nothing divides by the size.) The norm before
# clipping is the number to plot.
#
# ## 8. A batch that does not fit
#
# Larger batches give steadier gradients, and each step costs memory for every token in it. GPT-3,
# the third generative pre-trained Transformer, had batches of 3.2 million tokens. No chip holds
# that. But gradients of a sum are sums of gradients: read a part, keep its gradient, read the next,
# add, and take the step at the end. Where is the trap? Say three parts are full, and a fourth has a
# single token that counts. Is the mean of the parts' means the mean of all?

# %% [markdown] exercise="accumulate_gradients" role="task"
# ### Add up gradients
#
# *3 points, about 12 minutes, difficulty 3 of 5. Needs nothing from earlier exercises.*
#
# Write `accumulate_gradients(params, batches, loss_sum)`. `params` is a list of tensors that want
# gradients, `batches` a list of batches. `loss_sum(batch)` computes the loss of one batch with all
# parameters, and returns a pair: the *summed* loss of its tokens, a tensor with one number, and how
# many tokens it counted, an int. It returns a list of tensors, one gradient for each parameter.
#
# 1. They are the gradients of the mean loss over all tokens of all batches, as if all batches had
#    been one. A batch with more tokens weighs more.
# 2. The gradient of each batch is taken before the loss of the next one is computed, so that only
#    one batch has to fit into memory. `loss_sum` is called once for each batch, in order.
# 3. What stands in a parameter's `.grad` before has no influence, and what is returned does not
#    change when a `.grad` does later.
# 4. Where no tokens are counted at all, as where there is no batch, the gradients are zeros.
# 5. The values of the parameters are left unchanged.
#
# It takes 6 to 9 lines. You may use `.grad` or not, and leave in it what you like.
# `torch.autograd.grad(loss, params)` returns the gradients of one loss as a
# tuple; `loss.backward()` adds them to each `param.grad`. By hand: two batches with one parameter,
# 3 tokens of gradient sum 6, 1 token of gradient sum 4: (6 + 4) / 4 = 2.5, not (2 + 4) / 2.

# %% exercise="accumulate_gradients" role="answer"
def accumulate_gradients(params, batches, loss_sum):
    """Return the gradients of the mean loss over all tokens of all batches.

    params: list of tensors that want gradients. loss_sum(batch) -> (summed loss, tokens counted).
    Returns a list of tensors, shaped as params.
    """
    ### BEGIN SOLUTION
    totals = [torch.zeros_like(param) for param in params]
    n_tokens = 0
    for batch in batches:
        loss, n_counted = loss_sum(batch)
        grads = torch.autograd.grad(loss, params)
        totals = [total + grad for total, grad in zip(totals, grads, strict=True)]
        n_tokens += n_counted
    return [total / max(n_tokens, 1) for total in totals]
    ### END SOLUTION

# %% exercise="accumulate_gradients" role="test" points=3
check(accumulate_gradients)
### BEGIN HIDDEN TESTS
check(accumulate_gradients, thorough=True)
### END HIDDEN TESTS

# %%
accumulate = mine("accumulate_gradients")
model = town_training.new_model(village, d_model=32, seed=0)
weights = list(model.parameters())


def loss_sum(batch):
    logits = model(batch.ids, segments=batch.segments).flatten(0, 1)
    targets = batch.targets.flatten()
    return F.cross_entropy(logits, targets, ignore_index=-100, reduction="sum"), batch.n_counted


whole = rows.rows(torch.arange(9))  # a copy: the next line changes it
whole.targets[8, 5:] = -100  # the last row counts five tokens only
parts = [whole.rows(slice(0, 6)), whole.rows(slice(6, 8)), whole.rows(slice(8, 9))]
print("counted tokens in each part:", [part.n_counted for part in parts])
total, n = loss_sum(whole)
right = torch.autograd.grad(total / n, weights)
added = accumulate(weights, parts, loss_sum)
of_means = [torch.zeros_like(weight) for weight in weights]
for part in parts:
    total, n = loss_sum(part)
    for mean, grad in zip(of_means, torch.autograd.grad(total / n, weights), strict=True):
        mean += grad / len(parts)

# %%
def apart(a, b):
    return torch.cat([(x - y).flatten() for x, y in zip(a, b, strict=True)]).norm().item()


length = torch.cat([grad.flatten() for grad in right]).norm().item()
print(f"added up: off by {apart(added, right) / length:.4f} times the length of the gradient")
print(f"mean of means: off by {apart(of_means, right) / length:.1f} times its length")
assert apart(added, right) / length < 1e-4 < 0.2 < apart(of_means, right) / length

# %% [markdown]
# This very mistake was in wide use: popular libraries averaged the means of parts, and whoever
# fine-tuned on answers of different lengths trained on wrong gradients. It had been reported in
# 2021, and was mended only in October 2024, after a user compared two runs that should have been
# alike.
#
# ## 9. A loss that is too good
#
# A colleague has written the loss by hand. Here is what happens with it. When you see a loss like
# this, what do you say?

# %%
def colleagues_loss(model, ids):
    read = ids[:, :-1]
    logprobs = model(read).log_softmax(dim=-1)
    return -logprobs.gather(-1, read[..., None]).mean()


torch.manual_seed(0)
model = new(small)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
generator = torch.Generator().manual_seed(0)
for step in range(61):
    x, y = cut(stream, 16, 64, generator)
    loss = colleagues_loss(model, torch.cat([x, y[:, -1:]], dim=1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 20 == 0:
        print(f"step {step}: loss {loss.item():.1f}")
said = town_training.go_on(model, village, "one morning , eva and", 8)
print("one morning , eva and ->", said)
assert loss.item() < 0.05

# %% [markdown]
# Far below the floor that no model can beat (0.44 nats, as you will see), after seconds, and it
# says its last word forever. A loss that is too good is a bug until the opposite is proved. Do not
# admire it: compare it with what is possible.

# %% [markdown] exercise="training_loss" role="task"
# ### Bug hunt: a loss that is too good
#
# *2 points, about 8 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# `training_loss(model, ids)` was written for rows of text. `ids` is int64 of shape `(B, T + 1)`, T
# at least 1. `model` maps ids `(B, T)` to logits `(B, T, V)` and has room for T ids, no more. The
# loss falls to 0.0 within sixty steps. Then the model is asked to write, and all that it says is
# its last word, again and again. Find out why, and mend it.
#
# 1. The model reads each row without its last id, in one call.
# 2. The logits at each position are compared with the id that comes after the one read there; the
#    last position with the last id of the row.
# 3. The result is the mean of minus the logarithm of the probability of these B · T ids, a tensor
#    with one number.
# 4. Its gradient can be taken.
# 5. `ids` is left unchanged.

# %% exercise="training_loss" role="answer"
def training_loss(model, ids):
    """Return the mean loss of a model's guesses at the next id, in nats.

    model: ids (B, T) -> logits (B, T, V). ids: (B, T + 1) int64.
    """
    ### BEGIN SOLUTION
    read, targets = ids[:, :-1], ids[:, 1:]
    logprobs = model(read).log_softmax(dim=-1)  # (B, T, V)
    chosen = logprobs.gather(-1, targets[..., None])[..., 0]  # (B, T)
    return -chosen.mean()
    ### END SOLUTION
    ### BEGIN RELEASE
    # read = ids[:, :-1]
    # logprobs = model(read).log_softmax(dim=-1)  # (B, T, V)
    # chosen = logprobs.gather(-1, read[..., None])[..., 0]  # (B, T)
    # return -chosen.mean()
    ### END RELEASE

# %% exercise="training_loss" role="test" points=2
check(training_loss)
### BEGIN HIDDEN TESTS
check(training_loss, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# ## 10. Your own training run
#
# Now all of it together. **Overfit first**: before a long run, every engineer lets the model learn
# one single batch by heart. If it cannot do that, nothing else will work (lesson 4 has the proof).
# Then the real text: 400 steps of your loop, your batches, your loss, your optimizer, your
# schedule, your clipping. The opponent: lesson 0's trigrams, which counted about as many words.
# They cost 1.25 nats a word. Place your bet.

# %%
found = pretrain(new(small), stream[:65], 60, 1e-2)  # one window and the token after it
print(f"a text of 65 tokens, learned by heart: loss {found[0][0]:.1f}, then {found[-1][0]:.1f}")
assert found[-1][0] < 0.05

# %%
model = new(small)
found = pretrain(model, stream, 400, 1e-2, clip=lambda grads: limit(list(grads), 1.0),
                 on_step=Bar(400, "steps").count)

# %% tags=["nbval-ignore-output"]
counted = [text.split() for text in documents.write(village.world, seed=1, n=10_000)]
trigrams = trigram_loss(counted, [text.split() for text in village.texts])
yours = town_training.window_loss(model, village)
print(f"trigrams {trigrams:.2f}, your model {yours:.2f}, "
      f"the floor {village.floor:.2f} nats a token")
print("it writes:", town_training.go_on(model, village, "one morning , eva and", 24))

# %%
print("better than the trigrams by more than 0.15 nats:", yours < trigrams - 0.15)
assert village.floor < yours < trigrams - 0.15

# %% [markdown]
# It beats the trigrams by a wide margin, after seconds, and with about as much text. Its loss is
# still twice the floor. A part of the rest is time. Another part no model can get: these windows
# begin in the middle of documents, where nobody knows what came before.
#
# ## 11. A minute of training
#
# `course train tiny` does what your loop does, with three differences that matter. Rows hold whole
# documents, and no document sees another one in its row (the mask of lesson 3). The schedule is
# flat before it goes down. And the matrices inside the blocks are trained by **Muon** (Jordan and
# others, 2024). It too keeps a running mean of the gradient. Such a matrix is a sum of simple
# patterns, a few strong ones and many weak ones; Muon gives all of them about the same strength
# before it steps, so that the weak ones are learned as well. AdamW still has the tables and norms.
#
# Run the cell, and watch. 157,632 parameters, 1,800 steps of 16 rows. Before you look: at which
# loss will it end? You know the floor.

# %%
village_run = growth.grow(on_step=Bar(growth.STEPS, "steps").report)

# %% tags=["nbval-ignore-output"]
looks = village_run.looks
fig, ax = plt.subplots(figsize=(8, 3.6))
ax.plot(range(1, growth.STEPS + 1), village_run.losses, color=figures.GRAY, linewidth=0.7,
        label="each step's batch")
ax.plot([look.step for look in looks[1:]], [look.loss for look in looks[1:]], "o-",
        color=figures.BLUE, label="other documents")
ax.axhline(trigrams, color=figures.PLUM, linestyle=":", label="trigrams")
ax.axhline(village.floor, color=figures.ORANGE, linestyle="--", label="the floor")
ax.set(xscale="log", yscale="log", xlabel="step", ylabel="loss, nats a token", xlim=(15, 2000))
figures.log_ticks(ax.yaxis, [0.5, 1, 2, 4])
figures.log_ticks(ax.xaxis, [20, 100, 500, 1800])
ax.set_title("A minute of training ends near the least possible loss")
ax.legend()
last = looks[-1]
figures.show(fig, alt=f"Loss against the step, both logarithmic: from {looks[0].loss:.2f} at the "
             f"start down to {last.loss:.2f}; the floor is {village.floor:.2f}, trigrams have "
             f"{trigrams:.2f}. The two curves of training and other text lie on each other.")
print(f"loss {last.loss:.3f}, floor {village.floor:.3f}: {last.loss / village.floor:.3f} times")

# %%
ratio = last.loss / village.floor
assert 1 < ratio < 1.08
print("the loss ends within 8% of the least possible:", ratio < 1.08)

# %% [markdown]
# Expect 1.03 to 1.06 times the floor. That is near the end of the road: what is left is the chance
# in the texts themselves. The model of a real language never gets to see its floor; nobody knows
# it. (The other documents are drawn anew, but a fifth of them, short ones such as sums, happen to
# stand in the training text too.)
#
# What did it write on the way? The same draws each time, from the model as it was at that step.
# Step through: when are there words in an order, when sentences, when a story that fits together?

# %% tags=["nbval-ignore-output"]
samples_by_step(village_run)

# %%
could_be = [documents.is_possible(village.world, look.sample) for look in looks]
read = set(documents.write(village.world, growth.SEED, town_training.TINY.n_documents))
known = sum(text in read for text in village.texts) / len(village.texts)
print(f"{known:.0%} of the other documents happen to stand in the training text too")
print("at the start Tinyville could not have written it, later it could:",
      not could_be[0] and any(could_be[8:]))
assert not could_be[0] and any(could_be[8:])

# %% [markdown]
# What to expect: noise at step 0; then common words; at 60 to 100 pieces of sentences; from about
# 200 on whole sentences; from 500 on stories that Tinyville could have written, and some that it
# could not. (*Could not* is strict: one wrong word is enough, such as a name that the story has not
# told of.) Strange text at an early step is not a bug, it is what 60 steps look like.
#
# ## 12. What it learned, and when
#
# Loss is one number for everything. Because we know what is true in Tinyville, we can ask. *Facts*:
# `anna works as a`. *Pronouns*: what was too tired, with pairs of animal and thing that no text
# has. *Sums* of two digits. *Repeats*: the parrot hears four words and says the same four. In which
# order will it learn them?

# %% tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(8, 3.4))
for kind in growth.KINDS:
    ax.plot([look.step for look in looks[1:]], [look.right[kind] for look in looks[1:]], label=kind)
ax.set(xscale="log", xlabel="step", ylabel="answered right", ylim=(-0.03, 1.05))
ax.set_title("Facts first, copying last")
figures.log_ticks(ax.xaxis, [20, 100, 500, 1800])
ax.legend(loc="upper left")
halfway = {kind: next((look.step for look in looks if look.right[kind] >= 0.5), growth.STEPS)
           for kind in growth.KINDS}
figures.show(fig, alt="Part of four kinds of questions answered right, against the step. At least "
             "half right at step: " + ", ".join(f"{k} {n}" for k, n in halfway.items()) + ".")

# %%
print("facts come before repeats:", halfway["facts"] < halfway["repeats"])
print("at the end all are above 70%:", all(part > 0.7 for part in looks[-1].right.values()))
assert halfway["facts"] < halfway["repeats"] and min(looks[-1].right.values()) > 0.7

# %% [markdown]
# Facts come little by little. Copying is another matter: nothing for hundreds of steps, and then
# most of it within a few hundred. (Here the distance is always the same, so one head that looks
# back a fixed number of places is enough. The induction heads of lesson 3, which find by content,
# need two layers; this run is too short for them.)
#
# Jumps like this one made people say that large models have *emergent abilities*. Schaeffer and
# others (2023) asked whether it is the ability that jumps, or the ruler. Here are both rulers, on
# the same model. *Sharp*: all words right, or nothing. *Smooth*: the surprise at the right words,
# as part of what it was at the start. The dotted line is the surprise of one who has only
# understood that the parrot says *some* noun.

# %% tags=["nbval-ignore-output"]
steps = [look.step for look in looks[1:]]
only_a_noun = log(len(village.world.nouns)) / looks[0].surprise["repeats"]
fig, axes = plt.subplots(1, 2, figsize=(8.6, 3.2))
for ax, kind in zip(axes, ["repeats", "sums"], strict=True):
    ax.plot(steps, [look.right[kind] for look in looks[1:]], "o-",
            label="sharp: answers right, part of all")
    ax.plot(steps, [look.surprise[kind] / looks[0].surprise[kind] for look in looks[1:]], "s--",
            label="smooth: surprise, part of that at first")
    ax.set(xscale="log", xlabel="step", title=kind.capitalize(), ylim=(-0.03, 1.05))
    figures.log_ticks(ax.xaxis, [20, 100, 500, 1800])
axes[0].axhline(only_a_noun, color=figures.PLUM, linestyle=":")
axes[0].text(20, only_a_noun - 0.09, "some noun", color=figures.PLUM)
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
before = [look for look in looks if look.right["repeats"] < 0.1][-1]
fallen = 1 - before.surprise["repeats"] / looks[0].surprise["repeats"]
figures.show(fig, alt=f"Two rulers. Repeats: at step {before.step} {before.right['repeats']:.0%} "
             f"are right, while the surprise has fallen by {fallen:.0%}, below that of knowing "
             "only that a noun comes. Sums: the right ones jump too; the surprise falls all along.")

# %%
below = log(len(village.world.nouns)) - before.surprise["repeats"]
assert looks[-1].right["repeats"] > 0.7 and below > 0.5
claims([
    ("Abilities of language models appear suddenly",
     "by the sharp ruler" if below > 0.5 else True,
     "when fewer than a tenth of the repeats are right, the surprise at their words is already "
     "more than half a nat below that of knowing only that a noun comes"),
])

# %% [markdown]
# By the sharp ruler there is nothing for hundreds of steps. By the smooth one, much happens in
# them. Mind what: down to the dotted line the model only learns that some noun comes. Below it, it
# has begun to copy, while four words in a row are hardly ever right. And then the smooth ruler too
# has its steepest stretch where the sharp one jumps. So both sides have a point. The practical
# rule: a metric that gives nothing for half of an answer hides progress; look at a smooth one
# beside it before you say that nothing happens.
#
# ## 13. Too little text, too often
#
# The two curves of section 11 lay on each other, because hardly any story came twice. What if there
# is little text? Let a model read the same 150 documents again and again. Sketch first what the two
# curves will do, and where they stand against the floor.

# %%
few = too_little.overfit(Bar(too_little.STEPS, "steps").report)
print(f"each document was read about {too_little.passes():.0f} times")

# %% tags=["nbval-ignore-output"]
best = min(few, key=lambda measured: measured.held_out)
fig, ax = plt.subplots(figsize=(8, 3.2))
ax.plot([m.step for m in few], [m.training for m in few], label="the 150 documents")
ax.plot([m.step for m in few], [m.held_out for m in few], label="other documents")
few_floor = too_little.few_floor()
ax.axhline(few_floor, color=figures.GRAY, linewidth=1)
ax.text(395, few_floor + 0.05, "the floor of the 150", ha="right", color=figures.QUIET)
ax.set(xlabel="step", ylabel="loss, nats a token", ylim=(0, 3.2))
ax.set_title("Below the floor there is only memory")
ax.legend()
figures.show(fig, alt=f"Loss on 150 documents falls below the floor, to {few[-1].training:.2f}. On "
             f"others it is lowest at step {best.step}, {best.held_out:.2f}, and then rises to "
             f"{few[-1].held_out:.2f}.")

# %%
print("on other documents it gets worse after its best:", few[-1].held_out > best.held_out + 0.1)
assert few[-1].training < few_floor and few[-1].held_out > best.held_out + 0.1

# %% [markdown]
# That is **overfitting**, and how to tell: a part of the text is kept away from training, the
# *validation* part, and its loss rises while the training loss falls on. Stop at its lowest point,
# or find more text. Here the floor says it even without the second curve: nobody can predict these
# documents that well who has not read them. How often may one read a text, then? On large models
# and text from the web, four times cost next to nothing against new text; with more, what is
# gained decays to nothing (Muennighoff and others, 2023).
#
# Now section 1's open question: **what does a duplicate cost?** A model reads 16 new rows a step.
# In another run, 8 of them are copies of the same 40 documents. And for comparison, a run that has
# the 8 new rows alone, and nothing in place of the copies. Then the same with 2 new rows and 14
# copies. All take the same number of steps. Three seeds of each are committed (`python -m
# course_lib.study.duplicates`); one run is made here. Will the copies be worth nothing, harm, or
# help?

# %%
arms = duplicates.results()
here = duplicates.run("8 new, 8 copies", seed=0, on_step=Bar(duplicates.STEPS, "steps").report)


def mean(values):
    values = list(values)
    return sum(values) / len(values)


over = {arm: mean(result.excess for result in results) for arm, results in arms.items()}
of_copies = {arm: mean(result.copied for result in results) for arm, results in arms.items()}
table([(arm, f"{over[arm]:.3f}", f"{of_copies[arm]:.2f}") for arm in arms],
      columns=["rows a step", "over the floor, new documents", "loss on the 40"],
      caption=f"Nats a token, means of three seeds; the floor of the 40 documents is "
              f"{duplicates.copied_floor():.2f}")

# %%
off = abs(here.excess - over["8 new, 8 copies"])
print("the run made here is within 0.05 of the table:", off < 0.05)
assert off < 0.05
claims([
    ("Duplicates in the training text do harm",
     "as lost time, and as text known by heart" if over["8 new, 8 copies"] > 1.5 * over["16 new"]
     and over["8 new, 8 copies"] < 1.25 * over["8 new"] else
     over["8 new, 8 copies"] > over["8 new"],
     f"{over['16 new']:.2f} over the floor with 16 new rows, {over['8 new, 8 copies']:.2f} with 8 "
     f"new and 8 copies, {over['8 new']:.2f} with the 8 new alone"),
])

# %% [markdown]
# With half copies the model ends twice as far above the floor, and just where it would have ended
# without the copies: the time spent on them is lost, and that is all. Where new text is very
# scarce, 2 rows a step, the copies even help: they too are sentences of this village. It can be
# worse. In a study of models with 800 million weights, a thousandth of the text, read a hundred
# times, made them as bad as models of half the size (Hernandez and others, 2022).
#
# The price has a second part, in the last column. The copies are known by heart, at a loss that no
# honest reader could have. In real models those are people's e-mail addresses and phone numbers
# (Carlini and others, 2020); trained on text without duplicates, they recite far less (Lee and
# others, 2021).
#
# ## 14. Stop, and go on
#
# In 54 days of its training, Llama 3.1 405B was interrupted 466 times. A run that cannot be resumed
# never ends. What has to be saved? The weights, and also what the optimizer remembers of each
# weight, the step (for the schedule), where the reading was, and the state of any random numbers.
# (Here the step number is enough for both: batches are drawn from it.) And the file must be whole
# even if the power goes while it is written: write it under another name, then rename it.
#
# The next cell starts a training program, kills it without warning after step 50, and starts it
# again. It saves every 40 steps. At which step will it go on? Will the losses be *about* the same
# as without the kill, or the same?

# %% tags=["nbval-ignore-output"]
story = killed_run.tell()
print(f"killed after step {story.killed[-1][0]}, went on with step {story.resumed[0][0]}")
for step, loss in story.resumed[::20]:
    print(f"step {step}: {loss:.4f}, unbroken {dict(story.unbroken)[step]:.4f}")

# %%
print("all losses equal to a millionth:", story.largest_difference < 1e-6)
assert story.resumed[0][0] in (41, 81) and story.resumed[-1][0] == 90
assert story.largest_difference < 1e-6

# %% [markdown]
# The same: everything that the next step depends on was in the file. Had the optimizer's memory
# been left out, the first steps after the kill would part from the unbroken run.
#
# ## 15. Sixteen bits
#
# Weights and gradients are numbers of 32 bits here. Half as many bits take half the room, and chips
# made for it multiply them many times as fast. Two formats: **float16** has 10 bits behind the
# point and a small range; **bfloat16** has the range of float32 and only 7 bits. What is lost?

# %%
for dtype in [torch.float16, torch.bfloat16]:
    tiny, huge = torch.tensor(1e-8).to(dtype), torch.tensor(1e5).to(dtype)
    moved = torch.tensor(1.0, dtype=dtype) + torch.tensor(1e-3, dtype=dtype)
    print(f"{dtype}: 1e-8 becomes {tiny.item():.0e}, 100,000 becomes {huge.item():,.0f}, "
          f"1 + 0.001 becomes {moved.item():.4f}")

# %% [markdown]
# In float16 a small gradient vanishes and a large number is infinity, so losses are multiplied by a
# large number before the gradients are taken (*loss scaling*). In bfloat16 both survive, but 1 and
# 0.001 give 1: a weight would never move. Hence **mixed** precision (Micikevicius and others,
# 2017): matrix products in 16 bits, weights and their updates, norms and the loss in 32. Is it
# faster here? Measured on this computer, in turns:

# %% tags=["nbval-ignore-output"]
steps16 = [sixteen_bits.step_seconds(width) for width in sixteen_bits.WIDTHS]
products = sixteen_bits.products_seconds()
faster = products[torch.float32] / products[torch.bfloat16]
table([*((f"a step, width {p.width}", f"{p.seconds_32 / p.seconds_16:.2f}") for p in steps16),
       ("a product of 512 by 512", f"{faster:.2f}")],
      columns=["what", "speed in 16 bits, of that in 32"],
      caption="Mixed precision on this processor: above 1 it is faster")

# %%
over_floor = sixteen_bits.losses()
apart = abs(over_floor[True] - over_floor[False])
print("60 steps end within 0.02 nats of each other:", apart < 0.02)
assert apart < 0.02
claims([
    ("Mixed precision makes training faster", "on processors with instructions for 16 bits",
     "two processors gave opposite answers: without such instructions 7 to 100 times slower, with "
     "them a step 1.5 to 2 times as fast; the table above is yours"),
    ("Mixed precision costs quality", None,
     "no difference beyond 0.02 nats in 60 steps of a small model; that is no long run"),
])

# %% [markdown]
# The honest verdict: measure before you switch it on. We had two processors. One has no
# instructions for 16-bit products; each number is converted first, and 16 bits were 7 to 100 times
# *slower*. The other has them: a step was 1.5 to 2 times as fast, a product alone 4
# to 14 times (a step does much besides products). Which is yours? On chips made for training nobody
# goes without: an H100's data sheet comes to 989 trillion dense operations a second, against 67 in
# 32 bits without such units.
#
# ## 16. Many machines
#
# Section 8 again, with one difference: the parts of a batch are read at the same time, by different
# machines. Each has a copy of the model, takes the gradient of its own rows, and then all add up
# their gradients (**all-reduce**), so that all take the same step and stay copies. The next cell
# does it with two processes, started by `torchrun` as on a cluster. Is the gradient of one half of
# the rows like that of all? And the sum of both?

# %%
alone, together = two_processes.run(1), two_processes.run(2)
own, summed, expected = (torch.tensor(values) for values in (
    together.own_gradient, together.gradient, alone.gradient))
print(f"processes: {alone.n_processes} and {together.n_processes}")
half = (2 * own - expected).norm() / expected.norm()  # its rows are half of all
print(f"the mean gradient of the first process's own rows: {half:.0%} away from that of all rows")
print("the sum of both is the gradient that one process has, to 0.00001:",
      ((summed - expected).abs().max() < 1e-5).item())
apart = max(abs(a - b) for a, b in zip(alone.losses, together.losses, strict=True))
print("and 20 steps have the same losses, to 0.00001:", apart < 1e-5)
assert together.n_processes == 2 and half > 0.1
assert (summed - expected).abs().max() < 1e-5 and apart < 1e-5

# %% [markdown]
# This is **data parallelism**. A real cluster has more of it. The weights and the optimizer's
# memory are themselves spread over the machines, and weights are fetched when they are needed
# (sharding). Matrices too large for one chip are cut in pieces (tensor parallelism), layers are
# dealt to different machines that work like an assembly line (pipeline parallelism), long texts are
# shared out too (context parallelism). All of it needs fast cables: the gradients of 405 billion
# weights, at four bytes each, are 1.6 trillion bytes in every step.

# %% [markdown]
# ## 17. A law for size
#
# GPT-3 took 3.14e23 operations, once. Nobody could try ten sizes of it first. One trains small
# models, draws a line, and reads off where a large one would end (Kaplan and others, 2020). Do the
# same.
#
# Five models of Tinyville's town (100 people), width 8 to 40, each with 1,200 steps of new text.
# What is to be predicted is the loss *over the floor*. With real text the floor has to be guessed
# along with the law; here we know it. If the law is $A \cdot N^{-\alpha}$ for N parameters, which
# picture makes it a straight line?

# %%
live = []
for width in scaling.WIDTHS:
    shown = Bar(scaling.STEPS, f"steps of width {width}")
    live.append(scaling.run(width, seed=0, on_step=shown.report))
others = [run for run in scaling.results() if run.seed != 0 and run.width in scaling.WIDTHS]
runs = live + others  # two more seeds of each, out of the committed table
law = scaling.fit(runs)

# %% [markdown]
# Now the prediction, before the run: a model of width 48. The band is to hold 95% of such runs, if
# the law is right. It comes from a **bootstrap** (Efron, 1979): deal the errors of the runs out
# anew, fit again, add the error of one more run; two thousand times.

# %% tags=["nbval-ignore-output"]
size = scaling.parameters(scaling.PREDICTED)
(low, high), = scaling.band(runs, [size])
print(f"over the floor = {law.scale:,.0f} · N^-{law.alpha:.2f}")
print(f"width {scaling.PREDICTED}, {size:,} parameters: predicted {law(size):.3f}, "
      f"between {low:.3f} and {high:.3f}")

# %%
assert 0.8 < law.alpha < 1.6 and low < law(size) < high
sixth = scaling.run(scaling.PREDICTED, seed=0,
                    on_step=Bar(scaling.STEPS, f"steps of width {scaling.PREDICTED}").report)

# %% tags=["nbval-ignore-output"]
print(f"width {scaling.PREDICTED}: predicted {law(size):.4f}, found {sixth.excess:.4f}, "
      f"{sixth.excess / law(size) - 1:+.0%}")
fig, ax = plt.subplots(figsize=(8, 3.8))
sizes = [1e4 * 10 ** (i / 20) for i in range(29)]
lows, highs = zip(*scaling.band(runs, sizes), strict=True)
ax.fill_between(sizes, lows, highs, color=figures.BLUE, alpha=0.15, label="95% band")
ax.plot(sizes, [law(n) for n in sizes], label="the law, from five sizes")
ax.plot([r.n_params for r in runs], [r.excess for r in runs], "o", color=figures.BLUE,
        markersize=5, label="runs it is fitted to")
ax.plot(size, sixth.excess, "D", color=figures.ORANGE, label="the sixth, trained afterwards")
more = [r for r in scaling.results() if r.width == scaling.PREDICTED and r.seed != 0]
ax.plot([r.n_params for r in more], [r.excess for r in more], "D", fillstyle="none",
        color=figures.ORANGE, label="its other seeds")
wider = [r for r in scaling.results() if r.width == scaling.BEYOND]
ax.plot([r.n_params for r in wider], [r.excess for r in wider], "x", color=figures.PLUM,
        label="wider still")
ax.set(xscale="log", yscale="log", xlabel="parameters", ylabel="loss over the floor, nats")
figures.log_ticks(ax.yaxis, [0.03, 0.1, 0.3])
figures.log_ticks(ax.xaxis, [10_000, 30_000, 100_000, 200_000])
ax.set_title("Five sizes make a line. How far does it go?")
ax.legend()
figures.show(fig, alt=f"Loss over the floor against parameters, both logarithmic: a line through "
             f"five sizes, slope -{law.alpha:.2f}. The sixth is at {sixth.excess:.3f}, predicted "
             f"{law(size):.3f}. A wider one is at {wider[0].excess:.3f}, the line there at "
             f"{law(wider[0].n_params):.3f}.")

# %%
off = sixth.excess / law(size)
print("the sixth is within a factor of 2 of the prediction:", 1 / 2 < off < 2)
longer = mean(r.excess for r in scaling.results(scaling.LONGER))
print(f"width {scaling.BEYOND}: {mean(r.excess for r in wider):.3f}, the line there about "
      f"{law(wider[0].n_params):.2f}; with {scaling.LONGER:,} steps {longer:.3f} (three seeds)")
beyond = mean(r.excess for r in wider) / law(wider[0].n_params)
assert 1 / 2 < off < 2
claims([
    ("Performance follows a power law in size", "over a range; then it bends" if beyond > 1.25 else
     True, f"five sizes lie on a line that predicts a sixth within a factor of 2; at width "
     f"{scaling.BEYOND} the loss over the floor is {'' if beyond > 1.25 else 'not '}more than a "
     "quarter above the line"),
])

# %% [markdown]
# The miss of the sixth is printed above. Its two other seeds are drawn too, and one of the three
# lies outside the band. The band is too sure of itself: larger models differ more from seed to
# seed, and it takes the scatter of all sizes for one.
#
# And it knows nothing of the seventh, wider still. The line asks for about 0.03, and it ends at
# 0.042. Given twice the steps, it ends at 0.021 (means of three seeds). So the law held where size
# was what was missing; where something else is missing, here steps, it bends, and nothing in the
# first five sizes says so. That is why laws are fitted in size *and* tokens together (Kaplan and
# others, 2020; Hoffmann and others, 2022), and why one does not go far beyond one's largest run.
#
# Our exponent is above 1, because a small model can learn nearly all of this world. On real text it
# is between 0.08 and 0.34, depending on what is held fixed: doubling a model gains far less there.
#
# ## 18. The best size for a budget
#
# Given a budget of arithmetic, is a large model that reads little better, or a small one that reads
# much? A forward pass takes about 2 floating-point operations (FLOPs) for each parameter and token,
# the backward pass twice as many: **C = 6 N D**. Here are models of six widths, each trained until
# a budget was used up, three seeds each (`python -m course_lib.study.same_budget`). Where is the
# best, and how does it move when the budget is four times as large? (N counts the two tables of the
# vocabulary too. In models as small as ours they are about half of it or more, as the table shows,
# so 6 N D is rough here.)

# %%
budgets = same_budget.results()
fig, ax = plt.subplots(figsize=(8, 3.4))
best = {}
for budget, by_width in budgets.items():
    points = [(r[0].n_params, same_budget.mean_excess(r), r[0]) for r in by_width.values()]
    ax.plot(*zip(*[point[:2] for point in points], strict=True), "o-", label=f"{budget:.0e} FLOPs")
    best[budget] = min(points, key=lambda point: point[1])
    ax.plot(*best[budget][:2], "o", markersize=14, fillstyle="none", color=figures.INK)
ax.set(xscale="log", yscale="log", xlabel="parameters", ylabel="loss over the floor, nats")
figures.log_ticks(ax.yaxis, [0.1, 0.2, 0.4, 0.8])
figures.log_ticks(ax.xaxis, [10_000, 30_000, 100_000, 300_000])
ax.set_title("For each budget there is a best size")
ax.legend()
figures.show(fig, alt="Two U-shaped curves. " + " ".join(
    f"With {budget:.0e} FLOPs the best has {n:,} parameters, {over:.2f} over the floor."
    for budget, (n, over, _) in best.items()))
V = town_training.town(same_budget.PLACE).vocab_size
table([(f"{budget:.0e}", n, f"{2 * V * run.width / n:.0%}", run.n_tokens, f"{run.n_tokens / n:.0f}")
       for budget, (n, _, run) in best.items()],
      columns=["FLOPs", "best size", "of it tables", "tokens read", "tokens a parameter"],
      caption="The best of six sizes for each budget")

# %%
small_budget, large_budget = sorted(best)
largest = max(budgets[small_budget].values(), key=lambda r: r[0].n_params)
assert best[large_budget][0] > best[small_budget][0]
claims([
    ("A smaller model on more data beats a larger one on less",
     "for the same budget, and down to a best size" if best[small_budget][0] > 13_000 and
     same_budget.mean_excess(largest) > 1.3 * best[small_budget][1] else False,
     f"at {small_budget:.0e} FLOPs {best[small_budget][0]:,} parameters end at "
     f"{best[small_budget][1]:.2f} over the floor, {largest[0].n_params:,} at "
     f"{same_budget.mean_excess(largest):.2f}"),
])

# %% [markdown]
# With four times the budget the best has 2.4 times the parameters and 1.7 times the tokens, as far
# as so coarse a grid can tell: both grow. With text from the web, Hoffmann and others found that
# both grow alike, with about 20 tokens a parameter. Before them people had made models too large
# and fed them too little; GPT-3 had 1.7 tokens a parameter. (That our 20 and 13 lie near theirs is
# luck. And batch and learning rates are the same for all widths here, which may be unfair to some.)

# %% [markdown] exercise="compute_optimal" role="task"
# ### The best size for a budget
#
# *1 point, about 6 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `compute_optimal(flops, tokens_per_param)`. Training a model of N parameters on D tokens
# costs C = 6 N D FLOPs. Given the budget C in FLOPs and how many tokens each parameter is to see,
# it returns two floats: how many parameters, and how many tokens.
#
# 1. The tokens are `tokens_per_param` times the parameters.
# 2. Six times parameters times tokens is `flops`.
# 3. `flops` or `tokens_per_param` of 0 or less raises `ValueError`.
#
# It takes 3 to 5 lines. By hand: 12,000 FLOPs at 20 tokens a parameter are 10 parameters and 200
# tokens.

# %% exercise="compute_optimal" role="answer"
def compute_optimal(flops, tokens_per_param):
    """Return how many parameters and how many tokens a budget of FLOPs pays for.

    flops, tokens_per_param: numbers above 0, else ValueError.
    Returns (parameters, tokens), floats.
    """
    ### BEGIN SOLUTION
    if flops <= 0 or tokens_per_param <= 0:
        raise ValueError(f"expected numbers above 0, got {flops} and {tokens_per_param}")
    n_params = sqrt(flops / (6 * tokens_per_param))
    return n_params, tokens_per_param * n_params
    ### END SOLUTION

# %% exercise="compute_optimal" role="test" points=1
check(compute_optimal)
### BEGIN HIDDEN TESTS
check(compute_optimal, thorough=True)
### END HIDDEN TESTS

# %%
best_for = mine("compute_optimal")
rows_of_table = []
for name, run in training_cost.RUNS.items():
    flops = training_cost.training_flops(run.n_params, run.n_tokens)
    n, d = best_for(flops, 20)
    rows_of_table.append((name, f"{flops:.1e}", f"{run.n_tokens / run.n_params:,.1f}",
                          f"{n / 1e9:,.1f}", f"{d / 1e12:,.1f}"))
table(rows_of_table, columns=["model", "FLOPs by 6ND", "tokens a parameter",
                              "best size, billions", "its tokens, trillions"],
      caption="What was built, and what the rule of 20 would have built for the same FLOPs")

# %% [markdown]
# Llama 3 8B has read 1,875 tokens for each parameter, a hundred times what the rule asks for. A
# mistake? No: the rule makes *training* cheap. A model that answers millions of people every day
# is paid for at each answer, so one makes it smaller than the rule says, and trains it longer.
#
# And the bill? All prices below are assumptions, and you can change every one of them: what a chip
# can do at most, which part of that it does, what an hour costs. What did GPT-3 cost on the chips
# of its day, and what would it cost on newer ones?

# %%
training_bill("GPT-3 175B")

# %% [markdown]
# On the V100 of its day, at 40% of the peak and 1.50 dollars an hour: 1.75 million hours, 2.6
# million dollars. On H100s at 2 dollars: 0.44 million, a sixth. Failed runs, tries and people come
# on top.
#
# ## On a real model
#
# SmolLM2-135M has read 2 trillion tokens, 14,800 for each parameter. What do your measures say of
# it? Two famous sentences, and the same content in other words, each cut in two. How many bits a
# byte does each cost? And given the first half, does the model say the second?

# %%
texts = {
    "a declaration": ("We hold these truths to be self-evident, that all men are",
                      " created equal, that they are endowed by their Creator with certain "
                      "unalienable Rights"),
    "the same, plainly": ("We think it is plain that every person has the same worth from",
                          " birth, and that whoever made them gave them some rights that nobody "
                          "can take away"),
    "a soliloquy": ("To be, or not to be, that is the question: Whether 'tis nobler",
                    " in the mind to suffer the slings and arrows of outrageous fortune"),
    "that, plainly": ("To live, or to end it, I cannot decide: is a man better if he",
                      " bears in his heart all the blows and cuts that bad luck deals him"),
}
tokenizer = smollm2.load_tokenizer()
found = {}
for name, (first, second) in texts.items():
    said = " ".join(tokenizer.decode(next_token.go_on(first, 20)).split())
    n_right = len(commonprefix([said.split(), second.split()]))
    found[name] = per_byte(next_token.total_nats(first + second)[1],
                           len((first + second).encode())), n_right, said
table([(name, f"{bits:.2f}", n_right, said[:40]) for name, (bits, n_right, said) in found.items()],
      columns=["text", "bits a byte", "words on", "it goes on"],
      caption="What SmolLM2 pays, and how many words it goes on without an error")

# %%
known = [name for name, (_, n_right, _) in found.items() if n_right >= 4]
claims([
    ("Language models know famous texts by heart",
     f"some of them: here {', '.join(known)}" if 0 < len(known) < len(found) else bool(known),
     "; ".join(f"{name} {bits:.2f} bits a byte, {n_right} words on"
               for name, (bits, n_right, _) in found.items())),
])

# %% [markdown]
# **With more time.** Everything above took minutes. In a terminal, `course train base` trains a
# model of one million parameters on Tinyville's city, 300 people and 40 capitals, in about a
# quarter of an hour; `course train my_text.txt` takes a text of your own, at least some hundred
# kilobytes. What changes: nobody knows its floor, so the curve shows only a validation part; a new
# tokenizer is learned from it; and with a small text you will meet section 13. Both resume after
# Ctrl-C or a power cut, and `course chat` talks to the result.

# %% [markdown] role="written" points=2
# ### Plan a run of your own
#
# You have a text of 5 million tokens and one hour on a computer that does 20 billion useful FLOPs a
# second. In five to seven sentences: which size of model do you choose, and why (with the numbers);
# how often will it read the text; what do you watch while it runs, and at which sign do you stop it
# early?
#
# ### BEGIN MARK SCHEME
# **1 point:** computes the budget (3,600 s × 2e10 = 7.2e13 FLOPs) and a size from it with C = 6ND;
# sees that the rule of 20 (about 0.77 million parameters, 15 million tokens) would read the text
# about three times, and argues for the choice (for example a somewhat larger model and fewer
# passes, or three passes with a look at the validation loss).
#
# **1 point:** watches training *and* validation loss (and the gradient norm), and names a concrete
# sign for stopping: validation loss rising while training loss falls; a loss above ln V or a
# jumping gradient norm; a loss that is too good.
# ### END MARK SCHEME

# %% [markdown]
# ## Key takeaways
#
# - Every position of every text is a question with a known answer. No labels are needed.
# - The loss is minus the logarithm of the probability of what came. Across tokenizers compare bits
#   per byte, never nats per token.
# - AdamW gives each weight a step of its own size; the learning rate decides whether it learns,
#   crawls or breaks. Plot the gradient norm.
# - A loss above ln V is a sick run. A loss below what is possible is a bug, or memory.
# - What is read again and again is learned by heart, and the rest is learned less.
# - Save weights, optimizer and step, whole or not at all; then a kill costs nothing but time.
# - Small runs predict larger ones along a straight line, until something else runs out.
# - For a budget there is a best size; parameters and tokens grow together.

# %% [markdown]
# ## Knowledge check
#
# Every option tells you why.

# %%
quiz("pretraining")

# %% [markdown]
# ## What we simplified
#
# - Real text has no known floor, no parser, and facts that contradict each other.
# - Our law has one variable, three seeds and one world. Real ones fit size and tokens at once.
# - Large runs tune the learning rate to the size, raise the batch as they go, and end on a better
#   mixture of texts ("annealing").
# - Our repeats are always at the same distance; real induction heads find what to copy by content.
# - Two processes on one computer share its memory bus; a cluster's problem is the cable.
# - Prices are assumptions, and the chips are only a part of what a model costs.

# %% [markdown]
# ## Papers and further reading
#
# - Brown and others, 2020, [GPT-3](https://arxiv.org/abs/2005.14165). Llama team, 2024,
#   [Llama 3](https://arxiv.org/abs/2407.21783). Ben Allal and others, 2025,
#   [SmolLM2](https://arxiv.org/abs/2502.02737).
# - Shannon, 1948, "A Mathematical Theory of Communication". Broder, 1997, "On the resemblance and
#   containment of documents". Efron, 1979, "Bootstrap Methods".
# - Kingma and Ba, 2014, [Adam](https://arxiv.org/abs/1412.6980). Loshchilov and Hutter, 2017,
#   [AdamW](https://arxiv.org/abs/1711.05101), and 2016, [cosine
#   schedules](https://arxiv.org/abs/1608.03983). Jordan and others, 2024,
#   [Muon](https://kellerjordan.github.io/posts/muon). Pascanu and others, 2012,
#   [clipping](https://arxiv.org/abs/1211.5063).
# - Porian and others, 2024, [why two laws differ](https://arxiv.org/abs/2406.19146). Kaplan and
#   others, 2020, [scaling laws](https://arxiv.org/abs/2001.08361). Hoffmann and others,
#   2022, [compute-optimal models](https://arxiv.org/abs/2203.15556). Schaeffer and others, 2023,
#   [emergence, or the ruler](https://arxiv.org/abs/2304.15004).
# - Lee and others, 2021, [duplicates](https://arxiv.org/abs/2107.06499). Hernandez and others,
#   2022, [repeated data](https://arxiv.org/abs/2205.10487). Muennighoff and others, 2023, [too
#   little data](https://arxiv.org/abs/2305.16264). Carlini and others, 2020, [extracting training
#   data](https://arxiv.org/abs/2012.07805).
# - Micikevicius and others, 2017, [mixed precision](https://arxiv.org/abs/1710.03740). Rajbhandari
#   and others, 2019, [sharded training](https://arxiv.org/abs/1910.02054).

# %% [markdown]
# ## Where you stand

# %%
progress("pretraining")

# %% [markdown]
# **Next question.** You have a model that knows a village by heart and continues whatever you
# write. Ask it something, and it may well go on with another question. How does a predictor become
# an assistant? That is lesson 7, Supervised fine-tuning.
