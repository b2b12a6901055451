# %% [markdown]
# # 3. Attention: how does a token use the others?
#
# After lesson 2, every token has a vector, and the same token always has the same one. But "it" in
# *The cat sat on the mat because it was tired* should know about the cat. How does a vector get
# something from another vector, far away, that it did not know it would need? By the end of this
# lesson you will have written the mechanism that does this in every large language model, from
# dot products up to grouped heads, and run SmolLM2 on your own code.
#
# | You will be able to | Tested by |
# |---|---|
# | say what attention can do that a recurrent network cannot, and what it pays | knowledge check |
# | compute attention for three tokens on paper | knowledge check |
# | scale scores, and say what happens without that | Exercise 3.1 |
# | write a softmax that never overflows | Exercise 3.2 |
# | hide the future, and say why before the softmax | Exercises 3.3, 3.9 |
# | put attention together, with several heads, with shared keys | Exercises 3.4 to 3.7 |
# | predict what attention costs in time and memory | Exercise 3.8 |
# | find out what a head does, and doubt a pretty picture | written question |
#
# **Needs:** lessons 0 to 2. **Time:** about 65 minutes of reading and 80 minutes of exercises;
# all cells together compute for less than 3 minutes. **Last changed:** 2026-11-26.

# %% [markdown]
# <details><summary>For teaching: minutes per section</summary>
#
# | Section | Talk | Exercises | | Section | Talk | Exercises |
# |---|---|---|---|---|---|---|
# | 1 Recall at a distance | 6 | | | 7 Heads | 5 | 22 |
# | 2 Query, key, value | 6 | | | 8 Shared keys and values | 4 | 10 |
# | 3 The root | 5 | 4 | | 9 Heads of SmolLM2 | 12 | |
# | 4 Softmax | 4 | 12 | | 10 What it costs | 7 | 4 |
# | 5 The mask | 6 | 4 | | 11 A loss nobody believes | 2 | 4 |
# | 6 Attention | 4 | 7 | | Closing sections | 5 | 12 |
#
# </details>

# %% role="setup"
from math import log

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F

from course_lib.study import cost, figures, head_scores, head_sentences, heads, recall, saturation
from course_lib.study.check import check
from course_lib.study.claims import claims
from course_lib.study.hint import hint
from course_lib.study.mine import mine
from course_lib.study.progress import progress
from course_lib.study.quiz import quiz
from course_lib.study.tables import table
from course_lib.study.widgets.heads_grid import heads_grid
from course_lib.study.widgets.scale_stepper import scale_stepper

figures.use_style()

# %% [markdown]
# Here is where we are going. SmolLM2 has 270 attention heads, and this is what one of them does in
# the middle of the model, at the word *it*: it hands over a mean of values, one for each token up
# to *it*, and these are the weights of that mean.

# %%
cat_sentence = "The cat sat on the mat because it was tired"
seen = heads.look(cat_sentence)
it = seen.place("it")
table([(piece, f"{weight:.2f}") for piece, weight in
       zip(seen.pieces[: it + 1], seen.weights[13, 8, it].tolist(), strict=False)],
      columns=["token", "weight"], caption="What “it” takes, layer 13, head 8")

# %% [markdown]
# 80% from *cat*. Does this head understand the sentence? Keep your answer; section 9 puts it to the
# test.

# %% [markdown]
# ## 1. Recall at a distance
#
# Before attention, most networks read a text as you listen to somebody: word after word, with one
# state of fixed size that is updated at each word. Such a network is called **recurrent**, RNN for
# recurrent neural network. What happens to a fact that stood a hundred words back?
#
# A small race will tell. Each list holds entries, a letter with a digit, and ends with a question:
# which digit stood beside this letter? The letter that is asked occurs once. On paper: what is the
# answer to the list that the next cell prints? (The cell after it tells.)

# %%
letters, digits, answers = recall.lists(4, T=8, B=1, generator=torch.Generator().manual_seed(3))
entries = [f"{'abcd'[letter]}{digit}" for letter, digit in
           zip(letters[0].tolist(), digits[0].tolist(), strict=True)]
print(" ".join(entries[:-1]), f"{entries[-1][0]}?")

# %%
print("answer:", answers.item())

# %% [markdown]
# Two runners get the same lists, 400 steps of 64 lists each: a recurrent network, and one layer of
# the attention that you will write below, each with 64 numbers a vector. The lists have 4 to 100
# entries, and most are short, which helps the recurrent one: there is less to carry. Its learning
# rate is the best of four; that of attention was never tuned. Then both are asked about lists of
# 100 entries in which the right one stands 1, 5, 10 ... 100 places before the question. A guess is
# right in 10% of all cases. Draw the two curves that you expect, before you run the cell; it may
# take half a minute.

# %% tags=["nbval-ignore-output"]
trained = {name: recall.train(name, n_letters=4, n_steps=400, seed=0)
           for name in ["recurrent", "attention"]}
right = {name: recall.accuracy(model, n_letters=4) for name, model in trained.items()}
print("distance   ", *(f"{distance:4}" for distance in right["attention"]))
for name, shares in right.items():
    print(f"{name:11}", *(f"{value:4.0%}" for value in shares.values()))

# %%
assert min(right["attention"].values()) > 0.95  # wherever it stands
assert right["recurrent"][1] > 2 * right["recurrent"][100]  # near beats far
assert right["recurrent"][100] < 0.2
print("attention: above 95% at every distance; recurrent: a guess at 100")

# %% [markdown]
# The attention layer does not care how far back the entry stands, because it never carries
# anything along: the question looks at all entries at once and takes from the one that fits. The
# recurrent network has to push every entry through its state, entry after entry, and what was
# pushed in first has faded.
#
# Is that fair? There are better recurrent networks. A **gated** one, such as the gated recurrent
# unit (GRU) or the older long short-term memory (LSTM), decides at each entry what to keep. The
# next figure shows all three, and beside it a harder list: with 16 letters instead of 4 there is
# more to keep in mind, since any of them may be asked. (The lines are means over three seeds, from
# a file that `python -m course_lib.study.recall` made.)

# %%
races = recall.race()
means = {(name, n): recall.mean_accuracy(races, name, n) for name in recall.RUNNERS
         for n in (4, 16)}
fig, axes = plt.subplots(1, 2, figsize=(8.8, 3.6), sharey=True)
for (name, n_letters), shares in means.items():
    width = 5 if name == "gated recurrent" else 2.2  # to be seen under another line
    hue = [figures.BLUE, figures.ORANGE, figures.PLUM][list(recall.RUNNERS).index(name)]
    axes[n_letters // 16].plot(list(shares), list(shares.values()), label=name, linewidth=width,
                               color=hue)
for (name, shares), hue in zip(right.items(), [figures.BLUE, figures.PLUM], strict=True):
    axes[0].plot(list(shares), list(shares.values()), "o", color=hue, label=f"{name}, your run")
titles = ["4 letters: the plain one forgets", "16 letters: only attention reaches back"]
for ax, title in zip(axes, titles, strict=True):
    ax.axhline(0.1, color=figures.GRAY, linestyle=":", linewidth=1.2)
    ax.set(xlabel="entries back from the question", ylim=(0, 1.08), xlim=(-2, 103))
    ax.set_title(title, fontsize=11.5)
axes[0].yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
axes[0].set_ylabel("right answers")
axes[0].legend(loc="center right")
axes[1].text(50, 0.02, "a guess", ha="center", va="bottom")
figures.show(fig, alt="Right answers by distance, 1 to 100. " + " ".join(
    f"{name} with {n} letters: {shares[1]:.0%} at 1, {shares[10]:.0%} at 10, {shares[100]:.0%} at "
    f"100." for (name, n), shares in means.items()))

# %%
forgets = {runner: shares[100] < 0.5 * shares[1] for runner, shares in means.items()}
assert means["gated recurrent", 16][1] < 0.25  # not learned, near as little as far
claims([
    ("A recurrent network forgets what is far back",
     "without gates" if forgets["recurrent", 4] and not forgets["gated recurrent", 4]
     else forgets["recurrent", 4],
     "; ".join(f"{name} with {n} letters {shares[1]:.0%} at 1 and {shares[100]:.0%} at 100"
               for (name, n), shares in means.items() if name != "attention")),
    ("Attention recalls equally well at any distance",
     min(min(means["attention", n].values()) for n in (4, 16)) > 0.95,
     f"at least {min(min(means['attention', n].values()) for n in (4, 16)):.0%} from 1 to 100"),
])

# %% [markdown]
# With 4 letters the gates mend it. With 16 the gated network has learned next to nothing in 400
# steps, one place back as little as a hundred: that is a failure to learn, not forgetting, and this
# race cannot say what longer training would give. (The plain network learns a little of both lists,
# and forgets.) What stays true of any of them: the state has a size, and it is filled before the
# question is known. Attention keeps everything and decides afterwards. That has a price, and
# section 10 measures it.
#
# Historically the two met first: attention was added to a recurrent network (Bahdanau and others,
# 2014), and only later the recurrence was dropped (Vaswani and others, 2017). Arora and others
# (2023) measure such a gap in recall between whole language models with attention and without it.
#
# What did the attention layer learn? Look at how much of the question's attention lands on the
# right entry.

# %% tags=["nbval-ignore-output"]
layer = trained["attention"]
letters, digits, _ = recall.lists(4, 100, 500, torch.Generator().manual_seed(1), distance=60)
with torch.inference_mode():
    on_entries = layer.weights(layer.letter(letters) + layer.digit(digits))[:, 0]  # (B, T + 1)
on_right = on_entries[:, 100 - 60].mean().item()
on_all = on_entries[:, :100].sum(dim=-1).mean().item()
print(f"on the right entry {on_right:.1%}, on the 99 others together {on_all - on_right:.1%}")

# %%
assert on_right > 0.9
print("more than 90% of the weight on 1 entry of 100")

