"""The widget in which a model writes: its numbers, its drawings at the extremes, its controls.

The model is a tiny one with random weights; its vocabulary is the 256 bytes and two special tokens.
"""

import html
import re
from math import exp, inf, log

import pytest
import torch

from course_lib.llm.model import GPT, ModelConfig
from course_lib.llm.tokenizer import Tokenizer
from course_lib.study.widgets.choosing import Choice
from course_lib.study.widgets.explorable import VIEW
from course_lib.study.widgets.writing_drawing import (
    LONGEST_LABEL,
    Guess,
    Moment,
    Rest,
    bars_html,
    draw_moment,
    draw_way,
    headline,
    label,
    outcome,
    rest_html,
    score,
    share,
)
from course_lib.study.widgets.writing_stepper import writing_stepper
from course_lib.study.widgets.writing_steps import (
    LONGEST,
    N_GUESSES,
    STILL_STEPS,
    Reader,
    Text,
    Writer,
)

TOKENIZER = Tokenizer([], ["<|im_end|>", "<|other|>"])
END, OTHER = 256, 257


def tiny(context_length=100, favorite=None):
    """Return a model whose guesses differ from text to text; it may have a favorite token."""
    shape = dict(d_model=8, n_layer=2, n_head=2, n_kv_head=1, d_ff=16)
    model = GPT(ModelConfig(vocab_size=258, context_length=context_length, **shape)).eval()
    generator = torch.Generator().manual_seed(0)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=1.0, generator=generator)
    if favorite is not None:  # its score is far above the others in every text
        model.forward = lambda ids, cache=None, forward=model.forward: (
            forward(ids, cache) + 99 * torch.nn.functional.one_hot(torch.tensor(favorite), 258)
        )
    return model


def stepper(prompt="ab", model=None, **settings):
    return writing_stepper(prompt, model=model or tiny(), tokenizer=TOKENIZER, **settings)


def press(widget, *names):
    for name in names:
        widget.controls[name].click()


def said(widget):
    live = re.search(r'aria-live="polite">(.*?)</div>', widget.picture.value).group(1)
    return [html.unescape(part) for part in re.findall(r"<p[^>]*>(.*?)</p>", live)]


def written(widget):
    return html.unescape(re.search(r"<b>(.*?)</b></p>", widget.picture.value, re.S).group(1))


