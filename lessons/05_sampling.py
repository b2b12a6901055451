# %% [markdown]
# # 5. Sampling: how does a distribution become text?
#
# Your model gives a probability to each of 49,152 tokens. That is not a text yet: somebody has to
# choose, one token after the other. Always taking the likeliest sounds right, and reads as if the
# model were stuck. Drawing by the probabilities sounds right too, and goes astray sooner or later.
# In between are a few lines of code with large effects: temperature, top-k, top-p, min-p, a
# penalty. You write all of them, the loop around them and the cache that makes the loop fast, and
# at the end they drive SmolLM2. Then you measure what the usual advice about settings is worth.
#
# | You will be able to | Tested by |
# |---|---|
# | say what temperature does to a distribution, on paper | Exercise 5.1 |
# | keep the k best, the fewest that reach p, or what is near the best | Exercises 5.2 to 5.5 |
# | find the bug that stops a sampler when its model is sure | Exercise 5.4 |
# | discourage repetition, and say what that costs | Exercise 5.6 |
# | write the loop that writes, for many texts at once | Exercise 5.7 |
# | keep keys and values, and say what they cost in bytes | Exercise 5.8 |
# | choose settings for a task by measuring | written question |
# | say why answers cost more than prompts, and long ones more | knowledge check |
#
# **Needs:** lessons 0 to 4. **Time:** about 65 minutes of reading and 70 minutes of exercises;
# all cells together compute for less than 3 minutes. **Last changed:** 2026-11-26.

# %% [markdown]
# <details><summary>For teaching: minutes per section</summary>
#
# | Section | Talk | Exercises | | Section | Talk | Exercises |
# |---|---|---|---|---|---|---|
# | 1 A distribution, not a word | 5 | | | 7 Against repetition | 5 | 6 |
# | 2 Temperature | 6 | 7 | | 8 The loop | 6 | 15 |
# | 3 Greedy | 5 | | | 9 Do not compute it twice | 8 | 12 |
# | 4 The k best | 3 | 6 | | 10 Why answers cost more than prompts | 5 | |
# | 5 As many as it takes | 5 | 18 | | 11 Which settings for what? | 8 | |
# | 6 Relative to the best | 4 | 6 | | Closing sections | 6 | 12 |
#
# </details>

# %% role="setup"
import time
from math import exp
from textwrap import fill

import matplotlib.pyplot as plt
import torch

from course_lib import smollm2
from course_lib.study import demos, figures, next_token, repetition, settings
from course_lib.study.check import check
from course_lib.study.claims import claims
from course_lib.study.hint import hint
from course_lib.study.mine import mine
from course_lib.study.progress import progress
from course_lib.study.quiz import quiz
from course_lib.study.tables import table
from course_lib.study.widgets.next_controls import next_controls
from course_lib.study.widgets.writing_stepper import writing_stepper

figures.use_style()

# %% [markdown]
# Here is where we are going: the same model, the same opening, four ways to choose.

# %%
tokenizer, model = smollm2.load_tokenizer(), next_token.load()
first_words = "The best thing about the city is"
for way, chosen in [("always the likeliest", {}), ("drawn at T = 1", {"temperature": 1}),
                    ("drawn at T = 1.6", {"temperature": 1.6}),
                    ("T = 0.8, top-p 0.9", {"temperature": 0.8, "top_p": 0.9})]:
    more = tokenizer.decode(next_token.go_on(first_words, 30, **chosen))
    print(fill(f"{way}: {first_words}{more}", 96), "\n")

# %% [markdown]
# ## 1. A distribution, not a word
#
# How sure is a model of its next token? Before you run the cell: after which of these openings
# should it be sure, and after which should it not be? **Entropy** (lesson 3 had it for attention)
# says how sure it is in one number: 0 nats where one token has all, ln 49,152 = 10.8 where all are
# equal. Its exponential is an effective number of choices.

# %%
openings = {"a fact": "The capital of France is", "an opposite": "The opposite of hot is",
            "a story": "Once upon a time, there was a", "anything": "My name is"}


def entropy(probs):
    """Return in nats how unsure the probabilities (V,) are."""
    return -(probs * probs.clamp_min(1e-30).log()).sum().item()


rows = []
for text in openings.values():
    probs = next_token.journey(text).probs  # (V,)
    (best, best_prob), *_ = next_token.guesses(text, 1)
    rows.append((text, best.replace(" ", "·"), f"{best_prob:.2f}", f"{entropy(probs):.2f}",
                 f"{exp(entropy(probs)):,.0f}"))
table(rows, columns=["opening", "likeliest", "its probability", "entropy, nats", "choices"],
      caption="How sure SmolLM2 is of the next token")

# %% [markdown]
# After the fact it is as if there were four choices (*Paris* has .77, and tens of thousands of
# tokens share the rest), after *My name is* hundreds, and both are right: many names are possible.
# No fixed number of tokens fits both. Keep that in mind when we come to the filters.
#
# Write a text with it yourself. The widget shows the likeliest tokens at each step. Take the
# likeliest a few times, go back, take another one: how many steps does it take the model to come
# back to its subject, if you choose an unlikely word?

# %%
writing_stepper("The best thing about the city is")

# %% [markdown]
# ## 2. Temperature
#
# One number makes a distribution sharper or flatter: divide all logits by a **temperature** T
# before the softmax. (The name is from physics: the hotter, the more disorder.)
#
# **By hand.** After *The cat sat*, let the logits for *on, the, mat, in* be 2, 1, 0.5, 0. Raise $e$
# to each (7.39, 2.72, 1.65, 1), divide by the sum (12.76): .58 .21 .13 .08. Now T = 0.5 doubles the
# logits, and T = 2 halves them. Which of the two moves the first probability further? Estimate
# both, then run.

# %%
words = ["on", "the", "mat", "in"]
hand = torch.tensor([[2.0, 1.0, 0.5, 0.0]])  # (B, V)
at = {T: (hand / T).softmax(dim=-1)[0].tolist() for T in [0.5, 1, 2]}
table([(T, *(f"{prob:.2f}" for prob in probs)) for T, probs in at.items()],
      columns=["T", *words], caption="The same four logits at three temperatures")

# %%
def two_decimals(probs):
    return " ".join(f"{prob:.2f}"[1:] for prob in probs)


claims([
    (f"At T = {T} the probabilities are {said}", two_decimals(at[T]) == said, two_decimals(at[T]))
    for T, said in [(1, ".58 .21 .13 .08"), (0.5, ".83 .11 .04 .02"), (2, ".41 .25 .19 .15")]
])

# %% [markdown]
# Ratios tell what happens: *on* is $e^{1/T}$ times as likely as *the*. At T = 2 that is 1.6 times,
# at T = 0.5 7.4 times. Towards 0 the best takes all (but T = 0 itself would divide by zero, so that
# code has to treat it apart); towards infinity all become equal. The order never changes.

# %%
temperatures = torch.linspace(0.1, 4, 79)
curves = torch.cat([(hand / T).softmax(dim=-1) for T in temperatures])  # (79, 4)
fig, ax = plt.subplots(figsize=(8, 3.4))
for word, curve in zip(words, curves.T, strict=True):
    ax.plot(temperatures, curve, label=word)
for T in at:
    ax.axvline(T, color=figures.GRAY, linewidth=0.8, linestyle=":")
