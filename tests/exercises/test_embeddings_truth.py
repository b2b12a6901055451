"""The ground truth of lesson 02's checks: right by hand, by others' code, and by the lesson."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

from course_lib.exercises.embeddings import (
    analogy_checks,
    bug_hunt_checks,
    calls,
    cosine_checks,
    lookup_checks,
    nearest_checks,
    ranking,
    rope_checks,
    skip_gram_checks,
    wave_checks,
)
from course_lib.exercises.tensors import alike


def all_cases(checks, seed=0):
    return list(checks.cases(np.random.default_rng(seed), True))


def test_looking_up_by_hand():
    on, the, cat = [0.33, 0.89, 0.11, 0.56], [0.12, -0.50, 0.33, 0.78], [0.78, 0.30, -0.12, 0.45]
    assert torch.equal(lookup_checks.truth(lookup_checks.EXAMPLE), torch.tensor([[on, the, cat]]))


def test_a_table_to_multiply_refuses_to_be_looked_up():
    ids, table = torch.tensor([[1, 0]]), torch.arange(6.0).view(3, 2)

    def tried(answer):
        return calls.one_hot_lookup(answer, {"ids": ids, "table": table})

    for look_up in (
        lambda ids, table: table[ids],
        lambda ids, table: table[ids.tolist()],
        lambda ids, table: table[ids, :],
        lambda ids, table: F.embedding(ids, table),
        lambda ids, table: torch.index_select(table, 0, ids[0]),
        lambda ids, table: table.take(ids),
        lambda ids, table: table.gather(0, ids),
        lambda ids, table: torch.tensor([table.tolist()[1::-1]]),
        lambda ids, table: torch.from_numpy((table * torch.ones(1)).numpy()[ids.numpy()]),
    ):
        with pytest.raises(calls.LookedUpByIndex):
            tried(look_up)
    assert type(tried(lambda ids, table: torch.eye(3)[ids] @ table)) is torch.Tensor
    assert tried(lambda ids, table: table[2] + table[0, 1]).tolist() == [5.0, 6.0]
    assert tried(lambda ids, table: (table * 2).sum(0)).tolist() == [12.0, 18.0]
    assert tried(lambda ids, table: 7) == 7
    assert tried(lambda ids, table: (torch.eye(3)[ids] @ table).tolist()) == table[ids].tolist()


def test_a_table_to_multiply_has_to_be_multiplied():
    ids, table = torch.tensor([[1, 0]]), torch.arange(6.0).view(3, 2)
    one_hot = torch.eye(3)[ids]

    def tried(answer):
        return calls.one_hot_lookup(answer, {"ids": ids, "table": table})

    for copied in (
        lambda ids, table: torch.stack([table[1], table[0]])[None],
        lambda ids, table: torch.stack([table[1] * 1.0, table[0] * 1.0])[None],
        lambda ids, table: torch.stack(table.unbind(0)[1::-1])[None],
    ):
        with pytest.raises(calls.NeverMultiplied):
            tried(copied)
    for product in (
        lambda ids, table: torch.einsum("btv,vc->btc", one_hot, table),
        lambda ids, table: F.linear(one_hot, table.T),
        lambda ids, table: torch.tensordot(one_hot, table, dims=1),
        lambda ids, table: sum(one_hot[..., v : v + 1] * table[v] for v in range(3)),
        lambda ids, table: (table * one_hot.unsqueeze(-1)).sum(2),
        lambda ids, table: (table.T @ one_hot.mT).mT,
        lambda ids, table: torch.bmm(one_hot, table.expand(1, 3, 2)),
        lambda ids, table: torch.addmm(torch.zeros(2), one_hot[0], table)[None],
    ):
        assert torch.equal(tried(product), table[ids])
    wrong, constant = tried(lambda ids, table: table[:2] + 1), tried(lambda ids, _: 7)
    assert wrong.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert constant == 7


def test_cosines_are_those_of_torch():
    assert alike(cosine_checks.truth(cosine_checks.EXAMPLE), torch.tensor(0.96))
    for inputs in all_cases(cosine_checks):
        a, b = (inputs[name].double() for name in "ab")
        expected = F.cosine_similarity(a, b, dim=-1, eps=1e-30).float()
        assert alike(cosine_checks.truth(inputs), expected)


@pytest.mark.parametrize("seed", range(3))
def test_nearest_ids_are_those_of_torch(seed):
    assert nearest_checks.truth(nearest_checks.EXAMPLE) == [3, 1]
    for inputs in all_cases(nearest_checks, seed):
        cosines = F.cosine_similarity(inputs["table"].double(), inputs["query"].double(), dim=-1)
        assert alike(ranking.cosines(inputs["table"], inputs["query"]), cosines.tolist())
        assert ranking.without_ties(cosines.tolist())
        cosines[inputs["exclude"]] = -math.inf
        assert nearest_checks.truth(inputs) == cosines.topk(inputs["k"]).indices.tolist()
        assert inputs["k"] <= len(cosines) - len(inputs["exclude"])


@pytest.mark.parametrize("seed", range(3))
def test_analogies_are_those_of_three_cosines(seed):
    """A cosine with the direction has the order of three cosines: Levy and Goldberg, 2014."""
    names = list(analogy_checks.ROWS)
    answer = [names[i] for i in analogy_checks.truth(analogy_checks.EXAMPLE)]
    assert answer == ["queen", "crown", "girl"]
    for inputs in all_cases(analogy_checks, seed):
        table, three = inputs["table"].double(), [inputs[name] for name in "abc"]
        a, b, c = (F.cosine_similarity(table, table[i], dim=-1) for i in three)
        scores = a - b + c
        scores[three] = -math.inf
        assert analogy_checks.truth(inputs) == scores.topk(inputs["k"]).indices.tolist()
        assert inputs["k"] <= len(table) - 3


def test_scores_without_ties():
    assert ranking.without_ties([0.5, -0.5, 0.52])
    assert not ranking.without_ties([0.5, -0.5, 0.505])
    assert ranking.best_first([1.0, 3.0, 2.0, 4.0], exclude=[3]) == [1, 2, 0]


def test_the_loss_is_that_of_yes_or_no_questions():
    by_hand = -sum(math.log(1 / (1 + math.exp(-score))) for score in (2, 0, 1))
    assert alike(skip_gram_checks.truth(skip_gram_checks.EXAMPLE), torch.tensor(by_hand))
    wanted = set()
    for inputs in all_cases(skip_gram_checks):
        names = ("center", "context", "negatives")
        vectors = {name: inputs[name].double().requires_grad_() for name in names}
        center, context, negatives = vectors.values()
        words = torch.cat((context.unsqueeze(1), negatives), dim=1)
        scores = torch.einsum("bc,bkc->bk", center, words)
        labels = F.one_hot(torch.zeros(len(scores), dtype=torch.int64), scores.size(1)).double()
        loss = F.binary_cross_entropy_with_logits(scores, labels, reduction="none").sum(1).mean()
        gradients = dict(
            zip(names, torch.autograd.grad(loss, tuple(vectors.values())), strict=True)
        )
        expected = {"loss": loss.detach(), **gradients}[inputs["wanted"]]
        assert alike(skip_gram_checks.truth(inputs), expected.float())
        wanted.add(inputs["wanted"])
    assert wanted == {"loss", "center", "context", "negatives"}


def test_waves_are_turning_points():
    """A sine and a cosine are the two coordinates of a point that turns by one step's angle."""
    row = wave_checks.truth(wave_checks.EXAMPLE)[2]
    assert row.tolist() == pytest.approx([0.91, -0.42, 0.02, 1.00], abs=0.005)
    for inputs in all_cases(wave_checks):
        T, C = inputs["T"], inputs["C"]
        if C % 2:
            with pytest.raises(ValueError):
                wave_checks.truth(inputs)
            continue
        step = torch.exp(1j * 10_000.0 ** (-torch.arange(0, C, 2, dtype=torch.float64) / C))
        points = step ** torch.arange(T)[:, None]
        waves = wave_checks.truth(inputs)
        assert alike(waves[:, 0::2], points.imag.float())
        assert alike(waves[:, 1::2], points.real.float())


