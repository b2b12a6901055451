"""The widget of a conversation's targets: its boxes, its counts, its sentences, its controls."""

import html
import re

import pytest
import torch

from course_lib.llm.batches import row_batches
from course_lib.llm.chat import render_chat
from course_lib.llm.checkpoint import load_model
from course_lib.llm.generation import generate
from course_lib.llm.loss import IGNORED
from course_lib.llm.sampling import GREEDY
from course_lib.llm.sft import closing_mark, encode_example, pack_examples, prompt_ids, targets
from course_lib.runs.committed import TINY
from course_lib.runs.town import ROW_LENGTH
from course_lib.study.answering import VILLAGE, known, teach, with_space
from course_lib.study.town_training import one_thread, town
from course_lib.study.widgets.explorable import VIEW
from course_lib.study.widgets.mask_scenes import (
    CHOICES,
    CLOSING,
    FRAME,
    PARTS,
    WORDS,
    Scene,
    conversations,
)
from course_lib.study.widgets.mask_view import mask_view
from course_lib.tinyville.chat import chats

TOKENIZER = town("village").tokenizer
END_ID = closing_mark(TOKENIZER)
EVERY_SCENE = [(talk, choice) for talk in conversations() for choice in CHOICES]
ANSWERS, EVERYTHING, ENDLESS = CHOICES


