# %% [markdown]
# # 0. Start here: what is a language model?
#
# You type a question into a chat window, and something answers in whole sentences. What is behind
# the window? By the end of this lesson you will have watched a real model, one that runs on your
# own computer, do the only thing it can do: **predict the next token**, a word or a piece of one.
# You will have followed a sentence through it from end to end, trained a language model of your
# own in a second, and made a neuron learn, first on paper and then with PyTorch. The other lessons
# build every part that you see here.
#
# | You will be able to | Tested by |
# |---|---|
# | say what a language model computes, and how text comes out of it | knowledge check |
# | name the five stations from a sentence to its next token, with their shapes | knowledge check |
# | measure a guess in nats, and read what it takes to guess better | knowledge check |
# | say where language models stand, and how a real one is made | knowledge check |
# | take one step of learning by hand: prediction, loss, gradient, update | Exercise 0.1 |
#
# **Needs:** Python and a little linear algebra. **Time:** about 50 minutes of reading and 20
# for one practice exercise and the knowledge check; all cells together compute for less than 60
# seconds. **Last changed:** 2026-11-23.

# %% [markdown]
# <details><summary>For teaching: minutes per section</summary>
#
# | Section | Talk | Exercise | | Section | Talk | Exercise |
# |---|---|---|---|---|---|---|
# | Before you begin | 3 | | | 5 Where it fits | 4 | |
# | 1 One guess | 5 | | | 6 A neuron learns | 6 | 10 |
# | 2 Again and again | 4 | 3 | | 7 The same in PyTorch | 7 | |
# | 3 One sentence, all the way | 6 | | | Closing sections | 4 | 8 |
# | 4 How we got here | 7 | | | | | |
#
# </details>

# %% [markdown]
# ## Before you begin
#
# This page is a **notebook**: text like this, and cells of Python. Click into a cell and press
# Shift + Enter to run it; what it shows appears below it. Run the cells from top to bottom,
# because later ones use names from earlier ones. Change whatever you like: this is your own copy,
# and the original is kept.
#
# The first cell brings in the tools of the lesson. It takes some seconds, because PyTorch, the
# library that does the arithmetic, is large. The second asks whether your computer has all that
# the lessons need.

# %% role="setup"
from collections import Counter, defaultdict
from math import log
from random import Random

import matplotlib.pyplot as plt
import torch

from course_lib.study import field_map, figures, journey_map, next_token
from course_lib.study.check import check
from course_lib.study.claims import claims
from course_lib.study.environment_check import environment_check
from course_lib.study.hint import hint
from course_lib.study.mine import mine
from course_lib.study.progress import progress
from course_lib.study.quiz import quiz
from course_lib.study.strips import token_strip
from course_lib.study.tables import table
from course_lib.study.widgets.again_and_again import again_and_again
from course_lib.tinyville import documents
from course_lib.tinyville.world import make_world

figures.use_style()

# %%
environment_check()

# %% [markdown]
# If it is green, go on. If not, each line names what is missing and how to get it; the same
# examination runs in a terminal as `course doctor`.

# %% [markdown]
# ## 1. One guess
#
# Complete this sentence in your head: *The cat sat on the ...*
#
# The model we ask is SmolLM2-135M-Instruct, SmolLM2 for short: the smallest of a family that
# Hugging Face made in 2024, already trained to chat. It has 135 million numbers inside, and it is
# small for a language model: Llama 3.1 comes with up to 3,000 times as many. It knows 49,152
# **tokens**, which are words and pieces of words (lesson 1 makes them). For a text, it gives
# every one of them a probability to come next. Here are its five best guesses. Which word do you
# expect at the top?

# %%
_ = next_token.load()  # reads the model from your disk: some seconds, once
prompt = "The cat sat on the"
rows = [(piece.replace(" ", "·"), f"{prob:.1%}") for piece, prob in next_token.guesses(prompt, 5)]
table(rows, columns=["next token", "probability"], caption=f"{prompt} ...")

# %% [markdown]
# No *mat*. (The dot is a space: it belongs to the word after it. *cou* is how *couch* begins.) The
# likeliest token gets 7.1%, so the model is far from sure, and it should be: nearly anything can
# be sat on. The table shows five rows of a list of 49,152, whose probabilities add to 1.
#
# Everybody who explains language models uses this sentence, or *The sky is*, and says what comes
# next. Let us ask a model instead.

# %%
for text, word in [(prompt, " mat"), (prompt, " floor"), (prompt, " roof"),
                   ("The sky is", " blue")]:
    place, prob = next_token.rank(text, word)
    print(f"{text}{word:7} rank {place:5,}, probability {prob:.3%}")

# %% [markdown]
# *mat* is number 34 of the list and *blue* number 15. Does the model not know what color the sky
# is? Give it more to go on. Before you run the next cell, decide: what do one or three short
# sentences in front of *The sky is* change, if they never mention the sky?

# %%
texts = ["The sky is", "The grass is green. The sky is",
         "Snow is white. Blood is red. Grass is green. The sky is"]
