# %% [markdown]
# # 2. Embeddings: how does a number get a meaning, and a place?
#
# Lesson 1 ended with a list of ids. To SmolLM2, *king* is 4197, *queen* is 15731 and *pizza* is
# 18501, and nothing about these numbers says which two of the words belong together. By the end of
# this lesson you will have given each id a **vector**, a list of numbers that is learned,
# and you will have seen such vectors arrange themselves into a map of meanings. Then you will
# solve a second problem: a heap of vectors has no order, and *dog bites man* is not *man bites
# dog*. You will tell a model where each token stands, in three ways, and see which of them
# survives a text that is longer than all it was trained on.
#
# | You will be able to | Tested by |
# |---|---|
# | say why looking up a row is a product of matrices | Exercise 2.1, knowledge check |
# | measure how alike two vectors are, and find the nearest | Exercises 2.2, 2.3 |
# | compute with directions, and say when that proves something | Exercise 2.4, knowledge check |
# | train word vectors from raw text | Exercise 2.5 |
# | tell vectors of words from vectors of words in a sentence | knowledge check |
# | say when attention can and cannot tell two orders apart | written question |
# | give a model positions: fixed waves, a learned table, turns | Exercises 2.6, 2.7, 2.8 |
#
# **Needs:** lessons 0 and 1. **Time:** about 66 minutes of reading and 88 minutes of exercises;
# all cells together compute for less than 3 minutes. **Last changed:** 2026-11-26.

# %% [markdown]
# <details><summary>For teaching: minutes per section</summary>
#
# | Section | Talk | Exercises | | Section | Talk | Exercises |
# |---|---|---|---|---|---|---|
# | 1 One row a token | 5 | 6 | | 7 Blind to order | 7 | |
# | 2 How alike? | 6 | 17 | | 8 Waves and tables | 6 | 16 |
# | 3 Analogies | 6 | 10 | | 9 Turning pairs | 8 | 15 |
# | 4 Random, then learned | 8 | 12 | | 10 Longer texts | 4 | |
# | 5 A map | 4 | | | 11 Sizes | 2 | |
# | 6 One word, two meanings | 5 | | | Closing sections | 5 | 12 |
#
# </details>

# %% role="setup"
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F

from course_lib.study import demos, figures, real_vectors, senses, word_map, word_order, word_pairs
from course_lib.study.check import check
from course_lib.study.claims import claims
from course_lib.study.cosine_hills import draw_hills
from course_lib.study.hint import hint
from course_lib.study.longer_texts import SCHEMES, loss_by_place, mean_of, squeezed, train_on_short
from course_lib.study.mine import mine
from course_lib.study.progress import progress
from course_lib.study.quiz import quiz
from course_lib.study.tables import table
from course_lib.study.widgets.map_walk import map_walk
from course_lib.study.widgets.turning_pairs import turning_pairs
from course_lib.tinyville import documents
from course_lib.tinyville.world import make_world

figures.use_style()

# %% [markdown]
# Here is where we are going. SmolLM2 keeps a vector of 576 numbers for each of its 49,152 tokens.
# For five of them, the next cell asks which other vectors point in the most similar direction.
# (Reading the model from your disk takes some seconds. A dot is a space.)

# %%
vectors = real_vectors.table()  # (V, C)
for word in ["king", "queen", "pizza", "river", "seven"]:
    token_id = real_vectors.id_of(word)
    likeness = F.cosine_similarity(vectors, vectors[token_id], dim=-1)  # (V,)
    best = likeness.topk(8).indices.tolist()[1:]  # the first is the word itself
    print(f"{token_id:5} {word:5}", *[real_vectors.word_of(i) for i in best])

# %% [markdown]
# Other spellings of the word often come first, then words that belong to it. Nobody told the model
# what a king is, or that seven is a number. All it ever did was to predict the next token. How can
# that put *creek* beside *river*?

# %% [markdown]
# ## 1. One row for each token
#
# An id is a name. Before a model can compute with it, the name must become numbers, and the
# numbers 4197 and 15731 themselves will not do: their difference means nothing. So a model keeps
# a **table** with one row for each id, and replaces the id by its row. The row is called the
# token's **embedding**. What is in it? Whatever training puts there; at first, chance.
#
# By hand. Here is a table for four tokens, with rows of width 4. Look up *the cat sat*, ids 0, 1
# and 2: on paper, what comes out, and what is its shape?

# %%
names = ["the", "cat", "sat", "on"]
E = torch.tensor([[0.12, -0.50, 0.33, 0.78],
                  [0.78, 0.30, -0.12, 0.45],
                  [0.45, -0.10, 0.67, -0.23],
                  [0.33, 0.89, 0.11, 0.56]])  # (V, C): V tokens, C numbers each
ids = torch.tensor([[0, 1, 2]])  # (B, T): one text of three tokens
print(E[ids])
assert E[ids].shape == (1, 3, 4)

# %% [markdown]
# Three rows, copied: shape (1, 3, 4). That is all. So why is this the first *layer* of a network,
# with weights that learn like all others? Because copying a row is a product of matrices in
# disguise. Write the id as a row of zeros with a single 1 in its place, which is called
# **one-hot**. Times the table, every row is multiplied by 0 and dropped, but for one:
#
# $$(0, 1, 0, 0) \cdot E = 0 \cdot E_0 + 1 \cdot E_1 + 0 \cdot E_2 + 0 \cdot E_3 = E_1$$
#
# And a product of matrices has gradients. Predict: after a text that holds *the*, *cat* and *sat*,
# which rows of the table get a gradient that is not zero?

# %%
weights = E.clone().requires_grad_()
one_hot = F.one_hot(ids, num_classes=4).float()  # (B, T, V)
(one_hot @ weights).sum().backward()
for name, gradient in zip(names, weights.grad.tolist(), strict=True):
    print(f"{name:4} {gradient}")

# %% [markdown]
# Three rows learn from this text, and *on* does not: its row was multiplied by 0 everywhere. Each
# token learns from the texts in which it stands. Where a table serves as input only, a token that
# the training text never held keeps the vector that chance gave it. In SmolLM2 the table also
# scores the next token (lesson 4), and rows that training never read, such as those of the odd
# tokens of lesson 1, are all pushed the same way.

# %% [markdown] exercise="one_hot_lookup" role="task"
# ### Look up by a product
#
# *2 points, about 6 minutes, difficulty 1 of 5. Needs nothing from earlier exercises.*
#
# Write `one_hot_lookup(ids, table)`. `ids` is an int64 tensor `(B, T)`, `table` a float32 tensor
# `(V, C)`. It returns the vectors of the ids, `(B, T, C)`.
#
# 1. The vector at position t of batch row b is row `ids[b, t]` of the table; the result is
#    `(B, T, C)`.
# 2. It comes from the product of one-hot rows, `(B, T, V)` with a single 1 in each, and the table.
# 3. V is the number of rows of the table, also where the last ids do not occur.
# 4. The result is float32, as the table is; `ids` and `table` are left unchanged.
#
# It takes 1 to 3 lines. Not allowed, because the product is the point: `table[ids]`,
# `F.embedding`, `index_select`, `gather`, `take`. With the table of section 1,
# `one_hot_lookup(torch.tensor([[3, 0, 1]]), E)` gives the rows of *on the cat*.

# %% exercise="one_hot_lookup" role="answer"
def one_hot_lookup(ids, table):
    """Return the rows of table (V, C) for ids (B, T), as (B, T, C), by a matrix product."""
    ### BEGIN SOLUTION
    one_hot = F.one_hot(ids, num_classes=table.size(0)).to(table.dtype)  # (B, T, V)
    return one_hot @ table
    ### END SOLUTION

