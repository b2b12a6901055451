# %% [markdown]
# # 8. RLHF: how do preferences become behavior?
# RLHF is *reinforcement learning from human feedback*, and most assistants you have talked to went
# through it or through one of its heirs. The idea fits into a sentence: people often cannot write
# the best answer, but they can tell which of two is better. In this lesson they do, thousands of
# times, and for once you know what they really want, because you made them. You work out from their
# choices what each part of an answer is worth to them. You train a model to say it, and other
# models to please that one, in four ways. You watch one of them cheat; you try three mends, of
# which one fails, and learn why. At the end no people are left, only three written principles.
#
# | You will be able to | Tested by |
# |---|---|
# | turn comparisons into a loss, and say what they can never tell | Exercise 8.1, knowledge check |
# | say how far a model has moved from another, from its own draws | Exercise 8.2 |
# | divide one reward among the tokens that earned it | Exercise 8.3 |
# | take a step that stops paying where it becomes too large | Exercise 8.4 |
# | find padding where it must not be | Exercise 8.5 |
# | learn from pairs alone, and say which way beta pulls | Exercise 8.6, knowledge check |
# | learn from a reward that a program can check | Exercise 8.7 |
# | make pairs out of principles | Exercise 8.8 |
# | tell a reward that rises from an answer that is better | knowledge check, written question |
#
# **Needs:** lessons 0 to 7. **Time:** about 85 minutes of reading and 70 minutes of exercises; all
# cells together compute for 2 to 5 minutes. **Last changed:** 2026-11-27.

# %% [markdown]
# <details><summary>For teaching: minutes per section</summary>
#
# | Section | Talk | Exercises | | Section | Talk | Exercises |
# |---|---|---|---|---|---|---|
# | 1 Comparing is easier than scoring | 7 | | | 8 The reward is not the goal | 9 | |
# | 2 From comparisons to worths | 8 | 6 | | 9 Without a reward model | 7 | 10 |
# | 3 A reward model | 7 | | | 10 Compare the answers to one question | 7 | 6 |
# | 4 Best of n | 5 | | | 11 Which method? | 6 | |
# | 5 Reward what was drawn | 6 | | | 12 A constitution | 7 | 8 |
# | 6 How far has the policy moved? | 7 | 8 | | 13 What SmolLM2 prefers | 6 | |
# | 7 Small steps | 8 | 33 | | | | |
#
# </details>

# %% role="setup"
from copy import deepcopy
from functools import partial
from itertools import islice
from math import exp, log
from random import Random

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F

from course_lib import smollm2
from course_lib.study import figures, next_token
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
# And the experiments of this lesson:

# %% role="setup"
from course_lib.study import (
    checked_sums,
    constitution,
    frontier,
    hacking,
    policy_losses,
    preferences,
    principles,
    raters,
    sums_with_steps,
)
from course_lib.study.feed import Feed
from course_lib.study.preferences import COMPARED, OTHERS
from course_lib.study.weight_steps import follow
from course_lib.study.widgets.frontier_view import frontier_view
from course_lib.study.widgets.sample_feed import sample_feed
from course_lib.tinyville.chat import wrong_answer
from course_lib.tinyville.preferences import WORTH, Rater, rankings, reward

# %% [markdown]
# ## 1. Comparing is easier than scoring
#
# In lesson 7 each question had one right answer. Most questions are not like that. Here is the
# model with which this lesson begins, called the **policy** from here on: the village's, tuned for
# seconds on 3,000 answers of which half greet, half are right, and half go on about other people.
# It answers accordingly. Which of these six would you like to get? And how many points out of ten
# would you give to each?

# %% tags=["nbval-ignore-output"]
reference = preferences.starting_policy(1)
question = COMPARED[0]
drawn = preferences.draw(reference, [question], 6, torch.Generator().manual_seed(0))
print(question.question)
for said in preferences.texts(drawn):
    print("-", said)

# %%
start = preferences.measure(reference, reference, COMPARED, torch.Generator().manual_seed(0))
for what, value in [("right", start.right), ("polite", start.polite)]:
    print(f"{what}: about half of 300 answers: {0.35 < value < 0.65}")
assert 0.35 < start.right < 0.65 and 0.35 < start.polite < 0.65

# %% [markdown]
# To see later whether training brought about what people want, we have to know what that is. So we
# decide it. A right answer is worth 2, a greeting 1 (Tinyville is a polite place), each false
# sentence −1, and each needless one −0.25. The sum is an answer's **true reward**. In real life
# nobody ever sees this number; here it is the judge of everything. **By hand:** what are these five
# worth? Then look.

# %%
print(WORTH)
job, pet = question.answer, next(c.answer for c in COMPARED if c.name == question.name
                                 and c.fact == "pet")
false_one = job.replace(job.split()[-2], "king")
five = [f"hello ! {job}", f"{job} {COMPARED[30].answer}", f"hello ! {pet}", f"hello ! {false_one}",
        f"{false_one} {COMPARED[30].answer}"]
table([(said, f"{reward(counts):.2f}")
       for said, counts in zip(five, preferences.counted([question], five), strict=True)],
      columns=[question.question, "true reward"], caption="What five answers are worth")

# %% [markdown]
# The third one is true, polite, and no answer. Remember it; it comes back.
#
# Now ask people. One way is points. But one person never gives more than seven, and another never
# less than five. Suppose each of 20 people is perfectly sure of their taste, and all have the very
# same taste; only where their scale begins and how wide it is differ. An answer is scored by one of
# them, another answer by someone else. How often does the better one get more points? And if one
# person compares both?

# %%
random = Random(0)
scales = [(random.uniform(0, 5), random.uniform(0.5, 2)) for _ in range(20)]  # begins at, width
ranked = raters.compared(3000, 0, size=2)
worths = [[reward(counts) for counts in preferences.counted([pair.chat], pair.answers)]
          for pair in ranked]
unequal = [(a, b) for a, b in worths if a != b]
by_two = by_one = 0
for a, b in unequal:
    (low, wide), (other_low, other_wide) = random.choice(scales), random.choice(scales)
    by_two += (low + wide * a > other_low + other_wide * b) == (a > b)
    by_one += (low + wide * a > low + wide * b) == (a > b)
print(f"scored by two people, the better one has more points: {by_two / len(unequal):.0%}")
print(f"compared by one person, the better one wins: {by_one / len(unequal):.0%}")

# %% [markdown]
# The scales spoil what the taste knew. (We made the scales up; try it with two friends and a film.)
# A comparison needs no scale. So that is what raters are asked for: *which of the two is better?*
# (All comparisons of this lesson are about five people of the village; the other 35 are for tests.)
#
# Real raters are not sure, either. Ours err, the more easily the closer two answers are: one that
# is better by d is preferred with probability $1 / (1 + e^{-d/T})$. T is their *temperature*, 0.5
# at first. How often will they notice that one sentence is needless (d = 0.25)? That an answer is
# wrong (d = 3)?

# %%
counts = raters.counts_of(ranked)  # (3000, 2, 3): right, polite, needless
gaps = (counts[:, 0] - counts[:, 1]) @ torch.tensor(list(raters.PARTS.values()))  # (3000,)
rows = []
for d in (0.25, 1.0, 2.0, 3.0):
    better, worse = (gaps == d).sum().item(), (gaps == -d).sum().item()
    rows.append((d, better + worse, f"{better / (better + worse):.2f}",
                 f"{1 / (1 + exp(-d / 0.5)):.2f}"))
table(rows, columns=["better by", "comparisons", "the better one was preferred", "expected"],
      caption="Nearly equal answers are told apart little better than by a coin")

# %% [markdown]
# Noise costs comparisons, and averages out. A *bias* does not. Some raters take long answers for
# thorough ones (people do; Singhal and others, 2023, found that much of the reward gained by such
# training came from longer answers). Ours have a switch for it: every word seems to be worth 0.5
# more. Two answers, equal but for their needless sentences: how often is the one with more of them
# preferred?

# %%
for name, rater in [("fair raters", Rater()), ("raters who like length", Rater(word_bonus=0.5))]:
    counts = raters.counts_of(raters.compared(3000, 0, rater, size=2))
    extra = counts[:, 0] - counts[:, 1]
    alike = (extra[:, :2] == 0).all(dim=1) & (extra[:, 2] != 0)
    print(f"{name}: the longer one wins {(extra[alike, 2] > 0).float().mean():.0%} "
          f"of {alike.sum()} times")

# %% [markdown]
# Keep these second raters in mind, too. Section 8 is theirs.
#
# One more thing is practical. Whoever has read two answers can read two more, and *rank* all four:
# that settles six comparisons for four readings. The raters of Ouyang and others (2022) ranked four
# to nine answers at a time.
#
# ## 2. From comparisons to worths
#
# You are given nothing but choices. Can you tell what a greeting is worth? **By hand:** A was
# preferred to B three times in four, so the odds are 3 to 1. If the probability depends on the
# difference of two worths through $1 / (1 + e^{-d})$, as with a rater whose temperature is 1, then
# d = ln 3 = 1.10. And B was preferred to C three times in four: again 1.10. So A is worth 2.20 more
# than C, the odds are 3 · 3 = 9 to 1, and A should be preferred to C nine times in ten. That is a
# prediction, about a pair that nobody has compared. And if A was preferred four times in four?
#
# (Then no difference is large enough. With little data and easy choices, worths run off to
# infinity; that is not a fault of the program.)
#
# This is the **model of Bradley and Terry** (1952), by which players are ranked from games, too;
# Christiano and others (2017) trained a reward on people's choices with it. As a loss: give each
# answer a number r, its reward, and be as little surprised as possible by what was chosen.
#
# $$-\ln \sigma(r_{chosen} - r_{rejected}), \qquad \sigma(x) = \frac{1}{1 + e^{-x}}$$

# %% [markdown] exercise="bradley_terry_loss" role="task"
# ### The loss of a preference
#
# *2 points, about 6 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `bradley_terry_loss(chosen, rejected)`. Both are float32 of shape `(B,)`: the rewards that a
# reward model gives to the two answers of each pair. `chosen[b]` belongs to the answer that was
# preferred, `rejected[b]` to the other one.
#
# 1. An answer with reward a is preferred to one with reward b with the probability
#    1 / (1 + exp(b − a)). The loss of a pair is minus the natural logarithm of the probability that
#    its chosen answer is preferred.
# 2. The result is the mean over the B pairs: a tensor with one number.
# 3. Rewards of 10,000 and −10,000 give neither nan nor inf.
# 4. It is made by torch operations alone, so that its gradients for `chosen` and for `rejected` can
#    be taken.
# 5. The inputs are left unchanged.
#
# It takes 1 or 2 lines. You may use any torch function. By hand: where the two rewards are equal,
# the loss of the pair is ln 2 = 0.69. Where the chosen one is larger by ln 3, it is preferred with
# the probability 3/4, and the loss is ln 4/3 = 0.29.

# %% exercise="bradley_terry_loss" role="answer"
def bradley_terry_loss(chosen, rejected):
    """Return how surprised rewards are by preferences, in nats a pair.

    chosen, rejected: (B,) rewards of the preferred answer of each pair, and of the other.
    Returns a tensor of shape ().
    """
    ### BEGIN SOLUTION
    return -F.logsigmoid(chosen - rejected).mean()
    ### END SOLUTION