ax.set(xlabel="temperature", ylabel="probability", ylim=(0, 1), xlim=(0, 4.4))
ax.set_title("Cold favors the best, heat makes all alike")
figures.label_lines(ax)
figures.show(fig, alt="Probabilities of four tokens against the temperature, 0.1 to 4. At 0.1 “on” "
                      "has all; the four come nearer to each other as it rises; their order stays.")

# %% [markdown] exercise="temperature_probs" role="task"
# ### Probabilities at a temperature
#
# *2 points, about 7 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `temperature_probs(logits, temperature)`. `logits` has the shape `(B, V)`: for each of B
# texts, one number for each of the V tokens that may come next. `temperature` is a number, an int
# or a float. It returns probabilities `(B, V)`, float32 like the logits.
#
# 1. Above 0, each row is the softmax of its own logits divided by `temperature`.
# 2. At 0, the first of the largest logits in each row gets 1, and all others get 0.
# 3. A negative temperature raises `ValueError`.
# 4. Logits of 10,000 and −10,000, and temperatures from 0.001 to 100, give neither nan nor inf, and
#    every row sums to 1.
# 5. A logit of −inf gets exactly 0 at every temperature; each row has at least one other logit.
# 6. `logits` is left unchanged.
#
# It takes 5 to 7 lines. You may use any torch function, `softmax` too. By hand, logits
# `[2, 1, .5, 0]` in two decimals: `.58 .21 .13 .08` at 1, `.83 .11 .04 .02` at 0.5,
# `.41 .25 .19 .15` at 2 and `1 0 0 0` at 0.

# %% exercise="temperature_probs" role="answer"
def temperature_probs(logits, temperature):
    """Return the probabilities of softmax(logits / temperature); at 0 the first best gets all.

    logits: (B, V). temperature: at least 0, else ValueError.
    Returns (B, V); each row sums to 1.
    """
    ### BEGIN SOLUTION
    if temperature < 0:
        raise ValueError(f"temperature must be at least 0, got {temperature}")
    if temperature == 0:
        best = logits.argmax(dim=-1, keepdim=True)  # (B, 1), the first of equals
        return torch.zeros_like(logits).scatter(-1, best, 1.0)
    return (logits / temperature).softmax(dim=-1)
    ### END SOLUTION