fig, axes = plt.subplots(1, 3, figsize=(8.8, 3.1), sharex=True)
for ax, text in zip(axes, texts, strict=True):
    pieces, probs = zip(*next_token.guesses(text, 5), strict=True)
    hues = [figures.ORANGE if piece == " blue" else figures.BLUE for piece in pieces]
    bars = ax.barh(range(5), probs, color=hues)
    ax.bar_label(bars, [f"{prob:.0%}" for prob in probs], padding=4)
    ax.set_yticks(range(5), [piece.strip() for piece in pieces])
    ax.invert_yaxis()
    ax.grid(visible=False)
    ax.set(xlim=(0, 0.8), xticks=[])
    title = text.replace("green. The", "green.\nThe").replace("red. Grass", "red.\nGrass")
    ax.set_title(title, fontsize=10.5)
figures.show(fig,
             alt="Best five guesses after three texts. After The sky is: a 34%, the 5%, no blue. "
                 "After The grass is green. The sky is: blue first with 35%. After three sentences"
                 " that each name a color: blue first with 64%.")

# %% [markdown]
# The model has not changed between the three charts. The text has. *The sky is a ...* begins many
# sentences; after three sentences about colors, hardly anything but a color fits, and then *blue*
# gets 64%. So a language model does not look up what is true of the sky. It computes what is
# likely to stand next **in this text**, and all of the text counts. What it knows comes out only
# where the text makes it likely.

# %%
mat_after_mat = next_token.rank("The cat sat on the mat. " + prompt, " mat")
blue_after_green = next_token.rank("The grass is green. The sky is", " blue")
best = [piece for piece, _ in next_token.guesses(prompt, 3)]
claims([
    ("`The sky is` continues with blue",
     "where the text before it speaks of colors" if blue_after_green[0] == 1 else False,
     f"rank {next_token.rank('The sky is', ' blue')[0]} alone, {blue_after_green[0]} after "
     f"`The grass is green.` ({blue_after_green[1]:.0%})"),
    ("`The cat sat on the` continues with mat",
     "where the text has a mat already" if mat_after_mat[0] == 1 else False,
     f"rank {next_token.rank(prompt, ' mat')[0]} alone, {mat_after_mat[0]} after "
     f"`The cat sat on the mat.` ({mat_after_mat[1]:.0%})"),
    ("mat, floor and roof are what a model says first", best == [" mat", " floor", " roof"],
     f"it says {', '.join(piece.strip() for piece in best)} (cou as in couch)"),
])

# %% [markdown]
# Boxes like this one stand in every lesson: a claim that people make, a verdict that the notebook
# computes, and what it saw. These three are about one small model; a larger one is surer of its
# guesses, and you can ask it the same questions.

# %% [markdown]
# ## 2. Again and again
#
# One token is not an answer. How does a text come out of such a machine? Append the guess, ask
# again. That is the whole program.

# %%
text = prompt
for _ in range(14):
    [(piece, prob)] = next_token.guesses(text, 1)
    text += piece
print(text)

# %% [markdown]
# Always taking the likeliest token gives a text that is safe and, with a small model, often goes
# in circles. The other way is to draw: roll a die whose faces are as large as the probabilities.
# Predict: how many of these three texts will be the same?

# %%
drawn = []
for seed in range(3):
    random, text = Random(seed), prompt
    for _ in range(12):
        pieces, probs = zip(*next_token.guesses(text, 20), strict=True)  # the 20 likeliest
        text += random.choices(pieces, probs)[0]
    drawn.append(text)
    print(repr(text))

# %% [markdown]
# Three different texts from the same model, and once a token is drawn, the rest has to follow from
# it: after *the edge of a* comes *cliff*. (`\n` is a line break, a token like any other.) In the
# last one a bad draw made up a word, *porcetracele*, and there was no way back: the model never
# crosses anything out. So why does a chat program give different answers to the same question? Now
# you know one reason: it draws. Lesson 5 is about how.
#
# Write a text yourself: choose among the five best guesses, or let chance draw one of them. Watch
# the last number. It is the probability of all your tokens together, a product, and it shrinks
# fast: nearly every long text is unlikely.

# %%
again_and_again(prompt, next_token.guesses)

# %% [markdown]
# **And how can a machine that continues texts answer questions?** Try it: what does SmolLM2
# predict after a question? Then look at what a chat program really sends.

# %%
question = "What is the capital of France?"
[(piece, prob)] = next_token.guesses(question, 1)
print(f"best guess: {piece}, {prob:.0%}")
print(next_token.chat_format(question), "...", sep="")
print("goes on:", next_token.answer(question))

# %% [markdown]
# After the bare question, SmolLM2 is 67% sure of `<|im_end|>`, a special token that means "this
# message is over". It learned this from conversations, in which a user's message often ends here.
# A chat program therefore writes a little play. It sets the question in a frame in which the next
# line belongs to the assistant, and the likeliest continuation of *that* text is an answer. The
# model learned to play its part from examples; lesson 7 does that to a model of yours. A model
# that was only pretrained on texts has no such habit: it goes on with whatever tends to follow,
# perhaps with another question.

# %%
same = next_token.answer(question) == next_token.answer(question)
claims([
    ("Ask a language model twice and you get the same answer",
     "if it always takes the likeliest token" if same and len(set(drawn)) > 1 else same,
     f"{len(set(drawn))} different texts in 3 draws; the likeliest tokens, twice: "
     + ("the same answer" if same else "two answers")),
])

# %% [markdown]
# ## 3. One sentence, all the way
#
# What happens between a text and a guess? There are five stations, and each has its lesson in this
# course. Take *The cat sat* and follow it. At each station, look at the shape: how many numbers
# are there, and how are they arranged? (The links lead to your copies of the lessons; `course lab
# 01` in a terminal makes the first of them.)