def text_of(drawing):
    drawing = re.sub(r"<style>.*?</style>", "", drawing, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", drawing)).split())


def said(widget):
    """Return the sentences of the live region."""
    return text_of(re.search(r'<div aria-live="polite">(.*?)</div>', widget.picture.value)[1])


def boxes(drawing):
    """Return (hue, look, token, what is asked for) of each box, message by message."""
    talk = re.search(r'<div class="ttt-talk">(.*?)<div class="ttt-key">', drawing, re.S)[1]
    pattern = (
        r'<span class="ttt-place"><span class="ttt-token ttt-(\w+) ttt-(\w+)">([^<]*)'
        r'(?:<span class="ttt-hidden"> \(learned\)</span>)?</span>'
        r'(?:<span class="ttt-asked">→([^<]*)</span>)?</span>'
    )
    return [
        [tuple(map(html.unescape, box)) for box in re.findall(pattern, row)]
        for row in talk.split('<div class="ttt-message">')[1:]
    ]


def test_a_question_and_its_answer():
    question, answer = boxes(mask_view().picture.value)
    assert [box[:3] for box in question] == [
        ("gray", "read", "<|im_start|>"),
        ("gray", "read", "user"),
        ("gray", "read", "⏎"),
        ("blue", "read", "where"),
        ("blue", "read", "·does"),
        ("blue", "read", "·ben"),
        ("blue", "read", "·live"),
        ("blue", "read", "·?"),
        ("gray", "read", "<|im_end|>"),
        ("gray", "read", "⏎"),
    ]
    assert not any(asked for *_, asked in question)
    assert answer == [
        ("gray", "read", "<|im_start|>", ""),
        ("gray", "read", "assistant", ""),
        ("gray", "read", "⏎", "·ben"),
        ("orange", "learned", "·ben", "·lives"),
        ("orange", "learned", "·lives", "·on"),
        ("orange", "learned", "·on", "·elm"),
        ("orange", "learned", "·elm", "·street"),
        ("orange", "learned", "·street", "·."),
        ("orange", "learned", "·.", "<|im_end|>"),
        ("plum", "learned", "<|im_end|>", ""),
        ("gray", "read", "⏎", ""),
    ]


def test_a_line_of_the_template_is_a_line_of_boxes():
    drawing = mask_view("two turns").picture.value
    lines = drawing.split('<div class="ttt-line">')[1:]
    firsts = [html.unescape(re.search(r"ttt-token [^>]*>([^<]*)", line)[1]) for line in lines]
    assert firsts == ["<|im_start|>", "where", "<|im_start|>", "·ben"] + [
        "<|im_start|>", "which", "<|im_start|>", "·ben"
    ]  # fmt: skip


def test_everything_is_asked_for_but_the_first_token():
    widget = mask_view()
    widget.controls["learn"].value = EVERYTHING
    places = sum(boxes(widget.picture.value), [])
    assert [look for _, look, _, _ in places] == ["read"] + ["learned"] * 20
    assert [asked for *_, asked in places] == [token for _, _, token, _ in places][1:] + [""]


def test_no_closing_mark_is_asked_for_without_the_end():
    widget = mask_view("two turns")
    widget.controls["learn"].value = ENDLESS
    places = sum(boxes(widget.picture.value), [])
    assert [look for hue, look, *_ in places if hue == "plum"] == ["read", "read"]
    assert "<|im_end|>" not in [asked for *_, asked in places]
    assert [asked for _, _, token, asked in places if token == "·."] == ["", ""]
    assert sum(look == "learned" for _, look, *_ in places) == 11


@pytest.mark.parametrize(("talk", "choice"), EVERY_SCENE)
def test_the_boxes_are_the_tokens_and_the_arrows_their_targets(talk, choice):
    scene = Scene(talk, choice)
    example = encode_example(TOKENIZER, scene.messages)
    mine = {
        ANSWERS: example.response,
        EVERYTHING: [True] * len(example.ids),
        ENDLESS: [m and id != END_ID for id, m in zip(*example, strict=True)],
    }[choice]
    asked = targets(example._replace(response=mine))
    pairs = zip(scene.places, example.ids, asked, strict=True)
    for place, id, target in pairs:
        assert place.text.replace("·", " ").replace("⏎", "\n") == TOKENIZER.decode([id])
        wanted = "" if target == IGNORED else TOKENIZER.decode([target])
        assert place.asked.replace("·", " ").replace("⏎", "\n") == wanted
    assert [place.learned for place in scene.places[1:]] == [t != IGNORED for t in asked[:-1]]
    assert not scene.places[0].learned
    assert scene.n_learned == sum(target != IGNORED for target in asked)
    assert len(scene.rows) == len(scene.messages)


@pytest.mark.parametrize("talk", conversations())
def test_the_parts_are_what_the_conversation_says(talk):
    scene = Scene(talk, ANSWERS)
    text = "".join(place.text for place in scene.places).replace("·", " ").replace("⏎", "\n")
    assert text == render_chat(scene.messages)
    for message, row in zip(scene.messages, scene.rows, strict=True):
        words = f"{message['role']}'s words"
        content = "".join(place.text for place in row if place.part == words)
        assert content.replace("·", " ") == message["content"]
        ends = [place.text for place in row if place.part == CLOSING]
        assert ends == ["<|im_end|>"] * (message["role"] == "assistant")
        assert {place.part for place in row} <= {words, CLOSING, FRAME}
    assert {*scene.counts} == {place.part for place in scene.places} <= {*PARTS}


def test_the_conversations_are_whole_words_of_the_village_and_true():
    assert [*conversations()] == ["one turn", "a system message", "two turns", "a refusal"]
    roles = [[message["role"] for message in talk] for talk in conversations().values()]
    turn = ["user", "assistant"]
    assert roles == [turn, ["system", *turn], turn * 2, turn]
    right = {(chat.question, f" {chat.answer}") for chat in chats(VILLAGE.asked)}
    for name in ("one turn", "a system message", "two turns"):
        talk = [m["content"] for m in conversations()[name] if m["role"] != "system"]
        assert set(zip(talk[::2], talk[1::2], strict=True)) <= right
    assert conversations()["a refusal"][1]["content"] == " i do not know vera ."
    for talk in conversations():
        for place in Scene(talk, ANSWERS).places:
            assert place.text in ("⏎", "·?", "·!", "·.", "·a", "·i") or len(place.text) > 2, place


def test_it_says_how_much_is_learned_and_what_follows():
    widget = mask_view()
    assert said(widget) == (
        "The loss counts 7 of 21 tokens: the assistant's words and the mark that ends them. "
        "A model trained so writes an answer and then the mark, and there we stop it."
    )
    widget.controls["learn"].value = EVERYTHING
    assert said(widget) == (
        "The loss counts 20 of 21 tokens: all but the first, which has no token before it. "
        "13 of the 20 are not the assistant's. A model trained so learns to write the user's part "
        "too. Taught with talks of several turns, it goes on after its answer with the user's next "
        "question."
    )
    widget.controls["learn"].value = ENDLESS
    assert said(widget) == (
        "The loss counts 6 of 21 tokens: the assistant's words, and no mark that ends them. "
        "A model trained so never learns to stop. After its answer it writes one more sentence, "
        "and one more, until the limit cuts it off."
    )


@pytest.mark.parametrize(
    ("talk", "learned"),
    [("one turn", "7 of 21"), ("a system message", "7 of 34"), ("two turns", "13 of 42"),
     ("a refusal", "7 of 22")],
)  # fmt: skip
def test_each_conversation_is_counted(talk, learned):
    widget = mask_view()
    widget.controls["conversation"].value = talk
    assert said(widget).startswith(f"The loss counts {learned} tokens:")


def test_the_key_counts_each_part():
    widget = mask_view("a system message")

    def key():
        found = re.search(r'<div class="ttt-key">Learned: (.*?)</div>', widget.picture.value)[1]
        return re.findall(r'ttt-token ttt-(\w+) ttt-(\w+)">([^<]*)<', found)

    assert key() == [
        ("gray", "read", "marks and role lines 0 of 14"),
        ("pine", "read", "system's words 0 of 8"),
        ("blue", "read", "user's words 0 of 5"),
        ("orange", "learned", "assistant's words 6 of 6"),
        ("plum", "learned", "answer's closing mark 1 of 1"),
    ]
    widget.controls["learn"].value = EVERYTHING
    assert key()[0] == ("gray", "learned", "marks and role lines 13 of 14")
    assert Scene("two turns", ENDLESS).counts[WORDS] == (11, 11)


def test_the_shift_is_said():
    first = "Each token is asked for one token earlier: the first, "
    assert f"{first}·ben (token 14), at ⏎ (token 13)." in text_of(mask_view().picture.value)
    assert Scene("two turns", EVERYTHING).shift == (
        f"{first}user (token 2), at <|im_start|> (token 1)."
    )


def test_what_is_learned_shows_without_color():
    style = mask_view().picture.value
    assert re.search(r"\.ttt-read\{border:1.5px dashed [^}]*background:none", style)
    assert re.search(r"\.ttt-learned\{border:2.5px solid [^}]*font-weight:700", style)
    assert style.count(" (learned)</span>") == 7  # for those who hear the page


@pytest.mark.parametrize(("talk", "choice"), EVERY_SCENE)
def test_marks_are_no_html(talk, choice):
    widget = mask_view(talk)
    widget.controls["learn"].value = choice
    for drawing in (widget.picture.value, widget._repr_mimebundle_()["text/html"]):
        assert "<|" not in drawing and "&lt;|im_start|&gt;" in drawing


def test_every_control_has_a_name_and_is_no_dropdown():
    controls = mask_view().controls
    assert {name: control.description for name, control in controls.items()} == {
        "conversation": "Conversation:",
        "learn": "Learn from:",
    }
    assert {type(control).__name__ for control in controls.values()} == {"ToggleButtons"}


@pytest.mark.parametrize(("talk", "choice"), EVERY_SCENE)
def test_the_still_page_and_the_text_say_what_the_live_one_says(talk, choice):
    widget = mask_view(talk)
    widget.controls["learn"].value = choice
    bundle = widget._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    assert "aria-live" not in bundle["text/html"]
    assert text_of(widget.picture.value) in text_of(bundle["text/html"])
    lines = bundle["text/plain"].splitlines()
    assert " ".join(lines[:2]) == said(widget)
    rows = boxes(widget.picture.value)
    for line, row in zip(lines[2:], rows, strict=False):
        words = [
            (f"[{token}]" if look == "learned" else token) + (f" → {asked}" if asked else "")
            for _, look, token, asked in row
        ]
        assert line.split(" | ") == words
    scene = Scene(talk, choice)
    assert scene.shift in lines
    for part, (learned, n) in scene.counts.items():
        assert f"learned of {part}: {learned} of {n}" in lines
    assert repr(widget) == bundle["text/plain"]


def test_the_still_page_and_the_text_compare_the_choices():
    bundle = mask_view()._repr_mimebundle_()
    rows = re.findall(r'<th scope="row">([^<]*)</th>(.*?)</tr>', bundle["text/html"])
    assert [name for name, _ in rows] == [*CHOICES]
    shares = [re.findall(r'ttt-share">([^<]*)<', row) for _, row in rows]
    assert shares == [
        ["7 of 21", "7 of 34", "13 of 42", "7 of 22"],
        ["20 of 21", "33 of 34", "41 of 42", "21 of 22"],
        ["6 of 21", "6 of 34", "11 of 42", "6 of 22"],
    ]
    lines = bundle["text/plain"].splitlines()[-3:]
    for line, (name, row), values in zip(lines, rows, shares, strict=True):
        pairs = zip(conversations(), values, strict=True)
        told = ", ".join(f"{talk} {share}" for talk, share in pairs)
        assert line == f"{name}: {told}. {CHOICES[name].effect}"
        assert CHOICES[name].effect in text_of(row)


def test_an_unknown_conversation_is_refused():
    with pytest.raises(ValueError, match="conversation must be one of .* got 'three turns'"):
        mask_view("three turns")


def taught(choice):
    """Return the village's model after talks of two turns, and what it writes to 40 questions."""
    model, _ = load_model(TINY)
    lessons = [with_space(chat).messages for chat in known()]
    n = len(lessons)
    examples = [
        CHOICES[choice].mask(encode_example(TOKENIZER, lessons[i] + lessons[7 * i % n]), END_ID)
        for i in range(n)
    ]
    batch = pack_examples(examples, ROW_LENGTH, TOKENIZER.special_tokens["<|end|>"])
    teach(model, row_batches(batch, 16, seed=0))
    asked = known()[::22][:40]
    with one_thread():
        prompts = [prompt_ids(TOKENIZER, chat.messages[:1]) for chat in asked]
        rows = [generate(model, torch.tensor([ids]), 24, GREEDY)[0, len(ids) :] for ids in prompts]
    return [(chat, TOKENIZER.decode(row.tolist())) for chat, row in zip(asked, rows, strict=True)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("choice", "pattern"),
    [
        (ANSWERS, r" {answer}<\|im_end\|>"),
        (EVERYTHING, r" [^<]*<\|im_end\|>\n<\|im_start\|>user\n[a-z]"),
        (ENDLESS, r" {answer}(?!.*<\|im_end\|>)(<\|end\|>)? \w+ \w+"),
    ],
)
def test_a_model_trained_so_does_what_is_said(choice, pattern):
    pairs = taught(choice)
    fitting = [
        re.match(pattern.replace("{answer}", re.escape(chat.answer)), text, re.S) is not None
        for chat, text in pairs
    ]
    assert sum(fitting) >= 32, pairs
