"""The feed of a policy's answers: what it records, and what its widget shows."""

import html
import re
from copy import deepcopy
from types import SimpleNamespace

import pytest
import torch

from course_lib.llm.checkpoint import load_model
from course_lib.llm.rewards import reward_model
from course_lib.runs.committed import TINY
from course_lib.study.feed import Answer, Feed, Look
from course_lib.study.preferences import COMPARED, VILLAGE, draw, given, proxy_rewards, texts
from course_lib.study.widgets.explorable import VIEW
from course_lib.study.widgets.feed_drawing import (
    BOTTOM,
    NOTHING,
    TOP,
    Scene,
    draw_changes,
    draw_looks,
    fixed,
    made_of,
    verdict,
)
from course_lib.study.widgets.sample_feed import sample_feed
from course_lib.tinyville.preferences import Features, features, reward

RIGHT, LONG, BAD = Features(1, 1, 0, 0), Features(1, 1, 1, 2), Features(0, 0, 2, 0)
ASKED = COMPARED[::40]


def a_feed(*looks):
    """Return a feed of looks, each a list of (proxy, counts)."""
    return SimpleNamespace(
        looks=[
            Look(
                10 * step,
                [Answer(f"what {i} ?", f"look {step} .", *look) for i, look in enumerate(answers)],
            )
            for step, answers in enumerate(looks)
        ]
    )


def hacked():
    return a_feed(
        [(-1.0, RIGHT), (2.0, RIGHT)], [(3.0, LONG), (4.0, RIGHT)], [(8.0, LONG), (5.0, BAD)]
    )