# %% exercise="temperature_probs" role="test" points=2
check(temperature_probs)
### BEGIN HIDDEN TESTS
check(temperature_probs, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Use it on the real thing. Try temperatures and the filters of the next sections in the widget:
# first the sure prompt, then the unsure one. Which temperature makes *Paris* as unsure as *My name
# is* was at 1? Which makes *My name is* sure?

# %%
next_controls("The capital of France is")

# %%
for text, T in [(openings["a fact"], 1.57), (openings["anything"], 0.3)]:
    probs = (next_token.journey(text).logits[-1] / T).softmax(dim=-1)  # (V,)
    print(f"{text} at T = {T}: {entropy(probs):.1f} nats, the best has {probs.max().item():.0%}")

# %% [markdown]
# ## 3. Greedy
#
# T = 0, always the likeliest, however unlikely that is: **greedy decoding**. It gives the same text
# every time. What is wrong with it? Let SmolLM2 write 80 tokens after each of four openings, and
# measure how it repeats itself. Two figures: of all pairs of neighboring tokens, how many are
# different (*distinct-2*), and which share of all runs of four tokens has been there before
# (*rep-4*). Shakespeare stands beside them. What do you expect?

# %%
greedy_openings = ["The best thing about the city is", "She said that", "The road", "I like to"]
written = {text: next_token.go_on(text, 80) for text in greedy_openings}
shakespeare = tokenizer.encode(demos.shakespeare()[:20_000])
rows = [(text, f"{repetition.distinct(ids, 2):.2f}", f"{repetition.repeated(ids, 4):.2f}")
        for text, ids in written.items()]
pieces = [shakespeare[i : i + 80] for i in range(0, 4000, 80)]  # 50 stretches of 80 tokens
people = [sum(measure(ids, n) for ids in pieces) / len(pieces)
          for measure, n in [(repetition.distinct, 2), (repetition.repeated, 4)]]
table([*rows, ("Shakespeare, mean of 50", *(f"{value:.2f}" for value in people))],
      columns=["opening", "distinct-2", "rep-4"], caption="80 greedy tokens of SmolLM2")

# %%
for paragraph in (greedy_openings[0] + tokenizer.decode(written[greedy_openings[0]])).split("\n"):
    print(fill(paragraph, 96))

# %%
worst = max(written.values(), key=lambda ids: repetition.repeated(ids, 4))
claims([
    ("Greedy decoding repeats itself",
     "after some openings" if repetition.repeated(worst, 4) > 0.3
     and min(repetition.repeated(ids, 4) for ids in written.values()) < 0.05 else
     min(repetition.repeated(ids, 4) for ids in written.values()) > 0.3,
     "rep-4 " + ", ".join(f"{repetition.repeated(ids, 4):.2f}" for ids in written.values())
     + f"; Shakespeare {people[1]:.2f}"),
])

# %% [markdown]
# Once a phrase has been said, saying it again has become likelier; the induction heads of lesson 3
# are one reason. Each round makes the next one likelier, and greedy decoding leaves a loop only
# when another token overtakes, as once above; nothing keeps it out of the next loop. It does not
# happen after every opening. People do not choose like that: the likeliest word is often not the
# next one (Holtzman and others, 2019, who named what comes out *degeneration*).
#
# ## 4. The k best
#
# So draw. But a draw from the whole distribution takes a very unlikely token now and then, good or
# absurd, and the text has to go on with it. How often? Guess: what part of the probability lies
# outside of the 50 likeliest tokens, after *My name is*?

# %%
rows = []
for text in openings.values():
    ordered = next_token.journey(text).probs.sort(descending=True).values
    outside = ordered[50:].sum().item()
    rows.append((text, f"{outside:.1%}", f"{1 - (1 - outside)**20:.0%}"))
table(rows, columns=["opening", "outside of the 50", "at least one of 20 draws from there"],
      caption="What the tokens behind the 50 likeliest have together")

# %% [markdown]
# Each of these tokens is unlikely, but there are 49,102 of them. (The twenty draws are all from
# this one distribution.) After *My name is*, many of them are names; after the fact, hardly one
# makes sense. **Top-k** cuts them off: keep the k likeliest, set the others to −inf, and let the
# softmax share out what is left. With k = 2 our four tokens become .73 and .27.

# %% [markdown] exercise="top_k_filter" role="task"
# ### Keep the k best
#
# *2 points, about 6 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `top_k_filter(logits, k)`. `logits` has the shape `(B, V)`, `k` is an int. It returns logits
# of the same shape, in which all but the most likely tokens are dropped: theirs are −inf.
#
# 1. In each row, the `k` largest logits stay as they are, in their places; all others become −inf.
# 2. Logits equal to the k-th largest all stay, so that more than `k` may stay.
# 3. A `k` of V or more keeps every token.
# 4. A `k` below 1 raises `ValueError`.
# 5. A logit that is −inf stays −inf; each row has at least one other logit.
# 6. `logits` is left unchanged.
#
# It takes 4 or 5 lines. You may use any torch function. By hand: with `k = 2`, `[2, 1, .5, 0]`
# becomes `[2, 1, −inf, −inf]`, and its softmax `.73 .27 0 0`. The tie: with `k = 2`,
# `[1, 3, 2, 2, 0]` becomes `[−inf, 3, 2, 2, −inf]`.

# %% exercise="top_k_filter" role="answer"
def top_k_filter(logits, k):
    """Return logits (B, V) in which all below the k-th largest of their row are -inf.

    logits: (B, V). k: int, at least 1, else ValueError.
    """
    ### BEGIN SOLUTION
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    k = min(k, logits.size(-1))
    kth = logits.topk(k, dim=-1).values[:, -1:]  # (B, 1)
    return logits.masked_fill(logits < kth, float("-inf"))
    ### END SOLUTION

# %% exercise="top_k_filter" role="test" points=2
check(top_k_filter)
### BEGIN HIDDEN TESTS
check(top_k_filter, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# ## 5. As many as it takes
#
# Which k? Section 1 said it: no number fits both. With k = 50, most of the tokens that are kept
# after a fact are very unlikely, and after *My name is* more than half of the probability is cut
# off. **Top-p**, or nucleus sampling (Holtzman and others, 2019), takes as many as it takes: the
# smallest set of likeliest tokens whose probabilities reach p.
#
# **By hand**: .58 .21 .13 .08. How many tokens does p = .7 keep? And p = .95?

# %% [markdown] exercise="top_p_filter" role="task"
# ### The smallest set that reaches p
#
# *3 points, about 14 minutes, difficulty 3 of 5. Needs nothing from earlier exercises.*
#
# Write `top_p_filter(logits, p)`. `logits` has the shape `(B, V)`, one row for each text; a logit
# may be −inf already, which is a probability of 0. It returns a tensor of the same shape.
#
# 1. Each row keeps the fewest of its most likely tokens whose probabilities together reach `p`; the
#    token with which they reach it is kept.
# 2. Kept tokens keep their logits and all others get −inf, each at its own place in the vocabulary.
# 3. `p = 1` keeps every token, however rare.
# 4. A `p` outside (0, 1] raises `ValueError`.
# 5. `logits` is left unchanged.
#
# It takes 8 to 10 lines. You may use any torch function; `sort`, `cumsum` and `scatter` help. By
# hand: the logits `[2, 1, 0.5, 0]` have the probabilities 0.58, 0.21, 0.13 and 0.08. With p = 0.5
# the first is enough, 0.7 takes two of them, and 0.95 takes all four. About property 3: a computer
# rounds every sum, so a running sum may be 1 before the last token.

# %% exercise="top_p_filter" role="answer"
def top_p_filter(logits, p):
    """Keep in each row of logits (B, V) the fewest likely tokens that reach p; -inf elsewhere."""
    ### BEGIN SOLUTION
    if not 0 < p <= 1:
        raise ValueError(f"expected p above 0 and at most 1, got {p}")
    if p == 1:
        return logits.clone()
    ordered, order = logits.sort(dim=-1, descending=True)  # both (B, V)
    probs = ordered.softmax(dim=-1)
    before = probs.cumsum(dim=-1) - probs  # what the likelier tokens add up to
    dropped = (before >= p).scatter(-1, order, before >= p)  # in the order of the vocabulary
    return logits.masked_fill(dropped, float("-inf"))
    ### END SOLUTION

# %% exercise="top_p_filter" role="test" points=3
check(top_p_filter)
### BEGIN HIDDEN TESTS
check(top_p_filter, thorough=True)
### END HIDDEN TESTS

# %%
keep_p = mine("top_p_filter")
def about(count):
    """Write a count in two digits if it is large: computers round the last tokens differently."""
    return f"{count}" if count < 100 else f"{float(f'{count:.2g}'):,.0f}"


kept = {}
sure = next_token.chat_format("What is the capital of Japan?") + "The capital of Japan is"
for text in [sure, *openings.values()]:
    logits = next_token.journey(text).logits[-1:]  # (1, V)
    kept[text] = [int((keep_p(logits, p) > float("-inf")).sum()) for p in [0.5, 0.9, 0.95]]
table([("in a chat: The capital of Japan is" if text == sure else text, *map(about, counts))
       for text, counts in kept.items()], columns=["opening", "p = .5", "p = .9", "p = .95"],
      caption="How many of 49,152 tokens top-p keeps, in two digits")

# %%
fig, ax = plt.subplots(figsize=(8, 3.5))
for kind, text in openings.items():
    ordered = next_token.journey(text).probs.sort(descending=True).values
    ax.plot(range(1, 3001), ordered.cumsum(dim=0)[:3000], label=kind)
ax.axhline(0.9, color=figures.GRAY, linestyle=":", linewidth=1.2)
ax.set(xscale="log", ylim=(0, 1.03), xlim=(1, 3000), xlabel="tokens, likeliest first",
       ylabel="probability so far")
ax.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
ax.minorticks_off()
ax.set_title("Where a curve meets .9, top-p cuts")
ax.legend(loc="lower right")
figures.show(fig, alt="Probability of the likeliest tokens added up, by their number. " + " ".join(
    f"After “{text}” .9 is reached at {about(kept[text][1])} tokens."
    for text in openings.values()))

# %% [markdown] exercise="nucleus" role="task"
# ### Bug hunt: the sampler that stops
#
# *2 points, about 4 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# The tokens that top-p keeps are called the nucleus, and this is how someone else wrote the filter.
# The program runs, and a short text may pass. But the texts are less varied than they should be,
# and sooner or later the model is sure of the next word, and the draw stops with an error: every
# token of the row is at −inf. Find the bug and mend it; rewrite as much as you like.
# `nucleus(logits, p)` has `logits` of shape `(B, V)` and returns a tensor of the same shape.
#
# 1. Each row keeps the fewest of its most likely tokens whose probabilities together reach `p`, so
#    at least one token, however sure the model is.
# 2. Kept tokens keep their logits and all others get −inf, each at its own place in the vocabulary.
# 3. `p = 1` keeps every token, however rare.
# 4. A `p` outside (0, 1] raises `ValueError`.
# 5. `logits` is left unchanged.
#
# The mend takes 1 to 3 lines. Before you save the first token of each row and leave it at that:
# what happens to the row `[2, 1, 0.5, 0]` with p = 0.7, and what should?

# %% exercise="nucleus" role="answer"
def nucleus(logits, p):
    """Keep in each row of logits (B, V) the fewest likely tokens that reach p; -inf elsewhere."""
    ### BEGIN SOLUTION
    if not 0 < p <= 1:
        raise ValueError(f"expected p above 0 and at most 1, got {p}")
    if p == 1:
        return logits.clone()
    ordered, ids = torch.sort(logits, dim=-1, descending=True)
    probs = ordered.softmax(dim=-1)
    remove = probs.cumsum(dim=-1) - probs >= p  # the tokens before it reach p already
    remove = remove.scatter(-1, ids, remove)
    return logits.masked_fill(remove, float("-inf"))
    ### END SOLUTION
    ### BEGIN RELEASE
    # if not 0 < p <= 1:
    #     raise ValueError(f"expected p above 0 and at most 1, got {p}")
    # if p == 1:
    #     return logits.clone()
    # ordered, ids = torch.sort(logits, dim=-1, descending=True)
    # cumulative = ordered.softmax(dim=-1).cumsum(dim=-1)
    # remove = cumulative > p
    # remove = remove.scatter(-1, ids, remove)
    # return logits.masked_fill(remove, float("-inf"))
    ### END RELEASE

# %% exercise="nucleus" role="test" points=2
check(nucleus)
### BEGIN HIDDEN TESTS
check(nucleus, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# ## 6. Relative to the best
#
# Top-p has a price where the model is unsure: to reach .9 after *My name is* it keeps nearly two
# thousand tokens, down to one of .00005. Are they names or noise? Exercise 5.5 comes first, then
# you can look at them. **Min-p** (Nguyen and others, 2024) asks another question: is a token at
# least, say, a tenth as likely as the best one? A sure model keeps one, an unsure one keeps what is
# near the top. With min-p = .2 our four tokens have the ratios 1, .37, .22 and .14 to the best, and
# three stay.

# %% [markdown] exercise="min_p_filter" role="task"
# ### Drop what is unlikely beside the best
#
# *2 points, about 6 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `min_p_filter(logits, min_p)`. `logits` has the shape `(B, V)`, `min_p` is a number. It
# returns logits of the same shape, in which dropped tokens have −inf.
#
# 1. In each row, a logit stays as it is where the probability of its token, by the softmax of the
#    row, is at least `min_p` times the largest of the row; all others become −inf.
# 2. A `min_p` of 0 keeps every token; a `min_p` of 1 keeps the most likely one, and all that tie
#    with it.
# 3. A `min_p` below 0 or above 1 raises `ValueError`.
# 4. Logits may be as large as 10,000 and as low as −10,000.
# 5. A logit that is −inf stays −inf; each row has at least one other logit.
# 6. `logits` is left unchanged.
#
# It takes 4 or 5 lines, with probabilities or without them: the ratio of two probabilities is e to
# the difference of their logits. You may use any torch function. By hand: with `min_p = 0.2`,
# `[2, 1, .5, 0]` becomes `[2, 1, .5, −inf]`. The ratios to the best are 1, .37, .22 and .14.

# %% exercise="min_p_filter" role="answer"
def min_p_filter(logits, min_p):
    """Return logits (B, V) in which tokens less than min_p times as likely as the best are -inf.

    logits: (B, V). min_p: from 0 to 1, else ValueError.
    """
    ### BEGIN SOLUTION
    if not 0 <= min_p <= 1:
        raise ValueError(f"min_p must be from 0 to 1, got {min_p}")
    best = logits.amax(dim=-1, keepdim=True)  # (B, 1)
    lowest = best + torch.tensor(float(min_p)).log()  # a min_p of 0: -inf, which drops nothing
    return logits.masked_fill(logits < lowest, float("-inf"))
    ### END SOLUTION

# %% exercise="min_p_filter" role="test" points=2
check(min_p_filter)
### BEGIN HIDDEN TESTS
check(min_p_filter, thorough=True)
### END HIDDEN TESTS

# %%
keep_near, keep_k = mine("min_p_filter"), mine("top_k_filter")
filters = {"top-k 50": lambda logits: keep_k(logits, 50),
           "top-p .9": lambda logits: keep_p(logits, 0.9),
           "min-p .1": lambda logits: keep_near(logits, 0.1)}
rows = []
for text in openings.values():
    logits = next_token.journey(text).logits[-1:]  # (1, V)
    row = [text]
    for keep in filters.values():
        kept_here = keep(logits) > float("-inf")  # (1, V)
        least = logits.softmax(dim=-1)[kept_here].min().item()
        row.append(f"{about(int(kept_here.sum()))}, down to {least:.1g}")
    rows.append(row)
table(rows, columns=["opening", *filters],
      caption="Tokens that three filters keep, and the probability of the least likely one")

# %%
ordered = next_token.journey("My name is").probs.argsort(descending=True).tolist()  # ids
for first in [0, 50, 500, 1800]:
    print(f"places {first + 1:,} to {first + 10:,}:",
          " ".join(next_token.piece(i).replace(" ", "·") for i in ordered[first : first + 10]))

# %% [markdown]
# After *My name is*, min-p is stricter than top-k. Nguyen and others report better texts at high
# temperatures; Schaeffer and others (2025) looked again at their figures and doubt it. Order
# matters, too, when a temperature and a filter are used together. With the temperature first, a
# high one lets more through; with the filter first, only what was near the top is made alike.
# Programs differ (`transformers` puts the temperature first, llama.cpp last), so the same settings
# mean different samplers.
#
# ## 7. Against repetition
#
# Another way out of loops: make what was said less likely. The **repetition penalty** (Keskar and
# others, 2019, for their model CTRL) divides the logit of a token that has been said by a number
# such as 1.2. Where the logit is negative, programs multiply instead. Why? And what will a penalty
# do to a text that *must* repeat a word, such as a poem, a list or a program?

# %% [markdown] exercise="repetition_penalty" role="task"
# ### A penalty for what was said
#
# *2 points, about 6 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `repetition_penalty(logits, ids, penalty)` after Keskar and others
# ([2019](https://arxiv.org/abs/1909.05858)). `logits` has the shape `(B, V)`; `ids`, int64 of shape
# `(B, T)`, holds what each text has said so far. It returns new logits, `(B, V)`.
#
# 1. In each row, the logit of every id that occurs in the same row of `ids` is divided by `penalty`
#    if it is positive, multiplied by it if it is negative, and left at 0 if it is 0.
# 2. An id that occurs several times is penalized once.
# 3. The logits of all other ids stay as they are; a text of T = 0 tokens changes nothing.
# 4. A `penalty` of 0 or less raises `ValueError`; between 0 and 1 it makes what was said likelier.
# 5. `logits` and `ids` are left unchanged.
#
# It takes 4 or 5 lines. You may use any torch function. By hand: the logits `[2, -1, 0, 3]` and the
# ids `[0, 1, 1, 2]` with a penalty of 2 become `[1, -2, 0, 3]`.

# %% exercise="repetition_penalty" role="answer"
def repetition_penalty(logits, ids, penalty):
    """Make the ids (B, T) that each text has said less likely in its row of logits (B, V)."""
    ### BEGIN SOLUTION
    if penalty <= 0:
        raise ValueError(f"expected a penalty above 0, got {penalty}")
    seen = logits.gather(-1, ids)  # (B, T)
    lowered = torch.where(seen > 0, seen / penalty, seen * penalty)
    return logits.scatter(-1, ids, lowered)
    ### END SOLUTION

# %% exercise="repetition_penalty" role="test" points=2
check(repetition_penalty)
### BEGIN HIDDEN TESTS
check(repetition_penalty, thorough=True)
### END HIDDEN TESTS

# %%
penalize = mine("repetition_penalty")


def write_with_penalty(text, n_tokens, penalty):
    """Return the ids of n_tokens more, always the likeliest after the penalty."""
    ids = torch.tensor([tokenizer.encode(text)])  # (1, T)
    start = ids.size(1)
    with torch.inference_mode():
        for _ in range(n_tokens):
            logits = penalize(model(ids)[:, -1], ids, penalty)
            ids = torch.cat([ids, logits.argmax(dim=-1, keepdim=True)], dim=1)
    return ids[0, start:].tolist()


for penalty in [1.0, 1.1, 1.3]:
    ids = write_with_penalty(greedy_openings[0], 40, penalty)
    print(f"penalty {penalty}: rep-4 {repetition.repeated(ids, 4):.2f}, distinct-2 "
          f"{repetition.distinct(ids, 2):.2f}")
    print(fill(repr(tokenizer.decode(ids)), 96), "\n")

# %%
week = "Monday: tea\nTuesday: tea\nWednesday: tea\n"
for penalty in [1.0, 1.1, 1.3]:
    print(f"penalty {penalty}: {tokenizer.decode(write_with_penalty(week, 12, penalty))!r}")

# %% [markdown]
# (The prompt counts as said, so the texts part at the first token.) For this opening the loop is
# gone at 1.1. The list shows the price: there is tea every day, and at 1.1 the model must say
# something else; at 1.3 it has left the list. The penalty does not know which repetitions a text
# needs. Divided, a negative logit would *rise*, and what was said would become likelier: that is
# why programs multiply there. It has a flaw in principle, too: a softmax does not care if a
# constant is added to all logits, and this penalty does. Use it gently, or use sampling.
#
# ## 8. The loop
#
# Now the loop that writes. It is short, and nearly every line of it has been wrong in some program:
# which position decides, when a row stops, what a stopped row does while the others go on.

# %% [markdown] exercise="generate" role="task"
# ### Write on
#
# *4 points, about 15 minutes, difficulty 3 of 5. Needs nothing from earlier exercises.*
#
# Write `generate(model, ids, max_new_tokens, temperature, stop_id, generator)`. `ids` is int64 of
# shape `(B, T)`: B prompts of T tokens, T at least 1. `model(ids)` returns logits `(B, T, V)`, and
# takes a text of any length and any number of rows. `temperature` is at least 0, `stop_id` an id or
# `None`, `generator` a `torch.Generator`.
#
# 1. At each step the model gets the whole text so far, and the logits of its last position decide.
# 2. At temperature 0 each row takes the token with the largest logit, the first of equals; nothing
#    is drawn.
# 3. At any other temperature each row draws one token, by the softmax of logits / temperature.
# 4. All draws come from `generator`: the same seed gives the same tokens, another seed others.
# 5. Once a row has written `stop_id`, it repeats it. A `stop_id` in the prompt does not count, and
#    where `stop_id` is `None` nothing stops a row.
# 6. It ends when all rows have stopped, or after `max_new_tokens` steps, which may be 0.
# 7. It returns the prompt and, behind it, the n new tokens of each row: int64 `(B, T + n)`.
# 8. `ids` is left unchanged.
#
# It takes 12 to 16 lines. `torch.multinomial(probs, 1, generator=generator)` draws one token for
# each row of probabilities `(B, V)` and returns `(B, 1)`. By hand: let the model find 1 most likely
# after 0, 2 after 1, 3 after 2, 1 after 3 and 0 after 4. At temperature 0, with `stop_id = 3` and
# at most 6 new tokens, the prompts `[[0, 4], [0, 2]]` become
# `[[0, 4, 0, 1, 2, 3], [0, 2, 3, 3, 3, 3]]`.

# %% exercise="generate" role="answer"
def generate(model, ids, max_new_tokens, temperature, stop_id, generator):
    """Return ids with up to max_new_tokens more in each row; a row that has stopped waits.

    model: ids (B, T) -> logits (B, T, V). ids: (B, T) int64.
    Returns (B, T + n) int64.
    """
    ### BEGIN SOLUTION
    stopped = torch.zeros(ids.size(0), 1, dtype=torch.bool)
    for _ in range(max_new_tokens):
        logits = model(ids)[:, -1]  # (B, V)
        if temperature == 0:
            new = logits.argmax(dim=-1, keepdim=True)  # (B, 1)
        else:
            probs = (logits / temperature).softmax(dim=-1)
            new = torch.multinomial(probs, 1, generator=generator)  # (B, 1)
        if stop_id is not None:
            new = new.masked_fill(stopped, stop_id)
            stopped = stopped | (new == stop_id)
        ids = torch.cat((ids, new), dim=1)
        if stopped.all():
            break
    return ids
    ### END SOLUTION

# %% exercise="generate" role="test" points=4
check(generate)
### BEGIN HIDDEN TESTS
check(generate, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Let your loop drive SmolLM2: four rows of the same opening at once, and the same four with the
# same seed. Will the rows be alike? Will the two runs?

# %%
write = mine("generate")
opening = torch.tensor([tokenizer.encode("Once upon a time, there was a")] * 4)  # (B, T)
with torch.inference_mode():
    runs = [write(model, opening, 12, 0.8, None, torch.Generator().manual_seed(seed))
            for seed in [0, 0, 1]]
for row in runs[0].tolist():
    print(tokenizer.decode(row))
print("rows alike:", len(set(map(tuple, runs[0].tolist()))) == 1)
print("same seed, same texts:", torch.equal(runs[0], runs[1]), "  another seed:",
      torch.equal(runs[0], runs[2]))
assert torch.equal(runs[0], runs[1]) and not torch.equal(runs[0], runs[2])
assert len(set(map(tuple, runs[0].tolist()))) == 4

# %% [markdown]
# A seed makes a draw repeatable, on the same machine with the same program. That is worth having in
# science and in grading; it does not make an answer right.

# %% [markdown]
# ## 9. Do not compute it twice
#
# Your loop hands the model the whole text at every step, and the model computes keys and values of
# all tokens again. Lesson 3 has the way out: a causal model never looks ahead, so a later token
# changes no key and no value of an earlier one. Keep them. A new token then costs one position of
# work: its query meets the keys that are kept. That is the **KV cache**, a cache of key and value.

# %% [markdown] exercise="kv_cache" role="task"
# ### A cache of keys and values
#
# *3 points, about 12 minutes, difficulty 3 of 5. Needs nothing from earlier exercises.*
#
# Write the class `KVCache(B, H, context_length, D)`: the keys and values of one layer, for B rows,
# H heads of width D and up to `context_length` positions, float32. Its method `append(k, v)` takes
# the next T positions, both `(B, H, T, D)`. Its attribute `length` is read as `cache.length`.
#
# 1. `append(k, v)` returns two tensors `(B, H, length, D)`: all keys so far and all values so far,
#    in the order in which they came, the new ones included.
# 2. `length` is the number of positions in the cache, an int: 0 at first, T more each time.
# 3. T may be any number, 0 too, and another one each time; many small chunks give the same as one
#    large one.
# 4. `context_length` positions fit. Where a chunk does not fit, `append` raises `ValueError`, and
#    the cache stays as it was.
# 5. The cache holds numbers of its own: if the caller changes `k` or `v` later, nothing in it
#    changes.
# 6. What `append` returned keeps its numbers, whatever is appended later.
# 7. Each cache has its own positions, and `k` and `v` are left unchanged.
#
# It takes 3 lines for `__init__` and 6 to 8 for `append`. What `append` returns may be a part of
# the cache's own tensors: no copy is needed. By hand: `cache = KVCache(1, 1, 3, 2)` takes keys
# `[[[[1, 2], [3, 4]]]]` and values ten times as large, then keys `[[[[5, 6]]]]` and values ten
# times as large. The second `append` returns `[[[[1, 2], [3, 4], [5, 6]]]]` and ten times that,
# `cache.length` is 3, and one more position raises `ValueError`.

# %% exercise="kv_cache" role="answer"
class KVCache:
    """The keys and values of one layer; length is the number of positions it holds."""

    def __init__(self, B, H, context_length, D):
        """Make room for context_length positions, none of them filled."""
        ### BEGIN SOLUTION
        self.keys = torch.zeros(B, H, context_length, D)
        self.values = torch.zeros(B, H, context_length, D)
        self.length = 0
        ### END SOLUTION

    def append(self, k, v):
        """Add k, v (B, H, T, D) and return all keys and values so far, (B, H, length, D)."""
        ### BEGIN SOLUTION
        end, room = self.length + k.size(2), self.keys.size(2)
        if end > room:
            raise ValueError(f"expected at most {room} positions in all, got {end}")
        self.keys[:, :, self.length : end] = k
        self.values[:, :, self.length : end] = v
        self.length = end
        return self.keys[:, :, :end], self.values[:, :, :end]
        ### END SOLUTION

# %% exercise="kv_cache" role="test" points=3
check(KVCache)
### BEGIN HIDDEN TESTS
check(KVCache, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Your cache has the same form as the one that the course's model takes, so put it in: one for each
# of the 30 layers, with 3 key heads of width 64. The first call reads the prompt (*prefill*), every
# further one a single token (*decode*). Are the logits the same? How much faster is it, for 48
# tokens?

# %%
Cache = mine("KVCache")


class Remembering:
    """SmolLM2 with your caches: reads what it has not read yet."""

    def __init__(self, B, context_length):
        self.caches = [Cache(B, 3, context_length, 64) for _ in range(30)]

    def __call__(self, ids):
        new = ids[:, self.caches[0].length:]
        return model(new, self.caches)  # (B, T_new, V)

# %%
sea = next_token.chat_format("Tell me about the sea.")
prompt = torch.tensor([tokenizer.encode(sea, allowed="all")])  # (1, T)
with torch.inference_mode():
    remembering = Remembering(1, 256)
    in_two = torch.cat([remembering(prompt[:, :20]), remembering(prompt)], dim=1)  # 20, the rest
    difference = (in_two - model(prompt)).abs().max().item()
print(f"prefill in two chunks: logits equal within .001: {difference < 1e-3}")
assert difference < 1e-3

# %% tags=["nbval-ignore-output"]
def timed(reader, n_tokens):
    """Return the ids that are written and the seconds that it takes."""
    start = time.perf_counter()
    with torch.inference_mode():
        ids = write(reader, prompt, n_tokens, 0, None, torch.Generator())
    return ids, time.perf_counter() - start


with_cache, seconds_with = timed(Remembering(1, 256), 48)
without_cache, seconds_without = timed(model, 48)
print(f"48 tokens: {seconds_without:.1f} s without the cache, {seconds_with:.1f} s with it, "
      f"{seconds_without / seconds_with:.1f} times as fast")

# %%
assert torch.equal(with_cache, without_cache)
assert seconds_without > 1.5 * seconds_with  # one run each; the gain grows with the text
print("the same 48 tokens:", tokenizer.decode(with_cache[0, prompt.size(1):].tolist())[:60], "...")

# %% [markdown]
# The same tokens in a fraction of the time, and the longer the text, the larger the gain. What does
# it cost? Memory. Guess: how many bytes does SmolLM2 keep for one token, in float32? And for its
# whole window of 8,192 tokens?

# %%
def cache_bytes(n_layer, n_kv_head, head_dim, bytes_a_number):
    return 2 * n_layer * n_kv_head * head_dim * bytes_a_number  # keys and values


shapes = {"SmolLM2, 4 bytes": (30, 3, 64, 4), "SmolLM2, 2 bytes": (30, 3, 64, 2),
          "Llama 3.1 8B, 2 bytes": (32, 8, 128, 2),
          "the same without shared heads": (32, 32, 128, 2)}
per_token = {name: cache_bytes(*shape) for name, shape in shapes.items()}
table([(name, n, f"{n * 8192 / 1e9:.2f}", f"{n * 131_072 / 1e9:.1f}")
       for name, n in per_token.items()],
      columns=["model", "bytes a token", "GB at 8,192", "GB at 131,072"],
      caption="What a KV cache takes, for one text")

# %%
held = Remembering(1, 256)
with torch.inference_mode():
    held(prompt)
    keys_and_values = [cache.append(*(torch.zeros(1, 3, 0, 64),) * 2) for cache in held.caches]
kept_bytes = sum(x.nelement() * x.element_size() for pair in keys_and_values for x in pair)
print(f"{prompt.size(1)} tokens of the prompt: {kept_bytes:,} bytes are filled")
assert kept_bytes == prompt.size(1) * per_token["SmolLM2, 4 bytes"]

# %% [markdown]
# (SmolLM2 itself reads 8,192 at most.) That is why models share key heads (lesson 3): four times
# fewer bytes in Llama 3.1. A server that talks to many people at once holds one such cache for each
# of them.
#
# (Yours takes its room for all positions at once, filled or not.) And past the window? SmolLM2 was
# made for 8,192 positions. A program has to drop the beginning of the text, or refuse; your cache
# raises an error, and the loop around it must decide. Dropping has a trap: the first token carries
# the attention sink (lesson 4), and a model that loses it falls apart. Programs that slide a window
# keep the first few tokens (Xiao and others, 2023).
#
# ## 10. Why answers cost more than prompts
#
# You pay for each token that a model writes, and more than for one that it reads. Measure first,
# with one text of 128 tokens: read in one pass, as a prompt is, or one token after the other, as an
# answer is written. The arithmetic is nearly the same. How many times as long will the second take?

# %% tags=["nbval-ignore-output"]
text = torch.tensor([tokenizer.encode(demos.sample("prose"))])[:, :128]  # (1, 128)


def seconds(chunk):
    """Return the seconds that 128 tokens take, read in chunks of this size: median of three."""
    takes = []
    for _ in range(3):
        reader, start = Remembering(1, 128), time.perf_counter()
        with torch.inference_mode():
            for end in range(chunk, 129, chunk):
                reader(text[:, :end])
        takes.append(time.perf_counter() - start)
    return sorted(takes)[1]


at_once, one_by_one = seconds(128), seconds(1)
print(f"128 tokens read at once {at_once:.2f} s, one by one {one_by_one:.2f} s: "
      f"{one_by_one / at_once:.0f} times as long")

# %%
assert one_by_one > at_once


def gflops(n, cached):
    """Return what the n-th token costs: products with weights, and attention over n tokens."""
    read = 1 if cached else n  # tokens that go through the layers in this step
    return read * (2 * 106_168_320 + 4 * 30 * 9 * 64 * n) / 1e9


lengths = [1, 128, 1024, 3072, 8192]
table([(n, f"{gflops(n, True):.2f}", f"{gflops(n, False):,.1f}") for n in lengths],
      columns=["the n-th token", "with a cache", "without"],
      caption="Billions of FLOPs for one more token of SmolLM2 (its layers; lesson 3)")

# %%
claims([
    ("A token that is written costs more than one that is read", one_by_one > 3 * at_once,
     "more than three times the time on this processor, at equal arithmetic"),
    ("The tokens of a long answer need more arithmetic than those of a short one",
     "little with a cache, very much without one"
     if gflops(1024, True) < 1.5 * gflops(1, True) and gflops(1024, False) > 500 * gflops(1, False)
     else False,
     f"token 1,024 needs {gflops(1024, True) / gflops(1, True):.1f} times the first with a cache, "
     f"{gflops(1024, False) / gflops(1, False):,.0f} times without"),
])

# %% [markdown]
# Why is writing slower, if the arithmetic is the same? One by one, the processor has to fetch 135
# million weights (106 million in the layers, the rest in the head) for each single token and does
# one small product with each; at once, it does 128 with each weight that it has fetched. (Part of
# the gap here is the overhead of many small calls.) On a graphics processing unit, a GPU, fetching
# is the main limit. It is a main reason why services charge more for output, why they write for
# many people in one batch, which closes most of the gap, and why "think step by step" has its
# price.
#
# ## 11. Which settings for what?
#
# "Low temperature for code and facts, high for stories and ideas." Everybody says so. Measure it.
#
# Four kinds of tasks. *Facts*: twelve short questions with one right answer. *Code*: six one-line
# functions; what was written is compared with the right expression and never run. *Prose*: three
# openings of a story, 80 tokens each. *Ideas*: name an animal, a fruit, a color, a country; what
# counts is how many *different real ones* would come if each were asked five times. Ten settings,
# the temperature before the filter, twelve seeds: a file that `python -m course_lib.study.settings`
# made. Which setting do you bet on for each kind?

# %%
found = settings.results()
columns = {"facts": "right", "code": "right", "prose": "rep_4", "ideas": "names"}


def with_error(estimate):
    return f"{estimate.mean:.2f}\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{estimate.error:.2f}"


table([(name, *(with_error(found[kind, name][column]) for kind, column in columns.items()),
        with_error(found["ideas", name]["different"]), with_error(found["prose", name]["surprise"]))
       for name in settings.SETTINGS],
      columns=["setting", "facts, right", "code, right", "prose, rep-4", "ideas, real of 5",
               "different of 5", "prose, surprise"],
      caption="Means and their standard errors over seeds; other tasks could move them by more")

# %%
titles = {"facts": "Facts: right", "code": "Code: right", "prose": "Prose: rep-4",
          "ideas": "Ideas: real ones, of 5"}
fig, axes = plt.subplots(1, 4, figsize=(8.8, 3.9), sharey=True)
names = [*settings.SETTINGS]
for ax, (kind, column) in zip(axes, columns.items(), strict=True):
    estimates = [found[kind, name][column] for name in names]
    for filled, marker in [(False, "o"), (True, "s")]:
        chosen = [i for i, name in enumerate(names) if ("," in name) == filled]
        ax.errorbar([estimates[i].mean for i in chosen], chosen,
                    xerr=[2 * estimates[i].error for i in chosen], fmt=marker, markersize=6,
                    color=figures.ORANGE if filled else figures.BLUE)
    ax.set_title(titles[kind], fontsize=10.5)
    ax.set_xlim(left=0)
    ax.grid(axis="x")
axes[0].set_yticks(range(len(names)), names)
axes[0].invert_yaxis()
figures.show(fig, alt="Four panels, ten settings; bars are two standard errors. " + " ".join(
    f"{titles[kind]}: highest {max(names, key=lambda name: found[kind, name][column].mean)}, "
    f"{max(found[kind, name][column].mean for name in names):.2f}."
    for kind, column in columns.items() if kind != "prose"))

# %% [markdown]
# Round marks are temperatures alone, square ones have a filter. (Greedy draws nothing, so its error
# is 0; code that is right in another way than ours counts as wrong.) How unsure is such a table?
# Three facts with three seeds each, nine answers a temperature, can be run here and now; they will
# not be the same as the means.

# %% tags=["nbval-ignore-output"]
here = settings.live(seed=100)
print("right here:", ", ".join(f"{name} {share:.0%}" for name, share in here.items()))

# %%
assert here["T 0.3"] > here["T 1.6"]


def clearly(kind, column, higher, lower):
    """Say whether one setting is ahead by more than twice the error of the difference."""
    a, b = found[kind, higher][column], found[kind, lower][column]
    return a.mean - b.mean > 2 * (a.error**2 + b.error**2) ** 0.5

# %%
plain = [name for name in names if "," not in name]
claims([
    ("Low temperature for facts", clearly("facts", "right", "T 0.3", "T 1.0"),
     f"right {with_error(found['facts', 'T 0.3']['right'])} at 0.3, "
     f"{with_error(found['facts', 'T 1.0']['right'])} at 1"),
    ("Low temperature for code", clearly("code", "right", "T 0.3", "T 1.0"),
     f"right {with_error(found['code', 'T 0.3']['right'])} at 0.3, "
     f"{with_error(found['code', 'T 1.0']['right'])} at 1"),
    ("High temperature for ideas",
     "higher than greedy; from 0.3 to 1 no difference is clear, and 1.6 is worse"
     if clearly("ideas", "names", "T 0.3", "greedy") and clearly("ideas", "names", "T 1.0", "T 1.6")
     and not clearly("ideas", "names", "T 1.0", "T 0.3") else
     clearly("ideas", "names", "T 1.6", "T 0.3"),
     "real ones of 5: " + ", ".join(f"{with_error(found['ideas', name]['names'])} at {name}"
                                    for name in ["greedy", "T 0.3", "T 1.0", "T 1.6"])),
    ("A higher temperature makes prose less repetitive",
     clearly("prose", "rep_4", "greedy", "T 1.0"),
     f"rep-4 {found['prose', 'greedy']['rep_4'].mean:.2f} greedy, "
     f"{with_error(found['prose', 'T 1.0']['rep_4'])} at 1"),
    ("A higher temperature makes better prose", None, "no count can say what is better"),
])

# %% [markdown]
# Facts and code: as people say, and steeply; even 0.7 loses more than a third of the facts that
# greedy gets right. Ideas: a higher temperature gives more *different* answers, up to five of five,
# but at 1.6 hardly any of them is an animal or a country. At the same temperature, a filter keeps
# the variety and cuts some of the nonsense (2.55 real ones instead of 1.67 at T = 1 with min-p);
# against a mere lower temperature its lead is within the errors, which are large here.
#
# And prose? Repetition falls as the temperature rises. Whether the text is good, no count can say.
# One thing that a count can see: how surprising a text is to the model itself. A model that fitted
# people well would be surprised equally by their texts and by its own draws at T = 1. One story
# that it did not write lies a little above those draws, far above greedy text, and far below 1.6.
# (One text is a hint, no proof.)

# %%
human = torch.tensor([tokenizer.encode(demos.sample("prose"))])  # (1, T)
with torch.inference_mode():
    logprobs = model(human)[:, :-1].log_softmax(dim=-1)
human_surprise = -logprobs.gather(-1, human[:, 1:, None]).mean().item()
print("distinct-2 of the prose:", ", ".join(
    f"{name} {found['prose', name]['distinct_2'].mean:.2f}" for name in plain))
print(f"a story that it did not write: {human_surprise:.2f} nats a token; drawn:",
      ", ".join(f"{name} {found['prose', name]['surprise'].mean:.2f}" for name in plain))
assert (found["prose", "T 0.7"]["surprise"].mean < human_surprise
        < found["prose", "T 1.3"]["surprise"].mean)

# %% [markdown]
# ## On a real model
#
# Everything together: your filters, your loop, your cache, SmolLM2. The loop of Exercise 5.7 takes
# a model that maps ids to logits; a temperature and a filter can stand right behind that, in this
# order, as in the table above.

# %%
class Filtered:
    """A model whose last logits have been through a temperature and a filter."""

    def __init__(self, reader, keep, temperature):
        self.reader, self.keep, self.temperature = reader, keep, temperature

    def __call__(self, ids):
        return self.keep(self.reader(ids)[:, -1] / self.temperature)[:, None]  # (B, 1, V)


def tell(keep, temperature, seed, n_tokens=40):
    """Return how SmolLM2 goes on with your sampler."""
    ids = torch.tensor([tokenizer.encode(greedy_openings[0])])
    reader = Filtered(Remembering(1, 256), keep, temperature or 1.0)
    generator = torch.Generator().manual_seed(seed)
    with torch.inference_mode():
        said = write(reader, ids, n_tokens, 1.0 if temperature else 0, None, generator)
    return said[0, ids.size(1):].tolist()

# %%
ways = {"greedy": (lambda logits: logits, 0), "T = 1": (lambda logits: logits, 1.0),
        "T = 1.6": (lambda logits: logits, 1.6),
        "T = 1.6, min-p .1": (filters["min-p .1"], 1.6),
        "T = .8, top-p .9": (filters["top-p .9"], 0.8)}
for name, (keep, temperature) in ways.items():
    ids = tell(keep, temperature, seed=1)
    share = repetition.repeated(ids, 4)
    print(fill(f"{name} (rep-4 {share:.2f}): {tokenizer.decode(ids)!r}", 96), "\n")

# %% [markdown]
# One more thing that a prompt can do: show examples. The weights stay as they are, and still the
# model does something else: **in-context learning**. Zero, one, two, four examples of opposites,
# then a new word: how often is the likeliest next token the right one, of twelve words?

# %%
examples = ["up -> down\n", "left -> right\n", "good -> bad\n", "day -> night\n"]
opposites = {"big": "small", "tall": "short", "fast": "slow", "early": "late", "rich": "poor",
             "happy": "sad", "hard": "soft", "old": "young", "light": "dark", "wet": "dry",
             "open": "closed", "full": "empty"}
right = {}
for n in [0, 1, 2, 4]:
    said = [next_token.guesses("".join(examples[:n]) + f"{word} ->", 1)[0][0] for word in opposites]
    right[n] = sum(a.strip() == b for a, b in zip(said, opposites.values(), strict=True))
    print(f"{n} examples: {right[n]} of 12 right; first answers {said[:4]}")
assert right[0] + right[1] <= 2 < right[2]

# %% [markdown]
# Without an example the arrow could mean anything. With two, half of the answers are right; two and
# four cannot be told apart with twelve words. (Brown and others, 2020, found that large models gain
# far more from examples than small ones.)

# %% [markdown] role="written" points=2
# ### Settings for a task of yours
#
# You are to choose settings for a program that lets SmolLM2 name ten ideas for a birthday present.
# In four to six sentences: name temperature and filter that you would try first, and say with at
# least two numbers of this lesson why; then say what you would measure to find out whether another
# setting is better, and which result would make you change your mind.
#
# ### BEGIN MARK SCHEME
# **1 point:** settings that fit a task that wants many different answers of some quality (a
# temperature near or above 1 with top-p or min-p; or a lower one and many seeds), with at least two
# numbers of the lesson for it (for example from the table of settings, or the tokens that a filter
# keeps).
#
# **1 point:** a measure of variety (different answers among n) *and* one of quality (a person's or
# a checkable rule's judgment, blind to the setting), over several seeds, against another setting;
# names the result that would decide. "I would read some outputs" alone earns no point.
# ### END MARK SCHEME

# %% [markdown]
# ## Key takeaways
#
# - A model gives a distribution. What you read depends on who chooses from it.
# - Temperature divides the logits: below 1 the best gets more, above 1 less; the order stays. T = 0
#   is greedy, always the likeliest, and tends to loops.
# - Top-k keeps a number, top-p a share, min-p what is near the best. The token that crosses p
#   stays, or a sure model has nothing left to say.
# - A repetition penalty breaks loops, and breaks what has to be repeated.
# - The loop takes the logits of the last position; rows stop on their own.
# - A KV cache gives the same tokens for a fraction of the work, and costs bytes for each token.
# - Reading is cheap because it is done side by side; writing is one token after the other.
# - Settings are measured on the task at hand, over several seeds. A slogan is a first guess.

# %% [markdown]
# ## Knowledge check
#
# Some of the questions use figures from above; scroll back as often as you like. Every option tells
# you why.

# %%
quiz("sampling")

# %% [markdown]
# ## What we simplified
#
# - There are many more filters (typical sampling, mirostat, top-n-sigma), and penalties that count
#   how often a token was said (frequency) or how far back (windows).
# - **Beam search** keeps several texts at once and returns the likeliest that it found. It is used
#   for translation; open text from it loops far more than people do (Holtzman and others, 2019).
# - **Speculative decoding** lets a small model propose several tokens and a large one check them in
#   one pass, with the same distribution at the end (Leviathan and others, 2022).
# - Real servers put many texts of different lengths into one batch, and keep caches in pages (Kwon
#   and others, 2023).
# - Our measures count; they do not judge. Whether a story is good, distinct-2 does not know.

# %% [markdown]
# ## Papers and further reading
#
# - Holtzman and others, 2019, [neural text degeneration and
#   top-p](https://arxiv.org/abs/1904.09751). Fan, Lewis and Dauphin, 2018,
#   [top-k](https://arxiv.org/abs/1805.04833). Nguyen and others, 2024,
#   [min-p](https://arxiv.org/abs/2407.01082). Schaeffer and others, 2025, [doubts about
#   min-p](https://arxiv.org/abs/2506.13681).
# - Keskar and others, 2019, [CTRL and the repetition penalty](https://arxiv.org/abs/1909.05858).
# - Li and others, 2015, [distinct-n](https://arxiv.org/abs/1510.03055). Welleck and others, 2019,
#   [unlikelihood training and rep-n](https://arxiv.org/abs/1908.04319).
# - Brown and others, 2020, [few-shot learners](https://arxiv.org/abs/2005.14165).
# - Shazeer, 2019, [one key and value head](https://arxiv.org/abs/1911.02150), for the cache's sake.
#   Kwon and others, 2023, [paged attention](https://arxiv.org/abs/2309.06180). Leviathan and
#   others, 2022, [speculative decoding](https://arxiv.org/abs/2211.17192).
# - Xiao and others, 2023, [attention sinks](https://arxiv.org/abs/2309.17453).

# %% [markdown]
# ## Where you stand

# %%
progress("sampling")

# %% [markdown]
# **Next question.** SmolLM2 came with its weights. Where do weights come from? How does a model
# that says its own token again, or nothing but noise, learn a language from nothing but next
# tokens, and how far can one predict how good it will be? That is lesson 6, Pretraining.