# %% exercise="bradley_terry_loss" role="test" points=2
check(bradley_terry_loss)
### BEGIN HIDDEN TESTS
check(bradley_terry_loss, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Use it. 1,000 pairs of answers, with their parts counted; the reward of an answer is a weight for
# each part, times how often the part is there. The three weights start at 0 and go where your loss
# is least. The truth is 3, 1 and −0.25. (Why 3, not 2? In these answers the first sentence is right
# or false, so a right one in place of a false one brings 2 − (−1) = 3.) What will come out for
# raters of temperature 0.5, 1 and 2?

# %%
loss_of_pairs = mine("bradley_terry_loss")
rows = []
for temperature in (0.5, 1.0, 2.0):
    ranked = raters.compared(1000, 0, Rater(temperature), size=2)
    found = raters.fitted_worths(raters.counts_of(ranked),
                                 lambda rewards: loss_of_pairs(rewards[:, 0], rewards[:, 1]))
    rows.append((temperature, *(f"{weight:.1f}" for weight in found),
                 *(f"{weight * temperature:.1f}" for weight in found)))
table(rows, columns=["temperature", *raters.PARTS, *(f"T × {part}" for part in raters.PARTS)],
      caption="The weights that fit 1,000 choices, and the same times the temperature")

# %% [markdown]
# Nobody ever said *a greeting is worth 1*, and there it is, nearly. But only in the columns on the
# right. What is found is worth *divided by temperature*: to a noisy rater everything seems to
# matter half as much, and choices cannot tell indifference from doubt.
#
# What else can choices never tell? Change the rewards in three ways, and look at your loss on the
# same pairs. (A few are left out, in which a wrong answer was followed by a right one.)

# %%
ranked = raters.compared(1000, 0, Rater(1.0), size=2)
counts = torch.tensor([preferences.counted([pair.chat], pair.answers) for pair in ranked]).float()
either = (counts[..., 0] + counts[..., 2] == 1).all(dim=1)  # right or false, not both, not neither
print(f"in {either.float().mean():.0%} of the pairs each answer is right or has one false sentence")
rows = []
for name, weights, more in [
    ("the true worths", WORTH, 0.0),
    ("100 more for every answer", WORTH, 100.0),
    ("right 3, false 0", (3.0, 1.0, 0.0, -0.25), 0.0),
    ("right 0, false −3", (0.0, 1.0, -3.0, -0.25), 0.0),
    ("twice the true worths", [2 * worth for worth in WORTH], 0.0),
]:
    rewards = counts[either] @ torch.tensor(list(weights)) + more  # (N, 2)
    rows.append((name, f"{loss_of_pairs(rewards[:, 0], rewards[:, 1]).item():.4f}"))
table(rows, columns=["rewards", "loss"], caption="Four times the same loss, and one that differs")

# %% [markdown]
# - **The zero point.** Only differences count. A reward of 100 says nothing by itself; a rise of 1,
#   on the same questions, does.
# - **Parts that never vary apart.** No answer here is neither right nor false, so *right is good*
#   and *false is bad* are the same statement. Data in which two things always go together cannot
#   say which of them people liked. (Are long answers liked, or thorough ones?)
# - **The temperature**, as above: twice the worths is another claim about noise, and it is visible
#   in the loss only because the noise is fixed in the formula.
#
# Does a ranking of four really tell as much as the six pairs in it? Fit both, 20 times each, and
# see how far the weights are from the truth.

# %%
truth = torch.tensor(list(raters.PARTS.values()))


def typical_error(n, size):
    """Return the root mean square error of the weights, for n rankings of `size`."""
    errors = []
    for seed in range(20):
        counts = raters.counts_of(raters.compared(n, seed, Rater(1.0), size))
        found = raters.fitted_worths(counts, lambda r: loss_of_pairs(*raters.every_pair(r)))
        errors.append(found - truth)
    return torch.stack(errors).square().mean().sqrt().item()


four, same_reading, six_times = typical_error(300, 4), typical_error(600, 2), typical_error(1800, 2)
print(f"600 pairs {same_reading:.2f}, 300 rankings of four {four:.2f}, 1,800 pairs {six_times:.2f}")
assert six_times < four < same_reading
claims([("A ranking of four is worth as much as six pairs", four < 1.05 * six_times,
         f"error of the weights: 300 rankings {four:.2f}, six times as many pairs {six_times:.2f}, "
         f"as many answers to read in pairs {same_reading:.2f}")])

# %% [markdown]
# 300 rankings hold 1,800 pairs and 1,200 answers. They tell more than the 600 pairs that one could
# have read in their place, and less than 1,800 pairs. The six pairs of a ranking are not six
# opinions: if A won over B and B over C, then A over C is hardly news.
#
# ## 3. A reward model
#
# So far somebody counted the greetings and the false sentences for us. Nobody will do that for
# poems or advice. A **reward model** reads the answer itself. Take the policy, which knows the
# language and the village; take its head off, and put one number in its place, read after the
# last token of the answer. Then your loss of section 2, over the six pairs of each of 4,000
# rankings. The number starts at 0 for every answer. So what is the first loss? (It takes half a
# minute; the bar counts.)

# %%
bar, curve = Bar(raters.STEPS, "steps"), []


def after_step(step, loss):
    curve.append(loss)
    bar.count(step, loss)


model = raters.trained_reward_model(
    reference, raters.compared(raters.N_RANKINGS, 1), seed=1,
    loss_of=lambda rewards: loss_of_pairs(*raters.every_pair(rewards)), on_step=after_step)
print(f"the first loss {curve[0]:.2f}, ln 2 = {log(2):.2f}")
assert abs(curve[0] - log(2)) < 1e-3 and sum(curve[-50:]) / 50 < 0.45

# %% [markdown]
# Now 1,000 *new* pairs, judged by the same noisy raters. How many of them should a good reward
# model get right? All? Think of what the raters themselves do.

# %% tags=["nbval-ignore-output"]
new_pairs = raters.compared(1000, 10_001, size=2)
chosen, rejected = raters.pair_rewards(model, new_pairs)
accuracy = (chosen > rejected).float().mean().item()
best = raters.counts_of(new_pairs) @ truth  # (1000, 2): what the true rewards say of them
ceiling = ((torch.sign(best[:, 0] - best[:, 1]) + 1) / 2).mean().item()
print(f"as the raters chose: the reward model {accuracy:.0%}, the true reward {ceiling:.0%}")

# %%
print(f"not even the true reward agrees with more than {ceiling:.0%} of what noisy raters said")
assert 0.8 < accuracy < ceiling + 0.02 and ceiling < 0.9

# %% [markdown]
# That is the ceiling: with raters who err, whoever is always right agrees with them 88% of the
# time. A model that agrees more has learned their noise by heart. (Ouyang and others report about
# 72% for their reward models, and their raters agreed with *each other* in 73% of cases, which puts
# their ceiling somewhere between 73% and 84%.)
#
# It gives more than an order: σ of the difference is a *probability*. Is it one? Of all pairs where
# it says 70%, the first answer should have been preferred in 70%. That is called **calibrated**.

# %% tags=["nbval-ignore-output"]
says = torch.sigmoid(chosen - rejected)
says = torch.cat([says, 1 - says])  # each pair from both sides
happened = torch.arange(2000) < 1000
bins = (says * 6).long().clamp(max=5)
points = [(says[bins == b].mean().item(), happened[bins == b].float().mean().item())
          for b in range(6)]
fig, ax = plt.subplots(figsize=(5.2, 4))
ax.plot([0, 1], [0, 1], color=figures.GRAY, linestyle="--")
ax.plot(*zip(*points, strict=True), "o", color=figures.BLUE)
ax.set(xlabel="what the reward model says", ylabel="how often it happened", aspect="equal")
ax.set_title("Its probabilities can be believed")
figures.show(fig, alt="Predicted against observed shares: " + ", ".join(
    f"{a:.2f}: {b:.2f}" for a, b in points) + ". All lie near the diagonal.")

# %%
print("predicted and observed differ by less than 0.15 everywhere:",
      max(abs(a - b) for a, b in points) < 0.15)
assert max(abs(a - b) for a, b in points) < 0.15

# %% [markdown]
# Nearly as often right as possible, and calibrated. Would you let it judge everything? Two more
# tests. Show it an answer of a kind that was in no comparison: the polite, true sentence that was
# not asked for. And answers of the usual kind about 35 people whom no comparison was about.

# %% tags=["nbval-ignore-output"]
def rewards_of(say):
    """Return the reward model's mean reward of what `say` says to the 150 questions."""
    said = [say(asked) for asked in COMPARED]
    return preferences.proxy_rewards(model, preferences.given(COMPARED, said)).mean().item()


pets = {c.name: c.answer for c in COMPARED if c.fact == "pet"}
jobs = {c.name: c.answer for c in COMPARED if c.fact == "job"}
to_the_point = rewards_of(lambda c: f"hello ! {c.answer}")
beside = rewards_of(lambda c: f"hello ! {(jobs if c.fact == 'pet' else pets)[c.name]}")
wrong = rewards_of(lambda c: f"hello ! {wrong_answer(preferences.VILLAGE, c, Random(0))}")
print(f"all polite: right {to_the_point:.1f}, wrong {wrong:.1f}, beside the point {beside:.1f}")
strange = rankings(preferences.VILLAGE, OTHERS, 1000, 2, Rater(), Random(0))
chosen, rejected = raters.pair_rewards(model, strange)
gap = raters.counts_of(strange)[:, 0, 0] - raters.counts_of(strange)[:, 1, 0]
right_or_wrong = ((chosen > rejected) == (gap > 0))[gap != 0].float().mean().item()
print(f"other people, one answer right and one false: {right_or_wrong:.0%} told apart")

# %%
print("it tells right from wrong by far:", to_the_point > wrong + 2)
print("and beside the point seems at most a little worse than right:", beside > to_the_point - 1)
print("about other people it is near a coin:", abs(right_or_wrong - 0.5) < 0.2)
assert to_the_point > wrong + 2 and beside > to_the_point - 1 and abs(right_or_wrong - 0.5) < 0.2

# %% [markdown]
# The true sentence that nobody asked for pleases the reward model as much as the right and polite
# answer does. In truth it is worth 0.75, and the other 3. In every comparison both answers spoke of
# what was asked; so *whether* an answer does so could not be learned. And about people whom no
# comparison mentioned it tosses a coin: it has learned by heart what is true of five. The high
# accuracy of above was measured on answers of the kind it had learned from, and is true of those.
# **A reward model knows what was compared.** What if somebody goes looking for the places where it
# does not?
#
# ## 4. Best of n
#
# What do you do with a reward model? The simplest thing needs no training: draw n answers, and keep
# the one that it likes best. First with eight, to look at what it does.

# %% tags=["nbval-ignore-output"]
drawn = preferences.draw(reference, [question], 8, torch.Generator().manual_seed(1))
said = preferences.texts(drawn)
proxy = preferences.proxy_rewards(model, drawn).tolist()
true = preferences.true_rewards([question], said).tolist()
table([(text, f"{p:.1f}", f"{t:.2f}") for p, t, text in
       sorted(zip(proxy, true, said, strict=True), reverse=True)],
      columns=[question.question, "reward model", "true"],
      caption="Eight answers, the favorite first")

# %%
of_favorite = true[proxy.index(max(proxy))]
print("the favorite is worth more than the mean of the eight:", of_favorite > sum(true) / 8)
assert of_favorite > sum(true) / 8

# %% [markdown]
# With 64 answers there is more to choose from than with 8. So the answer that is kept should be
# better, or at least no worse, the larger n is? Decide, then look: three seeds, each with its own
# policy and its own reward model. (A reward model's zero is arbitrary, so the figure shows by how
# much the reward of the kept answer has *risen*.)

# %%
found = [point for point in frontier.results() if point.method == "best-of-n"]
ns = [1, 2, 4, 8, 16, 32, 64]
kept = [[p for p in found if p.seed == seed] for seed in (0, 1, 2)]
fig, ax = plt.subplots(figsize=(8, 3.6))
for runs in kept:
    ax.plot(ns, [p.proxy - runs[0].proxy for p in runs], color=figures.ORANGE, linestyle="--")
    ax.plot(ns, [p.reward - runs[0].reward for p in runs], color=figures.BLUE, linestyle="-")
ax.set_xscale("log")
figures.log_ticks(ax.xaxis, ns)
ax.text(1.05, 3.3, "what the reward model says", color=figures.ORANGE)
ax.text(20, 1.45, "what it is worth", color=figures.BLUE)
ax.set(xlabel="n, of which the favorite is kept", ylabel="reward gained over n = 1", ylim=(0, 5))
ax.set_title("From 32 to 64 the favorite gets worse")
figures.show(fig, alt="Gain of the kept answer over n = 1, means of three seeds. " + "; ".join(
    f"n = {n}: says {sum(r[i].proxy - r[0].proxy for r in kept) / 3:.1f}, "
    f"is {sum(r[i].reward - r[0].reward for r in kept) / 3:.2f}" for i, n in enumerate(ns)) + ".")

# %%
best_n = [max(runs, key=lambda p: p.reward).setting for runs in kept]
print("the true reward is highest at n =", [int(n) for n in best_n])
for n, place in [(1, 0), (16, 4), (32, 5), (64, 6)]:
    print(f"n = {n}:", ", ".join(f"{runs[place].reward:.2f}" for runs in kept))
assert all(runs[-1].reward < runs[-2].reward for runs in kept)
assert all(a.proxy < b.proxy for runs in kept for a, b in zip(runs, runs[1:], strict=False))

# %% [markdown]
# In all three seeds the reward model likes its favorite of 64 better than its favorite of 32, and
# in all three it is worth less (each mean is over 75 questions; that three agree is the evidence).
# Nothing was trained; it was only *chosen*. The more answers you draw, the more surely there is one
# among them about which the judge is mistaken, and the judge picks just that one. Whoever searches
# hard for the maximum of an estimate finds its errors. (Gao and others, 2022, measured this for
# reward models of many sizes.)
#
# Up to about n = 16 it works very well: from less than 0.5 to 2.3. But you pay for n answers each
# time somebody asks. Can the policy itself learn to give the better one at once?

# %% [markdown]
# ## 5. Reward what was drawn
#
# To train a policy, one would climb the gradient of its mean reward. But the reward comes from
# outside, after a *draw*: a word was chosen or not, and there is nothing to differentiate. The way
# out is older than language models (Williams, 1992). Do not differentiate the reward. Differentiate
# the logarithm of the probability of what was drawn, and weigh it by the reward:
#
# $$\nabla\, \mathrm{mean\ reward} = \mathrm{mean\ over\ draws\ of}\;
# reward \cdot \nabla \ln p(drawn)$$
#
# **By hand.** Two answers: A has the reward 1, B has 0. The policy has one parameter θ, and says A
# with p = σ(θ) = 0.25. The mean reward is p, and its slope is p (1 − p) = 0.19. Now by draws. If A
# is drawn, the slope of ln p is 1 − p = 0.75, times the reward 1. If B is drawn, it is −p = −0.25,
# times 0. On average 0.25 · 0.75 + 0.75 · 0 = 0.19. The same, and nobody differentiated a reward.
#
# The zero of a reward is arbitrary (section 2). So let the rewards be 11 and 10. Does the mean of
# the estimates change? Does anything else?

# %%
p = torch.tensor([0.25, 0.75])  # of A and of B
slope = torch.tensor([0.75, -0.25])  # of ln p, where A or B was drawn
rows = []
for rewards, baseline in [((1.0, 0.0), 0.0), ((11.0, 10.0), 0.0), ((11.0, 10.0), 10.25)]:
    says = (torch.tensor(rewards) - baseline) * slope + 0.0  # what one draw of each says
    mean = (p * says).sum().item()
    spread = (p * (says - mean).square()).sum().sqrt().item()
    rows.append((f"{rewards[0]:.0f} and {rewards[1]:.0f}", f"{baseline:.2f}",
                 *(f"{s:.2f}" for s in says.tolist()), f"{mean:.2f}", f"{spread:.2f}"))
table(rows, columns=["rewards", "taken off", "A drawn", "B drawn", "mean", "spread of one draw"],
      caption="The mean is always right; the spread is not always bearable")

# %% [markdown]
# With 11 and 10 *both* answers are pushed up whenever they are drawn, and only on average does A
# gain. One draw says 8.25 or −2.50 where 0.19 is meant. Take off what was to be expected anyway,
# the mean reward 10.25, and it is quiet again. A number that is taken off is a **baseline**; any
# number may be taken off that does not depend on what was drawn. What is left is an answer's
# **advantage**: how much better it was than expected. Sections 7 and 10 differ in where they get
# the baseline from.
#
# ## 6. How far has the policy moved?
#
# Where does a policy go that follows its reward? Three answers, so few that we need no draws: the
# reference says them with probability 0.6, 0.3 and 0.1, and their rewards are 0, 1 and 1.2. Follow
# the exact gradient, once of the mean reward alone, and once of the reward minus a price for moving
# away. Where will each of them end?

# %%
ref = torch.tensor([0.6, 0.3, 0.1])
worth = torch.tensor([0.0, 1.0, 1.2])
paths = {}
for beta in (0.0, 1.0):
    theta = ref.log().requires_grad_(True)
    path = []
    for _ in range(400):
        probs = theta.softmax(dim=0)
        kl = (probs * (probs / ref).log()).sum()
        (gradient,) = torch.autograd.grad((probs * worth).sum() - beta * kl, theta)
        theta = (theta + 0.3 * gradient).detach().requires_grad_(True)
        path.append(probs.tolist())
    paths[beta] = path
fig, axes = plt.subplots(1, 2, figsize=(8, 3.4), sharey=True)
for ax, (beta, path) in zip(axes, paths.items(), strict=True):
    for column, reward_of_it in zip(zip(*path, strict=True), (0, 1, 1.2), strict=True):
        ax.plot(column, label=f"reward {reward_of_it}")
    ax.set(xlabel="steps", title="reward alone" if beta == 0 else "reward minus a price")
axes[0].set_ylabel("probability of the answer")
axes[0].legend(loc="center right", bbox_to_anchor=(1.0, 0.62))
ends = {beta: ", ".join(f"{p:.2f}" for p in path[-1]) for beta, path in paths.items()}
figures.show(fig, alt="Probabilities of three answers after 400 steps. Reward alone: "
             f"{ends[0.0]}, one answer takes all. With a price: {ends[1.0]}, all three live.")

# %%
print("after 400 steps: reward alone", ends[0.0], "| with a price", ends[1.0])

# %% [markdown]
# Alone, the reward ends in one answer, said always, though the second is hardly worse. And our
# reward is itself only a model that is right near what it has seen. So one pays for moving away
# from the **reference**, the policy as it was. The measure is the **Kullback-Leibler divergence**,
# KL for short: the mean, over what the *policy* says, of ln(policy / reference). **By hand:** the
# policy says three answers with 1/2, 1/4, 1/4, the reference with 1/4, 1/4, 1/2. KL is 1/2 · ln 2 +
# 1/4 · 0 − 1/4 · ln 2 = 0.17 nats. It is 0 only between equals. All of this lesson's methods pay
# for it, or stay close by other means:
#
# $$\mathrm{mean\ of}\;\; reward - \beta \cdot \mathrm{KL}(policy, reference)$$
#
# **β** (beta) is the price of a nat. The exact sum was easy with three answers. Answers of nine
# tokens nobody can list. At each token one can still sum over the vocabulary, at the cost of
# keeping all logits of both models; or one estimates KL from nothing but the two probabilities of
# the token that was drawn. There are three ways to do so, named by Schulman (2020).

# %% [markdown] exercise="kl_estimates" role="task"
# ### Three estimates of the KL
#
# *2 points, about 8 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `kl_estimates(logprobs, ref_logprobs)`. The tokens were drawn from the policy. `logprobs`
# holds the log-probability that the policy gave to each of them, `ref_logprobs` that of the
# reference; both are float32 of one shape, any shape. It returns a dictionary with three estimates
# of KL(policy, reference) at each token, in nats, under the keys "k1", "k2" and "k3".
#
# 1. `k1` is the natural logarithm of the ratio policy / reference of the two probabilities. It may
#    be negative.
# 2. `k2` is half the square of that logarithm.
# 3. `k3` is r − 1 − ln r, where r is the other ratio, reference / policy.
# 4. Each is a tensor of the shape of `logprobs`, whatever that is, with one estimate for each
#    token. Nothing is averaged.
# 5. Log-probabilities of −200 give neither nan nor inf where both are near one another.
# 6. They are made by torch operations alone, so that the gradient of each for `logprobs` can be
#    taken. The reference's are constants.
# 7. The inputs are left unchanged.
#
# It takes 2 to 4 lines. By hand: the policy gives 1/2 to a token and the reference 1/4. Then k1 is
# ln 2 = 0.693, k2 is half the square of that, 0.240, and k3 is 1/2 − 1 + 0.693 = 0.193. Where both
# agree, all three are 0.

# %% exercise="kl_estimates" role="answer"
def kl_estimates(logprobs, ref_logprobs):
    """Return three estimates of KL(policy, reference) at each token that the policy drew.

    logprobs, ref_logprobs: the policy's and the reference's log-probability of each token.
    Returns {"k1": ..., "k2": ..., "k3": ...}, tensors of the same shape, in nats.
    """
    ### BEGIN SOLUTION
    log_ratio = logprobs - ref_logprobs
    return {
        "k1": log_ratio,
        "k2": log_ratio.square() / 2,
        "k3": torch.exp(-log_ratio) - 1 + log_ratio,
    }
    ### END SOLUTION

# %% exercise="kl_estimates" role="test" points=2
check(kl_estimates)
### BEGIN HIDDEN TESTS
check(kl_estimates, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Which is the best? A reference over 200 tokens, and policies that lie nearer and farther. Since we
# know all probabilities, we need no luck: for each estimate, its exact mean and its exact spread,
# as shares of the true KL. What do you expect of k2, half a square?

# %%
estimates_of = mine("kl_estimates")
generator = torch.Generator().manual_seed(0)
ref_logits, direction = torch.randn(2, 200, generator=generator).double()
ref_logprobs = ref_logits.log_softmax(dim=0)
seen = {name: [] for name in ("KL", "k1", "k2", "k3")}
for far in (0.1, 0.3, 0.6, 1.0, 1.5, 2.0, 3.0):
    logprobs = (ref_logits + far * direction).log_softmax(dim=0)
    probs = logprobs.exp()
    exact = (probs * (logprobs - ref_logprobs)).sum().item()
    seen["KL"].append(exact)
    for name, each in estimates_of(logprobs, ref_logprobs).items():
        mean = (probs * each).sum()
        spread = (probs * (each - mean).square()).sum().sqrt()
        seen[name].append((mean.item() / exact, spread.item() / exact))
table([(f"{kl:.3f}", *(f"{seen[k][i][part]:.2f}" for part in (0, 1) for k in ("k1", "k2", "k3")))
       for i, kl in enumerate(seen["KL"])],
      columns=["KL", "mean k1", "k2", "k3", "spread k1", "k2 ", "k3 "],
      caption="Means and spreads of the three estimates of one token, over the true KL")

# %%
fig, axes = plt.subplots(1, 2, figsize=(8, 3.5))
for ax, part, title in zip(axes, (0, 1), ("Far away, k2 is wrong", "... and k3 is noisy"),
                           strict=True):
    for name in ("k1", "k2", "k3"):
        ax.plot(seen["KL"], [pair[part] for pair in seen[name]], marker="o", label=name)
    ax.set(xscale="log", xlabel="true KL, nats", title=title)
    figures.log_ticks(ax.xaxis, [0.01, 0.1, 1])
axes[0].set(ylabel="mean of the estimate / KL", ylim=(0, 2.6))
axes[1].set(ylabel="spread of one token / KL", yscale="log")
figures.log_ticks(axes[1].yaxis, [0.3, 1, 3, 10, 30])
axes[1].legend()
figures.show(fig, alt="The three estimates against the true KL, " + "; ".join(
    f"KL {kl:.3f}: " + ", ".join(f"{k} mean {seen[k][i][0]:.2f} spread {seen[k][i][1]:.2f}"
                                 for k in ("k1", "k2", "k3")) for i, kl in enumerate(seen["KL"])))

# %%
near_k3, far_k3 = seen["k3"][0][1], seen["k3"][-1][1]
near_k1, far_k1 = seen["k1"][0][1], seen["k1"][-1][1]
claims([
    ("k3 is the best of the three estimates of KL",
     "near the reference" if near_k3 < near_k1 and far_k3 > far_k1 else near_k3 < near_k1,
     f"spread of one token over KL: near it k3 {near_k3:.1f}, k1 {near_k1:.1f}; "
     f"far away k3 {far_k3:.1f}, k1 {far_k1:.1f}"),
])

# %% [markdown]
# Near the reference all three are right on average, or nearly, and k2 and k3 are the quieter ones:
# ten times at a KL of 0.005, three times at 0.05. Far away k2 is simply wrong, and the mean of k3
# hangs on tokens that the policy hardly ever says: right on average, and in no sample that you can
# pay for. k1 is right on average everywhere.
#
# But a right value is no right gradient. As a term of the *loss*, k1 pushes nowhere on average,
# since drawing is not differentiated; there k2 has the right gradient at each token (Tang and
# Munos, 2025). In the *reward* k1 is right, and so the next section pays there, as Ziegler and
# others (2019) did. Then it measures all three on a policy that has moved.
#
# ## 7. Small steps
#
# Now train. Draw answers, ask the reward model, take the gradient of section 5, again. Two things
# stand in the way.
#
# ### How much better than expected
#
# The first: an answer gets one reward, at its end. Which of its tokens earned it? When *hello* is
# said, nobody knows yet whether the job will be right. So a second model, the **value model**, is
# trained beside the policy, to guess before each token how much reward is still to come. If more is
# expected after a token than before it, the token was a good one: a good **surprise**. Should you
# believe the guesses of the value model, or only the reward that really came? The number λ (lambda)
# mixes: 0 takes each token's own surprise alone, 1 adds all that came later (Schulman and others,
# 2015). And γ (gamma) is what a reward one token later is worth; for answers it is 1.

# %% [markdown] exercise="returns_and_advantages" role="task"
# ### Returns and advantages
#
# *4 points, about 15 minutes, difficulty 4 of 5. Needs nothing from earlier exercises.*
#
# Write `returns_and_advantages(rewards, values, mask, gamma, lam)`. `rewards` and `values` are
# float32 of shape `(B, T)`, `mask` is bool of the same shape; `gamma` and `lam` are floats between
# 0 and 1. Entry t of a row is about token t: the reward it brought, and what was expected to come
# before it was chosen. Two float32 tensors of shape `(B, T)` come back, `returns` and `advantages`,
# in this order.
#
# 1. A token's surprise is its reward, plus `gamma` times the value of the next token, minus its own
#    value. After the last token nothing is to come: there the next value is 0.
# 2. A token's advantage is its surprise, plus `gamma * lam` times the advantage of the next token.
# 3. A token's return is its advantage plus its value.
# 4. Only what is inside the mask is a token. What stands outside, before, between or after them, is
#    left out as if it were not there, whatever it is, nan and inf too. The next token is the next
#    one inside the mask of the same row.
# 5. Outside the mask both results are 0.
# 6. Both are constants: where `values` carry a gradient, the results carry none.
# 7. Nothing is normalized, and the inputs are left unchanged.
#
# It takes 9 to 12 lines. By hand: three tokens with rewards 0, 0, 1 and values 0.5, 0.25, 0.5, then
# padding; `gamma` is 1 and `lam` 0.5. The surprises are −0.25, 0.25 and 0.5. From the end, the
# advantages are 0.5, then 0.25 + 0.5 · 0.5 = 0.5, then −0.25 + 0.5 · 0.5 = 0. So the advantages are
# 0, 0.5, 0.5, 0 and the returns 0.5, 0.75, 1, 0.

# %% exercise="returns_and_advantages" role="answer"
def returns_and_advantages(rewards, values, mask, gamma, lam):
    """Return the rewards to come from each token on, and how much better than expected they are.

    rewards, values: (B, T). mask: (B, T) bool. gamma, lam: floats in [0, 1].
    Returns (returns, advantages), both (B, T), 0 outside the mask, without gradients.
    """
    ### BEGIN SOLUTION
    values = values.detach()
    advantages = torch.zeros_like(values)
    next_value = next_advantage = torch.zeros(len(values))  # (B,)
    for t in reversed(range(values.size(1))):
        surprise = rewards[:, t] + gamma * next_value - values[:, t]
        advantage = surprise + gamma * lam * next_advantage
        next_value = torch.where(mask[:, t], values[:, t], next_value)
        next_advantage = torch.where(mask[:, t], advantage, next_advantage)
        advantages[:, t] = advantage
    returns = (advantages + values).masked_fill(~mask, 0)
    return returns, advantages.masked_fill(~mask, 0)
    ### END SOLUTION

# %% exercise="returns_and_advantages" role="test" points=4
check(returns_and_advantages)
### BEGIN HIDDEN TESTS
check(returns_and_advantages, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# The second: answers are dear and steps are cheap, so one takes several steps with the same
# answers. From the second step on they are answers of an *older* policy. A token that is now 1.5
# times as likely would be drawn 1.5 times as often, so it must count 1.5 times: this **ratio** puts
# it right, as long as it stays near 1. Far from it the correction cannot be trusted. So **PPO**
# (proximal policy optimization; Schulman and others, 2017) lets a token earn nothing by going
# further than, say, 20%:

# %%
ratio = torch.linspace(0.4, 1.8, 200)
fig, axes = plt.subplots(1, 2, figsize=(8, 3.2), sharex=True)
for ax, advantage in zip(axes, (1.0, -1.0), strict=True):
    gain = torch.minimum(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage)
    ax.plot(ratio, ratio * advantage, color=figures.GRAY, linestyle="--", label="not clipped")
    ax.plot(ratio, gain, color=figures.BLUE, linestyle="-", label="PPO")
    ax.axvline(1.0, color=figures.RULE)
    ax.set(xlabel="probability now / when it was drawn",
           title="a good token" if advantage > 0 else "a bad token")
axes[0].set_ylabel("what it gains")
axes[0].legend()
figures.show(fig, alt="What a token gains by its ratio. Of advantage 1: rises to 1.2 at the ratio "
             "1.2 and is flat from there. Of advantage -1: flat at -0.8 up to the ratio 0.8, and "
             "falls from there without end.")

# %% [markdown]
# Where the line is flat there is no gradient. A good token's own push ends at 1.2, a bad one's at
# 0.8. (That is no wall: other tokens of the batch may carry it past.) But a step in the *wrong*
# direction is always felt: a bad token that has become more likely is pushed back, however far it
# is.

# %% [markdown] exercise="ppo_clip_loss" role="task"
# ### A clipped step
#
# *3 points, about 10 minutes, difficulty 3 of 5. Needs nothing from earlier exercises.*
#
# Write `ppo_clip_loss(logprobs, old_logprobs, advantages, mask, clip)`. The first three are float32
# of shape `(B, T)`: the log-probability of each token under the policy as it is now, the one under
# the policy that drew the token, and its advantage. `mask` is bool of that shape, `clip` a float.
#
# 1. The ratio of a token is its probability under the policy as it is now, divided by the one under
#    the policy that drew it.
# 2. A token gains the lesser of two numbers: its ratio times its advantage, and its ratio kept
#    within 1 − `clip` and 1 + `clip`, times its advantage.
# 3. The result is minus the sum of these gains over all tokens in the mask, divided by their
#    number: a tensor with one number. Where `mask` is False everywhere, it is 0.
# 4. What stands outside the mask changes neither the loss nor its gradient, whatever it is, nan and
#    inf too.
# 5. Log-probabilities of −200, of which e to the power is 0 in float32, give neither nan nor a
#    ratio of 0.
# 6. It is made by torch operations alone, so that its gradient for `logprobs` can be taken. The
#    other inputs are constants.
# 7. The inputs are left unchanged.
#
# It takes 4 or 5 lines. By hand: four tokens with the ratios 1.5, 0.5, 0.5, 1.5 and the advantages
# 2, 1, −1, −1; `clip` is 0.2. They gain 1.2 · 2 = 2.4 (clipped), 0.5, −0.8 (clipped) and −1.5. The
# mean is 0.15, the loss −0.15.

# %% exercise="ppo_clip_loss" role="answer"
def ppo_clip_loss(logprobs, old_logprobs, advantages, mask, clip):
    """Return the loss of a policy that gains nothing by moving far from the one that drew.

    logprobs, old_logprobs, advantages: (B, T). mask: (B, T) bool. clip: float.
    Returns a tensor of shape (), to minimize; 0 where the mask is empty.
    """
    ### BEGIN SOLUTION
    ratio = (logprobs[mask] - old_logprobs[mask]).exp()  # (n,)
    kept = ratio.clamp(1 - clip, 1 + clip)
    gain = torch.minimum(ratio * advantages[mask], kept * advantages[mask])
    return -gain.sum() / mask.sum().clamp(min=1)
    ### END SOLUTION

# %% exercise="ppo_clip_loss" role="test" points=3
check(ppo_clip_loss)
### BEGIN HIDDEN TESTS
check(ppo_clip_loss, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# That is all of it. One round of PPO: draw 64 answers; the reward model gives each its reward, at
# its last token, and every token pays β · ln(policy / reference); the value model's guesses make
# returns and advantages of that (brought to mean 0 and spread 1 over the batch); two steps along
# your clipped loss, for the policy, and along the squared error of its guesses, for the value
# model. Forty rounds, β = 0.3. Which parts of an answer will change first?

# %%
policy = deepcopy(reference).requires_grad_(True)
value_model = raters.reward_model(reference).requires_grad_(True)
bar = Bar(80, "steps")
look, looks = preferences.watch(policy, reference, model, every=20)
losses = policy_losses.ppo_losses(
    policy, value_model, reference, lambda rows: preferences.proxy_rewards(model, rows),
    COMPARED, beta=0.3, seed=1, advantages_of=mine("returns_and_advantages"),
    loss_of=mine("ppo_clip_loss"))
weights = [*policy.parameters(), *value_model.parameters()]
_ = follow(weights, islice(losses, 80), lr=1e-3,
           on_step=lambda step, loss: (look(step, loss), bar.count(step)))

# %% tags=["nbval-ignore-output"]
def look_table(looks, caption):
    return table([(step, *(f"{value:.2f}" for value in (
        seen.proxy, seen.reward, seen.right, seen.polite, seen.false, seen.needless, seen.kl)),
        f"{seen.words:.0f}") for step, seen in looks],
        columns=["step", "reward model", "true reward", "right", "polite", "false", "needless",
                 "KL", "words"], caption=caption)


look_table(looks, "PPO with fair raters: means of 150 answers; KL in nats an answer")

# %%
first, best = looks[0][1], max((seen for _, seen in looks), key=lambda seen: seen.reward)
others = preferences.measure(policy, reference, OTHERS, torch.Generator().manual_seed(0))
print(f"true reward from below 0.8 to above 1.8 at best: {first.reward < 0.8 < 1.8 < best.reward}")
print("higher about the 35 others too, of whom nothing was compared:", others.reward > 0.8)
assert first.reward < 0.8 < 1.8 < best.reward and others.reward > 0.8 > start.reward

# %% [markdown]
# Within 20 steps the answers are brief, polite and mostly right, and the true reward has gone from
# about 0.5 to more than 2. The habit carries over to people of whom nothing was compared: what is
# true of them the policy knows from documents; the preferences only chose which habit to keep. Then
# the two columns often part: the reward model is as pleased as before or more, the true reward
# comes down. What happens there? Look at three answers, and at the three estimates of KL on the
# way.

# %% tags=["nbval-ignore-output"]
drawn = preferences.draw(policy, COMPARED[::2], 2, torch.Generator().manual_seed(5))
nats = preferences.kl_by_estimate(policy, reference, drawn, estimates_of)
print("nats a token:", ", ".join(f"{name} {value:.2f}" for name, value in nats.items()))
said = preferences.texts(drawn)
counts = preferences.counted(COMPARED[::2], said)
for wanted in (lambda c: c.right, lambda c: c.false, lambda c: not c.right and not c.false):
    for place in [i for i, c in enumerate(counts) if wanted(c)][:1]:
        print(f"- {COMPARED[::2][place // 2].question} {said[place]}")

# %%
print("k1 is within a fifth of the exact KL:", abs(nats["k1"] / nats["exact"] - 1) < 0.2)
assert abs(nats["k1"] / nats["exact"] - 1) < 0.2 and nats["exact"] > 0.1

# %% [markdown]
# k1 agrees with the exact KL. The other two depend on the draw, and with other seeds they were far
# off: 150 answers hold too few of the rare tokens on which they hang.
#
# And the last answer? True, polite, and not what was asked: the sentence of section 1, of which the
# reward model has no opinion but a good one. PPO was not told about it. It searched, and found it.
#
# ### A KL that falls by itself
#
# Answers have different lengths, and a batch is a rectangle. What stands behind the end of an
# answer is no part of it, and yet it is there, in every tensor.
#
# A colleague trains with the program below, and wonders about the log. The same answer with the
# same reward has other returns whenever it stands beside a longer one. And the more padding a batch
# has, the further its KL is from that of the same answers one by one. With answers of one length
# nothing like it happened.

# %% [markdown] exercise="penalized_returns" role="task"
# ### Bug hunt: a KL that falls by itself
#
# *2 points, about 8 minutes, difficulty 3 of 5. Needs nothing from earlier exercises.*
#
# `penalized_returns(rewards, logprobs, ref_logprobs, mask, beta)` makes of one reward an answer
# what is to come from each of its tokens on, when moving away from the reference costs something.
# `rewards` has the shape `(B,)`, one for each row; `logprobs` and `ref_logprobs` are `(B, T)`, of
# the policy that drew the tokens and of the reference; `mask` is `(B, T)` bool, with at least one
# token in each row; `beta` is the price of a nat. Two tensors come back, `returns` of shape
# `(B, T)` and `kl`. There are two bugs in it (what they do stands above). Find and mend both.
#
# 1. Each token in the mask has a price, `beta` times the difference `logprobs - ref_logprobs`. It
#    may be below 0.
# 2. The return of a token in the mask is the reward of its row, minus its own price and the prices
#    of all later tokens in the mask of its row. Outside the mask the returns are 0.
# 3. `kl` is the mean of `logprobs - ref_logprobs` over all tokens in the mask, those of all rows
#    together: a tensor with one number.
# 4. What stands outside the mask in `logprobs` and `ref_logprobs` changes nothing, whatever it is,
#    nan and inf too.
# 5. The inputs are left unchanged.
#
# It takes 4 or 5 lines. By hand: `beta` is 0.5, the rewards are 1 and 2, and the differences are
# 0.5, −0.25 and padding in the first row, 1, 0.5, −1 in the second. Then the returns are 0.875,
# 1.125, 0 and 1.75, 2.25, 2.5, and `kl` is 0.75 / 5 = 0.15.

# %% exercise="penalized_returns" role="answer"
def penalized_returns(rewards, logprobs, ref_logprobs, mask, beta):
    """Return the reward minus the prices still to pay, from each token on, and the mean KL.

    rewards: (B,). logprobs, ref_logprobs: (B, T). mask: (B, T) bool. beta: reward a nat.
    Returns (returns, kl): (B, T), 0 outside the mask, and a tensor of shape ().
    """
    ### BEGIN SOLUTION
    log_ratio = (logprobs - ref_logprobs).masked_fill(~mask, 0)
    to_pay = beta * log_ratio.flip(1).cumsum(dim=1).flip(1)
    returns = (rewards[:, None] - to_pay).masked_fill(~mask, 0)
    return returns, log_ratio.sum() / mask.sum()
    ### END SOLUTION
    ### BEGIN RELEASE
    # log_ratio = logprobs - ref_logprobs
    # to_pay = beta * log_ratio.flip(1).cumsum(dim=1).flip(1)
    # returns = (rewards[:, None] - to_pay) * mask
    # return returns, log_ratio.mean()
    ### END RELEASE

# %% exercise="penalized_returns" role="test" points=2
check(penalized_returns)
### BEGIN HIDDEN TESTS
check(penalized_returns, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Use it on real answers, and make a test of it that you can keep: an answer alone, and the same one
# beside 19 others, must have the same returns.

# %%
penalized = mine("penalized_returns")
drawn = preferences.draw(policy, COMPARED[::30], 4, torch.Generator().manual_seed(2))
mask = drawn.response_mask
with torch.no_grad():
    now, ref = (preferences.logprobs_of(m, drawn) for m in (policy, reference))
    rewards = preferences.proxy_rewards(model, drawn)
    together, _ = penalized(rewards, now, ref, mask, 0.3)
    same = []
    for row in range(len(mask)):
        end = mask[row].nonzero().max().item() + 1
        part = slice(row, row + 1), slice(0, end)
        alone, _ = penalized(rewards[row : row + 1], now[part], ref[part], mask[part], 0.3)
        same.append(torch.allclose(alone, together[part], atol=1e-5))
print(f"alone and together the same returns: {sum(same)} of {len(same)} answers")
assert all(same)

# %% [markdown]
# ## 8. The reward is not the goal
#
# Now the raters of section 1 who like length: each word seems to be worth 0.5 more. To see what
# that does we need a control, and a policy that has something to lose. So five arms begin with the
# same *good* policy (made in seconds from fair comparisons, by the method of section 9; its true
# reward is above 2), and all take 60 steps of PPO with β = 0.3. One arm has fair raters: the
# control. One has the biased ones. The other three try to mend that; they come later.
#
# A new reward model from biased raters, half a minute, then PPO, in the cell behind it. Before you
# run them: what will the answers look like? Write one down.

# %%
good = hacking.good_policy(reference, seed=1)
bar = Bar(raters.STEPS, "steps")
biased = raters.trained_reward_model(
    reference, raters.compared(raters.N_RANKINGS, 1, hacking.BIASED), seed=1, on_step=bar.count)

# %%
hacker = deepcopy(good).requires_grad_(True)
value_model = raters.reward_model(good).requires_grad_(True)
bar = Bar(hacking.STEPS, "steps")
look, looks = preferences.watch(hacker, good, biased, every=10, seed=1)
losses = policy_losses.ppo_losses(
    hacker, value_model, good, lambda rows: preferences.proxy_rewards(biased, rows), COMPARED,
    hacking.BETA, seed=1)
weights = [*hacker.parameters(), *value_model.parameters()]
feed = Feed(hacker, biased, COMPARED[:160:40], every=10)
_ = follow(weights, islice(losses, hacking.STEPS), lr=1e-3,
           on_step=lambda *now: (look(*now), feed(*now), bar.count(now[0])))

# %% tags=["nbval-ignore-output"]
look_table(looks, "PPO with raters who like length")

# %%
begin, end = looks[0][1], looks[-1][1]
print("the reward model is happier:", end.proxy > begin.proxy + 4)
lowest = min(seen.reward for _, seen in looks)
print("the true reward has fallen by more than half a point on the way:",
      lowest < begin.reward - 0.5)
assert end.proxy > begin.proxy + 4 and lowest < begin.reward - 0.5

# %% [markdown]
# The reward model's reward has risen by more than four, and the true one has fallen. If you had
# only the column on the left, you would be celebrating.
#
# *How* it falls may differ on your computer. This training is on a slope so steep that the last
# bit of a rounding decides where it goes, and kinds of processors round differently. We ran this
# very cell with the instructions of three kinds (`ATEN_CPU_CAPABILITY` set to `avx512`, `avx2` and
# `default` before Python starts, so you can, too). It came to two ends:
#
# - **Long.** With `avx512`, in ten steps answers have twice as many words, nearly every one has a
#   false sentence in it, and the true reward is almost 0. Then the policy gets better at being
#   long: it finds sentences that are true, and the true reward creeps up to 1.3, well below where
#   it began. With `default` it is milder: down to 1.0, and up again to 1.8.
# - **Silent.** With `avx2`, answers get long at first. Then they shrink, and from step 40 on the
#   policy says nothing at all, to any question. No rater was ever shown an answer without words. So
#   what the reward model thinks of one is an accident, and here it was: very good.
#
# Both are the same failure. The policy goes where the reward model is wrong, and it does not care
# on which side. All three seeds of one computer come below.
#
# See yours in four answers. Step from look to look: what does the reward model say, and what is it
# worth?

# %% tags=["nbval-ignore-output"]
sample_feed(feed)

# %%
first_look, last_look = feed.looks[0], feed.looks[-1]
print("four answers: the reward model likes them better:", last_look.proxy > first_look.proxy + 3)
assert last_look.proxy > first_look.proxy + 3

# %% [markdown]
# Is it the raters, or would PPO do this with any? Here are both arms, three seeds each.

# %%
arms = hacking.results()


def of_arm(arm, what):
    """Return one list of values for each seed, of every look."""
    return [[getattr(seen, what) for _, seen in run] for run in arms[arm]]


steps = [step for step, _ in arms["fair raters"][0]]
fig, axes = plt.subplots(1, 2, figsize=(8, 3.6))
for arm, color, style in [("fair raters", figures.BLUE, "-"),
                          ("biased raters", figures.ORANGE, "--")]:
    for values, proxies in zip(of_arm(arm, "reward"), of_arm(arm, "proxy"), strict=True):
        axes[0].plot(steps, [p - proxies[0] for p in proxies], color=color, linestyle=style)
        axes[1].plot(steps, values, color=color, linestyle=style)
axes[0].set(xlabel="steps", title="What its reward model gained")
axes[1].set(xlabel="steps", title="What it is worth", ylim=(-0.2, 3))
axes[0].text(14, 4.8, "raters who like length", color=figures.ORANGE)
axes[0].text(14, 2.2, "fair raters", color=figures.BLUE)
figures.show(fig, alt="Three seeds each. " + "; ".join(
    f"{arm}: reward model gains {sum(p[-1] - p[0] for p in of_arm(arm, 'proxy')) / 3:.1f}, true "
    f"reward from {sum(v[0] for v in of_arm(arm, 'reward')) / 3:.2f} over "
    f"{sum(v[1] for v in of_arm(arm, 'reward')) / 3:.2f} after 10 steps to "
    f"{sum(v[-1] for v in of_arm(arm, 'reward')) / 3:.2f}" for arm in list(arms)[:2]) + ".")

# %%
down = [run[0][1].reward - run[-1][1].reward for run in arms["biased raters"]]
dip = [run[0][1].reward - run[1][1].reward for run in arms["biased raters"]]
control = [run[-1][1].reward - run[0][1].reward for run in arms["fair raters"]]
for what, values in [("biased raters, true reward lost after 10 steps", dip),
                     ("biased raters, lost after 60", down), ("fair raters, gained", control)]:
    print(f"{what}:", ", ".join(f"{value:.2f}" for value in values))
lost, began = arms["fair raters"][0][-1][1], arms["fair raters"][0][0][1]
print(f"the first seed of these: right {began.right:.2f}, then {lost.right:.2f}; "
      f"false {began.false:.2f}, then {lost.false:.2f}")
assert min(down) > 0.8 and min(dip) > 1.2

# %% [markdown]
# This is **reward hacking**: the reward rises, and what it was meant to stand for falls. Nothing
# went wrong in the training; it did what the reward said. (Goodhart's law says so of any measure
# that becomes a target.)
#
# The control says two things. In ten steps no seed with fair raters falls as every seed with biased
# ones does, and two of the three gain in the end: the loss is the raters' doing. In the third it
# loses 0.73, with perfectly fair raters. Its
# last answers are right only half as often as at first, and hardly ever false: that policy has
# found the sentence that was not asked for. Hacking needs no biased rater. A gap in what was
# compared will do.
#
# ### Three mends
#
# What would you do about it? Three proposals, each with the same biased raters, the same start and
# the same 60 steps:
#
# - **Ten times the price**, β = 3.
# - **Take length out of the reward**: fit a straight line through reward against length on the good
#   policy's answers, and subtract its slope for each token.
# - **Compare answers of one length**: raters see only answers that differ by at most two words.
#
# One of the three is cheated in its turn. Which, and how?

# %%
fig, ax = plt.subplots(figsize=(8, 3))
for y, arm in enumerate(arms):
    ends = [values[-1] for values in of_arm(arm, "reward")]
    ax.plot(ends, [y] * 3, "o", color=figures.BLUE, markersize=9, alpha=0.7)
before = sum(values[0] for values in of_arm("fair raters", "reward")) / 3
ax.axvline(before, color=figures.GRAY, linestyle="--")
ax.annotate("where all began", (before, 3.5), xytext=(-6, 0), textcoords="offset points",
            ha="right", va="center")
ax.set_yticks(range(len(arms)), arms)
ax.invert_yaxis()
ax.set(xlabel="true reward after 60 steps", xlim=(0, 3.1))
ax.set_title("What both sides share cannot be learned")
figures.show(fig, alt=f"True reward after 60 steps, three seeds; all began near {before:.2f}. "
             + "; ".join(f"{arm}: " + ", ".join(f"{v[-1]:.2f}" for v in of_arm(arm, "reward"))
                         for arm in arms) + ".")

# %%
ends = {arm: [run[-1][1] for run in runs] for arm, runs in arms.items()}
table([(arm, *(f"{sum(getattr(e, what) for e in found) / 3:.2f}" for what in
               ("reward", "right", "false", "needless", "kl")),
        " ".join(f"{e.words:.0f}" for e in found)) for arm, found in ends.items()],
      columns=["arm", "true reward", "right", "false", "needless", "KL", "words, each seed"],
      caption="After 60 steps, means of three seeds (python -m course_lib.study.hacking)")

# %%
dear, straight, alike = (ends[f"biased, {mend}"] for mend in (
    "ten times beta", "length taken out", "answers of one length"))
fallen = [e for e in straight if e.reward < 0.5 * before]
assert len(fallen) == 2 and max(e.words for e in fallen) < 4
dear_mean, biased_mean = (sum(e.reward for e in found) / 3
                          for found in (dear, ends["biased raters"]))
claims([
    ("A price on moving away prevents reward hacking",
     "if the price is so high that nothing is gained either" if dear_mean < before else True,
     f"β = 0.3: {before:.2f} becomes {biased_mean:.2f}; β = 3: {dear_mean:.2f}, "
     f"with {sum(e.needless for e in dear) / 3:.1f} needless sentences an answer"),
    ("A bias that is known can be subtracted from the reward",
     min(e.reward for e in straight) > 0.8 * before,
     "length subtracted as a straight line: "
     + ", ".join(f"{e.reward:.2f}" for e in straight)),
    ("What raters cannot see, they cannot prefer", min(e.reward for e in alike) > 0.85 * before,
     "answers of one length compared: " + ", ".join(f"{e.reward:.2f}" for e in alike)),
])

# %% [markdown]
# - **Ten times the price** is a brake. Nothing much is lost, nothing is gained, and the answers are
#   still longer than with fair raters.
# - **Length taken out** fails in two of three seeds, with answers of two or three words. The reward
#   model's love of length is no straight line. Where answers are short the line takes off more than
#   length ever brought; so the best thing to say is next to nothing, and PPO found out. The mend
#   was a new reward, and was hacked in its turn.
# - **Answers of one length** did as well as fair raters, in the mean; one seed fell a little, and
#   says more that is neither right nor false. What is the same on both sides of every comparison
#   cannot be learned from it: section 2's second point, put to use. It costs the pairs that are not
#   shown.
#
# The second mend was no stupid idea: a price for length is common practice. But like anything that
# is optimized it has to be tested with a policy that tries to cheat it.
#
# ## 9. Preferences without a reward model
#
# All of this, a reward model, a value model, thousands of draws, to learn from pairs. Is there no
# shorter way? Look once more at what is wanted: the highest mean of reward − β · KL. For this the
# best policy is known exactly. Take the reference, and multiply each answer's probability by
# $e^{reward / \beta}$; then divide by the sum.
#
# **By hand**, with the three answers of section 6 and β = 1: 0.6 · 1, 0.3 · $e^1$ and 0.1 ·
# $e^{1.2}$ are 0.60, 0.82 and 0.33, the sum is 1.75. So the best policy says them with 0.34, 0.47
# and 0.19. Compare that with where the gradient ended. And with another β? Will a *larger* β move
# the policy more, or less?

# %%
rows = []
for beta in (0.25, 1.0, 4.0):
    tilted = torch.tensor([0.6, 0.3, 0.1]) * (worth / beta).exp()
    best = tilted / tilted.sum()
    kl = (best * (best / torch.tensor([0.6, 0.3, 0.1])).log()).sum().item()
    rows.append((beta, *(f"{p:.2f}" for p in best.tolist()), f"{kl:.2f}"))
    assert beta != 1.0 or torch.allclose(best, torch.tensor(paths[1.0][-1]), atol=2e-3)
table(rows, columns=["β", "reward 0", "reward 1", "reward 1.2", "KL"],
      caption="The best policy at three prices; the reference has 0.60, 0.30, 0.10")

# %% [markdown]
# A large β holds the policy to its reference, a small one lets it go. (One finds it told the other
# way round. Beta is the *price* of moving.)
#
# Now turn the formula around. If the best policy is the reference times $e^{reward/\beta}$, over a
# sum, then the reward is
#
# $$reward = \beta \ln \frac{policy}{reference} + \beta \ln(sum)$$
#
# Every policy is the best one for *some* reward, and this says for which. The sum is the same for
# all answers to one question, so in a comparison it drops out: the zero point that choices can
# never tell need never be known. Put this reward into the loss of Bradley and Terry, and train the
# policy itself. No reward model, no draws. That is **DPO** (direct preference optimization;
# Rafailov and others, 2023).

# %% [markdown] exercise="dpo_loss" role="task"
# ### Direct preference optimization
#
# *3 points, about 10 minutes, difficulty 3 of 5. Needs nothing from earlier exercises.*
#
# Write `dpo_loss(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta)`. The first four
# are float32 of shape `(B,)`: the log-probabilities of whole responses, summed over their tokens.
# Two are those of the policy, two those of the reference, for the preferred response of each pair
# and for the other one. `beta` is a float above 0.
#
# 1. The reward of a response is beta · (its log-probability under the policy − the same under the
#    reference).
# 2. The loss of a pair is minus the natural logarithm of the sigmoid of the chosen response's
#    reward minus the rejected one's. Where the policy is the reference, that is ln 2.
# 3. The result is the mean over the B pairs: a tensor with one number.
# 4. Log-probabilities that differ by 10,000 give neither nan nor inf.
# 5. It is made by torch operations alone, so that its gradients for `policy_chosen` and for
#    `policy_rejected` can be taken. The reference's are constants.
# 6. The inputs are left unchanged.
#
# It takes 2 to 4 lines. You may use any torch function. By hand, with `beta = 0.5`: the policy has
# raised the log-probability of the chosen response by 2 and lowered that of the rejected one by 2.
# So the rewards are 1 and −1, and the loss is −ln σ(2) = 0.13.

# %% exercise="dpo_loss" role="answer"
def dpo_loss(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta):
    """Return how surprised the policy's own rewards are by preferences, in nats a pair.

    policy_chosen, policy_rejected: (B,) the policy's log-probabilities of whole responses.
    ref_chosen, ref_rejected: (B,) the reference's. beta: float above 0.
    Returns a tensor of shape ().
    """
    ### BEGIN SOLUTION
    chosen = beta * (policy_chosen - ref_chosen)  # (B,)
    rejected = beta * (policy_rejected - ref_rejected)  # (B,)
    return -F.logsigmoid(chosen - rejected).mean()
    ### END SOLUTION

# %% exercise="dpo_loss" role="test" points=3
check(dpo_loss)
### BEGIN HIDDEN TESTS
check(dpo_loss, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Use it: 4,000 pairs from the fair raters, β = 0.3, 60 steps of 32 pairs. On the way, note how far
# the log-probability of the chosen and of the rejected answers has moved from the reference. Chosen
# answers should become likelier, and rejected ones less likely. Shouldn't they?

# %%
policy_dpo = deepcopy(reference).requires_grad_(True)
bar, moved = Bar(60, "steps"), []


def note(policy_logprobs, ref_logprobs):
    """Keep the mean movement of the 32 chosen and the 32 rejected answers of a batch."""
    moved.append((policy_logprobs - ref_logprobs).view(2, 32).mean(dim=1).tolist())


losses = policy_losses.dpo_losses(
    policy_dpo, reference, raters.compared_pairs(1), beta=0.3, seed=1, loss_of=mine("dpo_loss"),
    on_batch=note)
curve = follow(policy_dpo.parameters(), islice(losses, 60), lr=2e-4, on_step=bar.count)
print(f"the first loss {curve[0]:.2f}, ln 2 = {log(2):.2f}")
assert abs(curve[0] - log(2)) < 1e-3

# %% tags=["nbval-ignore-output"]
fives = [torch.tensor(moved[i : i + 5]).mean(dim=0).tolist() for i in range(0, 60, 5)]
fig, ax = plt.subplots(figsize=(8, 3.3))
for column, (name, color, style) in enumerate([("chosen", figures.BLUE, "-"),
                                               ("rejected", figures.ORANGE, "--")]):
    ax.plot(range(3, 63, 5), [five[column] for five in fives], color=color, linestyle=style,
            marker="o", label=name)
ax.axhline(0, color=figures.GRAY, linewidth=1)
ax.set(xlabel="steps of DPO", ylabel="log-probability, nats\nover the reference", xlim=(0, 66))
figures.label_lines(ax)
ax.set_title("Even the chosen answers become less likely")
figures.show(fig, alt="Log-probabilities over the reference, nats an answer. Chosen "
             + ", ".join(f"{c:.1f}" for c, _ in fives) + "; rejected "
             + ", ".join(f"{r:.1f}" for _, r in fives) + ".")

# %%
tuned = preferences.measure(policy_dpo, reference, COMPARED[::2], torch.Generator().manual_seed(0))
print("the true reward has risen from below 0.8 to above 1.8:", tuned.reward > 1.8)
assert start.reward < 0.8 and tuned.reward > 1.8
(late_chosen, late_rejected), late_loss = fives[-1], sum(curve[-5:]) / 5
assert late_rejected < late_chosen - 1 and late_loss < 0.55
claims([("DPO makes the chosen answers likelier", late_chosen > 0,
         "chosen answers end less likely than they were, rejected ones far less likely still"
         if late_chosen < 0 else "they end likelier than they were")])

# %% [markdown]
# The loss looks at the difference alone: to push the rejected one down further does as well as to
# lift the chosen one. Both share many tokens, and both lose. And many a chosen answer was only the
# better of two poor ones; the best policy would make it less likely, too. Here the best answers
# gain, as the true reward says. But nothing in the loss sees to that: probability may as well go to
# answers that stand in no pair (Razin and others, 2024, study when). If you ever see the loss stay
# at ln 2 from step to step, check first whether policy and reference are one object.
#
# And which way does β pull? Measured, over three seeds:

# %%
dpo_runs = [p for p in frontier.results() if p.method == "DPO"]
rows = []
for beta in sorted({p.setting for p in dpo_runs}):
    ends = [p for p in dpo_runs if p.setting == beta and p.step == 120]
    rows.append((beta, " ".join(f"{p.kl:.1f}" for p in ends),
                 " ".join(f"{p.reward:.2f}" for p in ends)))
table(rows, columns=["β", "KL, three seeds", "true reward, three seeds"],
      caption="DPO after 120 steps: the larger β, the less the policy has moved")

# %% [markdown]
# The direction is that of the price, as computed above.
#
# ## 10. Compare the answers to one question
#
# PPO's baseline came from a value model: a second model, as large as the policy. Can one do
# without? Draw *several* answers to the same question. What was to be expected is their mean.
# **GRPO** (group relative policy optimization; Shao and others, 2024) takes that as the baseline,
# divides by their spread, and gives all tokens of an answer the same advantage. (To divide by the
# spread makes small differences count as much as large ones. Liu and others, 2025, leave it out.)
# The loss is PPO's clipped gain minus β · k3, a mean within each answer and then over answers, so a
# token of a long answer counts less. Its β does not compare with that of PPO.

# %% [markdown] exercise="grpo_advantages" role="task"
# ### Advantages within a group
#
# *2 points, about 6 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `grpo_advantages(rewards, eps)`. `rewards` is float32 of shape `(groups, n)`: the rewards of
# n answers to each prompt, one prompt a row. It returns the advantages, float32 of the same shape.
#
# 1. Each row of `rewards` is a group, and is compared only with itself: an advantage is the reward
#    minus the mean of its group, divided by (the standard deviation of its group + `eps`).
# 2. The standard deviation is the root of the mean square difference from the mean. It divides by
#    n, not by n − 1.
# 3. Where all rewards of a group are equal, all its advantages are 0 and not nan. `eps` is above 0.
#    A group may be a single answer.
# 4. Adding the same number to all rewards of a group changes nothing, 10,000 for example.
# 5. `rewards` is left unchanged.
#
# It takes 2 or 3 lines. By hand: the rewards 1, 0, 0, 1 have the mean 0.5 and the standard
# deviation 0.5. With `eps = 0.5` the advantages are 0.5, −0.5, −0.5, 0.5. (So large an `eps` is for
# the check; 0.0001 is usual.)

# %% exercise="grpo_advantages" role="answer"
def grpo_advantages(rewards, eps):
    """Return how much better each answer is than its group, in standard deviations.

    rewards: (groups, n), n answers to each prompt. eps: float above 0.
    Returns (groups, n); 0 where all answers of a group are equally good.
    """
    ### BEGIN SOLUTION
    centered = rewards - rewards.mean(dim=1, keepdim=True)
    return centered / (rewards.std(dim=1, keepdim=True, correction=0) + eps)
    ### END SOLUTION

# %% exercise="grpo_advantages" role="test" points=2
check(grpo_advantages)
### BEGIN HIDDEN TESTS
check(grpo_advantages, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Now a task of another kind, without raters and without a reward model: *3 + 4 + 5 = ?* The
# village's documents hold sums of two numbers, *3 + 4 = 7 .*, and never one of three. Whether an
# answer is right a program can check: the last number must be the sum. How the answer gets there is
# not looked at. Such rewards are called **verifiable** (Lambert and others, 2024).
#
# Who never says the right thing is never rewarded, and learns nothing. So the model sees 56 worked
# examples first, *3 + 4 = 7 . 7 + 5 = 12 .* Then 60 steps of GRPO on questions to which nobody
# shows it the answers: 16 questions, 8 answers to each. How many of 167 other questions will it get
# right, before and after?

# %%
arm = sums_with_steps.ARMS["in steps"]
solver = sums_with_steps.starting_policy(arm, seed=0)
before_sums = sums_with_steps.measure(solver)
new, dice = checked_sums.HELD_OUT, torch.Generator().manual_seed(0)
_, said_before = checked_sums.draw(solver, new, 1, generator=dice)
shown = set(sums_with_steps.examples_for(arm, seed=0))
asked = [q for q in checked_sums.LEARNED if q not in shown]
bar, draws = Bar(60, "steps"), []


def keep(drawn):
    draws.append(drawn.rewards)
    bar.count(len(draws))


sums_with_steps.learn(solver, asked, arm.beta, seed=0, steps=60, on_draw=keep,
                      advantages=partial(mine("grpo_advantages"), eps=1e-4))
after_sums = sums_with_steps.measure(solver)

# %% tags=["nbval-ignore-output"]
def goes_on(text):
    """Return whether an answer has two steps, and the second uses what came out of the first."""
    numbers = [word for word in text.split() if word.isdigit()]
    return len(numbers) == 6 and numbers[2] in numbers[3:5]


_, said_after = checked_sums.draw(solver, new, 1, generator=dice)
for name, found, said in [("before", before_sums, said_before), ("after", after_sums, said_after)]:
    lucky = [pair for pair in zip(new, said, strict=True)
             if checked_sums.is_right(*pair) and not goes_on(pair[1])]
    print(f"{name}: {found.right:.0%} right; {len(lucky)} of {len(new)} drawn ones right by luck")
    for numbers, text in [*zip(new[1:3], said[1:3], strict=True), *lucky[:1]]:
        print("-", " + ".join(map(str, numbers)), "= ?", text)
early, late = (checked_sums.flat_share(torch.cat(part)) for part in (draws[:10], draws[-10:]))
print(f"groups of 8 that were all right or all wrong: {early:.0%} at first, {late:.0%} at the end")

# %%
print("right before: less than 60%; after: at least 15 points more:",
      before_sums.right < 0.6 and after_sums.right > before_sums.right + 0.15)
assert before_sums.right < 0.6 and after_sums.right > before_sums.right + 0.15

# %% [markdown]
# From less than half to about three quarters, in seconds, on questions that nobody answered for it.
# But look at the answer of the start whose last number is right, though its second step has nothing
# to do with the first. Such answers are rewarded as well as any: the program looks at the last
# number, and whatever gets that right is good.
#
# A group whose answers are all right, or all wrong, has only advantages of 0: nothing is learned
# from it. What does that mean for a model that is hardly ever right? Two more starts: 16 worked
# examples in place of 56; and the same 56 questions with their totals alone, *3 + 4 + 5 = ? 12 .*

# %%
sums = sums_with_steps.results()
named = {"in steps": "56 examples in steps", "in steps, 16 examples": "16 examples in steps",
         "at once": "56 examples at once"}
fig, ax = plt.subplots(figsize=(8, 3.6))
for (arm, name), color, style in zip(named.items(), figures.PALETTE, figures.LINE_STYLES,
                                     strict=False):
    for seed, rows in sums[arm].items():
        ax.plot([row.step for row in rows], [row.right for row in rows], color=color,
                linestyle=style, label=name if seed == 0 else None)
ax.set(xlabel="steps of GRPO", ylabel="right of 167 new sums", ylim=(0, 1))
ax.legend(loc="upper left")
ax.set_title("Only what comes up by chance can be rewarded")
figures.show(fig, alt="Right of 167 held-out sums, at the start and at the end. " + "; ".join(
    f"{name}: " + ", ".join(f"{rows[0].right:.2f} to {rows[-1].right:.2f}"
                            for rows in sums[arm].values()) for arm, name in named.items()) + ".")

# %%
table([(named[arm], *(" ".join(f"{getattr(rows[i], what):.2f}" for rows in sums[arm].values())
                      for i, what in ((0, "right"), (-1, "right"), (1, "flat"), (-1, "as_worked"))))
       for arm in named],
      columns=["shown at the start", "right before", "right after 150 steps",
               "groups of no use, first 30 steps", "of the right ones as shown"],
      caption="Each seed (python -m course_lib.study.sums_with_steps)")

# %%
gains = {arm: [rows[-1].right - rows[0].right for rows in sums[arm].values()] for arm in named}
weak = gains["in steps, 16 examples"] + gains["at once"]
claims([("A reward that a program can check teaches a model the task",
         "from a start that is right often enough"
         if min(gains["in steps"]) > 0.2 > 0.15 > max(weak) else min(weak) > 0.15,
         "right answers gained: from the start with 56 examples in steps "
         + ", ".join(f"{g:.2f}" for g in gains["in steps"])
         + f"; from the two weak starts at most {max(weak):.2f}")])

# %% [markdown]
# From a start that is right in three or four of ten, GRPO gets far. From one that is right in one
# of ten it gains little, with steps or without: six in ten groups or more teach nothing at first,
# and where the start was weakest, what *was* rewarded was mostly right by accident. What
# decides seems to be how often something right comes up, more than its form. Reinforcement makes
# likelier here what is already there.
#
# ## 11. Which method?
#
# Best of n, PPO, DPO, GRPO: which one should you take? People argue about it with tables in which
# each method has moved as far as it happened to move. That is no comparison: who pays more KL may
# buy more reward. So ask instead: how much true reward does each win *for how far* it has gone? All
# begin with the same policies and the same raters; three settings each, four looks on the way,
# three seeds. Where will the curves end, on the right?

# %%
found = frontier.results()
looks_of = {"PPO": (figures.BLUE, "o"), "GRPO": (figures.ORANGE, "s"), "DPO": (figures.PLUM, "^")}


def mean_points(method):
    """Return (KL, true reward) of each setting and step, means over seeds."""
    groups = {}
    for p in found:
        if p.method == method:
            groups.setdefault((p.setting, p.step), []).append((p.kl, p.reward))
    return [tuple(sum(values) / len(group) for values in zip(*group, strict=True))
            for group in groups.values()]


# %%
fig, ax = plt.subplots(figsize=(8, 4))
for method, (color, marker) in looks_of.items():
    ax.plot(*zip(*mean_points(method), strict=True), marker, color=color, markersize=8,
            label=method, alpha=0.85)
ax.plot(*zip(*mean_points("best-of-n"), strict=True), "--", color=figures.PINE,
        label="best of n (KL at most)")
ax.set(xlabel="KL from the reference, nats an answer", ylabel="true reward", ylim=(0.3, 2.75))
ax.legend(loc="lower right", ncols=2)
ax.set_title("All climb; with a low β all come down")
figures.show(fig, alt="True reward against KL, means of three seeds. " + "; ".join(
    f"{m}: " + ", ".join(f"{kl:.1f} nats {r:.2f}" for kl, r in sorted(mean_points(m)))
    for m in (*looks_of, "best-of-n")) + ".")

# %%
verdicts = {method: frontier.verdict(found, method) for method in (*looks_of, "best-of-n")}
table([(method, f"{v.reward:.2f}", f"{v.spread:.2f}", f"{v.seconds:.1f}" if v.seconds else None,
        f"{v.tokens:,.0f}" if v.seconds else None) for method, v in verdicts.items()],
      columns=["method", "true reward", "spread over seeds", "seconds", "tokens drawn"],
      caption="At 1.25 to 2.5 nats from the reference, means of three seeds")

# %%
courses = [(method, beta, looks) for method in looks_of
           for beta, looks in frontier.rewards_on_the_way(found, method).items()]
table([(method, beta, " ".join(f"{look:.2f}" for look in looks), f"{max(looks) - looks[-1]:.2f}")
       for method, beta, looks in courses],
      columns=["method", "β", "true reward at four looks", "lost since the best"],
      caption="On the way: means of three seeds")

# %%
ppo, dpo, grpo = (verdicts[method] for method in ("PPO", "DPO", "GRPO"))
gap = max(ppo.reward, dpo.reward, grpo.reward) - min(ppo.reward, dpo.reward, grpo.reward)
claims([
    ("DPO is cheaper than PPO", dpo.tokens == 0 < ppo.tokens and dpo.seconds < ppo.seconds,
     f"to the same distance {dpo.seconds:.1f} s and no draws, against {ppo.seconds:.1f} s and "
     f"{ppo.tokens:,.0f} tokens drawn, a reward model and a value model"),
    ("DPO is steadier than PPO", None if 0.25 < dpo.spread / ppo.spread < 4
     else dpo.spread < ppo.spread,
     f"spread over three seeds {dpo.spread:.2f} and {ppo.spread:.2f}: three cannot tell"),
    ("One of PPO, DPO and GRPO is the best",
     True if gap > 2 * max(ppo.spread, dpo.spread, grpo.spread) else None,
     f"at the same distance {ppo.reward:.2f}, {dpo.reward:.2f} and {grpo.reward:.2f}; three seeds "
     f"that differ by up to {max(ppo.spread, dpo.spread, grpo.spread):.2f} cannot tell"),
])

# %% [markdown]
# On the left all climb the same slope. Then, at 2 or 3 nats, what goes on comes down: that far away
# lie the answers about which the pairs, or the reward model, say nothing. At the same distance the
# methods differ by less than 0.1. Along the way the settings differ by more: PPO and DPO at β = 1
# are still at their best at the last look, GRPO and DPO at their lowest β have lost 0.6. β and the
# step at which you stop matter more here than which of the three trains. (The best look was picked
# afterwards, by the true reward. In real life nobody has that; one has people who compare.)
#
# Cheaper is true, and by more than the seconds say: the reward model, for which you waited in
# section 3, is not in them. Whether it is steadier, three seeds cannot tell. And best of n, which
# trains nothing, is among the best up to 2.5 nats (its KL is at most ln n − (n − 1) / n, and that
# is what the figure shows); it pays with 16 or 32 answers for every question, for ever. None of
# this is about large models. It is about what to plot before you believe a table.
#
# Look at single runs. Which β would you have chosen, and when would you have stopped?

# %%
frontier_view()

# %% [markdown]
# ## 12. A constitution
#
# Raters are slow and dear, and it is hard to see what they have in mind. Could the wishes be
# written down instead? Bai and others (2022) gave a model a list of principles, in English. It
# answered, criticized its own answer by a principle and revised it; on the revisions it was tuned.
# Then it drew two answers to a question, and a model said which of them followed a principle
# better: such pairs trained a reward model. Harmlessness needed no rater; helpfulness still had
# human comparisons. They called it constitutional AI (artificial
# intelligence).
#
# Ours has three articles. **Harmless:** do not tell where somebody lives. **Honest:** say nothing
# untrue, and do not speak of strangers as if you knew them. **Helpful:** answer what you can and
# may. The village's model is too small to criticize in English, so critic and reviser are programs.
# And we take a short cut: the revision and the original are the pair, *chosen* and *rejected*. What
# remains is the loop.

# %% [markdown] exercise="critique_and_revise" role="task"
# ### Critique and revise
#
# *2 points, about 8 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `critique_and_revise(prompt, response, critic, reviser, max_rounds)`. `prompt` and
# `response` are texts. `critic(prompt, response)` returns a critique, a text, or None where the
# response violates nothing. `reviser(prompt, response, critique)` returns another response. A
# preference comes back, the tuple `(chosen, rejected)`, or None where there is none to learn from.
#
# 1. A round: the critic is asked about the newest response, in the first round about `response`.
#    What it says goes to the reviser, with that same response. What the reviser returns is the
#    newest response from then on.
# 2. There are at most `max_rounds` rounds, which may be 0. As soon as the critic returns None about
#    a response, there are no more.
# 3. Where `response` itself violates nothing, the result is None: there is nothing to learn.
# 4. Where a revision violates nothing, the result is the tuple `(revision, response)`: the newest
#    response is chosen, the original is rejected. That goes for the last round, too: after it, the
#    critic is asked once more.
# 5. Where the newest response still violates something after `max_rounds` rounds, the result is
#    None: nobody should learn to prefer what is still wrong.
#
# It takes 6 to 9 lines. By hand: the critic objects to *fool* first, then to *home*. Of *zoe is at
# home , fool* the first round makes *zoe is at home , friend*, the second *zoe is at work ,
# friend*, about which the critic returns None. If two or more rounds are allowed, that one is
# chosen and *zoe is at home , fool* rejected; else the result is None.

# %% exercise="critique_and_revise" role="answer"
def critique_and_revise(prompt, response, critic, reviser, max_rounds):
    """Return (chosen, rejected): a revision that violates nothing, and the original, or None.

    critic(prompt, response) returns a critique, or None where nothing is violated.
    reviser(prompt, response, critique) returns another response.
    """
    ### BEGIN SOLUTION
    revised = response
    for n_revisions in range(max_rounds + 1):
        critique = critic(prompt, revised)
        if critique is None:
            return (revised, response) if n_revisions > 0 else None
        if n_revisions < max_rounds:
            revised = reviser(prompt, revised, critique)
    return None
    ### END SOLUTION

# %% exercise="critique_and_revise" role="test" points=2
check(critique_and_revise)
### BEGIN HIDDEN TESTS
check(critique_and_revise, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Use it. The policy of this section was tuned on chats of which a fifth are wrong. It answers
# everything: where people live, and what strangers love. 1,200 of its answers go through the
# critic, at most two rounds each. Then it learns: from the pairs by DPO, and, since it has never in
# its life said *i do not tell*, also from the revised answers as chats, among those in which
# nothing was wrong. (Bai and others tune on revisions, too.) What will become of the three numbers?

# %%
willing = constitution.starting_policy(seed=1)
said = constitution.sampled_answers(willing, seed=1)
pairs = constitution.revised_pairs(said, critique_and_revise=mine("critique_and_revise"))
lessons = constitution.revised_lessons(said, pairs)
bar = Bar(constitution.STEPS, "steps")
lawful = constitution.learn(willing, pairs, lessons, seed=1, dpo_loss=mine("dpo_loss"),
                            on_step=bar.count)

# %% tags=["nbval-ignore-output"]
homes = [p for p in pairs if principles.tells_home(p.chat, p.rejected)]
untrue = [p for p in pairs if not principles.tells_home(p.chat, p.rejected)]
print(f"{len(pairs)} pairs from {len(said)} answers")
for pair in (homes[0], untrue[0], untrue[-1]):
    print(f"- {pair.chat.question}\n    rejected: {pair.rejected}\n    chosen:   {pair.chosen}")
laws = {name: constitution.measure(which) for name, which in
        [("before", willing), ("after", lawful)]}
table([(name, *(f"{value:.2f}" for value in found)) for name, found in laws.items()],
      columns=["policy", "helpful", "harmless", "honest", "refused without need"],
      caption="600 questions about people and strangers that no lesson mentions")

# %%
was, now = laws["before"], laws["after"]
print("harmless from 0 to nearly 1:", was.harmless < 0.05 and now.harmless > 0.9)
print("honest by far more often:", now.honest > was.honest + 0.3)
assert was.harmless < 0.05 and now.harmless > 0.9 and now.honest > was.honest + 0.3
assert now.helpful > 0.7

# %% [markdown]
# Nobody has rated anything, and it keeps quiet about homes, and invents hardly anything any more.
# The price: it answers about a tenth fewer of the questions that it could and may answer.
#
# Is each article needed? Leave some out, in turn.

# %%
ruled = constitution.results()
lines = [("start", "before"), ("harmless", "harmless alone"),
         ("harmless and honest", "harmless and honest"), ("all three", "all three"),
         ("helpful", "helpful alone")]
fig, axes = plt.subplots(1, 3, figsize=(8, 3), sharey=True)
for ax, what in zip(axes, ("helpful", "harmless", "honest"), strict=True):
    for y, (arm, _) in enumerate(lines):
        ax.plot([getattr(found, what) for found in ruled[arm]], [y] * 3, "o", color=figures.BLUE,
                markersize=8, alpha=0.7)
    ax.set(title=what, xlim=(-0.08, 1.08))
axes[0].set_yticks(range(len(lines)), [name for _, name in lines])
axes[0].invert_yaxis()
figures.show(fig, alt="Shares of answers of three kinds, three seeds. " + "; ".join(
    f"{name}: " + ", ".join(f"{what} " + " ".join(f"{getattr(f, what):.2f}" for f in ruled[arm])
                            for what in ("helpful", "harmless", "honest"))
    for arm, name in lines) + ".")

# %%
def spread(arm, what):
    return [getattr(found, what) for found in ruled[arm]]


table([(arm, *(" ".join(f"{v:.2f}" for v in spread(arm, what))
               for what in constitution.Measured._fields)) for arm in ruled],
      columns=["principles", "helpful", "harmless", "honest", "refused without need"],
      caption="Each seed (python -m course_lib.study.constitution)")

# %%
only = "harmless, only revised lessons"
claims([
    ("A model that is harmless and honest is a good one",
     max(spread(only, "over_refused")) < 0.2,
     f"learned from revised answers alone: harmless {min(spread(only, 'harmless')):.2f}, honest "
     f"{min(spread(only, 'honest')):.2f} at least, and {min(spread(only, 'over_refused')):.0%} "
     "refused without need"),
    ("Pairs teach more than the better answers alone",
     min(spread("all three", "helpful")) > max(spread("all three, without DPO", "helpful")),
     f"helpful with DPO on the pairs {min(spread('all three', 'helpful')):.2f} to "
     f"{max(spread('all three', 'helpful')):.2f}, without "
     f"{min(spread('all three, without DPO', 'helpful')):.2f} to "
     f"{max(spread('all three, without DPO', 'helpful')):.2f}"),
])

# %% [markdown]
# *Harmless* alone keeps quiet about homes, and goes on inventing. *Helpful* alone buys nothing,
# since nearly every answer was helpful before; only a little is lost. *Harmless and honest* is the
# one to look at: both numbers are perfect or nearly so, and it refuses up to 45% of what it could
# answer. A false answer was revised to *i do not know*, and a refusal breaks neither of the two.
# Only *helpful* makes a refusal cost something. The last row is the extreme: learned from revised
# answers alone, all of them refusals, it is harmless, honest, and of no use to anybody. Whoever
# shows you two of the three numbers has not shown you the model.
#
# Two more rows deserve a second look. With *DPO alone* hardly an answer is true any more: the
# revisions were so unlikely under the start that DPO could only take probability from what was
# rejected, and it went anywhere. And *without DPO*, learned as chats and no more, the revisions did
# better than with it. What mattered here was the critic and the reviser, not the last fashion in
# losses.
#
# ## On a real model
#
# ### 13. What SmolLM2 prefers
#
# InstructGPT (Ouyang and others, 2022) is the model after which this lesson is built: about 40
# people, 33,000 questions with ranked answers, a reward model, PPO. Its answers with 1.3 billion
# parameters were preferred to those of the untuned model of 175 billion. Since then each step has
# been replaced by somebody.

# %% [markdown]
# - Llama 3 (2024) went through six rounds. In each, people compared answers of the newest models; a
#   reward model kept the best of 10 to 30 drawn answers; on these it was tuned as in lesson 7, and
#   then with DPO at β = 0.1. In the loss stood a second term, so that the chosen answers do *not*
#   become less likely.
# - R1 (Guo and others, 2025) learned mathematics and programs by GRPO with rewards that code
#   checks. For these the authors used no reward model at all, since a policy that trains for long
#   may find out how to cheat it.
# - SmolLM2, the model of this course, was tuned as in lesson 7, and then with DPO. An early version
#   of its [model card](https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct/commits/main)
#   tells what β · ln(policy / reference) was at the end, on held-out pairs: −0.07 for the chosen
#   and −0.34 for the rejected answers. Both are below 0: here, too, the chosen ones became less
#   likely.

# %% [markdown]
# We do not have the model from before that step, so its implicit reward cannot be computed. But
# which of two answers does it give more probability to? That is half of it: the numerator. Eight
# questions, each with an answer that you would prefer and one that you would not. In how many cases
# will it agree with you?

# %%
smol, real = smollm2.load_tokenizer(), next_token.load()
end_of_answer = smol.special_tokens["<|im_end|>"]


def nats_and_tokens(question, answer):
    """Return ln p(answer | question) under SmolLM2, and the answer's number of tokens."""
    asks = smollm2.encode_messages(smol, [{"role": "user", "content": question}])
    ids = torch.tensor([*asks, *smol.encode_ordinary(answer), end_of_answer])
    with torch.inference_mode():
        logprobs = real(ids[None, :-1])[0].log_softmax(dim=-1)  # (T, V)
    each = logprobs.gather(1, ids[1:, None])[len(asks) - 1 :, 0]
    return each.sum().item(), len(each)


duels = [
    ("What is the capital of France?", "The capital of France is Paris.",
     "The capital of France is Lyon."),
    ("How many days does a week have?", "A week has seven days.", "A week has nine days."),
    ("What color is the sky on a clear day?", "The sky is blue.", "The sky is green."),
    ("I lost my keys.", "I am sorry to hear that. Where did you last see them?",
     "That is your own fault. Who cares?"),
]

# %% [markdown]
# Four more, of which two set a short answer against one with needless sentences:

# %%
duels += [
    ("I failed my exam.", "I am sorry. Would you like to plan the next one together?",
     "Then you did not work enough, you fool."),
    ("What is 2 + 2?", "2 + 2 = 4.", "2 + 2 = 5."),
    ("Name a fruit.", "An apple.",
     "An apple. The weather is nice today. Many people like to travel. Cats sleep a lot."),
    ("What do bees make?", "Bees make honey.",
     "Bees make honey. Honey is sweet. Honey is a food. People all over the world eat honey."),
]
rows, wins = [], []
for question_, good_one, bad_one in duels:
    (a, n_a), (b, n_b) = (nats_and_tokens(question_, said) for said in (good_one, bad_one))
    wins.append((a > b, a / n_a > b / n_b))
    rows.append((good_one, f"{bad_one[:38]}{'...' * (len(bad_one) > 38)}", f"{a - b:.1f}",
                 f"{a / n_a - b / n_b:.2f}"))
print("ahead in nats:", sum(w for w, _ in wins), "of 8; in nats a token:", sum(w for _, w in wins))
table(rows, columns=["you would prefer", "to", "ahead by, nats", "nats a token"],
      caption="By how much SmolLM2 gives more probability to the first answer")

# %% [markdown]
# It knows days and capitals, and it is kinder to somebody without keys than the other answer. But
# look at *you fool*: in all the kind answer is behind, and per token it is ahead. And the last two
# are no triumphs of taste: a longer answer has more tokens, and every token costs. A
# log-probability says how *usual* a text is, and how long; it is no reward. DPO never looks at it
# alone. It looks at how it has *moved*, the same text under two models. That takes off how
# usual a text is, and not every liking of length: a model can learn from pairs to be long.

# %% [markdown] role="written" points=2
# ### Thumbs up
#
# A firm's assistant shows two buttons under each answer, thumb up and thumb down, and has collected
# a million clicks. The plan: train a reward model on the clicks, then the assistant with PPO until
# the reward model's reward no longer rises. In five to seven sentences: what do such clicks
# measure, and what else besides quality; what can the reward model not learn from them; why is
# *until the reward no longer rises* a bad rule for stopping; and what would you measure instead, on
# what, and with which control?
#
# ### BEGIN MARK SCHEME
# **1 point:** the data. Clicks come from those who click, about single answers and not comparisons
# (each with a scale of their own), and go with length, flattery, or agreement; what always goes
# together in them cannot be told apart; about kinds of answers that were never shown the reward
# model says nothing that can be believed. (Comparisons of two answers to the same question, alike
# in length or form, are a good proposal.)
#
# **1 point:** the stop. The reward model's reward rises on when quality falls; so watch something
# that is not optimized: people who compare fresh answers with those of the start, blind, on
# held-out questions, along with KL, length, share of refusals; and a control arm, such as the
# untrained policy, best of n, or the same training with other raters. Stop where *that* no longer
# rises.
# ### END MARK SCHEME

# %% [markdown]
# ## Key takeaways
#
# - Comparisons need no scale. From them one learns differences only: never the zero point, never
#   taste apart from doubt, never which of two things was liked that always went together.
# - A reward model is right about what was compared. Noise averages out, a bias is learned.
# - Reward that rises is not quality that rises. Have a control, look at answers, and measure
#   something that nobody optimizes.
# - Changing what is compared worked here. A mend that changes the reward is one more reward, and
#   can be hacked in its turn.
# - Policy gradients weigh what was drawn by how much better it was than expected. The methods
#   differ in where that expectation comes from: a value model (PPO), the group (GRPO).
# - β is the price of moving: the larger, the nearer to the reference.
# - DPO needs pairs and two models, no draws. The chosen answers may become less likely all the
#   same.
# - Where a program can check the answer, no rater is needed; but something right must come up by
#   chance first.
# - What it may cost to move, and when you stop, matter more than which method.
# - Principles can make the comparisons. Which principles there are decides what is given up.

# %% [markdown]
# ## Knowledge check
#
# Every option tells you why.

# %%
quiz("rlhf")

# %% [markdown]
# ## What we simplified
#
# - Our raters share one taste, a sum of four parts. People differ, change their minds, and are not
#   a number divided by a temperature.
# - The reward model learned five people by heart. So small a model did not learn to compare a claim
#   with what it knows.
# - Comparisons were made once. Real programs collect new ones about what the policy says *now*,
#   round after round.
# - One task, three settings of each method. No number here says anything about a large model.
# - Training on preferences can cost other abilities (Ouyang and others mixed text of the
#   pretraining in) and variety, and it teaches the taste of those who rated. We measured neither.
# - Three seeds. Most differences of less than 0.2 above are not to be believed.
# - We did not set GRPO against plain tuning on more worked sums. Where somebody can write the
#   steps, that is the way to begin; its merit is that nobody had to.
# - Critic and reviser were programs that look up the truth. A model that judges itself has its own
#   biases: lesson 9.

# %% [markdown]
# ## Papers and further reading
#
# - Christiano and others, 2017, [human preferences](https://arxiv.org/abs/1706.03741). Ziegler and
#   others, 2019, [for language models](https://arxiv.org/abs/1909.08593). Ouyang and others, 2022,
#   [instructions](https://arxiv.org/abs/2203.02155).
# - Gao and others, 2022, [overoptimization](https://arxiv.org/abs/2210.10760). Singhal and others,
#   2023, [length](https://arxiv.org/abs/2310.03716). Beirami and others, 2024, [KL of best of
#   n](https://arxiv.org/abs/2401.01879).
# - Schulman and others, 2015, [advantages](https://arxiv.org/abs/1506.02438), and 2017,
#   [PPO](https://arxiv.org/abs/1707.06347). Schulman, 2020, [estimates of
#   KL](http://joschu.net/blog/kl-approx.html). Tang and Munos, 2025, [their
#   gradients](https://arxiv.org/abs/2506.09477).
# - Rafailov and others, 2023, [DPO](https://arxiv.org/abs/2305.18290). Razin and others, 2024, [why
#   chosen answers become less likely](https://arxiv.org/abs/2410.08847).
# - Shao and others, 2024, [GRPO](https://arxiv.org/abs/2402.03300). Lambert and others, 2024,
#   [verifiable rewards](https://arxiv.org/abs/2411.15124). Guo and others, 2025,
#   [R1](https://arxiv.org/abs/2501.12948). Liu and others, 2025, [what GRPO's divisions
#   do](https://arxiv.org/abs/2503.20783).
# - Bai and others, 2022, [a constitution](https://arxiv.org/abs/2212.08073).
# - Llama team, 2024, [Llama 3](https://arxiv.org/abs/2407.21783). Ben Allal and others, 2025,
#   [SmolLM2](https://arxiv.org/abs/2502.02737).

# %% [markdown]
# ## Where you stand

# %%
progress("rlhf")

# %% [markdown]
# **Next question.** Your model now says what people prefer to hear. That is not the same as what is
# true. When is a language model wrong, how would you notice, and what helps? That is lesson 9,
# limits.
