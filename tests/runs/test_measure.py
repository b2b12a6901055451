"""What is measured of a model is what is so: stub models of which the answer is known."""

import pytest
import torch

from course_lib.llm.loss import IGNORED
from course_lib.runs import measure
from course_lib.runs.town import END_OF_TEXT, town_rows, town_tokenizer
from course_lib.tinyville.documents import floor, write
from course_lib.tinyville.probes import PROBES, Probe
from course_lib.tinyville.world import make_world

VILLAGE = make_world("village")
TOKENIZER = town_tokenizer(VILLAGE)
END_ID = TOKENIZER.special_tokens[END_OF_TEXT]
V = TOKENIZER.vocab_size


def one_hot(ids: torch.Tensor) -> torch.Tensor:
    """Return logits of which `ids` are the likeliest."""
    return torch.nn.functional.one_hot(ids, V).float()


def knowing(probes):
    """Return a model that knows how the text of each probe goes on; of other texts, nothing."""
    known = {}
    for probe in probes:
        ids = [END_ID, *TOKENIZER.encode_ordinary(probe.prompt + probe.answer)]
        known |= {tuple(ids[:place]): ids[place] for place in range(1, len(ids))}

    def model(ids):
        return one_hot(torch.tensor([known.get(tuple(row), END_ID) for row in ids.tolist()]))[
            :, None
        ]

    return model


@pytest.mark.parametrize("name", PROBES)
def test_who_knows_the_truth_is_right_and_who_never_does_is_wrong(name):
    probes = PROBES[name](VILLAGE)
    model = knowing(probes)
    assert measure.accuracy(model, TOKENIZER, probes) == 1
    assert measure.accuracy(lambda ids: model(ids).roll(1, -1), TOKENIZER, probes) == 0


def test_who_knows_a_part_is_right_in_that_part():
    probes = [*PROBES["sums"](VILLAGE), *PROBES["repeats"](VILLAGE), *PROBES["facts"](VILLAGE)]
    for n_known in (1, 70, 150):
        model = knowing(probes[:n_known])
        assert measure.accuracy(model, TOKENIZER, probes) == n_known / len(probes)


def test_an_answer_must_be_whole():
    probe = Probe("anna says", " cat dog", "repeat")
    model = knowing([probe._replace(answer=" cat cat")])
    assert measure.accuracy(model, TOKENIZER, [probe]) == 0


def test_held_out_documents_are_drawn_apart_from_those_of_runs():
    texts, batches = measure.held_out_documents(TOKENIZER, VILLAGE, n=300)
    stories = {text for text in texts if len(text) > 200}
    assert len(stories) > 50
    for seed in (0, 1, measure.HELD_OUT_SEED - 1):
        assert not stories & set(write(VILLAGE, seed, 3000))
    assert texts == write(VILLAGE, measure.HELD_OUT_SEED, 300)
    assert sum(batch.n_counted for batch in batches) == sum(
        len(TOKENIZER.encode_ordinary(text)) + 1 for text in texts
    )
    assert max(len(batch.ids) for batch in batches) <= 64


def test_the_batches_hold_just_the_held_out_documents():
    texts, batches = measure.held_out_documents(TOKENIZER, VILLAGE, n=100)
    found = []
    for batch in batches:
        for ids, targets in zip(batch.ids.tolist(), batch.targets.tolist(), strict=True):
            told = TOKENIZER.decode(id for id in targets if id != IGNORED)
            found += told.split(END_OF_TEXT)[:-1]
            assert ids[0] == END_ID
    assert sorted(found) == sorted(texts)


def test_the_floor_is_that_of_the_texts_that_the_loss_is_measured_on():
    class Uniform(torch.nn.Module):
        def forward(self, ids, segments):
            return torch.zeros(*ids.shape, V)

    loss, least = measure.loss_and_floor(Uniform(), TOKENIZER, VILLAGE, n=100)
    texts = write(VILLAGE, measure.HELD_OUT_SEED, 100)
    n_tokens = sum(len(text.split(" ")) + 1 for text in texts)  # a word is a token
    assert loss == pytest.approx(torch.tensor(V).log().item(), rel=1e-5)
    assert least == pytest.approx(floor(VILLAGE, texts, n_tokens))


def test_rows_hold_other_documents_for_another_seed_and_the_same_for_the_same():
    rows = [town_rows(VILLAGE, TOKENIZER, seed, 50).ids for seed in (3, 3, 4)]
    assert torch.equal(rows[0], rows[1])
    assert rows[0].shape != rows[2].shape or not torch.equal(rows[0], rows[2])


def test_what_a_model_writes_is_read_back():
    document = "2 + 2 = 4 ."
    ids = TOKENIZER.encode_ordinary(document)

    def model(seen):  # writes the document, then its end
        told = torch.tensor([*ids, END_ID])[seen.size(1) - 1]
        return 1e4 * one_hot(told.expand(len(seen)))[:, None]

    assert measure.sample_documents(model, TOKENIZER, n=3, seed=0) == [document] * 3


def test_possible_parts_count_sentences_and_documents():
    assert measure.possible_parts(VILLAGE, ["2 + 2 = 4 .", "2 + 2 = 5 .", "the"])[0] == 1 / 3
    real = write(VILLAGE, 9, 20)
    assert measure.possible_parts(VILLAGE, real) == (1, 1)
    mixed = measure.possible_parts(VILLAGE, [*real, "2 + 2 = 5 ."])
    assert mixed[1] == 20 / 21 and 0.9 < mixed[0] < 1


def test_without_a_sentence_there_is_no_part():
    with pytest.raises(ValueError, match="at least one sentence, got none in 2 documents"):
        measure.possible_parts(VILLAGE, ["", ""])
