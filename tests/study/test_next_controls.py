"""The widget of the next token: its numbers at the extremes, its drawing, and its controls."""

import html
import re
from dataclasses import replace
from math import exp, inf, log, nan

import pytest
import torch

from course_lib import assets
from course_lib.llm.sampling import Settings
from course_lib.study import next_token
from course_lib.study.widgets.explorable import VIEW
from course_lib.study.widgets.next_controls import (
    SHOWN,
    STILL_SETTINGS,
    next_controls,
    outlook,
    smollm2_prompts,
)
from course_lib.study.widgets.next_drawing import (
    HOTTEST,
    LONGEST_PROMPT,
    Candidate,
    Outlook,
    describe_outlook,
    draw_outlook,
    name,
    problem,
    sentences,
    share,
)

V = 20
PROMPTS = {"sure": "a", "unsure": "bb"}


def score(text):
    """Return logits that depend on the text's length; the best is token 3."""
    return torch.tensor([-abs(3.25 - i) / len(text) for i in range(V)])


def piece(token_id):
    return f" <{token_id}>"


def widget(settings=None, prompt="a"):
    return next_controls(prompt, settings, PROMPTS, score, piece)


def seen(logits, **settings):
    return outlook("a", torch.tensor(logits), piece, Settings(**settings))