# %% [markdown]
# ## 2. Query, key, value
#
# How can the question find its entry? Think of a Python dict: you have a **query**, each entry has
# a **key** and a **value**, and you get the value whose key equals the query. Two things are wrong
# with a dict here. Nothing can be learned from "equal or not", because it has no slope. And words
# are never equal, only more or less fitting.
#
# So make it soft. Queries and keys are vectors, and how well they fit is their dot product, a
# **score**. A softmax turns the scores into weights that add to 1, and the result is the mean of
# all values with these weights. Everything has a slope, so everything can be learned.
#
# $$\text{attention}(Q, K, V) = \text{softmax}\!\left(\frac{Q K^\top}{\sqrt{d_k}}\right) V$$
#
# Queries are the rows of Q, keys the rows of K, values the rows of V; the small ⊤ turns K on its
# side, so that each query meets each key. The width of queries and keys is written $d_k$ in the
# paper; code here says D. Section 3 explains the root.
#
# **By hand** (our *dry run* from here on). Three tokens, vectors of width $d_k = 4$, a row a token.
# Take a pencil: score the first query with each key (multiply number by number, add), divide by
# $\sqrt 4 = 2$, then raise $e$ to each and divide by the sum. ($e^{0.5}$ is 1.65, $e^1$ is 2.72.)

# %%
Q = torch.tensor([[1., 0, 1, 0], [0, 1, 0, 1], [1, 1, 0, 0]])  # (T_q, D)
K = torch.tensor([[1., 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0]])  # (T_k, D)
V = torch.tensor([[1., 0, 1, 0], [0, 1, 0, 1], [1, 1, 0, 0]])  # (T_k, D)

hand_scores = Q @ K.T / 4**0.5  # (T_q, T_k)
hand_weights = hand_scores.softmax(dim=-1)  # (T_q, T_k), each row adds to 1
hand_output = hand_weights @ V  # (T_q, D)
for name, matrix in [("scores", hand_scores), ("weights", hand_weights), ("output", hand_output)]:
    print(f"{name:8}", "  /  ".join(" ".join(f"{x:.2f}" for x in row) for row in matrix.tolist()))

# %% [markdown]
# The first query fits the third key best (score 1, the others 0.5), so it takes .45 of the third
# value and .27 of each of the others. The second one fits the third key not at all, and still takes
# .23 from it: on paper, no weight of a softmax is 0.

# %%
rounded = [[round(w, 2) for w in row] for row in hand_weights.tolist()]
first_output = [f"{x:.2f}" for x in hand_output[0].tolist()]
print("exact:", " + ".join(f"{w:.4f}" for w in hand_weights[0, 1:].tolist()), "=",
      f"{hand_weights[0, 1:].sum().item():.4f}")
claims([
    ("The weights are .27 .27 .45 / .38 .38 .23 / .51 .19 .31",
     rounded == [[0.27, 0.27, 0.45], [0.38, 0.38, 0.23], [0.51, 0.19, 0.31]],
     " / ".join(" ".join(f"{w:.2f}" for w in row) for row in rounded)),
    ("The first output is .72 .72 .27 .27", first_output == ["0.72", "0.72", "0.27", "0.27"],
     f"it is {' '.join(first_output)}"),
])

# %% [markdown]
# You may meet .72 for this example. It comes out if you add .27 and .45, which were rounded before;
# the exact weights add to .7259. Rounding comes last, on paper and in code.
#
# Here is the same as a picture. Read it from the left: how well each pair fits, what share that
# earns, the values that are shared out, what comes out.

# %%
fig, axes = plt.subplots(1, 4, figsize=(8.8, 2.5), width_ratios=[3, 3, 4, 4])
panels = [("scores", hand_scores, "key"), ("weights", hand_weights, "key"),
          ("V", V, "number of the vector"), ("output", hand_output, "number of the vector")]
for ax, (name, matrix, below) in zip(axes, panels, strict=True):
    ax.imshow(matrix, vmin=0, vmax=1.6)
    for row, column in torch.cartesian_prod(*(torch.arange(n) for n in matrix.shape)).tolist():
        ax.text(column, row, f"{matrix[row, column]:.2f}", ha="center", va="center", fontsize=9)
    ax.set(xticks=range(matrix.size(1)), yticks=range(3), xlabel=below, title=name)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
axes[0].set_ylabel("query")
figures.show(fig, alt="Four tables of the example by hand. Scores .5 .5 1, .5 .5 0, 1 0 .5; "
                      "weights .27 .27 .45, .38 .38 .23, .51 .19 .31; V 1 0 1 0, 0 1 0 1, 1 1 0 0; "
                      "output rows .73 .73 .27 .27, .62 .62 .38 .38, .81 .49 .51 .19.")

# %% [markdown]
# In a model, nobody types Q, K and V in. Each token's vector $x$ is multiplied by three learned
# matrices: $q = W_q x$ says what this token looks for, $k = W_k x$ what it offers to be found by,
# $v = W_v x$ what it hands over. Why three? With one for all, every token would fit itself best, as
# long as vectors are equally long.
# The letter that is asked should look for entries with its letter, and should get their digit.

# %% [markdown]
# ## 3. Why divide by the root?
#
# The dry run divided by 2, the root of the width, before the softmax. Why?
#
# On paper: say all numbers in q and k are independent, with mean 0 and variance 1. Then each
# product of two has variance 1, and the dot product adds D of them. Variances add: the dot product
# has variance D, so a typical size of $\sqrt D$. Predict: at D = 1,024, how large is a typical
# score, and what does a softmax make of eight such scores? (The table also has the **slope**: how
# much the largest weight changes for each unit of its own score, w (1 − w).)

# %%
widths = [1, 4, 16, 64, 256, 1024]
dots = {D: saturation.scores(D, 8, 2000) for D in widths}  # (2000, 8), not divided
plain = [saturation.spread(dots[D]) for D in widths]
scaled = [saturation.spread(dots[D] / D**0.5) for D in widths]
table([(D, f"{a.variance:.0f}", f"{a.entropy:.2f}", f"{a.slope:.3f}",
        f"{b.variance:.2f}", f"{b.entropy:.2f}", f"{b.slope:.3f}")
       for D, a, b in zip(widths, plain, scaled, strict=True)],
      columns=["D", "variance", "entropy", "slope", "variance, divided", "entropy, divided",
               "slope, divided"],
      caption="2,000 random queries, 8 keys each; entropy in nats, at most ln 8 = 2.08")

# %%
fig, axes = plt.subplots(1, 2, figsize=(8.8, 3.3))
for ax, what in zip(axes, ["variance", "entropy"], strict=True):
    for spreads, label in [(plain, "as they are"), (scaled, "divided by the root of D")]:
        ax.plot(widths, [getattr(spread, what) for spread in spreads], marker="o", label=label)
    ax.set_xscale("log", base=2)
    ax.set_xticks(widths, [f"{D:,}" for D in widths])
    ax.set(xlabel="width D of queries and keys")
axes[0].set(yscale="log", ylabel="variance of the scores")
axes[0].set_title("Undivided scores grow with D", fontsize=11.5)
axes[0].legend(loc="upper left")
axes[1].set(ylim=(0, 2.1), ylabel="entropy of the weights, nats")
axes[1].set_title("… and the softmax picks one", fontsize=11.5)
figures.show(fig, alt=f"Left, variance of the scores by width: as they are it grows with D, from "
                      f"{plain[0].variance:.0f} to {plain[-1].variance:.0f}; divided by the root "
                      f"it stays at 1. Right, entropy of the weights: as they are it falls from "
                      f"{plain[0].entropy:.2f} to {plain[-1].entropy:.2f} nats; divided it stays "
                      f"near {scaled[-1].entropy:.2f}.")

# %%
assert all(0.9 < a.variance / D < 1.1 for D, a in zip(widths, plain, strict=True))
assert all(0.9 < b.variance < 1.1 for b in scaled)
assert plain[-1].entropy < 0.1 < 1.5 < scaled[-1].entropy
print(f"at D = 1,024 the largest weight is {plain[-1].largest:.2f} on average, "
      f"divided {scaled[-1].largest:.2f}")

# %% [markdown]
# As computed: the variance is D. At D = 1,024 typical scores are ±32, and a softmax of such numbers
# is a choice of one: an entropy near 0, whatever the vectors mean. The worst is the slope. After a
# small rise at the start it falls to .02, and learning goes along slopes: an attention that starts
# like this has made up its mind before it has seen anything. Divided by the root, all widths behave
# alike. The name for it is **scaled dot-product attention** (Vaswani and others, 2017).
#
# Try it. These are the scores of one query and eight keys. Make the vectors wider, watch the
# weights, then divide by the root. Double the width again and again: from which one on does raising
# the largest score by 0.1 move its weight by less than 0.01?

# %%
one_query = (saturation.scores(64, 8, 1, seed=6)[0] / 64**0.5).tolist()
scale_stepper(one_query)

# %% [markdown]
# From 128 on. Divided by the root, the gain is the same at every width.

# %% [markdown] exercise="attention_scores" role="task"
# ### Attention scores
#
# *2 points, about 4 minutes, difficulty 1 of 5. Needs nothing from earlier exercises.*
#
# Write `attention_scores(q, k)`. `q` has the shape `(B, H, T_q, D)`: a batch of B texts, H heads
# (section 7; each works by itself), T_q queries, each D numbers wide. `k` has the shape
# `(B, H, T_k, D)`. It returns the scores of all queries with all keys, `(B, H, T_q, T_k)`.
#
# 1. The score of query i and key j is their dot product divided by the square root of D, the length
#    of one query.
# 2. Each batch row and each head has scores of its own; the result is `(B, H, T_q, T_k)`, queries
#    before keys.
# 3. `q` and `k` are left unchanged.
#
# It takes 1 to 3 lines. By hand: with the Q and K of section 2 and B = H = 1 it is
# `[[.5, .5, 1], [.5, .5, 0], [1, 0, .5]]`. `check` also tries T_q and T_k that differ.

# %% exercise="attention_scores" role="answer"
def attention_scores(q, k):
    """Return the scaled scores of each query with each key.

    q: (B, H, T_q, D) queries. k: (B, H, T_k, D) keys.
    Returns (B, H, T_q, T_k).
    """
    ### BEGIN SOLUTION
    return q @ k.transpose(-2, -1) / q.size(-1) ** 0.5
    ### END SOLUTION