def test_turning_by_hand():
    first, second = rope_checks.truth(rope_checks.EXAMPLE)[0, 0].tolist()
    assert first == pytest.approx([-0.4161, 0.9093, -1.1426, 1.9221, -0.4794, 0.8776], abs=1e-4)
    assert second == pytest.approx([0.2837, -0.9589, -1.9981, -1.0038, -0.9490, 0.3153], abs=1e-4)


def test_turning_is_that_of_llama_in_the_half_split_layout():
    for inputs in all_cases(rope_checks):
        if inputs["function"] == "to_half_split":
            continue
        x, D = inputs["x"].double(), inputs["x"].size(-1)
        speeds = inputs["base"] ** (-torch.arange(0, D, 2, dtype=torch.float64) / D)
        angles = torch.outer(inputs["positions"].double(), speeds).repeat(1, 2)[None]  # (1, T, D)
        half_split = rope_checks.truth({"function": "to_half_split", "x": x})
        turned, _ = apply_rotary_pos_emb(half_split, half_split, angles.cos(), angles.sin())
        ours = rope_checks.truth({"function": "to_half_split", "x": rope_checks.truth(inputs)})
        assert alike(ours, turned.float())


def test_the_half_split_order_by_hand():
    x = torch.arange(6.0).view(1, 1, 1, 6)
    split = rope_checks.truth({"function": "to_half_split", "x": x})
    assert split.flatten().tolist() == [0, 2, 4, 1, 3, 5]


def test_positions_are_added_along_time():
    rows = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    assert bug_hunt_checks.truth(bug_hunt_checks.EXAMPLE).tolist() == [rows, rows]
    refused = 0
    for inputs in all_cases(bug_hunt_checks):
        x, table = inputs["x"], inputs["table"]
        if x.size(1) > len(table):
            refused += 1
            with pytest.raises(ValueError):
                bug_hunt_checks.truth(inputs)
            continue
        moved = F.embedding(torch.arange(x.size(1)), table)
        assert alike(bug_hunt_checks.truth(inputs), torch.stack([row + moved for row in x]))
    assert refused >= 2