def text_of(drawing):
    drawing = re.sub(r"<style>.*?</style>", "", drawing, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", drawing)).split())


def said(one):
    live = re.search(r'<(p|div)[^>]* aria-live="polite">(.*?)</(\1)>', one.picture.value)
    return text_of(live[2])


def probs_by_hand(logits, temperature=1.0):
    powers = [exp(value / temperature) for value in logits]
    return [value / sum(powers) for value in powers]


# The numbers

LOGITS = [0.5, 2.0, -1.0, 1.0]


def test_all_off_changes_nothing():
    found = seen(LOGITS)
    expected = sorted(probs_by_hand(LOGITS), reverse=True)
    assert [one.before for one in found.best] == pytest.approx(expected)
    assert [one.after for one in found.best] == pytest.approx(expected)
    assert [one.token for one in found.best] == [" <1>", " <3>", " <0>", " <2>"]
    entropy = -sum(prob * log(prob) for prob in expected)
    assert found.entropies == pytest.approx((entropy, entropy))
    assert (found.n_kept, found.vocab_size) == (4, 4)


def test_temperature_comes_before_the_filters():
    warm = probs_by_hand(LOGITS, 2.0)
    found = seen(LOGITS, temperature=2.0, top_p=warm[1] + 0.01)
    assert [one.kept for one in found.best] == [True, True, False, False]
    both = warm[1] + warm[3]
    assert [one.after for one in found.best[:2]] == pytest.approx([warm[1] / both, warm[3] / both])
    assert found.best[0].before == pytest.approx(probs_by_hand(LOGITS)[1])
    assert seen(LOGITS, top_p=warm[1] + 0.01).n_kept == 1  # at temperature 1 the best is enough


@pytest.mark.parametrize(
    ("settings", "n_kept"),
    [
        ({"temperature": 0.0}, 1), ({"temperature": float(HOTTEST)}, 4),
        ({"top_k": 1}, 1), ({"top_k": 4}, 4), ({"top_p": 1e-9}, 1), ({"top_p": 1.0}, 4),
        ({"min_p": 0.0}, 4), ({"min_p": 1.0}, 1), ({"temperature": 0.0, "top_k": 3}, 1),
    ],
)  # fmt: skip
def test_the_extremes_keep_one_token_or_all(settings, n_kept):
    found = seen(LOGITS, **settings)
    assert found.n_kept == n_kept == sum(one.kept for one in found.best)
    if n_kept == 1:
        assert found.best[0].after == 1 and found.entropies[1] == 0
        assert "-0.00" not in sentences(found)[1]
    assert sum(one.after for one in found.best) == pytest.approx(1)


def test_the_hottest_is_almost_flat():
    assert seen(LOGITS, temperature=float(HOTTEST)).entropies[1] == pytest.approx(log(4), abs=1e-3)


def test_a_low_temperature_drops_no_token_though_it_rounds_to_0():
    found = seen(LOGITS, temperature=1e-4)
    assert [one.after for one in found.best] == [1, 0, 0, 0]
    assert found.n_kept == 4 and all(one.kept for one in found.best)
    assert seen(LOGITS, temperature=1e-4, top_k=2).n_kept == 2
    assert seen(LOGITS, temperature=1e-4, top_p=0.9).n_kept == 1
    assert seen(LOGITS, temperature=1e-4, min_p=0.1).n_kept == 1


def test_ties():
    tied = [1.0, 2.0, 2.0, 2.0, 0.0]
    assert [one.token for one in seen(tied).best[:3]] == [" <1>", " <2>", " <3>"]
    assert seen(tied, top_k=1).n_kept == 3  # all that are as likely as the k-th
    assert seen(tied, min_p=1.0).n_kept == 3
    greedy = seen(tied, temperature=0.0)
    assert [one.kept for one in greedy.best] == [True, False, False, False, False]
    assert seen(tied, top_p=1e-9).n_kept == 1
    many = seen([0.0] * 1000, top_p=0.005)  # the first of equals come first
    assert [one.token for one in many.best] == [piece(i) for i in range(SHOWN)]
    assert [one.kept for one in many.best] == [True] * 5 + [False] * (SHOWN - 5)


def test_logits_are_left_alone_and_the_rest_is_all_others():
    logits = score("bb")
    before = logits.clone()
    found = outlook("bb", logits, piece, Settings(top_k=15))
    assert torch.equal(logits, before)
    assert len(found.best) == SHOWN and found.n_kept_others == 3
    probs = sorted(probs_by_hand(before.tolist()), reverse=True)
    assert found.rest.before == pytest.approx(sum(probs[SHOWN:]))
    assert found.rest.after == pytest.approx(sum(probs[SHOWN:15]) / sum(probs[:15]))
    assert found.rest.token == "the other 8" and found.rest.kept


# Words and drawing

HALF = Outlook(
    "a\nb <i>",
    Settings(temperature=0.7, top_k=1),
    (Candidate(" <i>", 0.5, 1.0, True), Candidate("\n", 0.25, 0.0, False)),
    n_kept=1,
    vocab_size=49_152,
    entropies=(1.234, 0.0),
)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(), "temperature 1"),
        (Settings(top_k=V, top_p=1.0, min_p=0.0), "temperature 1"),
        (Settings(temperature=0.7, top_k=5, top_p=0.95, min_p=0.05),
         "temperature 0.7, top-k 5, top-p 0.95, min-p 0.05"),
    ],
)  # fmt: skip
def test_settings_that_are_off_are_not_named(settings, words):
    assert name(settings, V) == words


def test_what_is_kept_and_what_becomes_of_entropy_and_best_is_said():
    assert sentences(HALF) == [
        "Temperature 0.7, top-k 1: 1 of 49,152 tokens is kept.",
        "Entropy: 1.23 nats before, 0.00 after. "
        "The likeliest token, “·<i>”, had 50.0% and has 100.0%.",
    ]


def test_bars_are_as_long_as_the_probabilities_and_dropped_ones_are_striped():
    drawing = draw_outlook(HALF).split("<tbody>")[1]
    bars = re.findall(r'class="ttt-chance (.*?)" style="width:([\d.]+)%"', drawing)
    assert bars == [
        ("ttt-before", "50.00"),
        ("ttt-after", "100.00"),
        ("ttt-before ttt-dropped", "25.00"),
    ]
    small = replace(HALF, best=(Candidate("a", 0.05, 0.2, True), Candidate("b", 0.1, 0.0, False)))
    assert re.findall(r'style="width:([\d.]+)%"', draw_outlook(small)) == [
        "25.00", "100.00", "50.00",
    ]  # fmt: skip
    assert "⏎ 25.0% dropped" in text_of(drawing)
    assert "the other 49,150 25.0% dropped none of them kept" in text_of(drawing)


