"""Lesson 03 on SmolLM2's heads: scores that tell heads apart, fair sentences, real effects."""

import pytest
import torch

from course_lib import assets
from course_lib.study import head_scores, head_sentences, heads
from course_lib.study.heads import Look

real_model = pytest.mark.skipif(bool(assets.missing()), reason="assets: run `course fetch`")


def one_way(T, way):
    """Return weights (2, 3, T, T): head (1, 2) looks one way, the others evenly."""
    weights = torch.ones(T, T).tril()
    weights = (weights / weights.sum(-1, keepdim=True)).expand(2, 3, T, T).clone()
    weights[1, 2] = 0.0
    for query in range(T):
        weights[1, 2, query, way(query)] = 1.0
    return weights


def test_a_previous_token_head_is_told_from_a_sink():
    back = Look(list("abcdef"), one_way(6, lambda query: max(query - 1, 0)))
    sink = Look(list("abcdef"), one_way(6, lambda query: 0))
    assert head_scores.previous_token([back])[1, 2] == 1.0
    assert head_scores.first_token([back])[1, 2] == 0.0  # token 1, whose last is first, is left out
    assert head_scores.first_token([sink])[1, 2] == 1.0
    assert head_scores.previous_token([sink])[1, 2] == 0.0
    assert head_scores.previous_token([back, sink])[1, 2] == 0.5
    even = head_scores.previous_token([sink])[0, 0].item()
    assert even == pytest.approx((1 / 3 + 1 / 4 + 1 / 5 + 1 / 6) / 4)


def test_an_induction_head_looks_one_behind_the_earlier_copy():
    T = 4
    exact = one_way(2 * T, lambda query: max(query - T + 1, 0))
    same = one_way(2 * T, lambda query: max(query - T, 0))  # at the copy itself: a near miss
    assert head_scores.induction(exact[None])[1, 2] == 1.0
    assert head_scores.induction(same[None])[1, 2] == 0.0
    assert head_scores.induction(torch.stack([exact, same]))[1, 2] == 0.5


def test_repeats_say_everything_twice_and_differ_by_seed():
    ids = head_scores.repeats(3, 5, seed=0)
    assert ids.shape == (3, 10)
    assert torch.equal(ids[:, :5], ids[:, 5:])
    assert not torch.equal(ids, head_scores.repeats(3, 5, seed=1))
    assert ids.min() >= head_scores.FIRST_ORDINARY and ids.max() < head_scores.LAST_ORDINARY


def taken(**pairs):
    """Return what head (0, 0) takes from two nouns, for each kind; head (0, 1) takes nothing."""
    return {
        kind: tuple(torch.tensor([[value, 0.0]]) for value in pairs[kind.replace(", ", "_")])
        for kind in head_sentences.KINDS
    }


def test_following_the_animal_and_following_the_first_noun_are_told_apart():
    animal = taken(
        animal_thing=(0.8, 0.1), thing_animal=(0.2, 0.6), animal_animal=(0.4, 0.4),
        thing_thing=(0.1, 0.1),
    )  # fmt: skip
    first = taken(
        animal_thing=(0.8, 0.1), thing_animal=(0.7, 0.2), animal_animal=(0.6, 0.1),
        thing_thing=(0.9, 0.1),
    )  # fmt: skip
    assert head_scores.follows_animal(animal)[0, 0] == pytest.approx(0.4)  # the worse order
    assert head_scores.follows_animal(first)[0, 0] == pytest.approx(-0.5)
    assert head_scores.follows_first(first)[0, 0] == pytest.approx(0.5)
    assert head_scores.follows_first(animal)[0, 0] == pytest.approx(-0.4)


def test_the_best_heads_come_in_order():
    scores = torch.tensor([[0.1, 0.9], [0.5, 0.3]])
    assert heads.best(scores, 3) == [(0, 1), (1, 0), (1, 1)]


def test_a_word_has_to_stand_once():
    look = Look(["The", " cat", " saw", " cat"], torch.zeros(1, 1, 4, 4))
    assert look.place("saw") == 2
    for word in ("cat", "dog"):
        with pytest.raises(ValueError, match="once among"):
            look.place(word)


def test_search_and_fresh_sentences_share_no_noun_and_no_frame():
    search, fresh = head_sentences.SEARCH, head_sentences.FRESH
    for part in ("frames", "animals", "things"):
        assert not set(getattr(search, part)) & set(getattr(fresh, part))
        assert len(getattr(search, part)) == len(getattr(fresh, part))
    assert not set(head_sentences.PROSE) & set(head_sentences.FRESH_PROSE)


@pytest.mark.parametrize("kind", head_sentences.KINDS)
def test_each_noun_stands_as_often_first_as_the_others(kind):
    found = head_sentences.nouns(head_sentences.SEARCH, kind)
    assert len(found.texts) == len(set(found.texts)) == 12
    for text, first, second in zip(found.texts, found.first, found.second, strict=True):
        assert first != second
        assert text.startswith(f"The {first} ") and f" the {second} " in text and " it " in text
    assert {found.first.count(noun) for noun in found.first} == {2}
    assert {found.second.count(noun) for noun in found.second} == {2}


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="kind must be one of"):
        head_sentences.nouns(head_sentences.SEARCH, "animal")


@real_model
@pytest.mark.slow
def test_texts_of_different_lengths_keep_their_order_and_their_weights():
    texts = ["The cat sat because it", "A dog", "The dog ran because it"]
    together = heads.looks(texts)
    for text, look in zip(texts, together, strict=True):
        assert "".join(look.pieces) == text
        torch.testing.assert_close(look.weights, heads.look(text).weights, atol=1e-4, rtol=0)
        sums = look.weights.sum(-1)
        torch.testing.assert_close(sums, torch.ones_like(sums))
        assert (look.weights.triu(diagonal=1) == 0).all()
    between = together[0].between("it", "cat")
    assert between.shape == (30, 9)
    assert torch.equal(between, together[0].weights[:, :, 4, 1])


@real_model
@pytest.mark.slow
def test_heads_and_attention_are_as_before_after_a_change():
    ids, before = heads.next_scores("The capital of France is")
    assert heads.words(before, 1) == ["Paris"]
    with heads.switched_off([(18, 6), (1, 2)]):
        changed = heads.next_scores("The capital of France is")[1]
    calls = []

    def nothing(q, k, v, allowed):
        calls.append((q.shape[1], k.shape[1], tuple(allowed.shape)))
        return torch.zeros_like(q)

    with heads.attending_by(nothing):
        silent = heads.next_scores("The capital of France is")[1]
    assert calls == [(9, 3, (len(ids), len(ids)))] * 30
    assert (changed - before).abs().max() > 0.1
    assert (silent - before).abs().max() > 1
    assert torch.equal(heads.next_scores("The capital of France is")[1], before)


@real_model
@pytest.mark.slow
def test_losses_are_means_of_what_the_model_predicts():
    ids = head_scores.repeats(2, 3, seed=0)
    logprobs = heads.logits(ids).double().log_softmax(-1)
    losses = [[-logprobs[b, t - 1, ids[b, t]].item() for t in range(1, 6)] for b in range(2)]
    first = sum(row[0] + row[1] for row in losses) / 4
    second = sum(row[3] + row[4] for row in losses) / 4
    assert heads.copy_loss(ids) == pytest.approx((first, second), rel=1e-4)
    assert 0 < heads.text_loss("The cat sat on the mat.") < 11