# %%
journey = next_token.journey("The cat sat")
token_strip(journey.pieces, ids=journey.ids, title="Station 1: three tokens and their ids")

# %% [markdown]
# **Station 1, tokens** ([lesson 1](../01_tokenization/01_tokenization.ipynb)). The text is cut,
# and each piece becomes a number, its **id**. From here on there are no letters any more.

# %%
vectors = journey.layers[0]  # (T, C): T tokens, C numbers each
print("shape", tuple(vectors.shape))
for piece, vector in zip(journey.pieces, vectors, strict=True):
    print(f"{piece.strip():4}", [round(number, 2) for number in vector[:6].tolist()], "...")

# %% [markdown]
# **Station 2, vectors** ([lesson 2](../02_embeddings/02_embeddings.ipynb)). An id is only a name.
# The model looks it up in a table with 49,152 rows and finds 576 numbers, a **vector**. Words that
# are used alike have vectors whose directions are more alike. Three tokens: 3 × 576 numbers.

# %%
print(len(journey.layers) - 1, "layers, shape after each:", tuple(journey.layers[-1].shape))
rows = []
for layer in [0, 1, 11, 12, 27, 30]:
    now = journey.layers[layer]  # (T, C)
    like_the_start = torch.cosine_similarity(now, vectors, dim=-1)  # (T,)
    lengths = now.norm(dim=-1).tolist()  # (T,)
    rows.append((layer, f"{lengths[0]:,.1f}", f"{lengths[2]:.1f}", f"{like_the_start[2]:.2f}"))
table(rows, columns=["after layer", "length of The", "length of sat", "sat: like its start"],
      caption="The shape stays, the content does not (1.00 is the same direction)")

# %% [markdown]
# **Station 3, layers** ([lesson 3](../03_attention/03_attention.ipynb), [lesson
# 4](../04_blocks/04_blocks.ipynb)). Thirty times the same kind of step: each token looks at
# itself and the tokens before it and takes what it needs (**attention**), then works on what it
# has (**feed-forward**), and adds both to its vector. Look at *sat*. Its length (the root of the
# sum of its squared numbers) is 2.4 at the start and 42.1 after one layer, and it points
# elsewhere (the last column is the cosine of the angle to the start), because what was added is
# so much longer than what came in. In the end the vector has one purpose: to tell what comes
# after *The cat sat*.

# %%
print("shape", tuple(journey.logits.shape))
table([(piece, round(score, 2), f"{prob:.1%}") for piece, score, prob in journey.best(5)],
      columns=["next token", "score", "probability"],
      caption="Stations 4 and 5, for the last token")

# %% [markdown]
# **Station 4, scores** ([lesson 4](../04_blocks/04_blocks.ipynb)). Each vector is compared with
# all 49,152 tokens, which gives each of them a score, called **logit**. Every position makes a
# prediction, 3 × 49,152 scores; to continue the text, the last row is enough.
#
# **Station 5, a choice** ([lesson 5](../05_sampling/05_sampling.ipynb)). Scores become
# probabilities: raise *e* to each score, divide by the sum. A score that is higher by 1 makes a
# token 2.7 times as likely. Then one token is taken, appended, and everything starts anew.
#
# Here is the whole way in one picture, and with it the map of the course. The stripes are the real
# numbers: the first 28 of the 576 in each vector, blue above zero, orange below, full color for
# three times the usual size. The arrows between the rows stand for attention: each token looks at
# those before it, in every layer.

# %%
fig = journey_map.draw(journey, chosen=" on")
figures.show(fig,
             alt="Map of the course. The cat sat becomes ids 504, 2644, 2643 (lesson 1); each id a"
                 " vector of 576 numbers (lesson 2); 30 layers in which arrows lead from each "
                 "token to later ones (lessons 3, 4); scores, on 25.2, at 25.1, atop 24.0 (lesson "
                 "4); then probabilities, on 33.4%, at 30.1% (lesson 5). The choice, on, is "
                 "appended, and again.")

# %% [markdown]
# Look at the first row. From layer 12 on, the stripes of *The* stand still until layer 27. In the
# table above you see why: at layer 12 its vector grows from 131.5 to 22,712.3, and what the next
# layers add is lost beside that. The drawing is right. Many Transformers do such a thing to the
# first token, and lesson 3 shows how much of the attention goes there.

# %% [markdown]
# ## 4. How we got here
#
# Predicting the next word is older than computers that could do it. What changed in a hundred years
# is **how far back** the prediction can look, and where its numbers come from.
#
# - **n-grams, from 1913 on.** Markov counts how vowels and consonants follow each other in *Eugene
#   Onegin*. Shannon writes word after word by looking up in a book what follows the last one
#   (1948), and measures how well people guess the next letter (1951). A guess depends on the last
#   few words, counted.
# - **Rules, from the 1950s on.** ELIZA chats by patterns that its author, Weizenbaum, wrote (1966).
#   A reply depends on what somebody thought of before. (Turing, who asked in 1950 whether machines
#   can think, proposed to teach them.)
# - **A neural language model, 2003** (Bengio and others). Each word gets a vector, and the vectors
#   are learned. A guess depends on the last few words, also on words that were never seen
#   together.
# - **Word vectors, 2013** (Mikolov and others, word2vec). The vectors alone, learned from billions
#   of words. Is "king" minus "man" plus "woman" near "queen"? Lesson 2 puts that to the test.
# - **Recurrent networks, 2010 to 2014** (Mikolov and others; Sutskever and others) read word after
#   word into one vector. A guess depends on all words, on the early ones faintly. **Attention**
#   (Bahdanau and others) lets a translator look back at each of them.
# - **The Transformer, 2017** (Vaswani and others). Attention and nothing recurrent, so that in
#   training all positions are computed at once; where it writes, each sees every one before it
#   directly.
# - **The same, larger, from 2018 on,** with more text: GPT, short for generative pre-trained
#   Transformer. Then it is trained to follow instructions (Ouyang and others, 2022).

