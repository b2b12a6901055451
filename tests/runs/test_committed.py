"""The committed model is a model of the town as it is, and as good as its README says."""

import pytest
import torch

from course_lib.llm.checkpoint import load_model
from course_lib.runs.committed import TINY
from course_lib.runs.measure import accuracy, loss_and_floor, possible_parts, sample_documents
from course_lib.runs.town import town_tokenizer
from course_lib.tinyville.probes import PROBES
from course_lib.tinyville.world import make_world

VILLAGE = make_world("village")


@pytest.fixture(scope="module")
def tiny():
    return load_model(TINY)


def test_its_tokenizer_is_the_towns(tiny):
    assert tiny[1].vocab == town_tokenizer(VILLAGE).vocab


def test_it_is_small():
    assert sum(file.stat().st_size for file in TINY.iterdir()) < 4_000_000


def test_its_loss_is_near_the_floor(tiny):
    loss, floor = loss_and_floor(*tiny, VILLAGE, n=1000)
    assert 1 < loss / floor < 1.05


@pytest.mark.parametrize("kind", [kind for kind in PROBES if kind != "who has what"])
def test_it_knows_the_village(tiny, kind: str):
    assert accuracy(*tiny, PROBES[kind](VILLAGE)) >= 0.97


@pytest.mark.slow
def test_it_writes_what_the_village_writes(tiny):
    torch.manual_seed(0)
    sentences, documents = possible_parts(VILLAGE, sample_documents(*tiny, n=500, seed=4))
    assert sentences >= 0.97 and documents >= 0.80
