"""The widget of the training bill: its sentences and bars, and its form."""

import html
import re

import pytest

from course_lib.study.training_cost import CHIPS, RUNS, Plan
from course_lib.study.widgets.bill_drawing import (
    LEFT,
    MOST_CHIPS,
    RIGHT,
    THIN,
    Bill,
    draw_bill,
    flops_of_all,
    in_words,
    place,
    power,
    problem,
    ratio,
    sentences,
)
from course_lib.study.widgets.explorable import VIEW
from course_lib.study.widgets.training_bill import training_bill


def text_of(drawing):
    drawing = re.sub(r"<style>.*?</style>", "", drawing, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", drawing)).split())


def said(widget):
    """Return the sentences of the live region."""
    region = re.search(r'<(p|div)[^>]* aria-live="polite">(.*?)</\1>', widget.picture.value)
    return text_of(region[2])


def bars(drawing):
    """Return {name: (width, number)} of the bars, and the name of the marked one."""
    found, marked = {}, []
    pattern = r'<g class="([^"]*)"><text[^>]*>(▸ )?([^<]*)</text><rect [^>]*width="([\d.]+)"'
    for hue, mark, name, width, number in re.findall(
        pattern + r"[^>]*/><text[^>]*>([^<]*)</text></g>", drawing
    ):
        found[name] = (float(width), number)
        assert bool(mark) == ("ttt-chosen" in hue)
        marked += [name] if mark else []
    return found, marked


def test_it_says_what_llama_3_takes():
    assert said(training_bill()) == (
        "Llama 3 8B on 15 trillion tokens: 7.20e23 FLOPs, 506,000 H100-hours. On 1,024 H100s at "
        "40% of the peak that is 20.6 days. In US dollars: 2 for an hour of each, 1.01 million in "
        "all. Tokens for each parameter: 1,880, 93.8 times the 20 of Chinchilla."
    )


def test_the_paper_is_quoted_where_its_tokens_are_used():
    widget = training_bill("Llama 3.1 405B")
    assert "3.79e25 FLOPs (its paper says 3.80e25), 26.6 million H100-hours." in said(widget)
    widget.controls["tokens"].value = 20_000
    assert "405B on 20 trillion tokens: 4.86e25 FLOPs, " in said(widget)


def test_one_chip_is_no_plural():
    plan = Plan(1e6, 2e7, "A100", 1, 0.5, 1.0)
    assert "On 1 A100 at 50% of the peak" in sentences(Bill("GPT-3 175B", plan))[1]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (20, "20, as for Chinchilla, which had 20"),
        (38.5, "38.5, 1.93 times the 20 of Chinchilla"),
        (1.714, "1.71, fewer than the 20 of Chinchilla by a factor of 11.7"),
    ],
)
def test_tokens_are_compared_with_chinchillas(value, text):
    assert ratio(value) == f"Tokens for each parameter: {text}."


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.00012, "0.00012"), (9.996, "10"), (99.96, "100"), (999.6, "1,000"),
     (999_499, "999,000"), (999_600, "1 million"), (2.5e9, "2.5 billion"), (1e12, "1 trillion"),
     (3e15, "3.00e15")],
)  # fmt: skip
def test_large_numbers_get_a_word(value, text):
    assert in_words(value) == text


def test_bars_are_as_long_as_their_powers_of_ten():
    bill = Bill("GPT-3 175B", Plan(1e10, 1e12 / 6, "H100", 1, 1, 1))
    found, marked = bars(draw_bill(bill))
    assert marked == ["GPT-3 175B"] and [*found] == [*RUNS]
    assert found["GPT-3 175B"] == (pytest.approx((RIGHT - LEFT) / 3, abs=0.1), "1.00e22")
    assert flops_of_all(bill)["Chinchilla 70B"] == 6 * 70e9 * 1.4e12
    for name, (width, number) in found.items():
        assert width == pytest.approx(place(flops_of_all(bill)[name]) - LEFT, abs=0.1)
        assert number == power(flops_of_all(bill)[name])


@pytest.mark.parametrize(("tokens", "width"), [(1e-6, THIN), (1e9, RIGHT - LEFT)])
def test_what_leaves_the_axis_stays_in_the_picture(tokens, width):
    widget = training_bill("SmolLM2-135M" if tokens < 1 else "Llama 3.1 405B")
    widget.controls["tokens"].value = tokens
    found, (marked,) = bars(widget.picture.value)
    assert found[marked][0] == width
    assert "nan" not in widget.picture.value


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ((0, 1, 40, 2), "Tokens must be above 0 and at most 1,000,000,000 billion, and it is 0."),
        ((2e9, 1, 40, 2),
         "Tokens must be above 0 and at most 1,000,000,000 billion, and it is 2e+09."),
        ((float("nan"), 1, 40, 2),
         "Tokens must be above 0 and at most 1,000,000,000 billion, and it is nan."),
        ((5, 0, 40, 2), "Chips must be from 1 to 10,000,000, and it is 0."),
        ((5, MOST_CHIPS + 1, 40, 2), "Chips must be from 1 to 10,000,000, and it is 10,000,001."),
        ((5, 1, 0, 2), "Part of the peak must be above 0 and at most 100 percent, and it is 0."),
        ((5, 1, 101, 2),
         "Part of the peak must be above 0 and at most 100 percent, and it is 101."),
        ((5, 1, 40, -1), "Dollars an hour must be from 0 to 1,000, and it is -1."),
        ((5, 1, 100, 0), ""),
    ],
)  # fmt: skip
def test_what_cannot_be_billed_is_said(numbers, sentence):
    assert problem(*numbers) == sentence


