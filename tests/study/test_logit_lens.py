"""The logit lens reads what the model would say, and its picture shows what was read."""

import warnings

import pytest
import torch
from matplotlib.colors import to_hex

from course_lib import assets
from course_lib.llm.inspection import record
from course_lib.study import figures, logit_lens, next_token
from course_lib.study.logit_lens import Lens
from tests.llm.models import random_ids, random_model

real_model = pytest.mark.skipif(bool(assets.missing()), reason="assets: run `course fetch`")


class Letters:
    """A tokenizer whose tokens are 37 single letters."""

    def encode_ordinary(self, text):
        return [ord(letter) - ord("A") for letter in text]

    def encode(self, text, allowed):
        return self.encode_ordinary(text)

    def decode(self, ids):
        return "".join(chr(ord("A") + i) for i in ids)


@pytest.fixture
def tiny(monkeypatch):
    """Let a tiny random model and its letters stand for SmolLM2."""
    model = random_model()
    monkeypatch.setattr(next_token, "load", lambda: model)
    monkeypatch.setattr("course_lib.smollm2.load_tokenizer", Letters)
    return model


def some(pieces, n=31, prob=0.5) -> Lens:
    """Return a lens whose guess at each station is its number."""
    T = len(pieces)
    guesses = [[f" {station}"] * T for station in range(n)]
    return Lens(list(pieces), guesses, torch.full((n, T), prob), {" a": [*range(n, 0, -1)]}, {})


@torch.inference_mode()
def test_what_is_read_at_the_end_is_what_the_model_says():
    model = random_model()
    with record(model) as trace:
        (logits,) = model(random_ids(1, 7))
    probs = logit_lens.read(model, [stream[0] for stream in trace.hidden])
    assert probs.shape == (3, 7, 37)
    torch.testing.assert_close(probs[-1], logits.softmax(dim=-1))
    for station in range(2):
        one_by_one = [model.head(model.norm(x)).softmax(dim=-1) for x in trace.hidden[station][0]]
        torch.testing.assert_close(probs[station], torch.stack(one_by_one))
        assert not torch.allclose(probs[station], probs[-1], atol=1e-2)


@torch.inference_mode()
def test_a_lens_on_a_tiny_model_by_hand(tiny):
    seen = logit_lens.lens("CAB", ["A", "K"])
    assert seen.pieces == ["C", "A", "B"]
    x = tiny.embed(torch.tensor([[2, 0, 1]]))
    streams = [x]
    for block in tiny.blocks:
        streams.append(
            block(streams[-1], torch.ones(3, 3, dtype=torch.bool).tril(), tiny.turns[:3])
        )
    for station, stream in enumerate(streams):
        rows = tiny.head(tiny.norm(stream))[0].softmax(dim=-1).tolist()  # (T, V)
        for place, row in enumerate(rows):
            assert seen.guesses[station][place] == chr(ord("A") + row.index(max(row)))
            assert seen.probs[station, place] == pytest.approx(max(row), abs=1e-5)
        for word, i in (("A", 0), ("K", 10)):
            assert seen.word_probs[word][station] == pytest.approx(rows[-1][i], abs=1e-5)
            assert (
                seen.ranks[word][station] == sorted(rows[-1], reverse=True).index(rows[-1][i]) + 1
            )


def test_a_word_of_two_tokens_is_refused_and_no_word_is_none(tiny):
    with pytest.raises(ValueError, match=r"expected one token, got 2: \['A', 'B'\]"):
        logit_lens.lens("C", ["AB"])
    assert logit_lens.lens("C").ranks == {}


def test_the_last_stations_are_all_drawn():
    assert logit_lens.stations(31)[-7:] == [24, 25, 26, 27, 28, 29, 30]
    for n in (1, 3, 7, 8, 31):
        drawn = logit_lens.stations(n)
        assert drawn == sorted(set(drawn)) and (drawn[0], drawn[-1]) == (0, n - 1)


@pytest.mark.usefixtures("course_style")
def test_each_cell_holds_its_guess_on_the_color_of_its_probability():
    seen = some(["The", " cat"])
    seen.probs[24, 1] = 1.0
    seen.guesses[30][0] = " "
    fig = logit_lens.draw(seen, "What is to be seen")
    ax, bar = fig.axes
    assert fig.get_size_inches()[0] == 8.8
    assert fig.get_suptitle() == "What is to be seen"
    rows = logit_lens.stations(31)
    assert [label.get_text() for label in ax.get_yticklabels()] == [f"{row}" for row in rows]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["The", "·cat"]
    cells = {text.get_position(): text.get_text() for text in ax.texts}
    expected = {(x, y): f"·{station}" for y, station in enumerate(rows) for x in range(2)}
    assert cells == expected | {(0, len(rows) - 1): "(space)"}
    (image,) = ax.get_images()
    assert image.get_array().tolist() == seen.probs[rows].tolist()
    assert image.get_clim() == (0, 1)
    assert [to_hex(image.cmap(prob)) for prob in (0.0, 1.0)] == ["#ffffff", figures.BLUE]
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "station 0 is above"


@pytest.mark.usefixtures("course_style")
@pytest.mark.parametrize(
    "pieces", [["a"], ["$", "5$ or $6", "\r\n", " 文", "\ufffd", *["Internationalization"] * 7]]
)
@pytest.mark.parametrize(("n", "prob"), [(1, 0.0), (31, 1.0)])
def test_odd_texts_are_drawn_inside_the_picture_and_without_a_warning(pieces, n, prob):
    seen = some(pieces, n, prob)
    seen.guesses[-1] = list(pieces)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # such as a letter that the font has not
        fig = logit_lens.draw(seen)
        fig.draw_without_rendering()
    ax = fig.axes[0]
    width = ax.get_window_extent().width / len(pieces)
    for text in (*ax.texts, *ax.get_xticklabels()):
        assert text.get_window_extent().width <= width
        assert not text.get_parse_math(), "two dollars would begin and end a formula"


@pytest.mark.usefixtures("course_style")
def test_a_text_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="at most 12 tokens, got 13"):
        logit_lens.draw(some("abcdefghijklm"))


def test_the_words_name_guesses_and_ranks():
    said = logit_lens.alt(some(["The", " cat"]))
    assert said.startswith("Guesses after “The cat”, by layers: ·0 after 0 (50.0%), ·4 after 4")
    assert "·30 after 30 (50.0%). Rank of ·a: 7 after 24, 6 after 25," in said
    assert said.endswith("1 after 30.")


@real_model
@pytest.mark.slow
def test_when_smollm2_knows_the_capital_of_france():
    text = "The capital of France is"
    seen = logit_lens.lens(text, [" Paris"])
    assert [seen.ranks[" Paris"][station] for station in (28, 29, 30)] == [7, 3, 1]
    assert seen.ranks[" Paris"][25] == pytest.approx(92, abs=5)
    assert seen.ranks[" Paris"][27] == pytest.approx(34, abs=3)
    assert seen.word_probs[" Paris"][30] == pytest.approx(0.77, abs=0.01)
    assert (seen.guesses[30][-1], seen.probs[30, -1].item()) == (
        " Paris",
        pytest.approx(next_token.rank(text, " Paris")[1], rel=1e-3),
    )


@real_model
@pytest.mark.slow
def test_when_smollm2_knows_the_opposite_of_hot():
    ranks = logit_lens.lens("The opposite of hot is", [" cold"]).ranks[" cold"]
    assert ranks[29:] == [1, 1] and min(ranks[:29]) > 1
