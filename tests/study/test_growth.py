"""The looks at a model in training: what is asked, and how its answers are measured."""

import math
from dataclasses import replace

import pytest
import torch

from course_lib.llm.training import evaluate
from course_lib.runs.town import END_OF_TEXT
from course_lib.study import growth
from course_lib.study.town_training import new_model, one_thread, town
from course_lib.tinyville.probes import Probe
from tests.llm.models import random_model

PLACE = town("village")


def a_model(seed=0):
    """Return a model that is sure of something, so that it matters what it is asked."""
    return random_model(seed, vocab_size=PLACE.vocab_size, context_length=128)


@pytest.mark.parametrize(
    ("n_probes", "n", "places"),
    [(3, 5, [0, 1, 2]), (6, 3, [0, 2, 4]), (7, 3, [0, 3, 6]), (6, 6, [*range(6)]), (5, 1, [0])],
)
def test_questions_are_spread_over_all(n_probes, n, places):
    probes = [Probe(str(number), "", "") for number in range(n_probes)]
    assert growth.spread(probes, n) == [probes[place] for place in places]


def test_surprise_is_the_mean_over_a_right_answers_tokens():
    model, tokenizer = a_model(), PLACE.tokenizer
    probes = [Probe("3 + 4 =", " 7", "sum"), Probe("parrot :", " 3 + 4 =", "repeat")]
    means = []
    for probe in probes:
        ids = [tokenizer.special_tokens[END_OF_TEXT], *tokenizer.encode_ordinary(probe.prompt)]
        nats = []
        for id in tokenizer.encode_ordinary(probe.answer):
            with torch.no_grad():
                probs = model(torch.tensor([ids]))[0, -1].softmax(dim=-1)
            nats.append(-math.log(probs[id].item()))
            ids.append(id)
        means.append(sum(nats) / len(nats))
    assert len(nats) == 4 and abs(means[0] - means[1]) > 0.1
    assert growth.surprise(model, tokenizer, probes) == pytest.approx(sum(means) / 2, rel=1e-4)
    assert growth.surprise(model, tokenizer, probes[:1]) == pytest.approx(means[0], rel=1e-4)


def test_who_has_learned_nothing_is_surprised_by_all_tokens_alike():
    with one_thread():
        seen = growth.look(new_model(PLACE, 16, seed=0), PLACE, step=0)
    nothing = math.log(PLACE.vocab_size)
    assert seen.step == 0 and seen.loss == pytest.approx(nothing, abs=0.05)
    assert [*seen.right] == [*seen.surprise] == [*growth.KINDS]
    assert all(part <= 0.1 for part in seen.right.values())
    assert [*seen.surprise.values()] == pytest.approx([nothing] * 4, abs=0.2)
    assert len(seen.sample.split()) > 20


def test_a_look_measures_the_model_on_other_documents_and_is_the_same_each_time():
    model = a_model()
    with one_thread():
        one, two = (growth.look(model, PLACE, 3) for _ in range(2))
        assert one == two and one.step == 3
        assert one.loss == pytest.approx(evaluate(model, PLACE.held_out))
        assert growth.look(a_model(1), PLACE, 3).sample != one.sample


def test_a_look_asks_at_most_sixty_questions_of_a_kind(monkeypatch):
    asked = []
    monkeypatch.setattr(growth, "accuracy", lambda *given: asked.append(len(given[2])) or 0.25)
    monkeypatch.setattr(growth, "surprise", lambda *given: asked.append(len(given[2])) or 2.0)
    seen = growth.look(new_model(PLACE, 16, seed=0), PLACE, 0)
    assert asked[:4] == asked[4:] and all(30 <= n <= growth.ASKED for n in asked)
    assert {*seen.right.values()} == {0.25} and {*seen.surprise.values()} == {2.0}


def test_the_last_look_is_after_the_last_step():
    assert growth.LOOKS[0] == 0 and growth.LOOKS[-1] == growth.STEPS
    assert [*growth.LOOKS] == sorted({*growth.LOOKS})


def test_a_run_is_looked_at_before_it_and_on_the_way(monkeypatch):
    monkeypatch.setattr(growth, "STEPS", 4)
    monkeypatch.setattr(growth, "LOOKS", (0, 2, 4))
    monkeypatch.setattr(growth, "TINY", replace(growth.TINY, n_documents=300, d_model=16))
    reports = []
    found = growth.grow(reports.append)
    assert [report.step for report in reports] == [1, 2, 3, 4]
    assert found.losses == [report.loss for report in reports]
    assert [look.step for look in found.looks] == [0, 2, 4]
    again = growth.look(found.model, found.place, 4)
    assert found.looks[-1].sample == again.sample
    assert found.looks[-1].loss == pytest.approx(again.loss)
    assert found.looks[-1].surprise == pytest.approx(again.surprise, rel=1e-4)
    assert found.looks[0].loss > found.looks[1].loss > found.looks[2].loss