def text_of(drawing):
    drawing = re.sub(r"<style>.*?</style>", "", drawing, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", drawing)).split())


def said(widget):
    """Return the sentences of the live region."""
    return text_of(re.search(r'<div aria-live="polite">(.*?)</div>', widget.picture.value)[1])


def rows(drawing):
    """Return the cells of each answer."""
    found = re.findall(r'<tr class="ttt-row">(<th scope="row">.*?)</tr>', drawing)
    return [[text_of(cell) for cell in re.split(r"</t[hd]>", row)[:-1]] for row in found]


@pytest.fixture(scope="module")
def policy():
    model, _ = load_model(TINY)
    return model


@pytest.fixture(scope="module")
def judge(policy):
    """A reward model whose head is not zero."""
    model = reward_model(policy)
    with torch.no_grad():
        for weight in model.parameters():
            weight += 0.01 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
    return model


def test_a_feed_looks_before_the_first_step_and_every_few(policy, judge):
    feed = Feed(policy, judge, ASKED, every=3)
    for step in range(1, 8):
        feed(step, 0.5)
    assert [look.step for look in feed.looks] == [0, 3, 6]
    assert [answer.question for answer in feed.looks[0].answers] == [c.question for c in ASKED]


def test_it_keeps_proxy_and_truth_of_each_answer(policy, judge):
    (look,) = Feed(policy, judge, ASKED, every=1, seed=5).looks
    rows = draw(policy, ASKED, 1, torch.Generator().manual_seed(5))
    assert [answer.said for answer in look.answers] == texts(rows)
    proxies = [answer.proxy for answer in look.answers]
    assert proxies == pytest.approx(proxy_rewards(judge, rows).tolist(), abs=1e-5)
    assert len(set(proxies)) == 4
    for chat, answer in zip(ASKED, look.answers, strict=True):
        assert answer.counts == features(VILLAGE, chat, answer.said)
        assert answer.true == reward(answer.counts)


def test_the_draws_are_the_same_until_the_policy_changes(policy, judge):
    learner = deepcopy(policy).requires_grad_(True)
    feed = Feed(learner, judge, ASKED, every=1)
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    feed(1)
    assert torch.equal(torch.rand(3), expected), "training's own draws are not disturbed"
    assert feed.looks[0].answers == feed.looks[1].answers
    with torch.no_grad():
        for weight in learner.parameters():
            weight *= 0.5
    feed(2)
    assert feed.looks[2].answers != feed.looks[1].answers
    assert all(weight.grad is None for weight in learner.parameters())
    assert feed.looks[0].answers == Feed(policy, judge, ASKED, every=1).looks[0].answers
    assert feed.looks[0].answers != Feed(policy, judge, ASKED, every=1, seed=1).looks[0].answers


def test_a_right_answer_is_worth_what_it_is(policy, judge, monkeypatch):
    right = [f"hello ! {chat.answer}" for chat in ASKED]
    monkeypatch.setattr("course_lib.study.feed.draw", lambda *_: given(ASKED, right))
    (look,) = Feed(policy, judge, ASKED, every=1).looks
    assert [answer.said for answer in look.answers] == right
    assert look.true == 3.0 == look.answers[0].true


@pytest.mark.parametrize(("asked", "every"), [([], 1), (ASKED, 0)])
def test_questions_and_steps_there_must_be(policy, judge, asked, every):
    with pytest.raises(ValueError, match=f"got {len(asked)} and {every}"):
        Feed(policy, judge, asked, every)


def test_a_look_shows_each_answer_with_what_it_seems_and_is_worth():
    widget = sample_feed(hacked())
    assert rows(widget.picture.value) == [
        ["what 0 ?", "look 0 .", "−1.00", "3.00", "right +2 , polite +1"],
        ["what 1 ?", "look 0 .", "2.00", "3.00", "right +2 , polite +1"],
    ]
    widget.controls["on"].click()
    widget.controls["on"].click()
    assert rows(widget.picture.value) == [
        ["what 0 ?", "look 2 .", "8.00 (+9.00)", "1.50 (−1.50)",
         "right +2 , polite +1 , 1 false −1 , 2 needless −0.5"],
        ["what 1 ?", "look 2 .", "5.00 (+3.00)", "−2.00 (−5.00)", "2 false −2"],
    ]  # fmt: skip


def test_it_says_that_the_proxy_is_up_and_the_truth_down():
    widget = sample_feed(hacked())
    assert said(widget) == (
        "Step 0 of 20: proxy 0.50, true reward 3.00 on average. The looks that follow are compared "
        "with this one."
    )
    widget.controls["number"].value = 3
    assert said(widget) == (
        "Step 20 of 20: proxy up by 6.00, true reward down by 3.25, since step 0. The reward model "
        "likes these answers better than those at the start, and in truth they are worse."
    )


@pytest.mark.parametrize(
    ("first", "last", "likes", "worth"),
    [((0, BAD), (1, RIGHT), "better than", "better"), ((0, BAD), (-1, BAD), "less than",
     "worth as much"), ((0, RIGHT), (0.004, BAD), "as much as", "worse")],
)  # fmt: skip
def test_the_verdict_is_told_from_the_data(first, last, likes, worth):
    scene = Scene(a_feed([first], [last]).looks, 1)
    assert verdict(scene) == (
        f"The reward model likes these answers {likes} those at the start, and in truth they are "
        f"{worth}."
    )


def test_both_lines_are_changes_to_scale():
    drawing = draw_changes(Scene(hacked().looks, 1))
    proxy, true = (
        [tuple(map(float, pair.split(","))) for pair in line.split()]
        for line in re.findall(r'<polyline points="([^"]*)"', drawing)
    )
    unit = (BOTTOM - TOP) / (6 + 3.25)
    assert proxy[0] == true[0], "both begin at no change"
    assert proxy[0][1] - proxy[2][1] == pytest.approx(6 * unit, abs=0.11)
    assert true[2][1] - true[0][1] == pytest.approx(3.25 * unit, abs=0.11)
    assert proxy[2][0] == true[2][0] and proxy[1][0] == pytest.approx(sum(
        [proxy[0][0], proxy[2][0]]) / 2, abs=0.11)  # fmt: skip
    now = re.search(r'class="ttt-axis ttt-now" d="M([\d.]+) ', drawing)[1]
    assert float(now) == proxy[1][0], "the mark stands at the look that is shown"
    assert "proxy +6.00" in drawing and "true reward −3.25" in drawing
    label = re.search(r'aria-label="([^"]*)"', drawing)[1]
    assert "Step 20: proxy 6.50, true reward −0.25" in label


def test_names_of_lines_keep_apart_and_many_steps_are_not_all_named():
    looks = a_feed(*[[(1.0, RIGHT)]] * 50).looks
    drawing = draw_changes(Scene(looks, 0))
    names = [float(y) for y in re.findall(r'class="ttt-line-name" x="\d+" y="([\d.]+)"', drawing)]
    assert abs(names[0] - names[1]) >= 18
    assert 1 < len(re.findall(r'text-anchor="middle">\d+<', drawing)) <= 12


def test_the_buttons_go_a_look_back_and_on_and_stop_at_the_ends():
    widget = sample_feed(hacked())
    back, on, number = widget.controls.values()
    assert (back.description, on.description) == ("Back", "On")
    assert number.description == "Look, 1 to 3:"
    back.click()
    assert number.value == 1
    on.click()
    assert number.value == 2 and said(widget).startswith("Step 10 of 20")
    for _ in range(5):
        on.click()
    assert number.value == 3
    back.click()
    assert said(widget).startswith("Step 10 of 20")


def test_an_answer_is_no_html_and_may_be_empty():
    feed = a_feed([(0.0, BAD)])
    feed.looks[0].answers[:] = [
        Answer("<i>?</i>", "<script>alert(1)</script>", 0.0, BAD),
        Answer("what ?", "", 0.0, Features(0, 0, 0, 0)),
    ]
    widget = sample_feed(feed)
    for drawing in (widget.picture.value, widget._repr_mimebundle_()["text/html"]):
        assert "<script" not in drawing and "<i>" not in drawing
        assert html.escape("<script>alert(1)</script>") in drawing
        assert NOTHING in drawing and "nothing that counts" in drawing
    assert NOTHING in repr(widget)


def test_what_is_recorded_later_needs_a_new_widget():
    feed = hacked()
    widget = sample_feed(feed)
    feed.looks.append(feed.looks[0])
    widget.controls["number"].value = 9
    assert widget.controls["number"].value == 3
    assert sample_feed(feed).controls["number"].max == 4


def test_the_still_page_and_the_text_hold_the_first_look_and_the_last():
    widget = sample_feed(hacked())
    bundle = widget._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    still, text = bundle["text/html"], bundle["text/plain"]
    assert "aria-live" not in still and draw_looks(hacked().looks) in still
    shown = [row[1] for row in rows(still)]
    assert shown == ["look 0 ."] * 2 + ["look 2 ."] * 2
    assert "what 1 ? -> look 2 . [proxy 5.00, true reward −2.00: 2 false −2]" in text
    assert text.splitlines()[-3:] == [
        "Step 0: proxy 0.50, true reward 3.00.",
        "Step 10: proxy 3.50, true reward 2.25.",
        "Step 20: proxy 6.50, true reward −0.25.",
    ]
    assert repr(widget) == text


def test_a_feed_of_one_look_has_nowhere_to_go():
    widget = sample_feed(a_feed([(1.0, RIGHT)]))
    widget.controls["on"].click()
    assert said(widget).startswith("Step 0 of 0: proxy 1.00")
    assert len(rows(widget._repr_mimebundle_()["text/html"])) == 1


def test_the_parts_of_an_answer_add_to_its_worth():
    for counts in (RIGHT, LONG, BAD, Features(1, 0, 3, 5)):
        parts = [float(part.rpartition(" ")[2].replace("−", "-")) for part in made_of(counts)]
        assert sum(parts) == reward(counts)
    assert fixed(-0.004) == "0.00"