# %% exercise="one_hot_lookup" role="test" points=2
check(one_hot_lookup)
### BEGIN HIDDEN TESTS
check(one_hot_lookup, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Use it at once, on the real table. *The cat sat* has three ids in SmolLM2, too.

# %%
lookup = mine("one_hot_lookup")
smol_ids = torch.tensor([[i for i, _ in demos.pieces("SmolLM2", "The cat sat")]])  # (B, T)
found = lookup(smol_ids, vectors)  # (B, T, C)
print(smol_ids.tolist(), "->", tuple(found.shape))
assert torch.equal(found, vectors[smol_ids])
V, C = vectors.shape
print(f"by a product: {3 * V * C:,} multiplications; by copying: {3 * C:,} numbers moved")

# %% [markdown]
# The same vectors, to the last digit, at 85 million multiplications instead of 1,728 copies. So
# programs copy, and think of it as a product. In PyTorch this is `torch.nn.Embedding`.

# %% [markdown]
# ## 2. How alike are two vectors?
#
# To speak of a map of meanings we need to measure nearness. Distance is the first idea, and it has
# a weakness: a vector that is twice as long is far away from one in the same direction. What
# counts here is the direction. The **cosine similarity** is the cosine of the angle between two
# vectors: 1 for the same direction, 0 for a right angle, −1 for opposite ones.
#
# $$\cos(a, b) = \frac{a \cdot b}{|a| \, |b|} \qquad a \cdot b = \sum_i a_i b_i \qquad
# |a| = \sqrt{a \cdot a}$$
#
# By hand: for $a = (3, 4)$ and $b = (4, 3)$ the dot product is $12 + 12 = 24$, both lengths are 5,
# and the cosine is $24 / 25 = 0.96$. And *cat* and *sat* of section 1? $0.351 - 0.030 - 0.080 -
# 0.104 = 0.137$, divided by $0.957 \cdot 0.845$, is 0.17. (The table is invented.)

# %% [markdown] exercise="cosine_similarity" role="task"
# ### Cosine similarity
#
# *2 points, about 8 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `cosine_similarity(a, b)`. `a` and `b` are float32 tensors whose last axis has the same
# length; it returns their cosines, without that axis.
#
# 1. The similarity of two vectors is their dot product divided by both their lengths; a length is
#    the root of the sum of squares.
# 2. Vectors lie along the last axis, all other axes broadcast: `(V, C)` and `(C,)` give `(V,)`,
#    `(B, 1, C)` and `(T, C)` give `(B, T)`.
# 3. Where one of the vectors is all zeros, the similarity is 0 and not nan.
# 4. The length of a vector does not matter, even if it is as small as 0.000001.
# 5. `a` and `b` are left unchanged.
#
# It takes 3 to 5 lines. Not allowed: `F.cosine_similarity` and `nn.CosineSimilarity`.

# %% exercise="cosine_similarity" role="answer"
def cosine_similarity(a, b):
    """Return the cosine of the angle between vectors a and b (..., C), as (...)."""
    ### BEGIN SOLUTION
    dot = (a * b).sum(dim=-1)
    lengths = a.norm(dim=-1) * b.norm(dim=-1)
    return torch.where(lengths > 0, dot / lengths, torch.zeros(()))
    ### END SOLUTION

# %% exercise="cosine_similarity" role="test" points=2
check(cosine_similarity)
### BEGIN HIDDEN TESTS
check(cosine_similarity, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Now measure SmolLM2's table with it. First the background: how alike are two tokens that have
# nothing to do with each other? Draw 20,000 pairs by chance. What do you expect on average?

# %%
cosine = mine("cosine_similarity")
random_pairs = torch.randint(V, (2, 20_000), generator=torch.Generator().manual_seed(0))
centered = vectors - vectors.mean(dim=0)  # (V, C)
by_chance = {}
for name, rows in [("as they are", vectors), ("centered", centered)]:
    by_chance[name] = cosine(rows[random_pairs[0]], rows[random_pairs[1]])
    mean = round(by_chance[name].mean().item(), 2) + 0.0  # no minus before a zero
    print(f"{name}: mean cosine of two tokens by chance {mean:.2f}")
for border in [0.5, 0.57, 0.66, 0.72]:
    n_above = int((by_chance["centered"] > border).sum())
    print(f"above {border:.2f}, centered: {n_above} of 20,000 pairs")
assert by_chance["as they are"].mean() > 0.4 and by_chance["centered"].mean().abs() < 0.01

# %% [markdown]
# Not 0 but 0.44! All rows of the table share a large common part, as if each carried the same
# label. It says nothing about any one token, so subtract the mean of all rows: the vectors are then
# **centered**, and two random tokens are at a right angle, on average. In sections 2 and 3 we
# center SmolLM2's table (Mu and Viswanath, 2018, found this for word vectors of many kinds).

# %%
examples = [("king", "queen"), ("cat", "dog"), ("cat", "car"), ("king", "pizza")]
between = {name: {} for name in by_chance}
fig, axes = plt.subplots(2, 1, figsize=(8, 5.6), sharex=True)
for ax, name, rows in zip(axes, between, [vectors, centered], strict=True):
    for a, b in examples:
        row_a, row_b = rows[real_vectors.id_of(a)], rows[real_vectors.id_of(b)]
        between[name][a, b] = cosine(row_a, row_b).item()
    chosen = {f"{a} and {b}": value for (a, b), value in between[name].items()}
    draw_hills(ax, by_chance[name], chosen)
axes[0].set_title("As they are: cat and car look less alike than most pairs")
axes[1].set_title("Centered: related words stand far out of the crowd")
axes[1].set_xlabel("cosine of two tokens")
figures.show(fig, alt="Two hills of cosines of random pairs. As they are, the hill is around 0.44; "
                      "king and pizza 0.19 and cat and car 0.25 lie left of its middle, cat and "
                      "dog 0.58 and king and queen 0.62 on its right slope. Centered, the hill is "
                      "around 0; king and pizza 0.03 in its middle, cat and car 0.57, king and "
                      "queen 0.66, cat and dog 0.72 far outside.")

# %% [markdown]
# As they are, *cat* and *car* look less alike than two tokens by chance. Centered, *king* and
# *pizza* are as unrelated as any two tokens, 0.03, and the other three lie where chance put hardly
# any of its 20,000 pairs. And *cat* is more like *dog* than like *car*.

# %%
rows = []
for (a, b), said in zip(examples, [0.66, 0.72, 0.57, 0.03], strict=True):
    raw, value = between["as they are"][a, b], between["centered"][a, b]
    truth = abs(value - said) < 0.005
    rows.append((f"The cosine of {a} and {b} in SmolLM2's table is {said}",
                 "for centered vectors" if truth and abs(raw - said) > 0.005 else truth,
                 f"{value:.2f} centered, {raw:.2f} as they are"))
claims(rows)

# %% [markdown] exercise="nearest_tokens" role="task"
# ### The nearest tokens
#
# *3 points, about 9 minutes, difficulty 2 of 5. You may use `F.cosine_similarity` or your own.*
#
# Write `nearest_tokens(table, query, k, exclude)`. `table` is `(V, C)`, `query` is one vector
# `(C,)`, `exclude` a list of ids. It returns a list of ids. There are always at least k ids to
# choose from, and no two of them are equally near.
#
# 1. The list holds k ids, as ints, the most similar row first.
# 2. Similarity is the cosine: how long a row is does not matter.
# 3. Ids in `exclude`, which may be empty, are left out.
# 4. A row of zeros has similarity 0: it is nearer than a row that points away from the query.
# 5. `table`, `query` and `exclude` are left unchanged.
#
# It takes 3 to 6 lines. By hand: the rows `[0, 3]`, `[3, 4]`, `[1, 0]`, `[0.4, 0.3]`, `[-2, 0]`
# have the cosines 0, 0.6, 1, 0.8 and −1 with `[2, 0]`; without id 2, the nearest two are
# `[3, 1]`.

# %% exercise="nearest_tokens" role="answer"
def nearest_tokens(table, query, k, exclude):
    """Return the k ids whose rows of table (V, C) are most similar to query (C,), best first."""
    ### BEGIN SOLUTION
    similarities = F.cosine_similarity(table, query, dim=-1)  # (V,), a new tensor
    similarities[list(exclude)] = float("-inf")
    return similarities.topk(k).indices.tolist()
    ### END SOLUTION

# %% exercise="nearest_tokens" role="test" points=3
check(nearest_tokens)
### BEGIN HIDDEN TESTS
check(nearest_tokens, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Ask the real table with it, as it is and centered. A bank may be a place for money or the edge of
# a river. Predict: which of the two will its neighbors be about? And does centering make the lists
# better?

# %%
nearest = mine("nearest_tokens")
for word in ["two", "Paris", "river", "bank"]:
    token_id = real_vectors.id_of(word)
    print(word, token_id)
    for name, rows in [("as they are", vectors), ("centered", centered)]:
        found = nearest(rows, rows[token_id], 10, [token_id])
        print(f"    {name:11}", *[real_vectors.word_of(i) for i in found])

# %% [markdown]
# Numbers beside a number, cities beside Paris. Centering makes the *size* of a cosine readable: 0
# is chance. It does not make every list of neighbors better: as they are, *bank* has *bankers* and
# *lender* and *river* has *creek*; centered, common tokens such as *a* and *(* crowd in.
#
# Whatever is about anything beside *bank* is about money, and there is no river, no shore. One row
# serves every use of the token, and the most frequent use wins. Hold on to that for section 6: the
# table has one row for *bank*, number 5461, whatever is meant.

# %% [markdown]
# ## 3. Analogies: do directions mean something?
#
# If *king* and *man* differ in being royal, and *queen* and *woman* differ in the same, then the
# arrow from *man* to *king* should be the arrow from *woman* to *queen*. This was the discovery
# that made word vectors famous (Mikolov, Yih and Zweig, 2013): start at *woman*, go along the arrow
# that leads from *man* to *king*, and look who lives there.
#
# $$\text{king} - \text{man} + \text{woman} \approx \text{queen}$$
#
# By hand, in a world of two numbers, the first for royal and the second for female: king (1, 0),
# man (0, 0), woman (0, 1). Then king − man + woman = (1, 1), which is queen. Real tables have no
# such tidy columns; the question is whether they have the directions.
#
# There is one trick in the recipe, and you will see what it hides: the three words of the question
# are not allowed as the answer.

# %% [markdown] exercise="analogy" role="task"
# ### An analogy
#
# *3 points, about 10 minutes, difficulty 3 of 5. Needs nothing from earlier exercises; you may use
# them.*
#
# Write `analogy(table, a, b, c, k)`. `table` is `(V, C)`; `a`, `b`, `c` are three different ids.
# It returns a list of ids: a is to b as the answer is to c, so with king, man, woman for a, b, c
# you hope for queen. The caller has centered the table; no row is all zeros; there are always k
# ids left, and no ties.
#
# 1. Each row of the table is divided by its length first.
# 2. The direction is row a minus row b plus row c of these unit rows.
# 3. The result is a list of k ids, as ints: those whose rows have the largest cosine with the
#    direction, the largest first.
# 4. a, b and c are never in it.
# 5. `table` is left unchanged.
#
# It takes 4 to 7 lines. By hand: the rows king `[3, 0, 4]`, man `[2, 0, 0]`, woman `[0, 1, 0]`,
# crown `[0, 0, 5]`, queen `[0, 6, 8]`, prince `[4, 0, 3]` give the direction `[-0.4, 1, 0.8]`;
# queen has the cosine 0.92, crown 0.60, so `analogy(table, 0, 1, 2, 2)` is `[4, 3]`.

# %% exercise="analogy" role="answer"
def analogy(table, a, b, c, k):
    """Return the k ids of table (V, C) that are to c as a is to b, best first."""
    ### BEGIN SOLUTION
    units = F.normalize(table, dim=-1)
    direction = units[a] - units[b] + units[c]  # (C,)
    similarities = units @ direction  # (V,), in the order of the cosines
    similarities[[a, b, c]] = float("-inf")
    return similarities.topk(k).indices.tolist()
    ### END SOLUTION

# %% exercise="analogy" role="test" points=3
check(analogy)
### BEGIN HIDDEN TESTS
check(analogy, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Now the real table. Here are twenty-four analogies of different kinds. Predict how many have the
# expected word in the first place, and where *Rome* and *nurse* will be.

# %%
questions = [question.split() for question in [
    "king man woman queen", "prince man woman princess", "brother man woman sister",
    "uncle man woman aunt", "actor man woman actress", "father man woman mother",
    "husband man woman wife", "doctor man woman nurse", "Paris France Italy Rome",
    "Paris France Spain Madrid", "Paris France Germany Berlin", "Paris France Japan Tokyo",
    "Rome Italy Greece Athens", "German Germany France French", "dogs dog cat cats",
    "mice mouse dog dogs", "smaller small big bigger", "bigger big cold colder",
    "walking walk swim swimming", "went go take took", "written write take taken",
    "worst bad good best", "dark night day bright", "three two five six"]]

# %%
find = mine("analogy")
ranks, first = {}, {}  # of each answer
for a, b, c, answer in questions:
    found = find(centered, *[real_vectors.id_of(word) for word in (a, b, c)], k=100)
    token_id = real_vectors.id_of(answer)
    ranks[answer] = found.index(token_id) + 1 if token_id in found else 101
    first[answer] = real_vectors.word_of(found[0])
    if ranks[answer] > 1:
        print(f"{a} - {b} + {c}: {answer} has rank {ranks[answer]}, first is {first[answer]}")
n_right = sum(rank == 1 for rank in ranks.values())
print(f"{n_right} of {len(questions)} in the first place")
assert ranks["queen"] == 1

# %% [markdown]
# *King − man + woman* lands on *queen*, among 49,149 candidates, and most of the others arrive,
# too. The misses teach as much. The capitals of Italy and Spain lose to *Italian* and another
# spelling of *Paris*. *Doctor − man + woman* stays with *doctors*. And *dark − night + day* is
# *Dark*.
#
# That last kind is the trick. Two of the three words cancel only in part, so the result is still
# close to the first and the third word. Allow all words as answers, and see what is found. And a
# second test: how near was the answer to the first and to the third word before any arithmetic?

# %%
def rank_of(answer, units, query, left_out):
    """Return the rank of a word among the rows of units (V, C), by cosine with query (C,)."""
    similarities = units @ query  # (V,)
    similarities[left_out] = float("-inf")
    return int((similarities > similarities[real_vectors.id_of(answer)]).sum()) + 1


units = F.normalize(centered, dim=-1)
among_all, beside = {}, {}  # ranks of each answer
for a, b, c, answer in questions:
    asked = [real_vectors.id_of(word) for word in (a, b, c)]
    u, v, w = units[asked]
    among_all[answer] = rank_of(answer, units, u - v + w, [])
    beside[answer] = [rank_of(answer, units, query, asked) for query in (u, w, u + w)]
still_right = sum(rank == 1 for rank in among_all.values())
n_sums = sum(by_sum == 1 for _, _, by_sum in beside.values())
print(f"of {len(questions)}: {n_right} right, {still_right} if the three words may be answers, "
      f"{n_sums} by the sum of the first and the third word alone")

# %%
shown = ["queen", "princess", "aunt", "mother", "Rome", "swimming", "six", "bright"]
table([(f"{a} − {b} + {c}", answer, ranks[answer], among_all[answer],
        *(rank if rank <= 100 else "over 100" for rank in beside[answer]))
       for a, b, c, answer in questions if answer in shown],
      columns=["analogy", "answer", "rank", "rank among all", "beside the first word",
               "beside the third word", "by first + third"],
      caption="What the recipe leaves out, and what was near before any arithmetic")

# %% [markdown]
# Read four rows. *Princess* is a good success: 5th beside *prince*, nowhere near *woman*, 31st
# beside the sum of the two, and first once *man* is subtracted. *Aunt* is none: it is first beside
# *uncle* before any arithmetic. *Six* and *swimming* prove nothing, either: they are the nearest
# neighbor of the third word anyway. Seven of the seventeen need no subtraction: the sum of the
# first and the third word is enough. And among all words nearly every analogy ends where it began:
# the honest sentence is "*queen* is the nearest word **other than** king, man and woman" (Linzen,
# 2016).
#
# Look behind the first place, too. Is *doctor* for men what *nurse* is for women?

# %%
doctor, man, woman = units[[real_vectors.id_of(word) for word in ("doctor", "man", "woman")]]
asked = [real_vectors.id_of(word) for word in ("doctor", "man", "woman")]
nurse = {name: rank_of("nurse", units, query, asked)
         for name, query in [("beside doctor", doctor), ("man to woman", doctor - man + woman),
                             ("woman to man", doctor - woman + man)]}
for name, rank in nurse.items():
    print(f"nurse, {name}: rank {rank if rank < 1000 else f'about {round(rank, -2):,}'}")
assert nurse["man to woman"] < 50 < nurse["beside doctor"] < 2000 < nurse["woman to man"]

# %% [markdown]
# *Doctor − man + woman* stays with *doctors*, but *nurse* climbs from rank 209 beside *doctor* to
# 17, and falls past 2,000 when the arrow is turned round. The first place hides a bias that the
# ranks show (Bolukbasi and others, 2016; on how such tests can mislead, Nissim and others, 2020).

# %%
claims([
    ("king − man + woman is queen in SmolLM2's table",
     "if king, man and woman are not allowed as the answer"
     if ranks["queen"] == 1 < among_all["queen"] else ranks["queen"] == 1,
     f"rank {ranks['queen']}; rank {among_all['queen']} among all"),
    ("Paris − France + Italy is Rome in SmolLM2's table", ranks["Rome"] == 1,
     f"rank {ranks['Rome']}; first is {first['Rome']}"),
    ("Such analogies work in general",
     f"for {n_right} of {len(questions)}, with the three words left out"
     if len(questions) / 2 < n_right < len(questions) else False,
     f"{still_right} of {len(questions)} if they may be answers"),
])

# %% [markdown]
# ## 4. Random before, learned after
#
# Where do such rows come from? "You shall know a word by the company it keeps", wrote the
# linguist Firth in 1957. Here is a way to make a table do just that, **skip-gram with negative
# sampling** (Mikolov and others, 2013): give words that stand near each other vectors whose dot
# product is large, and words drawn by chance ones whose product is small. In a language model the
# task is another, the next token, but the rows learn for the same reason.
#
# Our town is Tinyville, whose texts our own generator writes. Here every word is a token.

# %%
village = make_world("village")
texts = documents.write(village, seed=1, n=8000)
print(texts[2], texts[3], sep="\n")
pairs = word_pairs.word_pairs(texts, window=3)
print(f"{len(pairs.words)} words, {len(pairs.center):,} pairs of neighbors")
small = word_pairs.word_pairs(["the king wears his crown"], window=1)
print([(small.words[a], small.words[b]) for a, b in zip(small.center, small.context, strict=True)])

# %% [markdown]
# Each word is the **center** once for each neighbor, here up to 3 words to the left and to the
# right (1 in the last line); the neighbor is the **context**. A pair from the text should score
# high, and the same center with K words drawn by chance, the **negatives**, should score low. (They
# are drawn by their counts to the power 3/4, so that rare words come a little more often.) Score
# means dot product, and the sigmoid $\sigma(s) = 1 / (1 + e^{-s})$ makes a probability of it, the
# probability that the pair is from the text. The loss is the surprise, as in lesson 0:
#
# $$-\ln \sigma(\text{center} \cdot \text{context}) - \sum_{j=1}^{K} \ln
# \sigma(-\,\text{center} \cdot \text{negative}_j)$$
#
# By hand: center (1, 2), context (2, 0), negatives (−1, 0.5) and (1, −1). The scores are 2, 0 and
# −1. Then $-\ln \sigma(2) = 0.127$, $-\ln \sigma(-0) = 0.693$, $-\ln \sigma(1) = 0.313$; together
# 1.133.

# %% [markdown] exercise="skip_gram_loss" role="task"
# ### The skip-gram loss
#
# *3 points, about 12 minutes, difficulty 3 of 5. Needs nothing from earlier exercises.*
#
# Write `skip_gram_loss(center, context, negatives)`. `center` and `context` are `(B, C)`, the
# vectors of B pairs; `negatives` is `(B, K, C)`, the vectors of K drawn words for each of them. It
# returns the loss.
#
# 1. The loss of one center word is `-log sigmoid(center · context)` minus the sum of
#    `log sigmoid(-center · negative)` over its K negatives.
# 2. The result is the mean over the B center words, a tensor of shape `()`.
# 3. It stays finite for scores of 200 and -200.
# 4. It is made by torch operations alone, so that its gradient can be taken.
# 5. The inputs are left unchanged.
#
# It takes 3 to 6 lines. The example above has the loss 1.1333.

# %% exercise="skip_gram_loss" role="answer"
def skip_gram_loss(center, context, negatives):
    """Return the mean loss of B pairs: context and center (B, C), negatives (B, K, C)."""
    ### BEGIN SOLUTION
    score = (center * context).sum(dim=-1)  # (B,)
    negative_scores = (negatives * center.unsqueeze(1)).sum(dim=-1)  # (B, K)
    loss = -F.logsigmoid(score) - F.logsigmoid(-negative_scores).sum(dim=-1)  # (B,)
    return loss.mean()
    ### END SOLUTION

# %% exercise="skip_gram_loss" role="test" points=3
check(skip_gram_loss)
### BEGIN HIDDEN TESTS
check(skip_gram_loss, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Now train. There are two tables, one for words as centers and one for words as contexts; the
# first is the one we keep. `Adam` is an optimizer like the one of lesson 0, with a step size of its
# own for each number (lesson 6).

# %%
def train_vectors(pairs, C, n_steps, loss, seed=0):
    """Return a table (V, C) of word vectors before training, and after it."""
    generator = torch.Generator().manual_seed(seed)
    V, B, K = len(pairs.words), 2048, 5
    centers = 0.1 * torch.randn(V, C, generator=generator)
    before = centers.clone()
    contexts = torch.zeros(V, C, requires_grad=True)
    optimizer = torch.optim.Adam([centers.requires_grad_(), contexts], lr=0.01)
    for _ in range(n_steps):
        chosen = torch.randint(len(pairs.center), (B,), generator=generator)
        drawn = torch.multinomial(pairs.noise, B * K, replacement=True, generator=generator)
        value = loss(centers[pairs.center[chosen]], contexts[pairs.context[chosen]],
                     contexts[drawn.view(B, K)])
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    return before, centers.detach()


before, after = train_vectors(pairs, C=16, n_steps=600, loss=mine("skip_gram_loss"))

# %% [markdown]
# Look at the neighbors of five words before and after. Then count: of all the words whose kind we
# know (people, pets, foods, colors, numbers and so on), how many have a nearest neighbor of their
# own kind? What would you expect of a random table with twelve kinds?

# %% tags=["nbval-ignore-output"]
kinds = word_pairs.kinds(village)
share = {}
for name, vectors_of in [("before", before), ("after", after)]:
    share[name] = word_pairs.neighbors_of_its_kind(vectors_of, pairs.ids, kinds)
    print(f"{name}: {share[name]:.0%} of the words have a neighbor of their own kind")
    for word in ["cat", "soup", "7", "anna", "king"]:
        token_id = pairs.ids[word]
        found = nearest(vectors_of, vectors_of[token_id], 4, [token_id])
        print(f"    {word:5}", *[pairs.words[i] for i in found])

# %%
sizes = [sum(word in pairs.ids for word in group) for group in kinds.values()]
chance = sum(n * (n - 1) for n in sizes) / sum(sizes) / (len(pairs.words) - 1)
print(f"by chance {chance:.1%} would have a neighbor of their own kind")
assert share["before"] < 0.25 and share["after"] > 0.9

# %% [markdown]
# A random table became a map of the town in seconds: before, a word's nearest neighbor has
# its own kind about as often as chance would have it; after, nearly always. Pets came to lie beside
# pets although no text says *a cat is like a dog*. They keep the same company: *keeps a ...*,
# *comes home to a ...*.

# %% [markdown]
# ## 5. A map
#
# Vectors of 16 numbers cannot be drawn, but a flat picture can be made that keeps as much as
# possible. **Principal component analysis**, PCA for short, finds the direction in which the
# points differ most, then the one at a right angle to it in which they differ most of what is left.
# Those two become the axes (Pearson, 1901). In formulas it is the singular value decomposition of
# the centered table, and torch has that.

# %%
def flat_map(vectors):
    """Return the two widest directions (2, C) of vectors (V, C), and the share they show."""
    _, sizes, directions = torch.linalg.svd(vectors - vectors.mean(dim=0), full_matrices=False)
    return directions[:2], (sizes[:2].square().sum() / sizes.square().sum()).item()


groups = {kind: kinds[kind] for kind in ["pet", "food", "color", "object", "tale"]}
drawn = torch.tensor([pairs.ids[word] for group in groups.values() for word in group])
fig, axes = plt.subplots(1, 2, figsize=(9.6, 4.6))
for ax, name, vectors_of in zip(axes, ["before", "after"], [before, after], strict=True):
    directions, kept = flat_map(vectors_of[drawn])
    word_map.draw(ax, vectors_of, directions, pairs.ids, groups)
    ax.set_title(f"{name.capitalize()} training ({kept:.0%} of the spread)")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
figures.show(fig, alt="Two maps of 37 words of Tinyville. Before training the five kinds are mixed "
                      "at random. After it pets, foods, colors, objects and the people of tales "
                      "lie in five groups of their own.")
assert flat_map(after[drawn])[1] > 1.5 * flat_map(before[drawn])[1]

# %% [markdown]
# Before: a cloud. After: islands, each of one kind. The percentage says how much of the spread of
# all 16 numbers a flat map can show; what it cannot show may be what matters, so near on the map
# does not mean near. Walk about and see: the query starts at a word, and buttons move it along the
# two directions of the map. The lines lead to the five other words that are nearest in all 16
# numbers.

# %% tags=["nbval-ignore-output"]
map_walk("cat", after, flat_map(after[drawn])[0], pairs.ids, groups)

# %%
cat = pairs.ids["cat"]
assert pairs.words[nearest(after, after[cat], 1, [cat])[0]] in kinds["pet"]

# %% [markdown]
# **What does the window decide?** A word's company depends on how far you look. A tale of Tinyville
# says *the king lives in a palace. he wears his crown. he is old.* Where it is about a queen, it
# says *she* and *her*, but further away than three words. Train two tables on the tales alone,
# alike in all but the window: 3 words, and as wide as the text. Then ask your own `analogy` eight
# questions about the royal family. The control asks without arithmetic: is the answer simply the
# nearest word to the third one? Predict the scores.

# %% tags=["nbval-ignore-output"]
family = ["king man woman queen", "queen woman man king", "prince boy girl princess",
          "princess girl boy prince", "king prince princess queen", "queen princess prince king",
          "man boy girl woman", "prince king queen princess"]


def n_solved(vectors, ids, questions):
    """Return how many questions have the right first word by arithmetic, and how many without."""
    rows = vectors - vectors.mean(dim=0)
    asked = [[ids[word] for word in question.split()] for question in questions]
    return (sum(find(rows, a, b, c, 1) == [answer] for a, b, c, answer in asked),
            sum(nearest(rows, rows[c], 1, [a, b, c]) == [answer] for a, b, c, answer in asked))


tales = documents.write(village, seed=2, n=600, kinds=["royals"])
solved = {}
for window in [3, 20]:
    company = word_pairs.word_pairs(tales, window)
    _, royal = train_vectors(company, C=16, n_steps=400, loss=mine("skip_gram_loss"))
    solved[window] = n_solved(royal, company.ids, family)
    print(f"window {window:2}: {solved[window][0]} of 8 by arithmetic, {solved[window][1]} without")

# %%
assert solved[3][0] <= 4 and solved[20][0] >= 7 and solved[20][1] <= 5

# %% [markdown]
# With the narrow window, *king*, *queen* and *prince* all live in palaces and are hardly told
# apart. With the wide one nearly all questions are solved, *king − man + woman* among them, and the
# control says that about half of them need the arithmetic. It works where the difference was in the
# company, and nowhere else. No vector knows what its texts did not show.

# %% [markdown]
# ## 6. One word, two meanings
#
# *The boat drifted to the muddy bank. He asked for a loan at the bank.* In the table, both are row
# 5461: one vector, **static**, the same in each sentence. But a model has 30
# layers after the table, and in each the token can take something from those before it (lesson 3).
# Its vector after a layer is **contextual**. Does it learn on the way which bank is meant?
#
# Take six sentences about rivers and six about money that all end in *bank*, and measure the mean
# cosine between sentences of different senses, layer by layer. But what is a cosine in a layer
# worth? Section 2 asked what pairs by chance give. Ask it again: six sentences that end in six
# different words. Then subtract from each layer what all vectors of running text share, their mean
# over a short story. (The first token is left out; its vector is of a kind of its own.)

# %%
background = senses.background()  # (31, 1, C)
six_words = list(senses.STRANGERS)
banks, meant = senses.vectors("bank")  # (31, n, C), and the sense of each sentence
for name, shared in [("as they are", torch.zeros(())), ("background subtracted", background)]:
    _, strangers = senses.likeness(senses.strangers() - shared, six_words)
    _, two_senses = senses.likeness(banks - shared, meant)
    print(name)
    for layer in [8, 20, 30]:
        print(f"    layer {layer:2}: six different words {strangers[layer]:.2f}, two senses of "
              f"bank {two_senses[layer]:.2f}")
    assert two_senses[20] - strangers[20] > 0.05

# %% [markdown]
# As they are, words that have nothing to do with each other have cosines up to 0.76, and at the end
# they are as alike as two banks: a raw cosine in a late layer says next to nothing. With the
# background gone there is more room below, though still not down to 0.
#
# Now the curves. And never without a control: the same between sentences of the *same* sense. For a
# second word, *spring* (season or coil), there are four sentences each. Predict both curves: where
# do they start, and when do they part?

# %%
curves = {}
for word in ["bank", "spring"]:
    found, meant = senses.vectors(word)
    same, across = senses.likeness(found - background, meant)
    curves[word] = same, across
    sorted_right = senses.nearest_sense(found - background, meant)
    for layer in [4, 8, 12, 20, 30]:
        print(f"{word:6} layer {layer:2}: same sense {same[layer]:.2f}, two senses "
              f"{across[layer]:.2f}, gap {same[layer] - across[layer]:.2f}, nearest has the sense "
              f"in {sorted_right[layer]:.0%}")
    assert abs(same[0] - 1) < 1e-4 and abs(across[0] - 1) < 1e-4  # one row for both
    assert sorted_right[8:] == [1.0] * 23

# %%
fig, axes = plt.subplots(1, 2, figsize=(9.2, 3.7), sharey=True)
for ax, (word, (same, across)) in zip(axes, curves.items(), strict=True):
    ax.plot(same, label="same sense")
    ax.plot(across, label="two senses")
    ax.set(xlabel="layer", xlim=(0, 30.3), ylim=(0.3, 1.02))
    ax.set_title(f"{word}: the senses part by layer 8")
axes[0].set_ylabel("mean cosine, background subtracted")
axes[0].legend(loc="lower left")
figures.show(fig, alt="Cosine by layer of bank and spring, background subtracted. Both curves "
                      "start at 1. Up to layer 8 two senses fall to below 0.7, the same sense "
                      "stays above 0.9; then two senses stay about level and fall again after "
                      "layer 20, to about 0.45, the same sense to about 0.8.")

# %% [markdown]
# At layer 0 all are 1: one row. Then the two senses part, and from layer 8 on each sentence's
# nearest neighbor is one of its own sense, without exception. The control is worth its cost:
# sentences of the *same* sense drift apart, too, because a vector takes in all that stands before
# it. And the way is not straight. Between layers 8 and 12 the two banks come a little closer again,
# and then drift on. What opens by layer 8 and stays open is the **gap**.

# %%
same, across = curves["bank"]
gaps = [a - b for a, b in zip(same, across, strict=True)]
falls = all(later <= earlier + 1e-3 for earlier, later in zip(across, across[1:], strict=False))
claims([
    ("The two senses of bank drift apart layer by layer",
     "up to about layer 8; after that the gap stays open but does not grow steadily"
     if not falls and min(gaps[8:]) > 0.1 else falls,
     f"gap {gaps[4]:.2f} after layer 4, {gaps[8]:.2f} after 8, {gaps[20]:.2f} after 20, "
     f"{gaps[30]:.2f} after 30"),
    ("A language model has one vector for each word", "in its table; after that, one for each "
     "place in each text" if across[0] > 0.999 and across[30] < 0.9 else False,
     f"cosine of two banks {across[0]:.2f} in the table, {across[30]:.2f} after 30 layers"),
])

# %% [markdown]
# ## 7. How blind is attention to order?
#
# *The dog bit the man* and *the man bit the dog* consist of the same vectors. What can a layer tell
# of their order? In this section attention is a box (lesson 3 opens it): each token looks at itself
# and the tokens before it, and takes a weighted mean of what they offer. How much it takes from
# each depends on the two vectors, and not on where they stand. We look from the last token,
# which sees all others: it is the one that says what comes next.
#
# By hand, with the simplest attention there is: equal weights. Three tokens with the numbers 1, 2
# and 6. The first sees itself, 1; the second the mean of 1 and 2, 1.5; the last the mean of all, 3.
# Now in the order 2, 1, 6: what does the last see?

# %%
def see_before(x):
    """Return the mean of each number and all numbers before it: attention with equal weights."""
    return [sum(x[: t + 1]) / (t + 1) for t in range(len(x))]


for x in [[1, 2, 6], [2, 1, 6]]:
    once = see_before(x)
    print(x, "one layer", once, "two layers", [round(value, 2) for value in see_before(once)])
assert see_before([1, 2, 6])[-1] == see_before([2, 1, 6])[-1]
assert see_before(see_before([1, 2, 6]))[-1] != see_before(see_before([2, 1, 6]))[-1]

# %% [markdown]
# After one layer, the last token has 3 in both orders: a mean does not know in which order it was
# taken. The middle place holds 1.5 in both orders, but the tokens do not: the 2 has become 1.5
# where the 1 stood before it, and has stayed 2 where it came first. So layer two averages different
# numbers, 1, 1.5, 3 or 2, 1.5, 3, and the last token has 1.83 or 2.17. That each token sees only
# itself and those before it is called the **causal mask** (lesson 3), and it lets order leak in,
# from the second layer on.
#
# Now real attention, with weights that depend on the vectors. One layer, and each of the three
# ways to tell positions that the next two sections build. Compare the two sentences at their common
# last word: for which of the four is the largest difference 0?

# %%
one = ["the", "dog", "bit", "the", "man", "and", "then"]
other = ["the", "man", "bit", "the", "dog", "and", "then"]
differences = {}
for positions in word_order.WAYS:
    first_order = word_order.one_layer(one, positions)[-1]  # (C,)
    second_order = word_order.one_layer(other, positions)[-1]
    differences[positions] = (first_order - second_order).abs().max().item()
    print(f"{positions:10} largest difference {differences[positions]:.2f}")
assert differences["none"] < 1e-5
assert min(differences[way] for way in ["sinusoidal", "learned", "rope"]) > 0.1

# %% [markdown]
# Without positions 0.00, as seen from the last token and whatever the layer has learned or will
# learn; with any of the three, the orders differ. And a deep model? SmolLM2 has 30 layers and one
# of the three schemes, called rotary position embedding, RoPE for short. Take it out, then take out
# the causal mask as well, so that each token sees all others. Predict the four answers: in which
# cases do the scores for the next token differ?

# %%
bites = ["The dog bit the man because it was", "The man bit the dog because it was"]
change = {}
for rope, mask in [(True, True), (False, True), (True, False), (False, False)]:
    scores = [word_order.last_logits(text, rope, mask) for text in bites]  # two times (V,)
    change[rope, mask] = (scores[0] - scores[1]).abs().max().item()
table([("with RoPE" if rope else "no positions", "causal" if mask else "none",
        f"{value:.2f}") for (rope, mask), value in change.items()],
      columns=["positions", "mask", "largest change of a score"],
      caption="SmolLM2, 30 layers, two orders of the same tokens")

# %%
assert change[False, False] < 0.01 < 0.5 < change[False, True]
claims([
    ("Attention without positions cannot tell two orders apart",
     "as seen from the last token of one layer, or without a causal mask"
     if differences["none"] < 1e-5 and change[False, False] < 0.01 < change[False, True] else False,
     f"one layer {differences['none']:.2f}; 30 layers {change[False, True]:.2f} with a causal "
     f"mask, {change[False, False]:.2f} without"),
])

# %% [markdown]
# Two slogans meet here, and both need their condition. *Attention is blind to order*: exactly, as
# seen from the last token, in one layer, or in any number of them if everybody sees everybody. *So
# a Transformer needs positions*: a deep causal one can do without, and such models have been
# trained (Haviv and others, 2022). Whether telling helps, and how far, section 10 measures; the
# answer depends on the length.

# %% [markdown]
# ## 8. Waves and tables
#
# How do you tell a vector where it stands? Add to it a second vector that depends on the place
# alone. The first Transformer (Vaswani and others, 2017) used fixed **waves**. Columns 0 and 1 are
# sine and cosine of the position $t$ itself, the next two of a slower angle, and so on:
#
# $$\text{column } 2i:\ \sin\left(t / 10000^{2i/C}\right) \qquad
# \text{column } 2i + 1:\ \cos\left(t / 10000^{2i/C}\right)$$
#
# Read it as a clock: the first pair is the hand for seconds, the last the hand for hours. By hand,
# position 2 at width 4: the angles are $2 / 10000^0 = 2$ and $2 / 10000^{1/2} = 0.02$. Their sines
# and cosines are 0.91, −0.42, 0.02, 1.00. And *cat* at position 2 is the sum with its row in the
# table of section 1: (0.78 + 0.91, 0.30 − 0.42, −0.12 + 0.02, 0.45 + 1.00) = (1.69, −0.12, −0.10,
# 1.45).

# %% [markdown] exercise="sinusoidal_positions" role="task"
# ### Waves for positions
#
# *2 points, about 9 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# Write `sinusoidal_positions(T, C)` for whole numbers T and C. It returns the vectors of positions
# 0 to T − 1.
#
# 1. Column 2i of row t is `sin(t / 10000 ** (2i / C))`, column 2i + 1 is the cosine of the same
#    angle.
# 2. The result is a float32 tensor `(T, C)`, one row for each position from 0 to T - 1.
# 3. An odd C raises `ValueError`.
#
# It takes 6 to 9 lines. Row 0 of `sinusoidal_positions(3, 4)` is 0, 1, 0, 1, and row 2 is 0.9093,
# −0.4161, 0.0200, 0.9998.

# %% exercise="sinusoidal_positions" role="answer"
def sinusoidal_positions(T, C):
    """Return the fixed vectors of positions 0 to T - 1, as (T, C) float32."""
    ### BEGIN SOLUTION
    if C % 2:
        raise ValueError(f"expected an even width, got {C}")
    columns = torch.arange(0, C, 2, dtype=torch.float64)
    angles = torch.arange(T)[:, None] / 10000 ** (columns / C)  # (T, C / 2)
    waves = torch.zeros(T, C)
    waves[:, 0::2] = angles.sin()
    waves[:, 1::2] = angles.cos()
    return waves
    ### END SOLUTION

# %% exercise="sinusoidal_positions" role="test" points=2
check(sinusoidal_positions)
### BEGIN HIDDEN TESTS
check(sinusoidal_positions, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# A vector that circulates in teaching material says that position 2 at width 4 is .91 −.42 .14
# −.99. Check it, and find out where the last two numbers come from.

# %%
waves = mine("sinusoidal_positions")
four = waves(4, 4)  # (T, C)
for t, row in enumerate(four.tolist()):
    print(f"position {t}:", *[f"{value:5.2f}" for value in row])
print("cat at position 2:", [round(value, 2) for value in (E[1] + four[2]).tolist()])
quoted = torch.tensor([0.91, -0.42, 0.14, -0.99])
assert torch.allclose(four[3, :2], quoted[2:], atol=0.006)  # sine and cosine of 3
claims([
    ("Position 2 at width 4 is .91 −.42 .14 −.99", torch.allclose(four[2], quoted, atol=0.006),
     f"it is {' '.join(f'{value:.2f}' for value in four[2].tolist())}; .14 −.99 is the first pair "
     "of position 3"),
])

# %% [markdown]
# The quoted vector stitched two rows together: where column 2 should be slower, it goes on at full
# speed. Now look at more positions at once. Predict the right-hand picture: which positions have
# the vectors most similar to that of position 40, and are 30 and 50 equally similar?

# %%
long = waves(100, 64)
fig, axes = plt.subplots(1, 2, figsize=(9.6, 3.6))
image = axes[0].imshow(long, cmap="PuOr_r", vmin=-1, vmax=1, aspect="auto")
axes[0].set(xlabel="column: fast waves left, slow ones right", ylabel="position")
axes[0].grid(visible=False)
axes[0].set_title("Every position has a pattern of its own")
fig.colorbar(image, ax=axes[0])
similar = long @ long.T / 32  # (T, T); each row has the length root of 32
for start in [20, 40, 60]:
    axes[1].plot(similar[start], label=f"position {start}")
axes[1].set(xlabel="other position", ylabel="cosine", xlim=(0, 99))
axes[1].legend(loc="upper right", fontsize=9)
axes[1].set_title("Near positions are alike")
figures.show(fig, alt="Left: waves of 100 positions in 64 columns, fast stripes on the left, slow "
                      "changes on the right. Right: three curves of cosines, each with its peak "
                      "of 1 at its own position and the same shape to both sides.")
assert torch.allclose(similar[40, 30], similar[40, 50], atol=1e-4)
assert torch.allclose(similar[20, 25], similar[60, 65], atol=1e-4)

# %% [markdown]
# The curves have one shape, moved along: how alike two positions are depends on their distance
# alone, and 30 and 50 are equally like 40. Keep that in mind for section 9.
#
# **A learned table** is the other way: a second table with one row for each position, filled with
# chance at first and trained like the first one (Gehring and others, 2017; the GPT models to GPT-3,
# short for generative pre-trained Transformer, did it so). It learns whatever helps. But it has a
# last row. Position 1,024 of a table with 1,024 rows does not exist.
#
# In a program, adding positions is one line. That line can be wrong without a word from Python.

# %% [markdown] exercise="add_positions" role="task"
# ### Bug hunt: lost places
#
# *2 points, about 7 minutes, difficulty 2 of 5. Needs nothing from earlier exercises.*
#
# The program below adds a table of positions to the vectors of a batch. It runs, the shapes fit,
# and yet a model that is trained with it learns nothing about order: every token of a text gets the
# same vector added. Find the bug and mend it. `add_positions(x, table)` has `x` of shape `(B, T,
# C)` and `table` of shape `(context_length, C)`, and returns a tensor of the shape of `x`.
#
# 1. Position t of every batch row gets row t of the table added.
# 2. T may be smaller than the table is long; the later rows are not used.
# 3. If T is larger, it raises `ValueError`.
# 4. `x` and `table` are left unchanged.
#
# Two lines change, and two or three are added. (The program as it is does not raise for a text that
# is longer than the table.)

# %% exercise="add_positions" role="answer"
def add_positions(x, table):
    """Return x (B, T, C) with row t of table (context_length, C) added at each position t."""
    ### BEGIN SOLUTION
    T = x.size(1)
    if table.size(0) < T:
        raise ValueError(f"expected at most {table.size(0)} positions, got {T}")
    return x + table[:T]
    ### END SOLUTION
    ### BEGIN RELEASE
    # positions = table[: x.size(0)]
    # return x + positions.unsqueeze(1)
    ### END RELEASE

# %% exercise="add_positions" role="test" points=2
check(add_positions)
### BEGIN HIDDEN TESTS
check(add_positions, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# ## 9. Turning pairs
#
# Who needs to know that a word is number 4,017 of its text? What matters is that the adjective
# stands one before its noun. Attention weighs two tokens by a dot product of two vectors, a
# **query** of the one that looks and a **key** of the one that is looked at (lesson 3). Can that
# product be made to depend on their **distance** alone?
#
# Yes: do not add, **turn**. Take the query as a pair of numbers, a point in the plane, and turn it
# around the origin by as many radians as its position says. Turn the key by *its* position. Turning
# both by the same angle more changes nothing between them: what is left is the difference.
#
# $$(x_0, x_1) \to (x_0 \cos\theta - x_1 \sin\theta,\ x_0 \sin\theta + x_1 \cos\theta)$$
#
# By hand: the query (1, 0) at position 5 becomes (cos 5, sin 5), the key (1, 0) at position 3
# becomes (cos 3, sin 3). Their product is $\cos 5 \cos 3 + \sin 5 \sin 3 = \cos(5 - 3) = -0.42$.
# At 105 and 103 it is the same.
#
# One angle is not enough, as it comes round again after 6.28 positions. So a vector of width D is
# taken as D/2 pairs, pair $i$ turning by $\theta_i = \text{base}^{-2i/D}$ radians a position: the
# clock hands of section 8, with the base 10,000 or more. This is **rotary position embedding**,
# RoPE (Su and others, 2021), and most open models since Llama (2023) use it.

# %% [markdown] exercise="apply_rope" role="task"
# ### Turn pairs by their position
#
# *3 points, about 15 minutes, difficulty 3 of 5. Needs nothing from earlier exercises.*
#
# Write two functions. `apply_rope(x, positions, base)` turns queries or keys. `x` is `(B, H, T,
# D)` with an even D (H is the number of heads; lesson 3), `positions` an int64 tensor `(T,)`,
# `base` a float. It returns a tensor of the shape of `x`. Pairs are **neighbors**: numbers 0 and 1,
# numbers 2 and 3, and so on. Many programs pair number 0 with number D/2 instead, the first half
# with the second. For those, `to_half_split(x)` puts the numbers of each vector, the last axis of
# `x` of any shape, in another order.
#
# 1. Numbers 2i and 2i + 1 of each vector, `x0` and `x1`, become `x0 cos - x1 sin` and
#    `x0 sin + x1 cos` of one angle, in their old places.
# 2. The angle is the position times `base ** (-2i / D)`, in radians.
# 3. `positions[t]` is the position of `x[:, :, t]`, the same in each batch row and head; positions
#    may start anywhere.
# 4. `to_half_split(x)` returns the numbers of each vector in the order x0, x2, x4, ..., x1, x3,
#    x5, ...
# 5. `x` and `positions` are left unchanged.
#
# It takes 5 to 9 lines, and 1 or 2 for `to_half_split`. By hand: the vector (1, 0, 0, 1) at
# position 2 with base 100 has the angles 2 and 0.2 and becomes (−0.4161, 0.9093, −0.1987, 0.9801);
# `to_half_split` makes 0, 2, 4, 1, 3, 5 of 0, 1, 2, 3, 4, 5.

# %% exercise="apply_rope" role="answer"
def apply_rope(x, positions, base):
    """Return x (B, H, T, D) with each pair of neighbors turned by its position (T,)."""
    ### BEGIN SOLUTION
    D = x.size(-1)
    turns = base ** (-torch.arange(0, D, 2, dtype=torch.float64) / D)  # (D / 2,) radians a step
    angles = positions[:, None] * turns  # (T, D / 2)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    x0, x1 = x[..., 0::2], x[..., 1::2]  # (B, H, T, D / 2)
    return torch.stack([x0 * cos - x1 * sin, x0 * sin + x1 * cos], dim=-1).flatten(-2)
    ### END SOLUTION


def to_half_split(x):
    """Return x (..., D) with the even places of each vector before the odd ones."""
    ### BEGIN SOLUTION
    return torch.cat([x[..., 0::2], x[..., 1::2]], dim=-1)
    ### END SOLUTION

# %% exercise="apply_rope" role="test" points=3
check(apply_rope, to_half_split)
### BEGIN HIDDEN TESTS
check(apply_rope, to_half_split, thorough=True)
### END HIDDEN TESTS

# %% [markdown]
# Use it: one random query, one random key, six pairs of places. The first three have the distance
# 2. In the last column the 16 numbers of both vectors are rearranged by your `to_half_split`. What
# must happen to the score?

# %%
turn, half_split = mine("apply_rope"), mine("to_half_split")
query, key = torch.randn(2, 1, 1, 1, 16, generator=torch.Generator().manual_seed(3))


def score(query, key, query_at, key_at, order=lambda x: x):
    """Return the product of query and key (1, 1, 1, D), each turned by its position."""
    turned = [order(turn(x, torch.tensor([at]), 10_000.0))
              for x, at in [(query, query_at), (key, key_at)]]
    return (turned[0] * turned[1]).sum().item()


for query_at, key_at in [(2, 0), (5, 3), (1005, 1003), (3, 5), (9, 3), (6, 0)]:
    print(f"query at {query_at:4}, key at {key_at:4}, distance {query_at - key_at:2}: "
          f"score {score(query, key, query_at, key_at):6.3f}, split in halves "
          f"{score(query, key, query_at, key_at, half_split):6.3f}")
assert all(abs(score(query, key, d + s, s) - score(query, key, d, 0)) < 1e-3
           for d in range(30) for s in [1, 50, 900])
assert abs(score(query, key, 2, 0) - score(query, key, 0, 2)) > 0.1

# %% [markdown]
# The same distance, the same score, at the start of a text or a thousand tokens into it; the assert
# checks 30 distances from four starts. Minus 2 is not plus 2: turning knows left from right. And
# the order of the numbers is a matter of storage, as long as query and key agree. (When they do
# not, a model loads without an error and talks nonsense, a bug that many programs have had.)
#
# Now with your own hands. Each dial is one pair of the vector; the solid hand is the query, the
# dashed one the key. Move one of the positions, then both together, and watch which numbers
# change.

# %%
turning_pairs(query[0, 0, 0, :8].tolist(), key[0, 0, 0, :8].tolist(), base=100.0)

# %% [markdown]
# The first dial turns by a radian with each step, the last by a thirtieth of that. Fast pairs tell
# neighbors apart, slow ones near from far. What does that do to a score, when query and key are the
# same vector and move apart? Will it fall evenly, or in ripples?

# %%
ones = torch.ones(1, 1, 1, 64)
distances = list(range(0, 512))
fig, ax = plt.subplots(figsize=(8, 3.6))
for base in [100.0, 10_000.0, 1_000_000.0]:
    there = turn(ones.expand(1, 1, 512, 64), torch.arange(512), base)  # (1, 1, T, D)
    ax.plot(distances, (there[0, 0] @ ones[0, 0, 0]) / 64, label=f"base {base:,.0f}", linewidth=1.6)
ax.set(xlabel="distance in tokens", ylabel="score, 1 at distance 0", xlim=(0, 511))
figures.label_lines(ax)
ax.set_title("The larger the base, the longer two equal vectors stay alike")
figures.show(fig, alt="Score of two equal vectors by distance for three bases. All start at 1 and "
                      "fall in ripples. Base 100 soon swings around 0; base 10,000 falls to about "
                      "a fifth, base 1,000,000 stays near one half over 512 tokens.")

# %% [markdown]
# So near tokens start with a higher score; training can use that or undo it. A larger base makes
# the slow pairs slower: SmolLM2 has base 100,000 for texts of 8,192 tokens.

# %% [markdown]
# ## 10. Longer than all it has read
#
# A model is trained on pieces of some length. What happens beyond? Four small models will tell,
# alike in all but their positions, each trained for some seconds on pieces of 32 tokens of
# Tinyville. Then they read pieces of 128, and the loss is measured at each place: how surprised is
# it by the next word, in nats? The learned table gets 128 rows, of which training never touched 96.
# Waves and turns can be computed for any position. A fifth reader, *RoPE, squeezed*, is the model
# with RoPE again, all its positions divided by 4: it reads 128 places as if they lay between the
# trained 32.
#
# Predict the order of the four, from best to worst, at places 97 to 128. Will the one without any
# positions be the last? (The next cell trains for about a minute.)

# %%
losses = {}
for scheme, label in SCHEMES.items():
    losses[scheme] = loss_by_place(train_on_short(scheme))
    print(f"{label}: trained, and read 128 places")
losses["squeezed"] = loss_by_place(squeezed(train_on_short("rope")))

# %% tags=["nbval-ignore-output"]
spans = [(1, 8), (9, 32), (33, 64), (65, 96), (97, 128)]
labels = {**SCHEMES, "squeezed": "RoPE, squeezed"}
average = {scheme: [mean_of(values, first, last) for first, last in spans]
           for scheme, values in losses.items()}
table([(labels[scheme], *(f"{value:.2f}" for value in values))
       for scheme, values in average.items()],
      columns=["positions", *(f"{first} to {last}" for first, last in spans)],
      caption="Loss in nats, by place; trained on places 1 to 32")

# %%
inside, beyond = ({scheme: values[i] for scheme, values in average.items()} for i in [1, -1])
trained = [inside[scheme] for scheme in SCHEMES]
assert max(trained) - min(trained) < 0.1
assert inside["rope"] < inside["none"]
assert beyond["rope"] < beyond["squeezed"]
assert beyond["rope"] < beyond["none"] < min(beyond["learned"], beyond["sinusoidal"])
fig, ax = plt.subplots(figsize=(8, 3.8))
for scheme in SCHEMES:
    smooth = F.avg_pool1d(torch.tensor([losses[scheme]]), 5, stride=1)[0]
    ax.plot(range(3, 127), smooth, label=labels[scheme])
ax.axvline(32, color=figures.GRAY, linestyle=":", linewidth=1.5)
ax.annotate("trained up to here", (32, 0.35), xytext=(6, 0), textcoords="offset points")
ax.set(xlabel="place in the text", ylabel="loss (nats)", xlim=(1, 128), ylim=(0, None))
figures.label_lines(ax)
ax.set_title("Past the trained length, every scheme fails in its own way")
figures.show(fig, alt="Loss by place for four models. Up to place 32 all are near 1.1. After it "
                      "sinusoidal climbs steeply above 4, the learned table to about 3, no "
                      "positions climbs slowly to over 2, and RoPE least, to about 1.6.")

# %% [markdown]
# Inside the trained length they differ by less than a tenth of a nat: RoPE is best and *no
# positions* last. Past it, **sinusoidal** falls off a cliff: sums of waves that it never saw are
# worse than nothing. The **learned** table adds rows that chance filled. **No positions** fails
# slowly, probably since such a model can only tell places by how many tokens it sees (Haviv and
# others, 2022), and soon it sees more than ever before. **RoPE** does best, as near pairs keep
# their distances, but it fails, too, at distances that it never trained.
#
# So "waves can be computed for any position" is true and does not help, and "RoPE extrapolates" is
# only half true. How do real models get from 8,192 tokens to 128,000? They change the turns, by a
# larger base or by squeezing positions, and then train on for a while on long texts (Chen and
# others, 2023). The squeezing alone, 128 places told as if they lay between the 32, does not do it:
# look at the last line of the table.

# %%
claims([
    ("Sinusoidal positions let a model read texts longer than any it was trained on "
     "(Vaswani and others, 2017, hoped so)",
     beyond["sinusoidal"] < 1.25 * inside["sinusoidal"],
     "loss more than doubles past the trained length" if
     beyond["sinusoidal"] > 2 * inside["sinusoidal"] else "loss rises"),
    ("RoPE lets a model read texts longer than any it was trained on",
     "better than the others, but not without loss"
     if 1.25 * inside["rope"] < beyond["rope"] == min(beyond.values())
     else beyond["rope"] < 1.25 * inside["rope"],
     "the smallest rise, but the loss grows by more than a quarter"
     if beyond["rope"] > 1.25 * inside["rope"] else "hardly a rise"),
])

# %% [markdown]
# ## 11. Sizes
#
# How wide is the vector of a token in models that people use, and what does its table cost?
# Vocabulary times width, as published; a second table, which makes scores of the last vectors, is
# counted where a model has one of its own (lesson 4). The five are GPT-2 with 1.5 billion
# parameters, GPT-3 with 175 billion, Llama 3 with 8 billion, Llama 3.1 with 405 billion, and
# SmolLM2 with 135 million. Predict: whose table takes the largest share of its model?

# %%
models = [  # name, vocabulary, width, tables, all parameters, how positions are told
    ("GPT-2 1.5B, 2019", 50_257, 1600, 1, 1.558e9, "learned table, 1,024"),
    ("GPT-3 175B, 2020", 50_257, 12_288, 1, 174.6e9, "learned table, 2,048"),
    ("Llama 3 8B, 2024", 128_256, 4096, 2, 8.03e9, "RoPE, base 500,000"),
    ("Llama 3.1 405B, 2024", 128_256, 16_384, 2, 405.9e9, "RoPE, base 500,000"),
    ("SmolLM2-135M, 2024", 49_152, 576, 1, 134.5e6, "RoPE, base 100,000"),
]
assert models[-1][1:3] == (V, C)
table([(name, v, c, f"{tables * v * c / 1e6:,.0f} million", f"{tables * v * c / total:.1%}", how)
       for name, v, c, tables, total, how in models],
      columns=["model", "vocabulary", "width", "table", "share", "positions"],
      caption="What embeddings cost")

# %% [markdown]
# The smallest: a fifth of SmolLM2 is its table. In GPT-3 it is less than half a percent, although
# its vectors have 12,288 numbers each: the layers grow with the square of the width, and the table
# does not. Two things raise the share of Llama 3: it has two tables, and a vocabulary of 128,256.

# %% [markdown]
# ## On a real model
#
# SmolLM2 turns its queries and keys by RoPE in each of its layers. Take its real queries from the
# first layer before they are turned, turn them with your function, and compare with what the model
# makes of them.

# %%
before_turn, after_turn = word_order.real_queries("The cat sat on the mat")  # (1, H, T, D) each
ours = turn(before_turn, torch.arange(before_turn.size(2)), 100_000.0)
print("shape (B, H, T, D):", tuple(ours.shape))
print("same as the model's own:", torch.allclose(ours, after_turn, atol=1e-4))
assert torch.allclose(ours, after_turn, atol=1e-4)

# %% [markdown]
# Now move a whole text: let it begin not at position 0 but at 5,000, or at 60,000, far past the
# 8,192 that SmolLM2 was made for. Then take the turns away from it. Predict both effects.

# %%
text = "The capital of France is"
at_the_start = word_order.logits_from(text, start=0)  # (V,)
moved = {start: (word_order.logits_from(text, start) - at_the_start).abs().max().item()
         for start in [5000, 60_000]}
for start, largest in moved.items():
    assert largest < 0.01
    print(f"starting at {start:6,}: each score changes by less than 0.01")
story = demos.sample("prose")
with_turns, without = (word_order.perplexity(story, rope=rope) for rope in [True, False])
print(f"perplexity of a story: {with_turns:.0f} as it is, {without:.0f} without positions")
assert without > 3 * with_turns

# %% [markdown]
# Moved by 60,000 positions, SmolLM2 says the same: only distances count. The text is still short,
# though, and all its distances stay small. This does not let SmolLM2 read 60,000 tokens. Without
# the turns it is far more surprised by each token (**perplexity** is how many tokens it hesitates
# between, on average; lesson 6). It learned with positions and needs them; a model that had learned
# without would do better, as section 10 showed.

# %% [markdown] role="written" points=2
# ### Who bit whom?
#
# A colleague builds two models without any positions. The first sorts letters of complaint: six
# layers of attention in which each token sees all others, then the mean of all vectors. The second
# is a chat model: twenty layers with a causal mask. "The first one cannot tell *the dog bit
# the man* from *the man bit the dog*, and so the second cannot either", they say. In four to six
# sentences: which half of that is right, and why? Use what section 7 showed, and say what you would
# measure to settle it.
#
# ### BEGIN MARK SCHEME
# **1 point:** says that the first half is right: where each token sees all others, permuting the
# tokens only permutes their vectors, in any number of layers, and the mean forgets the order of
# vectors; so both sentences give the same result.
#
# **1 point:** says that the second half is wrong *and* why: under a causal mask a token's vector
# after one layer depends on who stood before it, so that from the second layer on the order can be
# told; and names a measurement (compare the last vector or the scores for two orders, with and
# without the mask, or in one and in two layers). A verdict without the reason earns no point.
# ### END MARK SCHEME

# %% [markdown]
# ## Key takeaways
#
# - An embedding is a row of a table. Looking it up is a product with a one-hot row, so it learns by
#   gradients like any other weight.
# - Words that keep the same company get vectors in similar directions. Center the table before you
#   compare, and ask what pairs by chance would give.
# - Directions can carry meaning. An analogy proves little until you know what was left out, and
#   what was near before any arithmetic.
# - The table has one vector for each token; layers make of it one for each place in a text.
# - As seen from the last token, one layer of attention cannot tell two orders apart, nor can any
#   number of them without a causal mask. Positions are told by adding waves or learned rows, or by
#   turning pairs.
# - RoPE makes scores depend on distances alone. No scheme reads on for free past the trained
#   length.

# %% [markdown]
# ## Knowledge check
#
# Some of the questions use figures from above; scroll back as often as you like. Every option
# tells you why.

# %%
quiz("embeddings")

# %% [markdown]
# ## What we simplified
#
# - Real word vectors were trained on billions of words with 300 numbers each; ours on 8,000 tiny
#   texts with 16. The method is the same.
# - In a language model the table is trained together with all layers, by predicting the next token,
#   not by skip-gram.
# - Twenty-four analogies and twenty sentences are few. They show what can happen, not how often it
#   does; published tests use thousands, with the same cautions.
# - The layer of section 7 has random weights, and no feed-forward half (lesson 4). What it is
#   blind to, it stays blind to with any weights.
# - Four small models, one seed each: 2 layers, vectors of 32 numbers, RoPE with base 1,000. That
#   waves fail at once and turns a little later is known from larger models (Press and others,
#   2021). Where *no positions* stands is open: on tasks such as copying and adding, models without
#   positions read on better than those with RoPE (Kazemnejad and others, 2023).
# - There are other ways to tell positions, such as a penalty on scores that grows with the distance
#   (Press and others, 2021).

# %% [markdown]
# ## Papers and further reading
#
# - Pearson, 1901, *On Lines and Planes of Closest Fit*: principal components. Firth, 1957, *A
#   Synopsis of Linguistic Theory*: the company that words keep.
# - Mikolov and others, 2013, [skip-gram](https://arxiv.org/abs/1301.3781) and [negative
#   sampling](https://arxiv.org/abs/1310.4546). Mikolov, Yih and Zweig, 2013, *Linguistic
#   Regularities in Continuous Space Word Representations*: analogies.
# - Linzen, 2016, [Issues in Evaluating Semantic Spaces Using Word
#   Analogies](https://arxiv.org/abs/1606.07736). Bolukbasi and others, 2016, [bias in word
#   vectors](https://arxiv.org/abs/1607.06520); Nissim and others, 2020, [an
#   answer](https://arxiv.org/abs/1905.09866).
# - Mu and Viswanath, 2018, [All-but-the-Top](https://arxiv.org/abs/1702.01417): the common part.
# - Ethayarajh, 2019, [How Contextual are Contextualized Word
#   Representations?](https://arxiv.org/abs/1909.00512): what section 6 measures, in full.
# - Vaswani and others, 2017, [Attention Is All You Need](https://arxiv.org/abs/1706.03762): waves.
#   Gehring and others, 2017, [learned positions](https://arxiv.org/abs/1705.03122). Su and others,
#   2021, [rotary position embedding](https://arxiv.org/abs/2104.09864).
# - Haviv and others, 2022, [no positional encodings](https://arxiv.org/abs/2203.16634). Press and
#   others, 2021, [Train Short, Test Long](https://arxiv.org/abs/2108.12409). Kazemnejad and others,
#   2023, [length generalization](https://arxiv.org/abs/2305.19466). Chen and others, 2023,
#   [positional interpolation](https://arxiv.org/abs/2306.15595).
# - The sizes: Radford and others, 2019 (GPT-2); Brown and others, 2020,
#   [GPT-3](https://arxiv.org/abs/2005.14165); Llama team, 2024, [The Llama 3 Herd of
#   Models](https://arxiv.org/abs/2407.21783); Ben Allal and others, 2025,
#   [SmolLM2](https://arxiv.org/abs/2502.02737).

# %% [markdown]
# ## Where you stand

# %%
progress("embeddings")

# %% [markdown]
# **Next question.** Three times in this lesson attention was a box: it lets a token take something
# from others, which is how *bank* learned that there was a river. How does a token know which of
# the others to listen to? That is lesson 3, Attention.