def test_nothing_becomes_html_and_no_heading_is_empty():
    for drawing in (draw_outlook(HALF), draw_outlook(HALF, live=False)):
        assert "<i>" not in drawing.replace('<i class="ttt', "") and "&lt;i&gt;" in drawing
        assert not re.search(r"<th[^>]*></th>", drawing)
    assert 'aria-live="polite"' in draw_outlook(HALF)
    assert "aria-live" not in draw_outlook(HALF, live=False)


def test_a_small_vocabulary_has_no_other_tokens():
    found = seen(LOGITS)
    assert "other" not in text_of(draw_outlook(found)) + describe_outlook(found)


def test_the_text_says_what_the_picture_says():
    assert describe_outlook(HALF).splitlines() == [
        "After: a⏎b·<i>",
        *sentences(HALF),
        "Before -> after: “·<i>” 50.0% -> 100.0%, “⏎” 25.0% -> dropped, "
        "the other 49,150 25.0% -> dropped (none of them kept)",
    ]


def test_of_a_long_prompt_the_end_is_shown():
    long = replace(HALF, prompt="x" + "y" * LONGEST_PROMPT)
    assert f"… {'y' * LONGEST_PROMPT} " in text_of(draw_outlook(long))
    assert "xy" not in draw_outlook(long)


def test_a_tiny_probability_is_only_said_to_be_tiny():
    assert [share(prob) for prob in (0.0, 1e-30, 1e-5, 0.0123)] == [
        "0%", "below 0.001%", "0.001%", "1.2%",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"temperature": -0.1}, "Temperature must be from 0 to 100, and it is -0.1."),
        ({"temperature": 101.0}, "Temperature must be from 0 to 100, and it is 101."),
        ({"temperature": nan}, "Temperature must be from 0 to 100, and it is nan."),
        ({"temperature": inf}, "Temperature must be from 0 to 100, and it is inf."),
        ({"top_k": 0}, "Top-k must be from 1 to 49,152, and it is 0."),
        ({"top_k": 50_000}, "Top-k must be from 1 to 49,152, and it is 50,000."),
        ({"top_p": 0.0}, "Top-p must be above 0 and at most 1, and it is 0."),
        ({"top_p": 1.01}, "Top-p must be above 0 and at most 1, and it is 1.01."),
        ({"min_p": -0.5}, "Min-p must be from 0 to 1, and it is -0.5."),
        ({"min_p": 1.5}, "Min-p must be from 0 to 1, and it is 1.5."),
        ({"temperature": 0.0, "top_k": 49_152, "top_p": 1.0, "min_p": 1.0}, ""),
        ({}, ""),
    ],
)
def test_settings_without_a_meaning_are_said(settings, sentence):
    assert problem(Settings(**settings), 49_152) == sentence


# The widget


@pytest.mark.parametrize(
    ("field", "value", "n_kept"),
    [("temperature", 0.0, 1), ("top_k", 5, 5), ("top_p", 1e-6, 1), ("min_p", 1.0, 1)],
)
def test_each_field_draws_what_it_says(field, value, n_kept):
    one = widget()
    assert said(one).startswith(f"Temperature 1: {V} of {V} tokens are kept.")
    one.controls[field].value = value
    settings = Settings(**{"top_k": V, "top_p": 1.0, "min_p": 0.0} | {field: value})
    expected = outlook("a", score("a"), piece, settings)
    assert expected.n_kept == n_kept
    assert said(one) == " ".join(sentences(expected))
    assert draw_outlook(expected) in one.picture.value