# %% [markdown]
# The oldest of these that learns takes a second to train, so let us have one. We need a text, and
# for this course we have made a town: **Tinyville**. A program writes its texts, so we know
# everything about them, even the exact probability of each text.

# %%
village = make_world("village")
seen = documents.write(village, seed=1, n=10_000)  # to learn from
fresh = documents.write(village, seed=2, n=500)  # to be tested on
words = " ".join(seen).split()
print(f"{len(seen):,} texts, {len(words):,} words, {len(set(words))} different ones")
for text in seen[1:4]:
    print("-", text)

# %% [markdown]
# A **trigram model** looks at two words and counts what came after them. Below is all of it. For
# every word, it counts after the two words before it, after the one before it, and after nothing:
# when two words have never been seen together, it has something to fall back on.

# %%
def count(texts, n):
    """Return, for each run of fewer than n words, how often each word came next."""
    following = defaultdict(Counter)
    for text in texts:
        words = ["<start>"] * (n - 1) + text.split() + ["<end>"]
        for i in range(n - 1, len(words)):
            for length in range(n):
                following[tuple(words[i - length : i])][words[i]] += 1
    return following


trigrams = count(seen, 3)
print("after 'works as':", trigrams["works", "as"])
print("after 'as a':", trigrams["as", "a"].most_common(3))
print("after '4 =':", trigrams["4", "="].most_common(3))

# %% [markdown]
# Counts divided by their sum are probabilities, so this *is* a language model: a text goes in, a
# probability for each next word comes out. It can write, too. What will go wrong? Look at the
# sums.

# %%
def write(following, random):
    """Return a text, each word drawn from what was seen after the two words before it."""
    words = ["<start>", "<start>"]
    while words[-1] != "<end>":
        seen_next = following[tuple(words[-2:])]
        words += random.choices(list(seen_next), seen_next.values())
    return " ".join(words[2:-1])


random = Random(0)
written = [write(trigrams, random) for _ in range(400)]
sums = [text for text in written if "+" in text]
for text in [sums[0], *(text for text in written[:9] if "+" not in text)][:5]:
    print("-", text)
possible = sum(documents.is_possible(village, text) for text in written)
print(f"{possible} of {len(written)} could be texts of Tinyville")

# %% [markdown]
# Any three words in a row are as they should be. Some sentences are, too, but a text of Tinyville
# has several that fit together, and here they end too early or forget whom they are about,
# because three words later nobody is remembered. In a sum, when the result is due, the model sees
# one digit and `=`; the first digit is out of sight.
#
# **How bad is it, in one number?** Let it read fresh texts and ask, before each word, which
# probability it gave to the word that came. A good model is seldom surprised. The surprise is
# $-\ln p$: zero for a word that was certain, larger for unlikely ones. Its mean over all words is
# the **loss**, in **nats** a word (nat, because the logarithm is the natural one).
#
# On paper: what is the loss of a model that knows nothing? It gives the same probability to all
# that can come: the different words that were counted above, and the end of the text.

# %%
n_different = len(set(words)) + 1
print(f"knows nothing: {-log(1 / n_different):.2f} nats a word")
for word in [" cat", " mat"]:
    prob = next_token.rank(prompt, word)[1]
    print(f"SmolLM2, {prompt}{word}: probability {prob:.4f}, surprise {-log(prob):.2f} nats")

# %% [markdown]
# And the trigrams? Two words that were seen together a hundred times tell much, a pair that was
# never seen tells nothing, and no word may get the probability 0, whose surprise has no end. So
# the next cell starts with equal chances for all words and takes in counts after nothing, after
# one word, after two. Each time, what was known so far counts like one more
# observation: if *works as* was seen 9 times, 6 of them before *a*, and what we knew so far gave
# *a* 0.5, its new probability is (6 + 0.5) / (9 + 1).

# %%
def loss(following, texts, n, n_different=n_different):
    """Return the mean surprise in nats a word of texts, if the last n - 1 words are looked at."""
    total = n_read = 0
    for text in texts:
        words = ["<start>"] * (n - 1) + text.split() + ["<end>"]
        for i in range(n - 1, len(words)):
            prob = 1 / n_different  # what one knows without any counts
            for length in range(n):  # then counts, after nothing, one word, two ...
                counts = following.get(tuple(words[i - length : i]), Counter())
                prob = (counts[words[i]] + prob) / (counts.total() + 1)
            total, n_read = total - log(prob), n_read + 1
    return total / n_read


n_fresh = sum(len(text.split()) + 1 for text in fresh)
floor = documents.floor(village, fresh, n_fresh)
print(f"trigrams: {loss(trigrams, fresh, 3):.2f} nats a word")
print(f"a model that knows Tinyville perfectly: {floor:.2f} nats a word")

