"""Many rows at once write what each would write alone."""

import math

import pytest
import torch
from torch import Generator

from course_lib.llm.generation import stream
from course_lib.llm.model import GPT, ModelConfig
from course_lib.llm.sampling import GREEDY, Settings
from course_lib.study.many_rows import write

PROMPT, LENGTH = [3, 1, 4, 1], 9
SETTINGS = [Settings(), GREEDY, Settings(temperature=0.5), Settings(temperature=2.0, top_p=0.8)]


@pytest.fixture(scope="module")
def model():
    shape = dict(d_model=16, n_layer=2, n_head=4, n_kv_head=2, d_ff=32)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = GPT(ModelConfig(vocab_size=20, context_length=64, **shape))
        for weights in model.parameters():
            torch.nn.init.normal_(weights, std=0.4)
    return model.eval()


def rows(settings=SETTINGS, first_seed=0):
    return [(one, Generator().manual_seed(first_seed + i)) for i, one in enumerate(settings)]


def alone(model, setting, seed, stop_ids=()):
    return [*stream(model, PROMPT, LENGTH, setting, stop_ids, Generator().manual_seed(seed))]


def test_each_row_is_what_it_would_be_alone(model):
    written = write(model, PROMPT, rows(), LENGTH)
    expected = [alone(model, setting, i) for i, setting in enumerate(SETTINGS)]
    assert [row.ids for row in written] == expected
    assert len({tuple(ids) for ids in expected}) == 4
    assert {len(ids) for ids in expected} == {LENGTH}


def test_a_row_ends_before_its_stop_token_and_the_others_go_on(model):
    whole = [row.ids for row in write(model, PROMPT, rows(), LENGTH)]
    stop_id = whole[0][3]
    found = [row.ids for row in write(model, PROMPT, rows(), LENGTH, stop_id)]
    assert found[0] == whole[0][: whole[0].index(stop_id)]
    for i, ids in enumerate(whole):
        assert found[i] == (ids[: ids.index(stop_id)] if stop_id in ids else ids)
    assert max(map(len, found)) == LENGTH


def test_it_stops_when_all_have_stopped(model):
    calls = []
    first = write(model, PROMPT, rows([GREEDY]), 1)[0].ids[0]
    hook = model.register_forward_pre_hook(lambda *_: calls.append(1))
    (row,) = write(model, PROMPT, rows([GREEDY]), LENGTH, stop_id=first)
    hook.remove()
    assert row.ids == [] and math.isnan(row.surprise) and len(calls) == 1


def test_a_row_that_has_stopped_is_not_waited_for_again(model):
    whole = [row.ids for row in write(model, PROMPT, rows([Settings()] * 2), 40)]
    ends = {id: [ids.index(id) for ids in whole] for id in {*whole[0]} & {*whole[1]}}
    stop_id = next(id for id, (one, two) in ends.items() if one != two and whole[0][two] != id)
    calls = []
    hook = model.register_forward_pre_hook(lambda *_: calls.append(1))
    write(model, PROMPT, rows([Settings()] * 2), 40, stop_id)
    hook.remove()
    assert len(calls) == max(ends[stop_id]) + 1


def test_a_barred_token_is_never_chosen_and_surprise_does_not_know_of_it(model):
    first = write(model, PROMPT, rows([GREEDY]), 1)[0].ids[0]
    for row in write(model, PROMPT, rows(), LENGTH, barred=[first, 7]):
        assert not {first, 7} & {*row.ids}
    (row,) = write(model, PROMPT, rows([GREEDY]), 1, barred=[first])
    probs = model(torch.tensor([PROMPT]))[0, -1].softmax(-1)
    assert row.ids == [probs.topk(2).indices[1]]
    assert row.surprise == pytest.approx(-probs[row.ids[0]].log().item(), rel=1e-4)


def test_surprise_is_that_of_the_model_whatever_the_settings(model):
    for row in write(model, PROMPT, rows(), LENGTH):
        logits = model(torch.tensor([PROMPT + row.ids]))[0].double()
        chosen = [
            -logits[len(PROMPT) - 1 + i].softmax(-1)[id].log().item()
            for i, id in enumerate(row.ids)
        ]
        assert row.surprise == pytest.approx(sum(chosen) / LENGTH, rel=1e-4)


def test_surprise_leaves_out_what_came_after_the_stop(model):
    whole = write(model, PROMPT, rows(), LENGTH)
    stop_id = whole[0].ids[3]
    cut = write(model, PROMPT, rows(), LENGTH, stop_id)[0]
    short = write(model, PROMPT, rows(), len(cut.ids))[0]
    assert cut.ids == short.ids and cut.surprise == pytest.approx(short.surprise)


def test_torchs_own_chance_is_left_alone(model):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    write(model, PROMPT, rows(), LENGTH)
    assert torch.equal(torch.rand(3), expected)