# %% exercise="attention_scores" role="test" points=2
check(attention_scores)
### BEGIN HIDDEN TESTS
check(attention_scores, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# ## 4. A softmax that does not overflow
#
# A softmax raises *e* to each score and divides by the sum. Written like that, it fails. Predict
# what the next cell prints for the scores 1,000, 999 and 998. Is the answer different in principle
# from that for 2, 1 and 0?

# %%
def naive_softmax(x):
    return x.exp() / x.exp().sum(dim=-1, keepdim=True)


for three_scores in [[2.0, 1.0, 0.0], [1000.0, 999.0, 998.0]]:
    x = torch.tensor(three_scores)
    shifted = naive_softmax(x - x.max())
    print(three_scores, "naive", [round(w, 3) for w in naive_softmax(x).tolist()],
          "shifted", [round(w, 3) for w in shifted.tolist()])
for dtype in [torch.float16, torch.bfloat16, torch.float32]:
    print(f"{str(dtype)[6:]:8} holds e to the power of {log(torch.finfo(dtype).max):.1f} at most")

# %% [markdown]
# The exponential of 1,000 is too large for the format, so it becomes infinite, and infinite divided
# by infinite is **nan**, not a number. In half precision, float16, this happens from a score of
# 11.1 on. One nan in a batch, and the whole training can be lost.
#
# The way out costs nothing. Subtract the same number c from all scores: each exponential shrinks
# by the factor $e^{-c}$, so does the sum, and the quotient stays. Choose c as the largest score.
# Then the largest exponential is $e^0 = 1$, nothing can overflow, and what underflows to 0 was
# too small to matter.

# %% [markdown] exercise="stable_softmax" role="task"
# ### A softmax that cannot overflow
#
# *3 points, about 12 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `stable_softmax(x, dim)`. `x` is a tensor of any shape, `dim` the axis along which the
# results add to 1. It returns a tensor of the same shape.
#
# 1. Along `dim`, each result is the exponential of its value divided by the sum of all
#    exponentials.
# 2. `dim` may be any axis, counted from the front or, if negative, from the end.
# 3. Values of 10,000 and −10,000 give finite results, and adding one number to all values along
#    `dim` changes nothing.
# 4. A value of −inf gets 0; where all values along `dim` are −inf, all results are 0 and not nan.
# 5. `x` is left unchanged.
#
# It takes 4 to 7 lines. You may use `exp`, `amax`, `max`, `sum`, `where`, `nan_to_num` and
# `masked_fill`; torch's own softmax and its relatives (`log_softmax`, `logsumexp` and the like) are
# what you are building, so they are not allowed. By hand: the scores of section 2 along `dim=-1`
# give the weights of section 2.

# %% exercise="stable_softmax" role="answer"
def stable_softmax(x, dim):
    """Return the softmax of x along dim, finite for every x; a row of only -inf becomes 0."""
    ### BEGIN SOLUTION
    highest = x.amax(dim=dim, keepdim=True)
    highest = highest.masked_fill(highest == float("-inf"), 0.0)  # -inf minus -inf would be nan
    exponentials = (x - highest).exp()
    total = exponentials.sum(dim=dim, keepdim=True)
    return exponentials / total.masked_fill(total == 0, 1.0)
    ### END SOLUTION

# %% exercise="stable_softmax" role="test" points=3
check(stable_softmax)
### BEGIN HIDDEN TESTS
check(stable_softmax, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Property 4 may look strange. Who would look at nothing at all? A query whose keys are all hidden:
# padding, for example, the empty places that make short texts as long as others. It should take
# nothing, and not turn the batch into nan. Use yours on the scores of the dry run, on huge ones,
# and on a row with nothing in it.

# %%
softmax = mine("stable_softmax")
nothing = torch.full((1, 3), float("-inf"))
for name, x in [("dry run", hand_scores[:1]), ("a thousand times", 1000 * hand_scores[:1]),
                ("nothing to see", nothing)]:
    print(f"{name:17}", [round(w, 2) for w in softmax(x, -1)[0].tolist()],
          "torch:", [round(w, 2) for w in x.softmax(dim=-1)[0].tolist()])

# %% [markdown]
# ## 5. Hiding the future
#
# A language model is graded at every position at once: after each token it predicts the next one.
# If position 2 could look at position 3, it would read the answer instead of guessing it. So each
# query may use the keys at its own position and before, and nothing later. This is the **causal
# mask**.
#
# Before you run the next cell, decide: in a text of 4 tokens, how many of the 16 pairs of query and
# key survive?

# %%
T = 4
allowed = torch.ones(T, T, dtype=torch.bool).tril()  # (T_q, T_k), True where a key may be used
print(allowed.int())
print(f"{allowed.sum().item()} of {T * T} pairs are allowed")

# %% [markdown]
# Ten: 1 + 2 + 3 + 4. Now there are two ways to use it. You can set the scores of later keys to −inf
# **before** the softmax, where $e^{-\infty} = 0$. Or you can compute the softmax of everything
# and set the weights of later keys to 0 **after** it. Both give later keys the weight 0. Is there a
# difference? Do the second way by hand with the weights of the dry run: what does the first row
# add to?

# %%
hide_3 = torch.ones(3, 3, dtype=torch.bool).triu(diagonal=1)  # True where a key is still to come


def hide_before(scores, hidden):
    return scores.masked_fill(hidden, float("-inf")).softmax(dim=-1)


def hide_after(scores, hidden):
    return scores.softmax(dim=-1).masked_fill(hidden, 0.0)


ways = {"-inf before": hide_before, "0 after": hide_after}
for name, hide in ways.items():
    shown = hide(hand_scores, hide_3)
    print(f"{name:12}", " / ".join(" ".join(f"{w:.2f}" for w in row) for row in shown.tolist()),
          "  rows add to", " ".join(f"{w:.2f}" for w in shown.sum(dim=-1).tolist()))
assert torch.allclose(hide_before(hand_scores, hide_3).sum(dim=-1), torch.ones(3))
assert hide_after(hand_scores, hide_3).sum(dim=-1)[0] < 0.28

# %% [markdown]
# After the softmax, the first token keeps .27 of its value instead of all: the rest went to keys
# that were hidden too late. The vectors at the start of each text shrink. That is bad, but the
# next thing is worse. The sum under the fraction still contains the future. Change the last key,
# and see whether earlier outputs notice.

# %%
changed = K.clone()
changed[2] = torch.tensor([4.0, 0.0, -4.0, 2.0])  # the last token becomes another one
moved = {}
for name, hide in ways.items():
    one, other = (hide(Q @ keys.T / 4**0.5, hide_3) @ V for keys in (K, changed))  # (T_q, D)
    moved[name] = (one - other).abs().amax(dim=-1).tolist()  # (T_q,)
    print(f"{name:12} the outputs at positions 0, 1, 2 change by",
          " ".join(f"{x:.2f}" for x in moved[name]))
assert max(moved["-inf before"][:2]) == 0.0 < min(moved["0 after"][:2])

# %% [markdown]
# With −inf before, positions 0 and 1 do not change at all: exactly 0. With 0 after, both do. The
# future leaks through the sum. How much does it give away? Suppose that the next token is either A
# or B, and that their keys differ. Help the query: let it ask for exactly what tells A from B, as
# training would. Somebody who sees nothing but how much a row of weights adds to guesses which of
# the two comes next.

# %%
generator = torch.Generator().manual_seed(0)
n, D = 1000, 16
next_is_a = torch.rand(n, generator=generator) < 0.5
key_a, key_b = torch.randn(2, D, generator=generator)
keys = torch.randn(n, 4, D, generator=generator)  # four tokens, and the last one is still to come
keys[:, 3] = torch.where(next_is_a[:, None], key_a, key_b)
query = keys[:, 2] * 0.2 + key_a - key_b  # what the third token looks for
fits = (keys @ query[..., None])[..., 0] / D**0.5  # (n, 4)
hidden = torch.tensor([False, False, False, True])
guesses = {}
for name, hide in ways.items():
    total = hide(fits, hidden).sum(dim=-1)
    guessed = total < total.mean() - 1e-4  # a low sum: the hidden key has taken much
    guesses[name] = (guessed == next_is_a).float().mean().item()
    print(f"{name:12} the next token is guessed in {guesses[name]:.0%} of {n} texts")
assert guesses["0 after"] > 0.9 > 0.55 > guesses["-inf before"]

# %% [markdown]
# A model that is trained like this can use the leak, and training takes whatever lowers the loss.
# The loss then looks wonderful; when the model has to write, there is no future to read.

# %% [markdown] exercise="causal_weights" role="task"
# ### Weights that never look ahead
#
# *2 points, about 4 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `causal_weights(scores)`. `scores` has the shape `(B, T, T)`, queries along the second axis
# and keys along the third. It returns the weights, a tensor of the same shape.
#
# 1. A query gives weight exactly 0 to every later key.
# 2. The weights of each query sum to 1.
# 3. The keys that a query may use share the weight as the softmax of their scores alone.
# 4. `scores` is left unchanged.
#
# It takes 2 or 3 lines. You may use any torch function. By hand: the scores of section 2 give
# `[[1, 0, 0], [.50, .50, 0], [.51, .19, .31]]`.

# %% exercise="causal_weights" role="answer"
def causal_weights(scores):
    """Turn scores into attention weights that never look ahead.

    scores: (B, T, T) scores, keys last.
    Returns weights (B, T, T); row t is a distribution over keys 0..t.
    """
    ### BEGIN SOLUTION
    T = scores.size(-1)
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return scores.masked_fill(future, float("-inf")).softmax(dim=-1)
    ### END SOLUTION

# %% exercise="causal_weights" role="test" points=2
check(causal_weights)
### BEGIN HIDDEN TESTS
check(causal_weights, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Use it at once on a text of 12 tokens whose scores say nothing (all of them 0). What does each row
# look like then?

# %%
causal = mine("causal_weights")
even = causal(torch.zeros(1, 12, 12))[0]  # (T_q, T_k)
print("row 0:", [round(w, 2) for w in even[0, :4].tolist()], "...")
print("row 3:", [round(w, 2) for w in even[3, :6].tolist()], "...")

# %% [markdown]
# Row 0 is 1 and nothing else, row 3 has four quarters. The first token is in every row, and early
# tokens get more in all than late ones, before anybody has learned anything.

# %% [markdown]
# ## 6. Attention
#
# Scores, mask, softmax, mean: put them together. One thing is new. Queries and keys need not be
# equally many: when a model writes, it has one new query and the keys of everything before. So
# the mask comes from outside, as `allowed` of shape `(T_q, T_k)`.

# %% [markdown] exercise="attention" role="task"
# ### Attention with a mask
#
# *3 points, about 7 minutes, difficulty 3 of 5. Needs nothing from earlier exercises.*
#
# Write `attention(q, k, v, allowed)`. `q` has the shape `(B, H, T_q, D)`, `k` and `v` have
# `(B, H, T_k, D)`, and `allowed` is a tensor of bools `(T_q, T_k)`, or `None`. Every query may use
# at least one key. It returns `(B, H, T_q, D)`.
#
# 1. The result for a query is the sum of the values, each weighted by the softmax of the scores
#    `q · k / sqrt(D)` over the keys.
# 2. `allowed` is True where a query may use a key, the same in every batch row and head; a key that
#    is not allowed gets no weight at all.
# 3. `allowed` may be `None`: every query may use every key.
# 4. T_q and T_k may differ; the result is `(B, H, T_q, D)`.
# 5. The inputs are left unchanged.
#
# It takes 4 to 6 lines. `F.scaled_dot_product_attention` is what you are building, so it is not
# allowed, and neither is torch's `MultiheadAttention`; `softmax` is. By hand: the Q, K and V of
# section 2 without a mask give the output of section 2, rows `.73 .73 .27 .27`, `.62 .62 .38 .38`
# and `.81 .49 .51 .19`.

# %% exercise="attention" role="answer"
def attention(q, k, v, allowed):
    """Return what each query gathers from the values.

    q: (B, H, T_q, D). k, v: (B, H, T_k, D).
    allowed: (T_q, T_k) bool, True where a key may be used; None for all.
    Returns (B, H, T_q, D).
    """
    ### BEGIN SOLUTION
    scores = q @ k.transpose(-2, -1) / q.size(-1) ** 0.5  # (B, H, T_q, T_k)
    if allowed is not None:
        scores = scores.masked_fill(~allowed, float("-inf"))
    return scores.softmax(dim=-1) @ v
    ### END SOLUTION

# %% exercise="attention" role="test" points=3
check(attention)
### BEGIN HIDDEN TESTS
check(attention, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# PyTorch has this function too. Do both agree? And then a check of lesson 2's result: without
# positions, attention is blind to order. Shuffle the keys together with their values. What changes?

# %%
attend = mine("attention")
generator = torch.Generator().manual_seed(0)
q, k, v = (torch.randn(2, 3, 10, 8, generator=generator) for _ in range(3))  # (B, H, T, D)
allowed = torch.ones(10, 10, dtype=torch.bool).tril()
gathered = attend(q, k, v, allowed)
torch.testing.assert_close(gathered, F.scaled_dot_product_attention(q, k, v, attn_mask=allowed))
print("the same as PyTorch's, shape", tuple(gathered.shape))

one = q[:, :, -1:]  # the last query alone, (B, H, 1, D)
torch.testing.assert_close(attend(one, k, v, None), gathered[:, :, -1:])
print("the last query alone gives the last row, shape", tuple(attend(one, k, v, None).shape))

order = torch.randperm(10, generator=generator)
torch.testing.assert_close(attend(one, k[:, :, order], v[:, :, order], None), gathered[:, :, -1:])
print("keys and values in another order: nothing changes")

# %% [markdown]
# The second line is worth a thought. While a model writes, only the new token needs a query;
# everything older serves with the keys and values that it had already. Lesson 5 builds on that.

# %% [markdown]
# ## 7. Heads
#
# One softmax gives one mean. What if a token needs two things at once? Say that the last word of
# *Anna sees Ben* wants to know who sees and who is seen. Give *Anna* the value (1, 0) and *Ben* the
# value (0, 1). A head that takes half from each hands over (.5, .5), and it does the same for *Ben
# sees Anna*. On paper: what do two heads hand over, side by side, if the first takes from the first
# noun and the second from the second?

# %%
value = {"Anna": torch.tensor([1.0, 0.0]), "Ben": torch.tensor([0.0, 1.0])}
for first_noun, second_noun in [("Anna", "Ben"), ("Ben", "Anna")]:
    one_head = 0.5 * value[first_noun] + 0.5 * value[second_noun]
    two_heads = torch.cat([value[first_noun], value[second_noun]])
    print(f"{first_noun} sees {second_noun}: one head {one_head.tolist()}, "
          f"two heads {two_heads.tolist()}")

# %% [markdown]
# An even mean forgets who was who, and an uneven one hears mostly one of them. Two heads hand over
# both whole. So a layer has several: **multi-head attention**. First x is multiplied by the three
# matrices; then q, k and v, C numbers each, are cut into H parts of width D = C / H. Each head
# works with its own part, and the results stand side by side again, C numbers, before a last matrix
# $W_o$ mixes them. It costs no extra weights and no extra work in the products; only the scores are
# H times as many (section 10). In memory the parts lie side by side already; splitting is a matter
# of shapes.

# %% [markdown] exercise="split_heads" role="task"
# ### Split and merge the heads
#
# *2 points, about 10 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write two functions. `split_heads(x, n_head)` takes `(B, T, H * D)`, with `n_head` = H, and
# returns `(B, H, T, D)`. `merge_heads(x)` goes the other way, `(B, H, T, D)` to `(B, T, H * D)`.
#
# 1. `split_heads(x, n_head)` returns `(B, H, T, D)`: head h holds numbers h * D to (h + 1) * D − 1
#    of each position's vector.
# 2. `merge_heads(x)` returns `(B, T, H * D)`: the vectors of all heads at one position, side by
#    side, head 0 first.
# 3. Merging what was split gives back the same tensor, for every number of heads that divides the
#    width.
# 4. `x` is left unchanged.
#
# It takes 1 to 3 lines each. By hand, tens for the position and ones for the place: splitting
# `[[[0, 1, 2, 3, 4, 5], [10, 11, 12, 13, 14, 15]]]` among 3 heads gives
# `[[[[0, 1], [10, 11]], [[2, 3], [12, 13]], [[4, 5], [14, 15]]]]`.

# %% exercise="split_heads" role="answer"
def split_heads(x, n_head):
    """Give each head its part of every vector: (B, T, H * D) -> (B, H, T, D)."""
    ### BEGIN SOLUTION
    B, T, C = x.shape
    return x.reshape(B, T, n_head, C // n_head).transpose(1, 2)
    ### END SOLUTION


def merge_heads(x):
    """Put the parts of all heads side by side again: (B, H, T, D) -> (B, T, H * D)."""
    ### BEGIN SOLUTION
    B, H, T, D = x.shape
    return x.transpose(1, 2).reshape(B, T, H * D)
    ### END SOLUTION

# %% exercise="split_heads" role="test" points=2
check(split_heads, merge_heads)
### BEGIN HIDDEN TESTS
check(split_heads, merge_heads, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Why not one `reshape` to `(B, H, T, D)`? The number of numbers is right, and no error comes. Break
# it and look at what head 0 gets.

# %%
split = mine("split_heads")
x = torch.tensor([[[0, 1, 2, 3, 4, 5], [10, 11, 12, 13, 14, 15]]])  # (B, T, C): tens are positions
print("split:   head 0 has", split(x, 3)[0, 0].tolist(), "two positions, its own numbers")
print("reshape: head 0 has", x.reshape(1, 3, 2, 2)[0, 0].tolist(), "one position, twice")

# %% [markdown] exercise="multi_head_attention" role="task"
# ### Attention with several heads
#
# *3 points, about 12 minutes, difficulty 3 of 5. You may call your own `split_heads` and
# `merge_heads`, if they pass, or write it afresh.*
#
# Write `multi_head_attention(x, w_q, w_k, w_v, w_o, n_head, attention)`: a causal attention layer.
# `x` has the shape `(B, T, C)`. Each of the four matrices is `(C, C)` with a row for each number
# that comes out, so the product is `x @ w.T`; C is H * D with H = `n_head`.
# `attention(q, k, v, allowed)` is handed in; it takes `(B, H, T, D)` and a mask as in Exercise 3.4,
# and divides by the root of D itself. It returns `(B, T, C)`.
#
# 1. Queries, keys and values are `x @ w_q.T`, `x @ w_k.T` and `x @ w_v.T`.
# 2. Head h works with numbers h * D to (h + 1) * D − 1 of each vector, as `(B, H, T, D)`.
# 3. What the heads gather comes from `attention(q, k, v, allowed)`, whichever function that is; it
#    does the scaling.
# 4. `allowed` is a `(T, T)` mask of bools, True where the key is at the query's own position or
#    before it.
# 5. The heads' results stand side by side, head 0 first, and go through `w_o`: `result @ w_o.T`, a
#    tensor `(B, T, C)`.
# 6. The inputs are left unchanged.
#
# It takes 6 to 9 lines. By hand: let `attention` be the plain mean of the allowed values, `w_q`,
# `w_k` and `w_v` the identity, and let `w_o` put the numbers in the order 1, 3, 0, 2 (counted from
# 0). Then two heads turn `[[[2, 4, 6, 8], [0, 2, 0, 4], [4, 0, 3, 0]]]` into
# `[[[4, 8, 2, 6], [3, 6, 1, 3], [2, 4, 2, 3]]]`.

# %% exercise="multi_head_attention" role="answer"
def multi_head_attention(x, w_q, w_k, w_v, w_o, n_head, attention):
    """Return what each position gathers with n_head causal heads.

    x: (B, T, C). w_q, w_k, w_v, w_o: (C, C), out before in.
    attention: called as attention(q, k, v, allowed) with (B, H, T, D) and a mask (T, T).
    Returns (B, T, C).
    """
    ### BEGIN SOLUTION
    B, T, C = x.shape
    parts = [(x @ w.T).reshape(B, T, n_head, C // n_head).transpose(1, 2) for w in (w_q, w_k, w_v)]
    allowed = torch.ones(T, T, dtype=torch.bool).tril()
    gathered = attention(*parts, allowed)  # (B, H, T, D)
    return gathered.transpose(1, 2).reshape(B, T, C) @ w_o.T
    ### END SOLUTION

# %% exercise="multi_head_attention" role="test" points=3
check(multi_head_attention)
### BEGIN HIDDEN TESTS
check(multi_head_attention, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# PyTorch has this as a layer. Copy its weights into yours and compare. (Its mask is the other way
# round: True where a key may *not* be used. Such things are why every mask in this course says
# what True means.)

# %%
layer_of = mine("multi_head_attention")
generator = torch.Generator().manual_seed(0)
x = torch.randn(2, 7, 12, generator=generator)  # (B, T, C)
w_q, w_k, w_v, w_o = (torch.randn(12, 12, generator=generator) * 0.4 for _ in range(4))
theirs = torch.nn.MultiheadAttention(12, num_heads=3, bias=False, batch_first=True)
with torch.no_grad():
    theirs.in_proj_weight.copy_(torch.cat([w_q, w_k, w_v]))
    theirs.out_proj.weight.copy_(w_o)
    hide_7 = torch.ones(7, 7, dtype=torch.bool).triu(diagonal=1)
    expected, _ = theirs(x, x, x, attn_mask=hide_7)
torch.testing.assert_close(layer_of(x, w_q, w_k, w_v, w_o, 3, attend), expected)
print("the same as torch.nn.MultiheadAttention, shape", tuple(expected.shape))
for n_head in [1, 2, 3, 12]:
    layer = torch.nn.MultiheadAttention(12, n_head, bias=False)
    print(f"learned numbers with {n_head:2} heads:", sum(w.numel() for w in layer.parameters()))

# %% [markdown]
# ## 8. Shared keys and values
#
# While a model writes, it keeps the keys and values of every token it has read: two vectors for
# each token, in each layer. For SmolLM2, with 30 layers and 9 heads of width 64, at 4 bytes a
# number: how many bytes is that for one token? And for 8,192 tokens, all that it can read?

# %%
kept = {}
for n_kv_head in [9, 3, 1]:
    kept[n_kv_head] = 2 * n_kv_head * 64 * 30 * 4  # keys and values, heads, width, layers, bytes
    print(f"{n_kv_head} key and value heads: {kept[n_kv_head]:7,} bytes a token, "
          f"{8192 * kept[n_kv_head] / 1e9:.2f} GB for 8,192 tokens")
print(f"the model itself, 135 million numbers: {135e6 * 4 / 1e9:.2f} GB")

# %% [markdown]
# With 9 heads kept, its memory of one long text would be twice the model's own size. Queries need
# not be kept; keys and values must. So SmolLM2 has 9 query heads and only 3 heads of keys and
# values, and three neighboring query heads share one. This is **grouped-query attention**, GQA
# (Ainslie and others, 2023). One key and value head for all is the extreme, called multi-query
# attention (Shazeer, 2019). Lesson 5 builds the store, the KV cache (KV stands for key and value).

# %% [markdown] exercise="grouped_query_attention" role="task"
# ### Shared keys and values
#
# *2 points, about 10 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `grouped_query_attention(q, k, v, attention)`. `q` has the shape `(B, H, T, D)`, `k` and `v`
# have `(B, H_kv, T, D)`, and H is a multiple of H_kv. `attention(q, k, v, allowed)` is handed in.
# It returns `(B, H, T, D)`.
#
# 1. Query head h uses the keys and the values of head h // (H // H_kv): neighbors share.
# 2. What the heads gather comes from `attention(q, k, v, None)`, whichever function that is; a mask
#    that allows everything does as well as None. It wants as many heads in `k` and `v` as in `q`.
# 3. H_kv may be H (nothing is shared) or 1 (all share).
# 4. The inputs are left unchanged.
#
# It takes 3 to 5 lines; `repeat_interleave` helps. By hand, with one position, so that every weight
# is 1: 4 query heads and `v = [[[[1, 2]], [[3, 4]]]]` give
# `[[[[1, 2]], [[1, 2]], [[3, 4]], [[3, 4]]]]`.

# %% exercise="grouped_query_attention" role="answer"
def grouped_query_attention(q, k, v, attention):
    """Return attention in which neighboring query heads share keys and values.

    q: (B, H, T, D). k, v: (B, H_kv, T, D), H a multiple of H_kv.
    attention: called as attention(q, k, v, None) with H heads in all three.
    Returns (B, H, T, D).
    """
    ### BEGIN SOLUTION
    n_sharing = q.size(1) // k.size(1)
    k = k.repeat_interleave(n_sharing, dim=1)
    v = v.repeat_interleave(n_sharing, dim=1)
    return attention(q, k, v, None)
    ### END SOLUTION

# %% exercise="grouped_query_attention" role="test" points=2
check(grouped_query_attention)
### BEGIN HIDDEN TESTS
check(grouped_query_attention, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# "On a real model", below, runs SmolLM2 on it. First: what do its heads do?

# %% [markdown]
# ## 9. What heads do in SmolLM2
#
# Nobody told a head what to do. Training only asked for the next token, so whatever a head does, it
# does because that helped. Can one read off what it is? People like to show a picture of weights
# and tell a story. Start with such a picture, and then do what the story needs: measure.
#
# The grid has a square for each of the 270 heads. Point at a square to see its number, or type a
# layer and a head. Which heads let *it* take from *cat*? And which from *mat*? (Choose *mat* in the
# second row of tokens.)

# %%
heads_grid(seen.pieces, seen.weights, query=it, key=seen.place("cat"), head=(13, 8))

# %%
to_cat, to_mat = seen.between("it", "cat"), seen.between("it", "mat")
for word, taken in [("cat", to_cat), ("mat", to_mat)]:
    print(f"from {word}, the most:", ", ".join(
        f"{head} {taken[head]:.2f}" for head in heads.best(taken, 4)))
mean_weights = seen.weights[:, :, it].mean(dim=(0, 1))  # (T,)
print("mean of all heads:", ", ".join(f"{piece.strip()} {w:.2f}" for piece, w in
                                      zip(seen.pieces[: it + 1], mean_weights, strict=False)))

# %% [markdown]
# Head 8 of layer 13, written (13, 8), takes .80 from *cat*. "It has found out what *it* means!" But
# several things are true of *cat* here: it is the animal, and it is the first noun. One sentence
# cannot tell them apart. And of 270 heads some would look at *cat* by chance. So:
#
# 1. **Swap the nouns.** *The mat was under the cat because it ...*: now the first noun is the
#    thing.
# 2. **Take two nouns of one kind.** If a head follows the animal, it has nothing to go by in *The
#    cat stood near the dog because it ...*
# 3. **Choose on some sentences, and report on others**, with other nouns, other frames (sentences
#    with gaps) and other connecting words. The best of 270 on the sentences it was chosen on is
#    usually flattered.
#
# Predict: which noun does (13, 8) follow after the swap?

# %%
for text in [cat_sentence, "The mat sat on the cat because it was tired",
             "The mat was under the cat because it was tired"]:
    now = heads.look(text)
    print(f"{now.between('it', 'cat')[13, 8]:.2f} from cat, "
          f"{now.between('it', 'mat')[13, 8]:.2f} from mat:", text)

# %% [markdown]
# It goes to and fro: in the last sentence, it takes twice as much from the mat. Is there a better
# head? Search in 48 sentences, 12 of each kind, and keep 48 fresh ones. The score of a head is how
# much more it takes from the animal than from the thing, in the worse of the two orders. Guess: of
# the ten best heads in the search, how many keep half of their score on fresh sentences?

# %%
search = head_scores.takes_from_nouns(head_sentences.SEARCH)
fresh = head_scores.takes_from_nouns(head_sentences.FRESH)
for name, words in [("search", head_sentences.SEARCH), ("fresh", head_sentences.FRESH)]:
    print(f"{name:7}", " / ".join(head_sentences.nouns(words, "thing, animal").texts[::6]))
on_search, on_fresh = head_scores.follows_animal(search), head_scores.follows_animal(fresh)
ten = heads.best(on_search, 10)
kept_half = [head for head in ten if on_fresh[head] > on_search[head] / 2]
print("keep half of it:", *kept_half)
assert {(13, 8), (9, 3)} <= set(kept_half) and len(kept_half) == 3
table([(f"{head}", f"{on_search[head]:.2f}", f"{on_fresh[head]:.2f}") for head in ten],
      columns=["head", "score where chosen", "score on fresh sentences"],
      caption="Follows the animal: the ten best of 270 in the search")

# %% [markdown]
# Three of ten. (13, 8) lasts; the next three lose more than half of their score, or all of it. (9,
# 3), sixth in the search, is second on fresh sentences: keep it. The same search for heads that
# follow the *first* noun, whatever it is, has a winner too, (16, 5). What do these three take, kind
# by kind?

# %%
[best_first] = heads.best(head_scores.follows_first(search), 1)
table([(f"{head} {name}", *(f"{first[head]:.2f} / {second[head]:.2f}"
                            for first, second in taken.values()))
       for head in [(13, 8), (9, 3), best_first]
       for name, taken in [("search", search), ("fresh", fresh)]],
      columns=["head", *head_sentences.KINDS],
      caption="What “it” takes from the first / the second noun, means of 12 sentences")

# %%
for taken in [search, fresh]:
    (first, second), (turned_first, turned_second) = (
        taken[kind] for kind in head_sentences.KINDS[:2])
    for head in [(13, 8), (9, 3)]:  # the animal, wherever it stands
        assert first[head] > 2 * second[head]
        assert turned_second[head] > 1.5 * turned_first[head]
assert best_first == (16, 5)
assert all(first[best_first] > second[best_first] for first, second in search.values())
assert all(first[best_first] < second[best_first] for first, second in fresh.values())
print(f"(13, 8) and (9, 3) lean to the animal in both sets; {best_first} has turned round")

# %% [markdown]
# Look at the last head first. (16, 5) is the best of 270 at following the first noun, on the
# sentences that it was chosen on; on fresh ones, it takes more from the *second* noun, in all four
# kinds. It was chosen for its luck with two frames. That is what fresh sentences are for.
#
# (13, 8) takes more from an animal than from a thing, in both orders and on fresh sentences too, on
# average. In the search it also seemed to prefer the first of two animals, .56 to .21; fresh
# sentences say .25 to .31. And a mean is no rule: in *The mat was under the cat* it took twice as
# much from the mat. (9, 3) is purer, the animal in either order and little from things at all. The
# pretty picture was true, and its story was too simple.

# %% [markdown]
# **Three heads that are everywhere.** Other heads do things that one can define without any
# grammar, so a score finds them in any text:
#
# - a **previous-token head** looks at the token just before;
# - some heads look at the very first token, whatever it is. People call it an **attention sink**;
# - an **induction head** looks for an earlier copy of the present token, and at what came after it.
#   It is a copier: after *... Anna Smith ... Anna*, it looks at *Smith*.
#
# For the third we need texts in which nothing but copying helps: 25 random tokens, and then the
# same 25 again. Predict: how many nats does the model lose a token in the first half, where it can
# know nothing, if a fair guess among 49,152 costs ln 49,152 = 10.8?

# %%
repeated, fresh_repeated = head_scores.repeats(4, 25, seed=0), head_scores.repeats(4, 25, seed=1)
head_score = {}
for kind, texts, ids in [("chosen", head_sentences.PROSE, repeated),
                         ("fresh", head_sentences.FRESH_PROSE, fresh_repeated)]:
    prose = heads.looks(texts)
    head_score[kind] = {"previous token": head_scores.previous_token(prose),
                        "first token": head_scores.first_token(prose),
                        "induction": head_scores.induction(heads.weights_of(ids))}
best_heads = {name: heads.best(score, 5) for name, score in head_score["chosen"].items()}
table([(name, f"{head}", *(f"{score[name][head]:.2f}" for score in head_score.values()))
       for name, chosen in best_heads.items() for head in chosen[:3]],
      columns=["what it does", "head", "score where chosen", "score on fresh text"],
      caption="Found by score among 270 heads: the share of attention that goes there")

# %%
for name, least in [("previous token", 0.5), ("first token", 0.9), ("induction", 0.6)]:
    assert all(head_score["fresh"][name][head] > least for head in best_heads[name][:3]), name
sinks = head_score["fresh"]["first token"]
assert 0.4 < (sinks > 0.5).float().mean() < 0.6
print("about half of the 270 heads give more than half to the first token; "
      f"the mean of all heads is {sinks.mean().item():.0%}")
first_half, second_half = heads.copy_loss(fresh_repeated)
another = fresh_repeated[:, :25].roll(1, dims=0)  # the tokens of another row: nothing to copy
_, no_copy = heads.copy_loss(torch.cat([fresh_repeated[:, :25], another], dim=1))
print(f"25 random tokens: {first_half:.1f} nats a token; then the same 25: {second_half:.1f}; "
      f"then 25 others: {no_copy:.1f}; a fair guess: {log(49_152):.1f}")
for head in best_heads["induction"][:3]:
    print(f"{head} on ordinary text: {sinks[head]:.0%} on the first token")

# %% [markdown]
# The scores hold on fresh text: these heads are no accident. In the first half, 14.5 nats is worse
# than a fair guess: the model expects language, and gives random tokens less than an even share.
# With 25 other random tokens to follow it is hardly better off; with the same 25, it copies.
#
# The last lines suggest what the sink may be for. (18, 6) copies when there is something to copy.
# On ordinary text, where there is nothing, it puts nearly all of its attention on the first token.
# A head may be both: (17, 3) is in the table twice. A softmax must add to 1, so a head cannot look
# nowhere; the first token, which everybody can see, serves as the place to look when there is
# nothing to find (Xiao and others, 2023).
#
# Here are four of these heads at work.

# %%
twice = heads.look("blue river seven. Anna Smith came. Then Anna Smith went")
panels = [(best_heads["previous token"][0], "looks one token back", twice),
          (best_heads["first token"][0], "looks at the first token", twice),
          (best_heads["induction"][0], "copies: Anna → Smith", twice), ((13, 8), "it → cat", seen)]
fig, axes = plt.subplots(2, 2, figsize=(8.6, 8.2))
for ax, (head, does, text) in zip(axes.flat, panels, strict=True):
    words = [piece.strip() for piece in text.pieces]
    image = ax.imshow(text.weights[head], vmin=0, vmax=1)
    ax.set_xticks(range(len(words)), words, rotation=90)
    ax.set_yticks(range(len(words)), words)
    ax.set_title(f"{head} {does}", fontsize=11)
    ax.grid(visible=False)
for ax in axes[:, 0]:
    ax.set_ylabel("the token that looks")
for ax in axes[1]:
    ax.set_xlabel("the token looked at")
fig.colorbar(image, ax=axes, shrink=0.4, label="share of the attention")
figures.show(fig, alt="Attention of four heads as squares, a row for each token that looks. "
                      "Previous token: a diagonal just below the main one. First token: a full "
                      "first column. Induction: at the second Anna Smith, squares at the tokens "
                      "that followed the first; elsewhere the first column. (13, 8): the row of it "
                      "has its mark at cat, and so have the rows of sat, on and the.")

# %%
column = seen.weights[13, 8, :, seen.place("cat")].tolist()
print("what each token takes from cat, (13, 8):", ", ".join(
    f"{piece.strip()} {weight:.2f}" for piece, weight in zip(seen.pieces, column, strict=True)))

# %% [markdown]
# Look down the column *cat* of the last square: *on* and *the* take .98 and .97 from it, more than
# *it* does, and neither is a pronoun.

# %% [markdown]
# **Does a head matter?** A pattern of weights is not yet an effect; how far weights explain
# anything is an old quarrel (Jain and Wallace, 2019; Wiegreffe and Pinter, 2019). In a model one
# can switch heads off and see what is lost. How well does SmolLM2 predict the second copy without
# its best 1, 3, 5 or 10 induction heads? And, so that the number means something: without 10
# others, drawn by chance?

# %%
copiers, previous = heads.best(head_score["chosen"]["induction"], 10), best_heads["previous token"]
groups = {f"best {n}": copiers[:n] for n in [1, 3, 5, 10]}
groups |= {"previous 1st": previous[:1], "previous 2nd": previous[1:2], "previous 5": previous}
loss_without = {"none": second_half}
for name, group in groups.items():
    with heads.switched_off(group):
        loss_without[name] = heads.copy_loss(fresh_repeated)[1]
others = [(layer, head) for layer in range(30) for head in range(9) if (layer, head) not in copiers]
generator = torch.Generator().manual_seed(0)
by_chance = []
for _ in range(4):
    drawn = torch.randperm(len(others), generator=generator)[:10].tolist()
    with heads.switched_off([others[place] for place in drawn]):
        by_chance.append(heads.copy_loss(fresh_repeated)[1])
loss_without["10 others"] = sum(by_chance) / 4
print("\n".join(f"{name:12} {loss:4.1f}" for name, loss in loss_without.items()))
print("the four draws of 10 others:", ", ".join(f"{loss:.1f}" for loss in sorted(by_chance)))

# %%
losses_in_order = [loss_without[name] for name in ["none", "best 1", "best 3", "best 5", "best 10"]]
assert losses_in_order == sorted(losses_in_order)
assert second_half + 0.8 * (no_copy - second_half) < loss_without["best 10"] < no_copy
assert min(loss_without["best 10"], loss_without["previous 1st"]) > loss_without["10 others"] + 2
bars = {"none": "none\n", "best 1": "best\ninduction", "best 3": "best 3\n", "best 5": "best 5\n",
        "best 10": "best 10\n", "10 others": "10 others,\nby chance", "previous 1st":
        "previous\n(16, 0)", "previous 2nd": "previous\n(1, 2)", "previous 5": "previous\nbest 5"}
fig, ax = plt.subplots(figsize=(8.8, 3.6))
hues = [figures.GRAY, *[figures.BLUE] * 4, figures.ORANGE, *[figures.PLUM] * 3]
drawn_bars = ax.bar(range(9), [loss_without[name] for name in bars], color=hues, width=0.65)
white = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
ax.bar_label(drawn_bars, fmt="%.1f", padding=4, bbox=white)
ax.plot([4.8, 4.93, 5.07, 5.2], by_chance, "o", color="white", markeredgecolor=figures.INK)
ax.set_xticks(range(9), list(bars.values()), fontsize=9.5)
ax.axhline(no_copy, color=figures.GRAY, linestyle=":")
ax.text(-0.4, no_copy + 0.2, f"nothing to copy from: {no_copy:.1f}", va="bottom", bbox=white)
ax.set(ylabel="nats a token, second copy", ylim=(0, no_copy * 1.17), xlabel="switched off")
ax.set_title("Without ten induction heads, most of the copying is gone", fontsize=11.5)
figures.show(fig, alt="Loss on the second copy with heads switched off: " + ", ".join(
    f"{name} {loss:.1f}" for name, loss in loss_without.items()) + f"; no copy {no_copy:.1f}.")

# %% [markdown]
# Ten heads of 270, and most of the copying is gone. Ten heads by chance (each ring is one draw)
# cost little in three draws of four; the fourth hit something that matters, which is why one draw
# would not do. The surprise is on the right. A previous-token head never looks back further than
# one token, and yet switching off a single one of them, (16, 0), costs more than the best three
# induction heads. (1, 2), whose pattern is nearly as clean, hardly matters: the pattern alone did
# not tell which. What do the induction heads have to do with (16, 0)? Score them without it.

# %%
as_it_is = head_score["fresh"]["induction"]
score_without = {}
for head in previous[:2]:
    with heads.switched_off([head]):
        score_without[head] = head_scores.induction(heads.weights_of(fresh_repeated))
assert all(score_without[16, 0][head] < as_it_is[head] / 2 for head in copiers[:5])
assert all(score_without[1, 2][head] > 0.9 * as_it_is[head] for head in copiers[:5])
table([(f"{head}", f"{as_it_is[head]:.2f}", *(f"{score[head]:.2f}"
                                              for score in score_without.values()))
       for head in copiers[:5]],
      columns=["induction head", "as it is", *(f"without {head}" for head in score_without)],
      caption="Score on fresh repeats: share of attention on what came after the earlier copy")

# %% [markdown]
# Without (16, 0) the best five no longer find what they look for. An induction head in a later
# layer searches for a token *whose predecessor* is the present one, and a token can show its
# predecessor only if an earlier layer brought it there. Here, (16, 0) does much of that. Two heads
# in two layers, working together: a first example of what layers are for (Elhage and others, 2021;
# Olsson and others, 2022).

# %% [markdown]
# **"Too tired" or "too wide".** A famous example: *The animal did not cross the street because it
# was too tired*, or *too wide*. The last word decides what *it* means, and pictures show attention
# at *it* turning from *animal* to *street*. Those pictures show a model that reads in both
# directions (an encoder; lesson 4). Predict: how does the attention at *it* differ in SmolLM2?

# %%
both = [heads.look(f"The animal did not cross the street because it was too {word}")
        for word in ["tired", "wide"]]
tired, wide = (one.weights for one in both)
at_it = both[0].place("it")
difference = (tired[:, :, at_it] - wide[:, :, at_it]).abs().max().item()
last_difference = (tired[:, :, -1] - wide[:, :, -1]).abs().amax(dim=-1)  # (30, 9)
print("at “it”, the largest difference among 270 heads:", difference)
[most] = heads.best(last_difference, 1)
print(f"at the last word: {last_difference[most]:.2f}, head {most}")
assert difference == 0.0
assert last_difference.max() > 0.1

# %% [markdown]
# Exactly 0. At *it*, the word that decides has not been read yet, and the causal mask lets nothing
# back. A causal model can find out only later, at the last word, and there heads do differ. Keep
# the habit: before you believe a picture of attention, ask which tokens that row could see at all.

# %%
swapped = heads.look("The mat was under the cat because it was tired")
swapped_cat, swapped_mat = (swapped.between("it", noun)[13, 8] for noun in ("cat", "mat"))
claims([
    ("Head 8 of layer 13 finds the cat that `it` means",
     "in the famous sentence" if to_cat[13, 8] > 2 * to_mat[13, 8] and swapped_cat < swapped_mat
     else to_cat[13, 8] > to_mat[13, 8],
     f"{to_cat[13, 8]:.2f} from cat; in `The mat was under the cat` {swapped_cat:.2f} from cat and "
     f"{swapped_mat:.2f} from mat"),
    ("Head 3 of layer 9 follows the animal in both orders",
     bool(fresh["animal, thing"][0][9, 3] > 2 * fresh["animal, thing"][1][9, 3]
          and fresh["thing, animal"][1][9, 3] > 2 * fresh["thing, animal"][0][9, 3]),
     "fresh sentences: " + " and ".join(
         f"{fresh[kind][0][9, 3]:.2f} / {fresh[kind][1][9, 3]:.2f} ({kind})"
         for kind in head_sentences.KINDS[:2])),
    ("Attention at `it` shows whether the animal is tired or the street wide", difference > 0,
     f"largest difference {difference:.1f}: a causal model has not read that word yet"),
    ("Most of the attention goes to tokens other than the first", bool(sinks.mean() < 0.5),
     f"{sinks.mean().item():.0%} goes to the first token, on three sentences; another text gives "
     "another share"),
])

# %% [markdown]
# ## 10. What attention costs
#
# Section 1 promised the price. The recurrent network carries one state, attention compares every
# token with every other: T queries times T keys. Twice the text, four times the pairs. Count before
# you measure. A product of a (T, D) and a (D, T) matrix takes T · T · D multiply-adds, each of them
# two floating-point operations, FLOPs.

# %% [markdown] exercise="attention_cost" role="task"
# ### What attention costs
#
# *1 point, about 4 minutes, difficulty 1 of 5. Needs nothing from earlier exercises.*
#
# Write `attention_cost(B, T, H, D, bytes_per_value)`. All five are ints: B texts of T tokens, H
# heads of width D, and how many bytes a number takes. It returns a dict with two ints, `{"flops":
# ..., "score_bytes": ...}`. Leave out the softmax, the projections to queries, keys and values, and
# what a causal mask could save.
#
# 1. `"flops"` counts the two products, queries with keys and weights with values, over all T × T
#    pairs; one multiply-add is 2 FLOPs.
# 2. `"score_bytes"` is what all scores take: one value for each pair of query and key, in each head
#    and each batch row.
# 3. Both are ints, exact for the largest models too.
#
# It takes 3 to 5 lines. By hand, the dry run: `attention_cost(1, 3, 1, 4, 2)` is
# `{"flops": 144, "score_bytes": 18}`. One layer of SmolLM2 at 2,048 tokens, 2 bytes a number:
# `attention_cost(1, 2048, 9, 64, 2)` is `{"flops": 9663676416, "score_bytes": 75497472}`.

# %% exercise="attention_cost" role="answer"
def attention_cost(B, T, H, D, bytes_per_value):
    """Return {"flops": of both products, "score_bytes": of all scores} for one layer."""
    ### BEGIN SOLUTION
    n_pairs = B * H * T * T
    return {"flops": 2 * 2 * n_pairs * D, "score_bytes": n_pairs * bytes_per_value}
    ### END SOLUTION

# %% exercise="attention_cost" role="test" points=1
check(attention_cost)
### BEGIN HIDDEN TESTS
check(attention_cost, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Now measure: attention written out, as you did it in section 6, against PyTorch's. The second is
# **fused** (FlashAttention, Dao and others, 2022). It goes through the keys in blocks, keeps a
# running maximum and a running sum for the softmax (Milakov and Gimelshein, 2018), and never holds
# all scores at once. The products are the same. Predict both curves: which power of T does the time
# grow with, and which the memory?

# %% tags=["nbval-ignore-output"]
lengths = [256, 512, 1024, 2048, 4096]


def explicit(q, k, v):
    return (q @ k.transpose(-2, -1) / q.size(-1) ** 0.5).softmax(dim=-1) @ v


methods = {"explicit": explicit, "fused": F.scaled_dot_product_attention}
times = {name: [] for name in methods}
memory = {name: [] for name in methods}
for T in lengths:
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(1, 2, T, 64, generator=generator) for _ in range(3))  # (B, H, T, D)
    for name, method in methods.items():
        times[name].append(cost.seconds(method, q, k, v))
        memory[name].append(cost.largest_tensor(method, q, k, v))
for name in methods:
    print(f"{name:9}", " ".join(f"{1000 * t:8.1f} ms" for t in times[name]),
          f" as T to the {cost.power(lengths[2:], times[name][2:]):.2f} from 1,024 on")
assert all(seconds[-1] > 4 * seconds[-3] for seconds in times.values())  # 4 times the tokens

# %%
for name in methods:
    print(f"{name:9}", " ".join(f"{n / 1e6:8.2f} MB" for n in memory[name]),
          f" as T to the {cost.power(lengths, memory[name]):.2f}")
assert memory["explicit"][-1] == mine("attention_cost")(1, 4096, 2, 64, 4)["score_bytes"]
assert abs(cost.power(lengths, memory["explicit"]) - 2) < 0.01
assert abs(cost.power(lengths, memory["fused"]) - 1) < 0.01

# %%
fig, axes = plt.subplots(1, 2, figsize=(8.8, 3.6))
for ax, measured, unit in [(axes[0], times, 1000), (axes[1], memory, 1e-6)]:
    for name, values in measured.items():
        ax.plot(lengths, [value * unit for value in values], marker="o", label=name)
    ax.set(xscale="log", yscale="log", xlabel="tokens T")
    ax.set_xticks(lengths, [f"{T:,}" for T in lengths])
    ax.yaxis.set_major_formatter("{x:,g}")
    ax.minorticks_off()
axes[0].set_title("Both times grow with the square", fontsize=11.5)
axes[0].set_ylabel("processor time, milliseconds")
axes[1].set_title("Only explicit memory does", fontsize=11.5)
axes[1].set_ylabel("largest tensor, megabytes")
axes[1].legend(loc="upper left")
figures.show(fig, alt="Processor time and largest tensor against the number of tokens, 256 to "
                      "4,096, both axes logarithmic. Time: both methods rise with about the "
                      "square. Memory: explicit rises with the square to 134 MB, fused in a "
                      "straight line to 2 MB.")

# %% [markdown]
# Fused attention saves memory, not arithmetic: the largest tensor grows with T instead of T
# squared, and the time still goes with about the square; what it wins there is a factor. (The
# explicit one may grow a little faster: its large tensors leave the fast memory near the
# processor.) Where does that leave long context windows? Compare attention with the rest of the
# model, which treats each token by itself and so grows with T: 2 FLOPs for each of the 106 million
# weights in SmolLM2's layers. (Tokens, embedding and head are left out.) From which length on does
# attention cost more than all the rest? Guess first.

# %%
price = mine("attention_cost")
feed_forward = 3 * 576 * 1536  # the other half of a layer, lesson 4
weights_in_layers = 30 * (2 * 576 * 576 + 2 * 576 * 192 + feed_forward)
price_rows, share_at = [], {}
for T in [1_024, 3_072, 8_192, 131_072, 1_048_576]:
    one_layer = price(1, T, 9, 64, 2)
    rest = 2 * weights_in_layers * T
    all_flops = 30 * one_layer["flops"] + rest
    share_at[T] = 30 * one_layer["flops"] / all_flops
    price_rows.append((T, f"{share_at[T]:.0%}", f"{all_flops / T / 1e9:,.2f}",
                       f"{one_layer['score_bytes'] / 1e9:,.2f}", f"{T * kept[3] / 2 / 1e9:,.2f}"))
print(f"{weights_in_layers:,} weights in the layers")
table(price_rows, columns=["tokens", "attention's share", "GFLOPs a token",
                     "GB: scores of one layer", "GB: keys and values"],
      caption="SmolLM2's shape at longer and longer texts, 2 bytes a number")

# %%
T_equal = weights_in_layers * 2 // (30 * 4 * 9 * 64)
T_with_head = (weights_in_layers + 49_152 * 576) * 2 // (30 * 4 * 9 * 64)
assert abs(share_at[3_072] - 0.5) < 0.01
print(f"half at {T_equal:,} tokens; at {T_with_head:,} if the output head counts as well;")
print(f"half at {2 * T_equal:,} without the head, if the mask saves half of the pairs")
claims([
    ("The cost of attention grows with the square of the text",
     "in time; the memory only if all scores are kept"
     if cost.power(lengths, memory["explicit"]) > 1.9 > 1.1 > cost.power(lengths, memory["fused"])
     else False,
     f"scores as T to the {cost.power(lengths, memory['explicit']):.2f}, fused as T to the "
     f"{cost.power(lengths, memory['fused']):.2f}"),
    ("Attention is most of what a language model computes",
     f"from about {T_equal:,} tokens on, in SmolLM2" if share_at[1_024] < 0.5 < share_at[8_192]
     else False,
     ", ".join(f"{share:.0%} at {T:,}" for T, share in share_at.items() if T < 10_000)),
])

# %% [markdown]
# At 1,024 tokens attention is a quarter of the bill, at 3,072 half, at a million nearly all; a
# token then costs more than 250 times what it costs in a short text, and the scores of one layer,
# written out, would fill nearly 20,000 gigabytes. So long windows needed, among other things, fused
# attention, so that no scores are kept; shared keys and values, so that the last column stays
# bearable; and much computing. A causal mask can halve the square, because half of the pairs are
# hidden; it stays a square.

# %% [markdown]
# ## 11. A loss that nobody believes
#
# One more program before the end. It looks right, its weights for later keys are exactly 0, and a
# model trained with it could reach a loss that nobody believes.

# %% [markdown] exercise="mask_first" role="task"
# ### Bug hunt: the lost weight
#
# *2 points, about 4 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# A colleague wrote the causal weights in another order. Find the mistake and mend it; rewrite as
# much as you like. `mask_first(scores)` receives `scores` of shape `(B, T, T)`, queries along the
# second axis and keys along the third, and returns weights of the same shape.
#
# 1. A query gives weight exactly 0 to every later key.
# 2. The weights of each query sum to 1.
# 3. The keys that a query may use share the weight as the softmax of their scores alone.
# 4. The score of a later key changes nothing, however large it is.
# 5. `scores` is left unchanged.
#
# The mend takes 1 to 3 lines. Before you add a line that divides each row by its sum: what is left
# to divide if one later key has a score of 200?

# %% exercise="mask_first" role="answer"
def mask_first(scores):
    """Turn scores (B, T, T) into attention weights (B, T, T) that never look ahead."""
    ### BEGIN SOLUTION
    T = scores.size(-1)
    future = torch.triu(torch.ones(T, T, dtype=torch.bool), diagonal=1)
    return scores.masked_fill(future, float("-inf")).softmax(dim=-1)
    ### END SOLUTION
    ### BEGIN RELEASE
    # T = scores.size(-1)
    # future = torch.triu(torch.ones(T, T, dtype=torch.bool), diagonal=1)
    # weights = scores.softmax(dim=-1)
    # return weights.masked_fill(future, 0.0)
    ### END RELEASE

# %% exercise="mask_first" role="test" points=2
check(mask_first)
### BEGIN HIDDEN TESTS
check(mask_first, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# ## On a real model
#
# SmolLM2 computes attention 30 times for each token: 9 query heads over 3 heads of keys and values.
# Take that part out of it and put yours in: your `grouped_query_attention` with your `attention`.
# Does the model still say the same?

# %%
def attending(share_keys, attend):
    """Return attention as SmolLM2 calls it: q (B, 9, T, 64), k, v (B, 3, T, 64), allowed (T, T)."""
    def method(q, k, v, allowed):
        return share_keys(q, k, v, lambda q, k, v, _: attend(q, k, v, allowed))
    return method


prompt, share_keys = "The capital of France is", mine("grouped_query_attention")
_, theirs = heads.next_scores(prompt)  # (V,)
with heads.attending_by(attending(share_keys, attend)):
    _, ours = heads.next_scores(prompt)
print("largest difference among", f"{len(ours):,}", "scores is below 0.001:",
      (ours - theirs).abs().max().item() < 1e-3)
print("theirs:", heads.words(theirs, 4), " ours:", heads.words(ours, 4))
assert (ours - theirs).abs().max() < 1e-3

# %% [markdown]
# The same scores, and *Paris* where it belongs. Now break it, in the model: no root, no mask at
# all, the mask of the bug hunt. Which of the three makes the loss *better* than before, and why?

# %%
def no_root(q, k, v, allowed):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=allowed, scale=1.0)


def no_mask(q, k, v, allowed):
    return F.scaled_dot_product_attention(q, k, v)


def mask_after(q, k, v, allowed):
    return hide_after(q @ k.transpose(-2, -1) / q.size(-1) ** 0.5, ~allowed) @ v


loss_broken = {}
for name, method in [("as it was", attend), ("no root", no_root), ("no mask", no_mask),
                     ("mask after", mask_after)]:
    with heads.attending_by(attending(share_keys, method)):
        loss_broken[name] = sum(heads.text_loss(text) for text in head_sentences.PROSE) / 3
        print(f"{name:10} {loss_broken[name]:5.2f} nats a token on three sentences; first words:",
              heads.words(heads.next_scores(prompt)[1], 4))
assert loss_broken["no mask"] < loss_broken["as it was"] - 2
assert loss_broken["as it was"] + 2 < min(loss_broken["no root"], loss_broken["mask after"])

# %% [markdown]
# Without the root, or with the mask after the softmax, each token costs more than two nats more,
# and *Paris* is gone. Mask-after makes *this* model worse: it was trained without the leak and
# cannot use it; it only gets vectors that are too short. A model trained with the leak would learn
# to read it, as the 97% of section 5 suggest.
#
# The mask that is missing altogether is the treacherous one: its loss is far *better* than that of
# the model itself, because at each position the answer is in sight. Ask it for a next word, where
# there is no future to read, and among its first words are *native* and *building*. If a loss looks
# too good, look for a leak.

# %% [markdown] role="written" points=2
# ### What does the head know?
#
# Somebody shows you the table at the top of this lesson, head (13, 8) taking 80% from *cat* at
# *it*, and writes: "This proves that the model understands which noun a pronoun stands for." In
# four to six sentences: say what section 9 found about this head that the table does not show, with
# at least two numbers; then propose one experiment that would tell you whether the model *uses*
# this head for pronouns, and which result would convince you.
#
# ### BEGIN MARK SCHEME
# **1 point:** says that in this one sentence *cat* is both the animal and the first noun, and that
# other sentences part the two: in *The mat was under the cat* the head takes .42 from *mat* and .21
# from *cat*, and between two animals it has no firm choice; or that *on* and *the* take more from
# *cat* than *it* does (.98, .97); at least two numbers from section 9. Or: that at *it* the
# deciding word has not been read, so that the difference is exactly 0.
#
# **1 point:** proposes an intervention *and* what it is compared with: for example, switch the head
# off (or move its weight to the other noun) on fresh sentences whose continuation depends on the
# pronoun, measure the loss or the probability of the right noun, and compare with other heads
# switched off by chance; names the result that would convince. Looking at more pictures of weights
# earns no point, nor does an experiment without a comparison.
# ### END MARK SCHEME

# %% [markdown]
# ## Key takeaways
#
# - Attention is a soft dict: scores of queries with keys, a softmax, a mean of the values.
#   Everything has a slope, so what to look for is learned.
# - It reaches any distance in one step. A recurrent network carries a state of fixed size instead,
#   and what was read early fades, or there is no room for it.
# - Scores are divided by the root of the width, or the softmax saturates and hardly learns.
# - The future is hidden before the softmax. After it, the sum still contains it.
# - Heads find different things, and neighboring ones can share keys and values.
# - What a head does is measured: a score over all heads, fresh sentences, and switching it off,
#   beside others drawn by chance.
# - Time grows with the square of the length. Fused attention keeps memory from doing so.

# %% [markdown]
# ## Knowledge check
#
# Some of the questions use figures from above; scroll back as often as you like. Every option tells
# you why.

# %%
quiz("attention")

# %% [markdown]
# ## What we simplified
#
# - Our race has one layer and lists, not language. Recurrent networks with better states came back
#   after 2020 (Gu and Dao, 2023): they train in parallel and read very long texts cheaply, and
#   recalling one entry of many is still what they find hard.
# - In SmolLM2, queries and keys are also turned by their positions (lesson 2) before they meet.
#   That is how a previous-token head knows what "previous" is.
# - Random tokens are a hard test for copying. In real text, induction heads also copy what is only
#   similar, and other heads help.
# - Switching a head off puts zeros in its place, which the next layers have never seen. A mean in
#   its place is milder; lesson 4 compares the two.
# - The fused attention of a GPU, a graphics processing unit, gains more than ours on a CPU, the
#   central processing unit: there, moving numbers costs more than computing.

# %% [markdown]
# ## Papers and further reading
#
# - Bahdanau, Cho and Bengio, 2014, [attention for translation](https://arxiv.org/abs/1409.0473).
# - Vaswani and others, 2017, [Attention Is All You Need](https://arxiv.org/abs/1706.03762).
# - Arora and others, 2023, [Zoology: recall in language models](https://arxiv.org/abs/2312.04927).
# - Hochreiter and Schmidhuber, 1997, *Long Short-Term Memory*. Cho and others, 2014, [gated
#   recurrent units](https://arxiv.org/abs/1406.1078).
# - Shazeer, 2019, [one key and value head for all](https://arxiv.org/abs/1911.02150). Ainslie and
#   others, 2023, [GQA](https://arxiv.org/abs/2305.13245).
# - Milakov and Gimelshein, 2018, [a softmax in one pass](https://arxiv.org/abs/1805.02867). Dao and
#   others, 2022, [FlashAttention](https://arxiv.org/abs/2205.14135).
# - Elhage and others, 2021, *A Mathematical Framework for Transformer Circuits*. Olsson and others,
#   2022, [In-context Learning and Induction Heads](https://arxiv.org/abs/2209.11895).
# - Jain and Wallace, 2019, [Attention is not Explanation](https://arxiv.org/abs/1902.10186).
#   Wiegreffe and Pinter, 2019, [Attention is not not
#   Explanation](https://arxiv.org/abs/1908.04626).
# - Xiao and others, 2023, [attention sinks](https://arxiv.org/abs/2309.17453).
# - Gu and Dao, 2023, [Mamba](https://arxiv.org/abs/2312.00752).

# %% [markdown]
# ## Where you stand

# %%
progress("attention")

# %% [markdown]
# **Next question.** Attention brings vectors together, and all it can do with them is take means. A
# mean of means is a mean: thirty such layers alone would be poor thinkers. What happens to a vector
# between two attentions, and how do thirty layers learn together without losing what came in? That
# is lesson 4, Transformer blocks.