# %% [markdown]
# Why is the second number not zero? Because nobody can know whom the next story is about. Even a
# perfect model of Tinyville is surprised sometimes. Its loss is the **floor**, and since we wrote
# the program that writes the texts, we know it. Remember the first of the two numbers: in lesson 6
# you train a Transformer on these texts, and it has to beat the trigrams.
#
# If a look at two words back is not enough, why not three, or five? Predict the shape of the curve
# first.

# %%
def runs(texts, n):
    """Return each word of the texts with the n - 1 words in front of it."""
    padded = [["<start>"] * (n - 1) + text.split() + ["<end>"] for text in texts]
    return [(tuple(words[i - n + 1 : i]), words[i])
            for words in padded for i in range(n - 1, len(words))]


lengths = range(2, 7)
losses = {}
for n_texts in [2_000, 10_000]:
    following = count(seen[:n_texts], max(lengths))
    losses[n_texts] = [loss(following, fresh, n) for n in lengths]
    print(f"{n_texts:6,} texts:", *(f"{value:.2f}" for value in losses[n_texts]))

print("With 10,000 texts and n = 6:")
known = [(following[start], word) for start, word in runs(fresh, 6) if start in following]
never = sum(counts[word] == 0 for counts, word in known)
print(f"  the five words in front seen before: {len(known) / n_fresh:.0%} of places")
print(f"  seen, but never with the word that comes: {never / n_fresh:.0%}")

# %%
fig, ax = plt.subplots(figsize=(8, 3.9))
for n_texts, values in losses.items():
    ax.plot(lengths, values, marker="o", label=f"{n_texts:,} texts")
ax.axhline(floor, color=figures.GRAY, linestyle=":")
ax.text(2, floor + 0.04, "floor: on average, nobody can guess better", va="bottom")
ax.set(xlabel="words in a run (n): a guess looks at n − 1 words", ylabel="loss, nats a word",
       xlim=(1.9, 6.7), ylim=(0, 2.1), xticks=lengths)
figures.label_lines(ax)
ax.set_title("Looking further back helps, until the counts get thin")
figures.show(fig,
             alt="Loss of n-grams for n from 2 to 6. "
                 + " ".join(f"With {n_texts:,} texts it falls from {values[0]:.2f} to "
                            f"{min(values):.2f} at n = {lengths[values.index(min(values))]} and "
                            f"rises to {values[-1]:.2f}." for n_texts, values in losses.items())
                 + f" The floor at {floor:.2f} is far below both.")

# %% [markdown]
# More words help at first. Then the curve turns, although the five words in front have nearly
# always been seen before. In some places they are known, but the word that comes was never seen
# after them: few counts are then trusted too much, and those places cost more than the others gain.
# Five times as many texts move the best point from runs of four words
# to runs of five, and no further. Counting compares words only by whether they are the same. A
# neural model compares vectors, so it can use what it learned about *anna* for a sentence about
# *ben*. That is why the list above does not end with n-grams.

# %% [markdown]
# ## 5. Where it fits
#
# Artificial intelligence, machine learning, deep learning, Transformers, language models: which is
# part of which?

# %%
figures.show(field_map.draw(),
             alt="Four boxes, each inside the one before: artificial intelligence (ELIZA), machine"
                 " learning (a spam filter), deep learning (AlexNet), Transformers (ViT). A dashed"
                 " band of language models crosses the inner three: trigrams, recurrent nets, and "
                 "SmolLM2, GPT, Llama, Claude.")

# %% [markdown]
# **Machine learning** takes its numbers from data instead of from a programmer: our trigrams did.
# **Deep learning** is machine learning with many layers of neurons; a **Transformer** is one way
# to arrange them. A **language model** is defined by its task, predicting text, so it is a band
# across the boxes: your trigrams are one without any neuron, and there are Transformers (ViT names
# what is in a picture) that are none. What people call a large language model lies where the band
# meets the innermost box.
#
# How is one made? In eight stages; each is in this course.
#
# | Stage | Asks | SmolLM2 | Lesson |
# |---|---|---|---|
# | 1 Architecture | which arithmetic leads from ids to scores? | 30 layers, 576 wide | 1 to 5 |
# | 2 Pretraining | how does language go on? | 2 trillion tokens | 6 |
# | 3 Post-training data | what do good answers look like? | conversations | 7, 8 |
# | 4 Supervised fine-tuning (SFT) | how does one answer? | yes | 7 |
# | 5 Preferences | which answer is better? | direct preference optimization (DPO) | 8 |
# | 6 Evaluation | what can it do, and how sure are we? | public tests | 9, and every lesson |
# | 7 Quantization | how few bits are enough? | here, 4 for most numbers | 10 |
# | 8 New trends | what comes: search, tools, longer thinking? | | 8, 9, 10 |
#
# And how large are they? Count what you can count.

# %%
n_parameters = next_token.parameters()
print(f"{n_parameters:,} numbers, called parameters")
claims([
    ("SmolLM2-135M has 135 million parameters", round(n_parameters / 1e6) == 135,
     f"{n_parameters:,} in the file on this computer"),
    ("GPT-4 has about a trillion parameters", None,
     "never published; its report says that it gives no details, the size included"),
])