@pytest.mark.parametrize(
    ("name", "value"), [("tokens", -3.0), ("chips", 0), ("percent", 120.0), ("price", -0.5)]
)
def test_a_wrong_number_becomes_a_sentence_and_goes_again(name, value):
    widget = training_bill()
    before, right = widget.picture.value, widget.controls[name].value
    widget.controls[name].value = value
    assert "must be" in said(widget) and f"it is {value:g}." in said(widget)
    bundle = widget._repr_mimebundle_()
    assert said(widget) == bundle["text/plain"]
    assert said(widget) in text_of(bundle["text/html"])
    widget.controls[name].value = right
    assert widget.picture.value == before


def test_a_model_brings_its_tokens_and_a_chip_its_price():
    widget = training_bill()
    for name, run in RUNS.items():
        widget.controls["model"].value = name
        assert widget.controls["tokens"].value == pytest.approx(run.n_tokens / 1e9)
        assert said(widget).startswith(f"{name} on {in_words(run.n_tokens)} tokens")
        assert bars(widget.picture.value)[1] == [name]
    for name, chip in CHIPS.items():
        widget.controls["chip"].value = name
        assert widget.controls["price"].value == chip.price
        assert f"{name}-hours. On 1,024 {name}s" in said(widget)
        assert f"In US dollars: {chip.price:.3g} for an hour of each" in said(widget)


def test_it_draws_once_for_a_choice(monkeypatch):
    drawn = []
    module = "course_lib.study.widgets.training_bill.draw_bill"
    monkeypatch.setattr(module, lambda bill, **_: drawn.append(bill) or "")
    widget = training_bill()
    drawn.clear()
    widget.controls["model"].value = "GPT-3 175B"
    widget.controls["chip"].value = "V100"
    assert [(bill.model, bill.plan.chip) for bill in drawn] == [
        ("GPT-3 175B", "H100"), ("GPT-3 175B", "V100")
    ]  # fmt: skip


def test_each_field_counts():
    widget = training_bill("GPT-3 175B")
    seen = {said(widget)}
    for name, value in (("tokens", 150.0), ("chips", 100), ("percent", 20.0), ("price", 3.0)):
        widget.controls[name].value = value
        seen.add(said(widget))
    assert len(seen) == 5
    hours = 6 * 175e9 * 150e9 / (989e12 * 0.2) / 3600
    assert f"{in_words(3 * hours)} in all" in said(widget)
    assert f"that is {in_words(hours / 2400)} days" in said(widget)


def test_two_buttons_feed_the_model():
    widget = training_bill("Llama 3 8B")
    widget.controls["twenty"].click()
    assert widget.controls["tokens"].value == 160
    assert "20, as for Chinchilla" in said(widget)
    widget.controls["published"].click()
    assert widget.controls["tokens"].value == 15_000


def test_every_control_has_a_name():
    controls = training_bill().controls
    assert all(control.description for control in controls.values())
    assert not any("Slider" in type(c).__name__ or "Dropdown" in type(c).__name__
                   for c in controls.values())  # fmt: skip


def test_the_still_page_and_the_text_say_what_the_live_one_says():
    widget = training_bill("Chinchilla 70B")
    widget.controls["chip"].value = "A100"
    widget.controls["tokens"].value = 700
    bundle = widget._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    assert "aria-live" not in bundle["text/html"]
    assert text_of(widget.picture.value) in text_of(bundle["text/html"])
    lines = bundle["text/plain"].splitlines()
    assert " ".join(lines[:3]) == said(widget)
    for name, run in RUNS.items():
        (line,) = (x for x in lines if x.startswith(f"{name}: "))
        row = re.search(rf">{name}</th>(.*?)</tr>", bundle["text/html"]).group(1)
        values = re.findall(r">([^<]+)</td>", row)
        assert values[1] == in_words(run.n_tokens) and len(values) == 7
        for value in values:
            assert f" {value}" in line


def test_an_unknown_model_is_refused():
    with pytest.raises(ValueError, match="model must be one of .* got 'GPT-4'"):
        training_bill("GPT-4")