def text_of(drawing):
    drawing = re.sub(r"<style>.*?</style>", "", drawing, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", drawing)).split())


def everything(widget):
    """Return all that a learner sees of the widget."""
    names = [f"guess {place}" for place in range(1, N_GUESSES + 1)]
    return widget.picture.value, [widget.controls[name].description for name in names]


def hidden(widget):
    return [row.layout.visibility == "hidden" for row in widget.box.children[1 : N_GUESSES + 1]]


# The model is read with a cache


@torch.inference_mode()
def test_cached_logits_equal_those_without_a_cache_whatever_was_read_before():
    model = tiny()
    reader = Reader(model)
    start = (97, 98, 99)
    texts = [start, (*start, 1), (*start, 1, 2), (*start, 1), (*start, 7), (*start, 7, 2)]
    texts += [(5,), (*start, 1, 2, 3, 4), start, start[:2], (5, 98, 99)]
    for ids in texts:
        whole = model(torch.tensor([ids]))[0, -1]
        torch.testing.assert_close(reader._read(ids), whole, rtol=1e-4, atol=1e-5)
        assert {layer.length for layer in reader.cache} == {len(ids)}


def test_a_step_reads_one_token_and_a_text_is_read_once():
    model, lengths = tiny(), []
    model.register_forward_pre_hook(lambda _, inputs: lengths.append(inputs[0].size(1)))
    widget = stepper("abc", model)
    press(widget, "guess 1", "guess 2", "draw", "undo", "undo", "guess 2", "undo", "undo")
    assert lengths == [3, 1, 1, 1]


def test_an_interrupted_reading_leaves_a_cache_that_can_be_used():
    model, calls = tiny(), []
    reader = Reader(model)
    reader.logits((1, 2, 3, 4))

    def interrupt(*_):
        calls.append(0)
        if len(calls) == 1:
            raise KeyboardInterrupt

    model.blocks[1].register_forward_pre_hook(interrupt)
    with pytest.raises(KeyboardInterrupt):
        reader.logits((1, 2, 9))  # one layer holds the 9 now, the other does not
    with torch.inference_mode():
        whole = tiny()(torch.tensor([[1, 2, 3, 5]]))[0, -1]
    torch.testing.assert_close(reader.logits((1, 2, 3, 5)), whole, rtol=1e-4, atol=1e-5)


# The steps


@torch.inference_mode()
def test_the_guesses_are_the_models_and_the_rest_is_what_is_left():
    model = tiny()
    moment = Writer("ab", model, TOKENIZER).moment(Text((97, 98)), temperature=0.5)
    logits = model(torch.tensor([[97, 98]]))[0, -1].double()
    for field, probs in (("prob", logits.softmax(-1)), ("drawn", (logits / 0.5).softmax(-1))):
        best = probs.topk(N_GUESSES).values.tolist()
        assert [getattr(guess, field) for guess in moment.guesses] == pytest.approx(best, rel=1e-4)
        assert getattr(moment.rest, field) == pytest.approx(1 - sum(best), rel=1e-3)
    assert moment.rest.n_tokens == 258 - N_GUESSES


@torch.inference_mode()
def test_choices_keep_the_models_own_probability_and_rank():
    model = tiny()
    writer = Writer("ab", model, TOKENIZER)
    text = writer.taken(writer.taken(writer.start, 7), OTHER)
    logits = model(torch.tensor([[97, 98, 7]]))[0]
    for choice, id, row in zip(text.chosen, (7, OTHER), logits[1:], strict=True):
        assert choice.prob == pytest.approx(row.softmax(-1)[id].item(), rel=1e-4)
        assert choice.rank == (row > row[id]).sum().item() + 1
    assert [choice.token for choice in text.chosen] == ["\x07", "<|other|>"]
    assert writer.start == Text((97, 98))


def test_a_text_is_undone_to_its_prompt_and_no_further():
    choices = (Choice("a", 0.5, 1), Choice("b", 0.5, 2))
    text = Text((9, 1, 2), choices)
    assert text.undone() == Text((9, 1), choices[:1])
    assert text.undone(5) == Text((9,)) == Text((9,)).undone()


# What the buttons do


def test_a_guess_is_appended_and_the_next_guesses_are_of_the_longer_text():
    widget, writer = stepper(), Writer("ab", tiny(), TOKENIZER)
    first = writer.ranked(writer.start)[0]
    assert said(widget)[0] == "Choose the next token"
    for place in (3, 1):
        text = writer.moment(writer.start)
        assert widget.controls["guess 1"].description == label(text.guesses[0])
        press(widget, f"guess {place}")
        writer.start = writer.taken(writer.start, writer.ranked(writer.start)[0][place - 1])
        assert draw_moment(writer.moment(writer.start)) in widget.picture.value
    assert writer.start.ids[2] == first[2]
    assert said(widget)[0].startswith("Token 2, the likeliest (")


def test_undo_and_start_again():
    widget = stepper()
    undo, restart = widget.controls["undo"], widget.controls["restart"]
    fresh = everything(widget)
    assert undo.disabled and restart.disabled
    press(widget, "undo", "restart")  # as a press that was on its way
    assert everything(widget) == fresh
    press(widget, "guess 2", "guess 1", "draw")
    before = everything(widget)
    press(widget, "guess 4", "undo")
    assert everything(widget) == before
    assert not undo.disabled
    press(widget, "undo", "undo", "undo")
    assert everything(widget) == fresh and undo.disabled
    press(widget, "guess 2", "guess 1", "restart")
    assert everything(widget) == fresh and restart.disabled


def test_draws_are_repeated_by_start_again_and_by_another_widget():
    def five(widget):
        press(widget, *["draw"] * 5)
        return written(widget)

    one, other = stepper(seed=3), stepper(seed=3)
    text = five(one)
    press(one, "restart")
    assert five(one) == five(other) == text
    press(one, "restart")
    one.controls["seed"].value = 4
    changed = five(one)
    assert changed != text and changed == five(stepper(seed=4))
    press(one, "undo")
    drawn = set()
    for _ in range(9):  # after Undo a draw goes on, it does not repeat itself
        press(one, "draw")
        drawn.add(written(one))
        press(one, "undo")
    assert len(drawn) > 1


def test_draws_follow_the_temperature():
    model = tiny()
    writer = Writer("ab", model, TOKENIZER)
    generator = torch.Generator().manual_seed(0)
    for temperature in (0.3, 1.0):
        guess = writer.moment(writer.start, temperature).guesses[0]
        draws = [writer.drawn(writer.start, temperature, generator) for _ in range(1000)]
        found = sum(writer.piece(id) == guess.token for id in draws) / 1000
        sigma = (guess.drawn * (1 - guess.drawn) / 1000) ** 0.5
        assert found == pytest.approx(guess.drawn, abs=4 * sigma)
    widget = stepper(model=model, temperature=0.0)
    press(widget, *["draw"] * 6)
    greedy = stepper(model=model, temperature=0.0)
    press(greedy, *["guess 1"] * 6)
    assert everything(widget) == everything(greedy)


def test_the_temperature_changes_the_bars_and_no_probability():
    widget = stepper()
    bar, rest = widget.box.children[1].children[1], widget.box.children[N_GUESSES + 1]
    buttons = everything(widget)
    assert "drawn" not in text_of(bar.value) + text_of(rest.value)
    widget.controls["temperature"].value = 0.5
    assert everything(widget) == buttons
    assert "drawn: " in text_of(bar.value)
    assert "drawn at temperature 0.5: " in text_of(rest.value)
    widget.controls["temperature"].value = -3.0
    assert widget.controls["temperature"].value == 0
    assert text_of(bar.value) == "drawn: 100.0%"
    assert text_of(rest.value).endswith("drawn at temperature 0: 0.0%")


# Where a text ends


def test_the_token_that_ends_a_text_is_the_last():
    widget = stepper(model=tiny(favorite=END))
    assert widget.controls["guess 1"].description.startswith("<|im_end|>  ")
    before = everything(widget)
    press(widget, "guess 1")
    ended = everything(widget)
    assert said(widget)[1].endswith("This token ends the text.")
    assert all(hidden(widget)) and widget.controls["draw"].disabled
    assert "other tokens" not in widget.box.children[N_GUESSES + 1].value
    press(widget, "guess 1", "draw")
    assert everything(widget) == ended
    press(widget, "undo")
    assert everything(widget) == before
    assert not any(hidden(widget)) and not widget.controls["draw"].disabled


def test_another_special_token_or_an_end_in_the_prompt_ends_nothing():
    widget = stepper("ab<|im_end|>", tiny(favorite=OTHER))
    assert not any(hidden(widget))
    press(widget, "guess 1")
    assert said(widget)[0].endswith(": <|other|>") and not any(hidden(widget))


@pytest.mark.parametrize("prompt", ["a", "abc", "abcd"])
def test_the_context_can_be_filled_and_not_more(prompt):
    widget = stepper(prompt, tiny(context_length=4, favorite=65))
    for _ in range(5 - len(prompt)):
        assert not any(hidden(widget))
        press(widget, "guess 1")
    assert said(widget)[1].endswith("The context is full: the model reads 4 tokens at most.")
    assert all(hidden(widget))
    full = everything(widget)
    press(widget, "guess 1", "draw")
    assert everything(widget) == full
    press(widget, "undo")
    assert not any(hidden(widget))


def test_after_many_tokens_only_the_way_back_is_open():
    widget = stepper(model=tiny(favorite=65))
    press(widget, *["guess 1"] * (LONGEST + 3))
    assert written(widget) == "A" * LONGEST
    assert said(widget)[1].endswith(f"{LONGEST} tokens are enough here.")
    press(widget, "undo")
    assert not any(hidden(widget))


def test_half_a_character_is_shown_as_its_byte_and_then_made_whole():
    writer = Writer("ab", tiny(), TOKENIZER)
    half = writer.taken(writer.start, 0xC3)
    moment = writer.moment(half)
    assert moment.added == "�" and headline(moment).endswith(": <c3>")
    assert "&lt;c3&gt;" in draw_moment(moment) and "<b>�</b>" in draw_moment(moment)
    whole = writer.moment(writer.taken(half, 0xA9))
    assert whole.added == "é"
    assert "<b>é</b>" in draw_moment(whole) and "&lt;a9&gt;" in draw_moment(whole)
    draw_moment(whole).encode()  # no half character is left that a browser cannot be sent
    widget = stepper(model=tiny(favorite=0xC3))
    assert widget.controls["guess 1"].description.startswith("<c3>  ")
    press(widget, "guess 1")
    widget._repr_mimebundle_()["text/html"].encode()
    widget._repr_mimebundle_()["text/plain"].encode()


# The drawing


def test_the_score_is_that_of_the_chosen_tokens():
    probs = (0.5, 0.25, 0.1)
    moment = Moment("a", tuple(Choice(" x", prob, 2) for prob in probs), ())
    assert moment.nats == pytest.approx(-sum(map(log, probs)))
    assert moment.perplexity == pytest.approx(exp(moment.nats / 3))
    assert score(moment) == "Sum of −ln p over 3 tokens: 4.38 nats. Perplexity so far: 4.31."
    assert "·x 50.0% 0.69 ·x 25.0% 1.39 ·x 10.0% 2.30" in text_of(draw_moment(moment))
    sure = Moment("a", (Choice("x", 1.0, 1),), ())
    assert score(sure) == "Sum of −ln p over 1 token: 0.00 nats. Perplexity so far: 1.00."


def test_what_cannot_happen_and_happened_is_infinitely_surprising():
    for prob in (0.0, 5e-324):
        moment = Moment("a", (Choice("x", prob, 9),), ())
        assert moment.perplexity == inf
        assert "more than a computer can count" in draw_moment(moment)
    tiny_product = Moment("a", tuple(Choice("x", 1e-30, 9) for _ in range(60)), ())
    assert score(tiny_product).endswith("Perplexity so far: 1e+30.")


def test_bars_are_as_long_as_the_probabilities():
    guess = Guess("a", 0.5, 0.25)
    assert "width:8.00em" in bars_html(guess, 1.0) and "4.00em" not in bars_html(guess, 1.0)
    assert "width:8.00em" in bars_html(guess, 2.0) and "width:4.00em" in bars_html(guess, 2.0)
    assert "drawn: 25.0%" in bars_html(guess, 2.0)
    moment = Moment("a", (), (guess,), Rest(1000, 0.5, 0.75), temperature=2.0)
    assert text_of(rest_html(moment)) == (
        "Any of the 1,000 other tokens: 50.0%; drawn at temperature 2: 75.0%"
    )
    assert rest_html(Moment("a", (), (guess,))) == ""


@pytest.mark.parametrize(
    ("prob", "text"),
    [(1.0, "100.0%"), (0.001, "0.1%"), (0.0000123, "0.0012%"), (1e-9, "<0.001%"), (0.0, "0.0%")],
)
def test_shares(prob, text):
    assert share(prob) == text


def test_every_button_names_its_token_and_its_probability():
    assert label(Guess(" a\n", 0.5, 0.5)) == "·a⏎  50.0%"
    assert label(Guess("", 0.5, 0.5)) == "(empty)  50.0%"
    name, prob = label(Guess("=" * 64, 0.25, 0.25)).split("  ")
    assert len(name) == LONGEST_LABEL and name.endswith("…") and prob == "25.0%"


def test_tokens_and_prompt_cannot_become_html():
    choice, guess = Choice("<script>", 0.5, 2), Guess("<i>", 0.25, 0.25)
    moment = Moment("<u>", (choice,), (guess,), Rest(3, 0.5, 0.5))
    for drawing in (draw_moment(moment), draw_way([moment, moment])):
        assert not re.search("<script>|<u>|<i>", drawing)
        assert "&lt;script&gt;" in drawing and "&lt;u&gt;" in drawing


def test_a_long_prompt_shows_its_end():
    moment = Moment("x" * 5000 + " the end", (), ())
    assert "x the end" in draw_moment(moment) and len(draw_moment(moment)) < 2000
    assert "… x" in draw_moment(moment)


# Where widgets do not run


def test_the_still_page_and_the_text_go_the_greedy_way():
    model = tiny()
    widget = stepper(model=model)
    before = everything(widget)
    bundle = widget._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    assert everything(widget) == before
    press(widget, *["guess 1"] * STILL_STEPS)
    moments = Writer("ab", model, TOKENIZER).greedy_way()
    assert len(moments) == STILL_STEPS + 1 and moments[-1].added == written(widget)
    assert outcome(moments[-1]) in bundle["text/plain"].splitlines()
    assert score(moments[-1]) in text_of(bundle["text/html"])
    assert bundle["text/html"].count('scope="row"') == STILL_STEPS
    for moment in moments[:-1]:
        for guess in moment.guesses:
            assert label(guess) in bundle["text/plain"]
            assert label(guess).replace("  ", " ") in text_of(bundle["text/html"])
    assert "aria-live" not in bundle["text/html"]


def test_the_still_page_stops_where_the_text_ends():
    bundle = stepper(model=tiny(favorite=END))._repr_mimebundle_()
    for page in (bundle["text/html"], bundle["text/plain"]):
        assert page.count("This token ends the text.") == 1
    assert bundle["text/html"].count('scope="row"') == 1


# What does not fit together


@pytest.mark.parametrize(
    ("prompt", "tokenizer", "message"),
    [
        ("", TOKENIZER, "1 to 4 tokens, got 0"),
        ("abcde", TOKENIZER, "1 to 4 tokens, got 5"),
        ("ab", Tokenizer([]), "tokenizer of 258 tokens, as the model has, got 256"),
        ("ab", None, "a model and its tokenizer, or neither"),
    ],
)
def test_what_does_not_fit_is_refused(prompt, tokenizer, message):
    with pytest.raises(ValueError, match=message):
        writing_stepper(prompt, model=tiny(context_length=4), tokenizer=tokenizer)