# %% [markdown]
# Where nobody has published a number, there is no verdict. You will meet many such numbers, in
# tables with two decimals; ask where they come from.

# %% [markdown]
# ## 6. A neuron learns
#
# Nobody typed in 134,515,008 numbers. They began as random ones, and were nudged, again and again,
# each a little in the direction that made the loss smaller. But which direction is that? Three
# numbers are enough to see it.
#
# A **neuron** multiplies each of its inputs by a weight, adds everything, and adds a **bias**:
# $\text{prediction} = w_1 x_1 + w_2 x_2 + b$. Take the inputs $x = (2, 1)$, the weights $w = (0.5,
# 1)$ and $b = 0$. On paper:
#
# - prediction: $0.5 \cdot 2 + 1 \cdot 1 + 0 = 2$. It should have been 5, the **target**.
# - error: prediction minus target, $2 - 5 = -3$.
# - loss: here the square of the error, $9$.
#
# Now nudge $w_1$ by 0.01 and compute again. And the others, each by itself.

# %%
def neuron_loss(w, b, x, target):
    prediction = w[0] * x[0] + w[1] * x[1] + b
    return (prediction - target) ** 2


x, target = [2.0, 1.0], 5.0
before = neuron_loss([0.5, 1.0], 0.0, x, target)
for name, w, b in [("w1", [0.51, 1.0], 0.0), ("w2", [0.5, 1.01], 0.0), ("b", [0.5, 1.0], 0.01)]:
    change = neuron_loss(w, b, x, target) - before
    print(f"{name} + 0.01: the loss goes from {before} to {before + change:.4f}, "
          f"slope {change / 0.01:.2f}")

# %% [markdown]
# Every nudge upwards made the loss smaller, and $w_1$ counts double, because its input is 2. The
# slopes are nearly −12, −6 and −6; with a smaller nudge they come as close as you like. There is a
# formula, and it needs no nudging: the slope of a square is twice the error, times what the nudged
# number is multiplied by.
#
# $$\frac{\partial\,\text{loss}}{\partial w_i} = 2 \cdot \text{error} \cdot x_i
# \qquad \frac{\partial\,\text{loss}}{\partial b} = 2 \cdot \text{error}$$
#
# Check it on paper: $2 \cdot (-3) \cdot 2 = -12$. All slopes together are the **gradient**. It
# points uphill, so to learn we go the other way, by a small step: new value = old value −
# **learning rate** × its slope. With a learning rate of 0.05, $w_1$ becomes $0.5 - 0.05 \cdot
# (-12) = 1.1$.
#
# Write it. **How exercises work.** Replace the placeholder in the cell below the task, run it,
# then run the check below that. The check says what it tried, what it expected, what it got, and
# what the mistake may be. `hint("gradient_step")` in a cell of your own gives the next of three
# hints; they are also folded under the task. You can go on without solving an exercise: later
# cells then use the library's function and say so. An answer may use what the set-up cell at the
# top brings in and what you write yourself, but no names of demonstration cells (here, not
# `neuron_loss`). In later lessons, exercises are worth 20 points; this one is for practice and
# worth none.

# %% [markdown] exercise="gradient_step" role="task"
# ### One step downhill
#
# *Practice, about 10 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `gradient_step(w, b, x, target, lr)`. `w` and `x` are lists of floats of the same length,
# one weight for each input; `b`, `target` and the learning rate `lr` are floats. It returns the
# new weights and the new bias as a pair, `return new_w, new_b`.
#
# 1. The prediction is `b` plus the sum of each weight times its input.
# 2. The loss is the square of prediction minus target; its gradients are those of section 6.
# 3. Each weight, and the bias, moves against its own gradient, by `lr` times the gradient.
# 4. All gradients belong to the old `w` and `b`.
# 5. `w` and `x` are left unchanged; the new weights are a list of floats, the new bias a float.
#
# It takes 3 to 6 lines. By hand: `gradient_step([0.5, 1.0], 0.0, [2.0, 1.0], 5.0, 0.05)` is
# `([1.1, 1.3], 0.3)`.

# %% exercise="gradient_step" role="answer"
def gradient_step(w, b, x, target, lr):
    """Return (new weights, new bias) of a neuron after one step of gradient descent."""
    ### BEGIN SOLUTION
    error = b + sum(weight * value for weight, value in zip(w, x, strict=True)) - target
    new_w = [weight - lr * 2 * error * value for weight, value in zip(w, x, strict=True)]
    new_b = b - lr * 2 * error
    return new_w, new_b
    ### END SOLUTION