def test_a_wrong_value_becomes_a_sentence_and_goes_again():
    one = widget(Settings(top_p=0.5))
    before, text = one.picture.value, repr(one)
    one.controls["top_p"].value = 0
    assert said(one) == "Top-p must be above 0 and at most 1, and it is 0."
    assert repr(one) == text  # the still picture keeps the last that had a meaning
    one.controls["top_k"].value = V + 1
    one.controls["top_p"].value = 0.5
    assert said(one) == "Top-k must be from 1 to 20, and it is 21."
    one.controls["top_k"].value = V
    assert one.picture.value == before


def test_all_off_is_one_press_and_one_drawing():
    one = widget(Settings(temperature=0.0, top_k=3, top_p=0.5, min_p=0.2))
    drawn = []
    one.picture.observe(lambda change: drawn.append(change["new"]), names="value")
    one.controls["reset"].click()
    assert len(drawn) == 1 and drawn[0] == widget().picture.value
    values = [one.controls[field].value for field in ("temperature", "top_k", "top_p", "min_p")]
    assert values == [1, V, 1, 0]


def test_a_button_changes_the_prompt_and_keeps_the_settings():
    one = widget(Settings(top_k=2))
    one.controls["unsure"].click()
    assert "After: bb" in text_of(one.picture.value)
    settings = Settings(top_k=2, top_p=1.0, min_p=0.0)
    assert said(one) == " ".join(sentences(outlook("bb", score("bb"), piece, settings)))
    one.controls["sure"].click()
    assert one.picture.value == widget(Settings(top_k=2)).picture.value


def test_a_prompt_of_ones_own_gets_a_button_and_the_model_is_asked_once_for_each():
    asked = []
    one = next_controls("c d\n", None, PROMPTS, lambda t: asked.append(t) or score(t), piece)
    assert list(one.controls)[:3] == ["c·d⏎", "sure", "unsure"]
    own = one.picture.value
    for button in ("sure", "unsure", "c·d⏎"):
        one.controls[button].click()
    assert one.picture.value == own
    one._repr_mimebundle_()
    assert sorted(asked) == ["a", "bb", "c d\n"]


def test_the_still_page_and_the_text_hold_every_setting_and_prompt():
    one = widget(Settings(top_k=2))
    bundle = one._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    assert "aria-live" not in bundle["text/html"]
    still, lines = text_of(bundle["text/html"]), bundle["text/plain"].splitlines()
    assert text_of(one.picture.value) in still
    for settings in STILL_SETTINGS:
        row = [outlook(text, score(text), piece, settings) for text in PROMPTS.values()]
        told = [
            f"{o.n_kept} kept, {o.entropies[1]:.2f} nats, “·<3>” {share(o.best[0].after)}"
            for o in row
        ]
        assert " ".join([name(settings, V), *told]) in still
        for prompt, words in zip(PROMPTS, told, strict=True):
            assert f"{prompt} | {name(settings, V)}: {words}" in lines


def test_every_control_has_a_label():
    assert all(control.description for control in widget().controls.values())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (Settings(top_p=0.0), "Top-p must be above 0"),
        (Settings(top_k=V + 1), "Top-k must be from 1 to 20, and it is 21"),
        (Settings(repetition_penalty=1.2), "expected no repetition penalty, got 1.2"),
    ],
)
def test_it_does_not_begin_with_what_has_no_meaning(settings, message):
    with pytest.raises(ValueError, match=message):
        widget(settings)


@pytest.mark.slow
@pytest.mark.skipif(bool(assets.missing()), reason="assets: run `course fetch`")
def test_it_shows_smollm2_which_is_sure_of_some_prompts_only():
    one = next_controls()
    assert "49,152 of 49,152 tokens are kept" in said(one)
    for (button, prompt), (low, high) in zip(
        smollm2_prompts().items(), [(6, 7), (3, 4), (0.2, 0.5), (0.4, 0.7)], strict=True
    ):
        one.controls[button].click()
        [(token, prob)] = next_token.guesses(prompt, 1)
        assert f"“{token.replace(' ', '·')}”, had {share(prob)}" in said(one)
        assert low < float(re.search(r"Entropy: ([\d.]+)", said(one))[1]) < high
