"""The widget over a run of training: what it shows of each look, and its controls."""

import html
import re

import pytest

from course_lib.study.growth import KINDS, Growth, Look
from course_lib.study.town_training import town
from course_lib.study.widgets.explorable import VIEW
from course_lib.study.widgets.samples_by_step import samples_by_step
from course_lib.study.widgets.samples_drawing import BEGINNING, NOTHING, beginning

STEPS = (0, 20, 40, 60, 80, 100, 200, 500, 900, 1200, 1800)
PLACE = town("village")


def a_look(step, sample, loss=1.0, right=0.5):
    parts = [right, 0.0, 1.0, 0.123]
    return Look(step, loss, dict(zip(KINDS, parts, strict=True)), dict.fromkeys(KINDS, 1.0), sample)


def a_run(*looks):
    return Growth(None, PLACE, [], looks)


def eleven():
    looks = [a_look(step, f"sample {i} .", 6 - i / 2) for i, step in enumerate(STEPS)]
    return samples_by_step(a_run(*looks))


def title(widget):
    return re.search(r'class="ttt-title">(.*?)</p>', widget.picture.value)[1]


def written(widget):
    return re.search(r'class="ttt-sample">(.*?)</div>', widget.picture.value, re.S)[1]


def test_a_look_shows_its_step_and_its_loss_beside_the_floor():
    widget = eleven()
    widget.controls["number"].value = 10
    floor = PLACE.floor
    expected = f"Step 1,200 of 1,800: loss 1.50 nats a token, {1.5 - floor:.2f} over the floor of "
    assert title(widget) == f"{expected}{floor:.2f}."
    assert written(widget) == "sample 9 ."


def test_what_changes_is_read_aloud():
    live = re.search(r'<div aria-live="polite">.*?<table', eleven().picture.value, re.S)[0]
    for words in ("Step 0 of", "sample 0 .", "Tinyville could not have written this."):
        assert words in live


def test_bars_are_as_long_as_the_parts_that_are_right():
    drawing = eleven().picture.value
    rows = re.findall(
        r'<th scope="row">([^<]*)</th><td class="ttt-number">(\d+%)</td>.*?width:([\d.]+)em',
        drawing,
    )
    assert rows == [
        ("facts", "50%", "6.00"),
        ("held-out pronouns", "0%", "0.00"),
        ("sums", "100%", "12.00"),
        ("repeats", "12%", "1.48"),
    ]


def test_the_buttons_go_a_look_back_and_on_and_stop_at_the_ends():
    widget = eleven()
    back, on, number = widget.controls.values()
    assert (back.description, on.description) == ("Back", "On")
    back.click()
    assert number.value == 1 and written(widget) == "sample 0 ."
    on.click()
    on.click()
    back.click()
    assert number.value == 2 and title(widget).startswith("Step 20 of 1,800")
    for _ in range(20):
        on.click()
    assert number.value == 11 and title(widget).startswith("Step 1,800 of 1,800")


@pytest.mark.parametrize(("typed", "shown"), [(10**6, 11), (-5, 1), (0, 1), (4, 4)])
def test_the_field_takes_any_number(typed, shown):
    widget = eleven()
    widget.controls["number"].value = typed
    assert widget.controls["number"].value == shown
    assert written(widget) == f"sample {shown - 1} ."


def test_it_says_whether_tinyville_could_have_written_a_text():
    widget = samples_by_step(a_run(a_look(0, "2 + 2 = 5 ."), a_look(9, PLACE.texts[0])))
    assert "Tinyville could not have written this." in widget.picture.value
    widget.controls["on"].click()
    assert "Tinyville could have written this." in widget.picture.value
    rows = re.findall(r"<td>(yes|no)</td>", widget._repr_mimebundle_()["text/html"])
    assert rows == ["no", "yes"]


def test_a_text_is_no_html_and_wraps():
    text = "<b>&amp;</b> <script>alert(1)</script>"
    widget = samples_by_step(a_run(a_look(0, text)))
    assert written(widget) == html.escape(text)
    still = widget._repr_mimebundle_()["text/html"]
    assert html.escape(text) in still and "<script" not in still + widget.picture.value
    assert text in widget._repr_mimebundle_()["text/plain"]
    rule = re.search(r"\.ttt-sample\{(.*?)\}", widget.picture.value, re.S)[1]
    assert "white-space:pre-wrap" in rule and "overflow-wrap:anywhere" in rule


def test_a_model_that_writes_nothing_is_said_to():
    widget = samples_by_step(a_run(a_look(0, "")))
    assert written(widget) == NOTHING
    assert NOTHING in widget._repr_mimebundle_()["text/plain"]


def test_a_run_of_one_look_has_nowhere_to_go():
    widget = samples_by_step(a_run(a_look(7, "one .")))
    widget.controls["on"].click()
    widget.controls["back"].click()
    assert title(widget).startswith("Step 7 of 7:")
    assert widget._repr_mimebundle_()["text/html"].count('<th scope="row">') == 1


def test_the_still_page_and_the_text_hold_six_looks_from_the_first_to_the_last():
    bundle = eleven()._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    rows = re.findall(
        r'<th scope="row">([\d,]+)</th><td class="ttt-number">([\d.]+)</td>'
        r'<td class="ttt-beginning">(.*?)</td>',
        bundle["text/html"],
    )
    assert [step for step, _, _ in rows] == ["0", "40", "80", "200", "900", "1,800"]
    assert (rows[1], rows[-1]) == (("40", "5.00", "sample 2 ."), ("1,800", "1.00", "sample 10 ."))
    lines = bundle["text/plain"].splitlines()
    assert len(lines) == 7 and f"{PLACE.floor:.2f}" in lines[0]
    assert lines[2].startswith("Step 40, loss 5.00: sample 2 . [Tinyville could not")
    assert repr(eleven()) == bundle["text/plain"]


def test_a_long_text_is_cut_in_the_table_only():
    long = "word " * 60
    widget = samples_by_step(a_run(a_look(0, long)))
    assert written(widget) == long
    assert beginning(long) in widget._repr_mimebundle_()["text/html"]
    assert beginning(long) == "word " * 21 + "word ..."  # 109 characters and the dots
    assert beginning("x" * BEGINNING) == "x" * BEGINNING
    assert beginning("x" * 111) == "x" * BEGINNING + " ..."
    assert beginning("two\nlines") == "two lines"


def test_somebody_must_have_looked():
    with pytest.raises(ValueError, match="one look or more, got none"):
        samples_by_step(a_run())