# %% exercise="gradient_step" role="test" points=0
check(gradient_step)
### BEGIN HIDDEN TESTS
check(gradient_step, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Use it at once. Here is a rule that the neuron is not told: the target is $3 x_1 - 2 x_2 + 1$. It
# only gets examples, one after the other, and takes a step after each. Can it find the three
# numbers?

# %%
step = mine("gradient_step")
examples = [([2.0, 1.0], 5.0), ([1.0, -1.0], 6.0), ([-1.0, 2.0], -6.0), ([0.0, 1.0], -1.0)]
w, b = [0.0, 0.0], 0.0
for number in range(1, 401):
    w, b = step(w, b, *examples[(number - 1) % 4], lr=0.05)
    if number in (1, 4, 20, 100, 400):
        print(f"after {number:3} steps: w = [{w[0]:5.2f}, {w[1]:5.2f}], b = {b:5.2f}")

# %% [markdown]
# It found 3, −2 and 1, from four examples and nothing else. This is all that "training" means. A
# language model has more numbers and a longer formula, and its loss is the surprise from section
# 4.
#
# How large should a step be? Predict what happens at a tenth of that learning rate, at twice
# and at five times.

# %%
def losses_of(lr, n_steps=60):
    """Return the neuron's mean loss over the four examples before each step."""
    w, b, history = [0.0, 0.0], 0.0, []
    for number in range(n_steps):
        history.append(sum(neuron_loss(w, b, *example) for example in examples) / len(examples))
        if history[-1] > 1e5:  # it only gets worse from here
            break
        w, b = step(w, b, *examples[number % 4], lr)
    return history


fig, ax = plt.subplots(figsize=(8, 3.6))
for lr in [0.005, 0.05, 0.1, 0.25]:
    ax.plot(losses_of(lr), label=f"{lr}")
ax.set(yscale="log", ylim=(1e-6, 1e6), xlim=(0, 60), xlabel="step",
       ylabel="loss (a line is 100 times)")
figures.label_lines(ax)
ax.set_title("Too small a learning rate is slow, too large a one explodes")
figures.show(fig,
             alt="Loss over 60 steps on a logarithmic scale for four learning rates. 0.005 falls "
                 "slowly, 0.05 and 0.1 fall fast, 0.25 makes it grow without an end.")

# %% [markdown]
# A tenth is slow, and twice as much is better still. At 0.25, a step for two of the four examples
# lands twice as far away on the other side of the valley, and that outweighs the rest. Training a
# real model can fail in the same way, which is why lesson 6 spends so much care on this one number.

# %% [markdown]
# ## 7. The same in PyTorch
#
# Nobody writes formulas for the slopes of 135 million numbers. PyTorch writes down every
# multiplication and addition that you do, and works the slopes out backwards. It needs the numbers
# in **tensors**, arrays with any number of axes. The rest of this section is what lessons 2 and 3
# use.
#
# **Shapes.** Say a text has T tokens, a batch holds B texts, and a vector has C numbers. Before
# you run it: what shape has a table of 4 rows of 3 numbers, looked up with a 2 × 2 array of ids?

# %%
rows = torch.tensor([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0], [2.0, 0.0, 3.0], [1.0, 1.0, 1.0]])  # (4, C)
ids = torch.tensor([[1, 3], [0, 1]])  # (B, T)
vectors = rows[ids]  # (B, T, C): each id is replaced by its row
print("lookup", tuple(vectors.shape), "and the last vector is", vectors[1, 1].tolist())

# %% [markdown]
# **Matrix products.** `x @ w` multiplies along the last axis of `x` and the first of a matrix `w`,
# for everything in front of it: (B, T, C) @ (C, D) is (B, T, D). By hand, the vector (0, 1, 1)
# times the matrix below is row 2 plus row 3: (2, 4).
#
# **Broadcasting.** In `x + bias`, shapes are compared from the right, and an axis that is missing
# or has length 1 is repeated: (B, T, D) + (D,) adds the same bias to every token, (B, T, D) × (B,
# T, 1) has one factor for each token.

# %%
w = torch.tensor([[1.0, 0.0], [0.0, 3.0], [2.0, 1.0]])  # (C, D)
hidden = vectors @ w  # (B, T, D)
print("product", tuple(hidden.shape), "and the first vector is", hidden[0, 0].tolist())
print("plus a bias (D,):", (hidden + torch.tensor([10.0, 20.0]))[0, 0].tolist())
kept = torch.tensor([[[1.0], [0.0]], [[1.0], [1.0]]])  # (B, T, 1)
print("times a mask of ones and zeros (B, T, 1):", (hidden * kept)[0].tolist())
print("mean of each vector (B, T):", hidden.mean(dim=-1).tolist())
print("softmax, from scores to probabilities:",
      [round(p, 3) for p in hidden[0, 0].softmax(dim=-1).tolist()])

# %% [markdown]
# `dim=-1` means "along the last axis"; that axis disappears in a mean and stays in a softmax. Now
# the neuron of section 6, with the very numbers that you worked out.

# %%
w = torch.tensor([0.5, 1.0], requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)
optimizer = torch.optim.SGD([w, b], lr=0.05)  # stochastic gradient descent: your step, for tensors

prediction = torch.tensor([2.0, 1.0]) @ w + b
squared_error = (prediction - 5.0) ** 2
squared_error.backward()  # puts the gradients into w.grad and b.grad
print("loss", squared_error.item(), "gradients", w.grad.tolist(), b.grad.item())

optimizer.step()  # new = old - lr * gradient
print("after the step: w", [round(value, 2) for value in w.tolist()], "b", round(b.item(), 2))

# %% [markdown]
# −12, −6, −6, and then 1.1, 1.3 and 0.3, as on paper. Compute the loss, `backward`, `step`: with
# one line more, `zero_grad`, which empties `w.grad` and `b.grad` first, these train every model of
# this course. The examples of section 6 as one batch:

# %%
inputs = torch.tensor([x for x, _ in examples])  # (B, 2)
targets = torch.tensor([target for _, target in examples])  # (B,)


