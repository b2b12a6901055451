"""The widget that writes token by token: its steps, its drawings at the extremes, its controls."""

import html
import re

import pytest

from course_lib.study.widgets.again_and_again import (
    LONGEST,
    STILL_STEPS,
    again_and_again,
    first_steps,
)
from course_lib.study.widgets.choosing import (
    Choice,
    Step,
    bar_html,
    describe_steps,
    draw_step,
    draw_steps,
    headline,
    percent,
)
from course_lib.study.widgets.explorable import VIEW


def predict(text):
    """Return guesses that depend on the text's length, so that steps can be told apart."""
    return [(f" {len(text)}", 0.5), (" b", 0.3), ("\n", 0.1), (" <i>", 0.002), ("", 0.0)]


def text_of(drawing):
    drawing = re.sub(r"<style>.*?</style>", "", drawing, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", drawing)).split())


def said(widget):
    return re.search(r'aria-live="polite">(.*?)</p>', widget.picture.value).group(1)


def test_a_choice_is_appended_and_the_next_guesses_are_of_the_longer_text():
    widget = again_and_again("ab", predict)
    assert widget.controls["guess 1"].description == "·2  50.0%"
    assert said(widget) == "Choose the next token"
    widget.controls["guess 2"].click()
    assert said(widget) == "You took ·b, guess 2, 30.0%."
    assert widget.controls["guess 1"].description == "·4  50.0%"
    widget.controls["guess 1"].click()
    assert said(widget) == "You took ·4, guess 1, 50.0%. All 2 of your tokens together: 15.0%."
    assert "ab ·b 30.0% ·4 50.0%" in text_of(widget.picture.value)


def test_take_back_and_start_again():
    widget = again_and_again("ab", predict)
    back, restart = widget.controls["back"], widget.controls["restart"]
    fresh = widget.picture.value
    assert back.disabled and restart.disabled
    for name in ("guess 2", "guess 1", "guess 3"):
        widget.controls[name].click()
    before = widget.picture.value
    widget.controls["guess 2"].click()
    back.click()
    assert widget.picture.value == before
    restart.click()
    assert widget.picture.value == fresh
    assert widget.controls["guess 1"].description == "·2  50.0%"
    assert back.disabled and restart.disabled


def test_chance_draws_among_the_guesses_by_their_probability():
    widget = again_and_again("a", predict)
    drawn = []
    for _ in range(LONGEST):
        widget.controls["draw"].click()
        drawn.append(int(re.search(r"guess (\d)", said(widget)).group(1)))
    assert 0.35 * LONGEST < drawn.count(1) < 0.8 * LONGEST  # expected .55; 4 sigma is .26
    assert set(drawn) <= {1, 2, 3, 4}  # the fifth has probability 0


def test_after_many_tokens_only_the_way_back_is_open():
    widget = again_and_again("a", predict)
    for _ in range(LONGEST):
        assert not widget.controls["guess 1"].disabled
        widget.controls["guess 1"].click()
    assert widget.controls["guess 1"].disabled and widget.controls["draw"].disabled
    widget.controls["back"].click()
    assert not widget.controls["guess 1"].disabled


def test_the_model_is_asked_once_for_a_text():
    asked = []

    def counting(text):
        asked.append(text)
        return predict(text)

    widget = again_and_again("ab", counting)
    for name in ("guess 1", "back", "guess 1", "back", "restart"):
        widget.controls[name].click()
    assert asked == ["ab", "ab 2"]


def test_a_predictor_without_guesses_is_refused():
    with pytest.raises(ValueError, match="at least one guess"):
        again_and_again("a", lambda text: [])


def test_the_still_page_always_takes_the_first_guess():
    widget = again_and_again("ab", predict)
    bundle = widget._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    assert bundle["text/plain"].splitlines()[1].startswith("ab -> ·2  50.0%, ·b  30.0%, ⏎  10.0%")
    texts = [step.text for step in first_steps("ab", predict)]
    assert len(texts) == STILL_STEPS
    assert texts[:3] == ["ab", "ab 2", "ab 2 4"]
    for text in texts:
        assert text in text_of(bundle["text/html"])
        assert f"{text} ->" in bundle["text/plain"]


def test_tokens_cannot_become_html():
    step = Step("<b>", (Choice("<script>", 0.5, 2),), ((" <i>", 0.25),))
    for drawing in (draw_step(step), draw_steps([step])):
        assert not re.search("<b>|<script>|<i>", drawing)
        assert "&lt;script&gt;" in drawing


def test_a_tiny_product_is_still_a_number():
    many = tuple(Choice(" x", 1e-4, 3) for _ in range(60))
    assert headline(Step("a", many, ((" x", 1e-4),))).endswith("together: 1e-238%.")


@pytest.mark.parametrize(
    ("prob", "text"),
    [(1.0, "100.0%"), (0.5, "50.0%"), (0.001, "0.1%"), (0.0000123, "0.00123%"), (0.0, "0%")],
)
def test_percentages(prob, text):
    assert percent(prob) == text


def test_bars_are_in_proportion_and_survive_nothing():
    assert "width:20.00em" in bar_html(("a", 0.5), ("a", 0.5))
    assert "width:5.00em" in bar_html(("b", 0.1), ("a", 0.4))
    assert "width:0.00em" in bar_html(("b", 0.0), ("a", 0.0))


def test_an_empty_choice_and_a_long_one_are_drawn():
    step = Step("", (Choice("", 0.2, 1), Choice("x" * 10_000, 0.1, 2)), (("\U0001f642", 1.0),))
    assert "(10,000 characters)" in draw_step(step)
    assert "🙂" in describe_steps([step])