def train(zero_grad, n_steps=200):
    """Return the neuron's three numbers after training; zero_grad=False forgets one line."""
    w, b = torch.zeros(2, requires_grad=True), torch.zeros((), requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr=0.05)
    for _ in range(n_steps):
        if zero_grad:
            optimizer.zero_grad()
        loss = ((inputs @ w + b - targets) ** 2).mean()
        loss.backward()
        optimizer.step()
    return [round(value, 2) for value in [*w.tolist(), b.item()]], round(loss.item(), 4)


print("as it should be:", train(zero_grad=True))
print("without zero_grad:", train(zero_grad=False))

# %% [markdown]
# Without `zero_grad`, each `backward` adds its gradients to those of all steps before. The neuron
# then swings past its goal and back like a ball without friction. No error is raised; the loss is
# merely bad. Many mistakes in this course are of that kind: only a measurement finds them.

# %% [markdown]
# ## Before you go on
#
# **Save** with Ctrl + S (on a Mac Cmd + S); JupyterLab also saves by itself every two minutes.
# When you come back, choose Run > Run All Cells: names live in memory and are gone when the
# program ends.
#
# **Nothing is as it should be?** Kernel > Restart Kernel and Run All Cells. That helps more often
# than anything else, because cells run in another order leave names behind that no cell makes any
# more. If a cell of the lesson itself is broken, `course reset 00` in a terminal brings the lesson
# back as it came; your old copy is kept in the folder `backups` beside it.
#
# **Stuck?** Read the check's message aloud, all of it. Then call `hint(...)`. Then try the
# function on the input that the check shows, in a cell of your own (Esc, then B, makes one), and
# print what it holds at each step. Then go on with the lesson, and come back tomorrow.
#
# | In a terminal | does |
# |---|---|
# | `course lab 01` | opens lesson 1 |
# | `course progress` | shows what you have done, and what comes next |
# | `course doctor` | examines this computer |
# | `course update` | brings in new versions of the lessons; your answers stay |

# %% [markdown]
# ## Key takeaways
#
# - A language model gives every token of its vocabulary a probability to come next. Text comes out
#   because a program appends one token and asks again.
# - All of the text counts. What the model knows comes out where the text makes it likely, and an
#   answer is what is likely to come after a question in the right frame.
# - Five stations lead from text to the next token: ids, vectors, layers, scores, a choice. The
#   shape between them is one vector for each token.
# - A model is as good as it is seldom surprised. Its loss is the mean of −ln p, in nats, and on
#   fresh texts no model can stay below the floor for long.
# - To learn is to take many small steps against the gradient of the loss.

# %% [markdown]
# ## Knowledge check
#
# Some of the questions use figures from above; scroll back as often as you like. Every option
# tells you why.

# %%
quiz("start")

# %% [markdown]
# ## What we simplified
#
# - SmolLM2's file keeps most numbers in 4 bits, so its probabilities differ a little from those of
#   the model as it was published. Lesson 10 measures by how much.
# - Good n-gram models mix long and short runs with more care than ours, and were trained on up to
#   two trillion words (Brants and others, 2007). The curve then turns later, or
#   only flattens; it still stays far above the floor.
# - Real neurons of a network are followed by a bend, a function such as "negative becomes 0".
#   Without it, many layers could do no more than one. Lesson 4 measures that.
# - Eight stages in a row is a tidy story. In practice they overlap and repeat.

# %% [markdown]
# ## Papers and further reading
#
# - Shannon, 1948, *A Mathematical Theory of Communication*, and 1951, *Prediction and Entropy of
#   Printed English*: drawing what comes next from a book, and how well people guess. Markov,
#   1913, *An Example of Statistical Investigation of the Text "Eugene Onegin"*.
# - Turing, 1950, *Computing Machinery and Intelligence*. Weizenbaum, 1966, *ELIZA*.
# - Bengio, Ducharme, Vincent and Jauvin, 2003, *A Neural Probabilistic Language Model*.
# - Brants and others, 2007, *Large Language Models in Machine Translation*: n-grams at their
#   largest.
# - Mikolov and others, 2010, *Recurrent Neural Network Based Language Model*, and 2013,
#   [word2vec](https://arxiv.org/abs/1301.3781).
# - Sutskever, Vinyals and Le, 2014, [Sequence to Sequence
#   Learning](https://arxiv.org/abs/1409.3215). Bahdanau, Cho and Bengio, 2014, [attention for
#   translation](https://arxiv.org/abs/1409.0473).
# - Vaswani and others, 2017, [Attention Is All You Need](https://arxiv.org/abs/1706.03762).
# - Dosovitskiy and others, 2020, [An Image is Worth 16×16
#   Words](https://arxiv.org/abs/2010.11929): ViT.
# - Ouyang and others, 2022, [following instructions](https://arxiv.org/abs/2203.02155).
# - OpenAI, 2023, [GPT-4 Technical Report](https://arxiv.org/abs/2303.08774).
# - Ben Allal and others, 2025, [SmolLM2: When Smol Goes Big](https://arxiv.org/abs/2502.02737).
#   The model card of SmolLM2-135M-Instruct names its 2 trillion tokens, its conversations and its
#   DPO.

# %% [markdown]
# ## Where you stand

# %%
progress("start")

# %% [markdown]
# **Next question.** The model never saw the letters of *The cat sat*, only 504, 2644 and 2643. Who
# decided that ` cat` is one number, and what happens to a word that nobody has ever written? That
# is lesson 1, Tokenization.
