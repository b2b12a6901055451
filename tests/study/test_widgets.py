"""Lesson 01's widgets: their drawings at the extremes, and what their controls do."""

import html
import re

import pytest

from course_lib.study.widgets.explorable import VIEW
from course_lib.study.widgets.merge_drawing import MAX_PAIRS, MAX_WORDS
from course_lib.study.widgets.merge_stepper import merge_stepper
from course_lib.study.widgets.merge_steps import merged, training_steps
from course_lib.study.widgets.tokenize_strip import cut, describe_cuts, draw_cuts, tokenize_strip

ALPHABET = dict(enumerate("lowersty_"))
WORDS = [[0, 1, 2], [0, 1, 2, 3, 4], [0, 1, 2, 3, 5, 6], [0, 1, 2, 0, 7]]
MERGES = [(0, 1), (9, 2), (10, 3)]


def lowest_stepper():
    """Return the stepper of the lesson: low lower lowest lowly."""
    return merge_stepper(WORDS, [1, 1, 1, 1], MERGES, ALPHABET)


def text_of(drawing: str) -> str:
    """Return what a reader sees of HTML, blanks made single."""
    drawing = re.sub(r"<style>.*?</style>", "", drawing, flags=re.S)
    drawing = re.sub(r"</?(b|span)\b[^>]*>", "", drawing)  # these do not part words
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", drawing)).split())


def characters(text):
    return [(ord(char), char.encode("utf-8", "surrogatepass")) for char in text]


def utf8_bytes(text):
    return [(byte, bytes([byte])) for byte in text.encode()]


def words_only(text):
    return [(place, word.encode()) for place, word in enumerate(text.split())]


TOKENIZERS = {"bytes": utf8_bytes, "characters": characters, "words": words_only}


# The steps of training


def test_the_worked_example_of_the_lesson():
    steps = training_steps(WORDS, [1, 1, 1, 1], MERGES, first_id=9)
    assert [step.words[2] for step in steps] == [
        [0, 1, 2, 3, 5, 6],
        [9, 2, 3, 5, 6],
        [10, 3, 5, 6],
        [11, 5, 6],
    ]
    assert steps[0].ranked[:3] == [((0, 1), 4), ((1, 2), 4), ((2, 3), 2)]
    assert steps[0].ties() == [(1, 2)]
    assert [step.upcoming for step in steps] == [(0, 1), (9, 2), (10, 3), None]
    assert [step.made for step in steps] == [None, ((0, 1), 9), ((9, 2), 10), ((10, 3), 11)]


def test_counts_of_words_weigh_their_pairs():
    (step,) = training_steps([[0, 1], [1, 0]], [2, 5], [], first_id=2)
    assert step.ranked == [((1, 0), 5), ((0, 1), 2)]


@pytest.mark.parametrize(
    ("word", "after"),
    [([0, 0, 0], [9, 0]), ([0] * 4, [9, 9]), ([0], [0]), ([], []), ([1, 0], [1, 0])],
)
def test_merged_pairs_do_not_overlap(word, after):
    assert merged(word, (0, 0), 9) == after


# The merge stepper


def test_the_tie_is_marked_and_explained():
    drawing = lowest_stepper().picture.value
    text = text_of(drawing)
    assert "Next is l + o, found 4 times, as is o + w." in text
    assert "The smallest pair of ids wins the tie: (0, 1) before (1, 2)." in text
    assert re.search(r"l \+ o 0, 1 4 merges next", text)
    assert re.search(r"o \+ w 1, 2 4 ties", text)
    assert drawing.count('class="ttt-next"') == 4  # l + o, once in each word


def test_next_walks_through_all_merges_and_starts_again():
    stepper = lowest_stepper()
    forward, seen = stepper.controls["next"], []
    for _ in range(4):
        seen.append((forward.description, text_of(stepper.picture.value).split(" Next is")[0]))
        forward.click()
    assert [label for label, _ in seen] == ["Next merge", "Next merge", "Next merge", "Start again"]
    assert seen[1][1] == "After 1 merge: l + o became lo, token 9"
    assert seen[3][1].startswith("After 3 merges: low + e became lowe, token 11 That was the last")
    assert stepper.controls["merges"].value == 0
    assert forward.description == "Next merge"


def test_back_goes_back_and_stays_at_the_start():
    stepper = lowest_stepper()
    stepper.controls["merges"].value = 1
    at_one = stepper.picture.value
    stepper.controls["next"].click()
    assert stepper.picture.value != at_one
    stepper.controls["back"].click()
    assert stepper.picture.value == at_one
    for _ in range(3):
        stepper.controls["back"].click()
    assert stepper.picture.value == lowest_stepper().picture.value


@pytest.mark.parametrize(("typed", "kept"), [(99, 3), (-1, 0), (2, 2)])
def test_the_number_of_merges_stays_within_bounds(typed, kept):
    stepper = lowest_stepper()
    stepper.controls["merges"].value = typed
    assert stepper.controls["merges"].value == kept
    expected = "Before the first merge" if kept == 0 else f"After {kept} merges"
    assert expected in text_of(stepper.picture.value)


def test_the_last_step_has_no_next_and_a_whole_vocabulary():
    stepper = lowest_stepper()
    stepper.controls["merges"].value = 3
    drawing, text = stepper.picture.value, text_of(stepper.picture.value)
    assert 'class="ttt-next"' not in drawing
    assert "merges next" not in text
    assert "The vocabulary: 12 tokens with their ids" in text
    assert text.endswith("11, 5 1")  # lowe + s, the last of the pairs that are left


def test_a_new_token_is_marked_and_has_one_hue_wherever_it_stands():
    stepper = lowest_stepper()
    stepper.controls["merges"].value = 1
    assert len(re.findall(r"ttt-made [^>]*>lo<", stepper.picture.value)) == 5
    assert len(re.findall(r'class="[^"]*ttt-made', stepper.picture.value)) == 5
    hues = re.findall(r'ttt-token(?: ttt-made)? ttt-(\w+)">lo<', stepper.picture.value)
    assert len(hues) == 6  # four words, one pair, the vocabulary
    assert len(set(hues)) == 1


def test_nothing_merged_next_is_claimed_to_win_when_it_does_not():
    text = text_of(merge_stepper([[0, 1, 0, 1, 2]], [1], [(1, 2)], ALPHABET).picture.value)
    assert "Next is o + w, found once. " in text
    assert "wins" not in text
    assert "more often" not in text


def test_three_way_ties_are_counted():
    text = text_of(merge_stepper([[0, 1, 2, 3]], [1], [(0, 1)], ALPHABET).picture.value)
    assert "Next is l + o, found once, as are 2 other pairs. The smallest pair of ids wins" in text
    assert text.count(" ties") == 2


def test_no_words():
    stepper = merge_stepper([], [], [(0, 1)], ALPHABET)
    assert "There are no words to merge." in text_of(stepper.picture.value)
    stepper.controls["next"].click()
    assert "There are no words to merge." in text_of(stepper.picture.value)


def test_one_word_that_becomes_one_token():
    stepper = merge_stepper([[0, 1]], [7], [(0, 1)], ALPHABET)
    assert "× 7" in text_of(stepper.picture.value)
    stepper.controls["next"].click()
    text = text_of(stepper.picture.value)
    assert "No word has a pair left to merge. The vocabulary is complete." in text
    assert "Pair" not in text


def test_no_merges_leaves_no_controls():
    stepper = merge_stepper(WORDS, [1, 1, 1, 1], [], ALPHABET)
    assert stepper.controls == {}
    assert "That was the last merge." not in text_of(stepper.picture.value)
    assert "No merge is asked for." in text_of(stepper.picture.value)


def test_a_merge_that_is_not_in_the_words_is_said_to_be_absent():
    stepper = merge_stepper([[0, 1]], [1], [(6, 7), (0, 1)], ALPHABET)
    assert "Next is t + y, which is not in these words." in text_of(stepper.picture.value)
    assert "dashed" not in text_of(stepper.picture.value)


def test_bytes_of_any_text_and_a_large_alphabet():
    alphabet = {byte: bytes([byte]) for byte in range(256)}
    words = [list("né<b>".encode())]
    stepper = merge_stepper(words, [1], [(0xC3, 0xA9)], alphabet)
    text = text_of(stepper.picture.value)
    assert "<c3> 195 <a9> 169" in text
    assert "The vocabulary: 256 tokens with their ids" in text
    assert "… and 250 that these words do not use now" in text
    stepper.controls["next"].click()
    assert "<c3> + <a9> became é, token 256" in text_of(stepper.picture.value)
    assert "<b>né" not in stepper.picture.value


def test_symbols_cannot_become_html():
    stepper = merge_stepper([[0, 1]], [1], [(0, 1)], {0: "<script>", 1: "&lt;"})
    for drawing in (stepper.picture.value, stepper._repr_mimebundle_()["text/html"]):
        assert "<script>" not in drawing
        assert "&lt;script&gt;" in drawing
        assert "&amp;lt;" in drawing
    assert "<script>|&lt;" in repr(stepper)


def test_many_words_and_pairs_are_cut_off_with_their_number_said():
    words = [[left, right] for left in range(9) for right in range(9)]
    stepper = merge_stepper(words, [1] * 81, [(0, 0)], ALPHABET)
    assert len(repr(stepper).splitlines()[1].split("  ")) == MAX_WORDS
    drawing = stepper.picture.value
    assert drawing.count('class="ttt-word"') == MAX_WORDS
    assert drawing.split("<tbody>")[1].count("<tr") == MAX_PAIRS
    text = text_of(drawing)
    assert f"… and {81 - MAX_WORDS} more" in text
    assert f"… and {81 - MAX_PAIRS} more" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[0]], [], [], ALPHABET), "1 words, got 0 counts"),
        (([[12]], [1], [], ALPHABET), "ids of the alphabet only, got 12"),
        (([[9]], [1], [(0, 1)], ALPHABET), "ids of the alphabet only, got 9"),
        (([[0]], [1], [(9, 2)], ALPHABET), r"merge \(9, 2\) uses an id that is made later"),
        (([], [], [], {}), "alphabet must hold at least one id"),
    ],
)
def test_what_has_no_meaning_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        merge_stepper(*arguments)


# Type to tokenize


def test_the_strip_follows_what_is_typed():
    strip = tokenize_strip("a b", TOKENIZERS)
    assert "Tokens in this text: 3 by bytes, 3 by characters, 2 by words" in text_of(
        strip.picture.value
    )
    strip.controls["text"].value = "née"
    text = text_of(strip.picture.value)
    assert "Tokens in this text: 4 by bytes, 3 by characters, 1 by words" in text
    assert "bytes4 tokens4.00 tokens a word0.75 characters a token" in text
    assert "words1 token1.00 tokens a word3.00 characters a token née" in text


def test_ids_are_shown_when_asked_for():
    strip = tokenize_strip("l", {"bytes": utf8_bytes})
    assert "108" not in text_of(strip.picture.value)
    strip.controls["ids"].value = True
    assert text_of(strip.picture.value).endswith("l 108")


def test_an_example_is_put_into_the_field():
    strip = tokenize_strip("a", TOKENIZERS, {"Greek": "αβ"})
    strip.controls["Greek"].click()
    assert strip.controls["text"].value == "αβ"
    assert "4 by bytes, 2 by characters" in text_of(strip.picture.value)


def test_an_empty_text_has_no_rates():
    text = text_of(draw_cuts([cut("bytes", "", utf8_bytes)]))
    assert text == "Tokens in this text: 0 by bytes bytes0 tokens no tokens"


def test_blanks_alone_are_tokens_but_no_words():
    text = text_of(draw_cuts([cut("bytes", " \t\n  ", utf8_bytes)]))
    assert "5 tokens1.00 characters a token" in text
    assert "tokens a word" not in text
    assert re.search(r"· ?\|⇥ ?\|⏎ ?\|· ?\|·$", text)


def test_ten_thousand_characters_are_counted_and_not_all_drawn():
    drawing = draw_cuts([cut("bytes", "ab " * 3_334, utf8_bytes)])
    assert "10,002 tokens" in text_of(drawing)
    assert len(drawing) < 60_000
    one = draw_cuts([cut("words", "a" * 10_000, words_only)])
    assert "… (10,000 characters)" in one


def test_a_family_of_emoji_stays_whole_only_in_one_token():
    family = "👨\u200d👩\u200d👧"
    assert family in text_of(draw_cuts([cut("words", family, words_only)]))
    text = text_of(draw_cuts([cut("characters", family, characters)]))
    assert "👨|U+200D|👩|U+200D|👧" in text
    assert "<f0>|<9f>|<91>" in text_of(draw_cuts([cut("bytes", family, utf8_bytes)]))


def test_right_to_left_text_runs_right_to_left():
    strip = tokenize_strip("שלום", {"characters": characters, "bytes": utf8_bytes})
    assert re.findall(r'dir="(\w+)"', strip.picture.value) == ["rtl", "ltr"]


def test_bytes_that_are_no_text_are_drawn_as_bytes():
    assert "<ff>|<fe>" in text_of(
        draw_cuts([cut("odd", "x", lambda _: [(0, b"\xff"), (1, b"\xfe")])])
    )


def test_what_is_typed_cannot_become_html():
    strip = tokenize_strip("<script>alert(1)</script>", {"<i>": words_only})
    for drawing in (strip.picture.value, strip._repr_mimebundle_()["text/html"]):
        assert "<script>" not in drawing
        assert "<i>" not in drawing
        assert "&lt;script&gt;" in drawing


def test_a_tokenizer_that_raises_is_reported_beside_the_others():
    def refusing(text):
        raise ValueError(f"<|end|> is not allowed in {text}\nsecond line")

    strip = tokenize_strip("ab", {"strict": refusing, "bytes": utf8_bytes})
    text = text_of(strip.picture.value)
    assert "refused the text. ValueError: <|end|> is not allowed in ab" in text
    assert "second line" not in text
    assert "none by strict, 2 by bytes" in text
    assert "ValueError: <|end|> is not allowed in ab" in repr(strip)


# Where widgets do not run


@pytest.mark.parametrize(
    "widget", [lowest_stepper(), tokenize_strip("née <b>", TOKENIZERS)], ids=["stepper", "strip"]
)
def test_every_widget_carries_a_still_picture_and_words(widget):
    bundle = widget._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    assert set(bundle[VIEW]) == {"version_major", "version_minor", "model_id"}
    assert bundle["text/plain"] == repr(widget)
    assert "aria-live" in widget.picture.value
    assert "aria-live" not in bundle["text/html"]  # nothing changes there
    assert bundle == widget._repr_mimebundle_()


def test_the_still_stepper_says_what_each_step_says():
    stepper = lowest_stepper()
    still = text_of(stepper._repr_mimebundle_()["text/html"])
    for n_merges in range(4):
        stepper.controls["merges"].value = n_merges
        assert text_of(stepper.picture.value) in still


def test_the_stepper_in_words():
    blocks = repr(lowest_stepper()).split("\n\n")
    assert blocks[0].splitlines() == [
        "Before the first merge, each word is a row of single symbols",
        "l|o|w  l|o|w|e|r  l|o|w|e|s|t  l|o|w|l|y",
        "Next is l + o, found 4 times, as is o + w. "
        "The smallest pair of ids wins the tie: (0, 1) before (1, 2).",
    ]
    assert blocks[3].splitlines()[:2] == [
        "After 3 merges: low + e became lowe, token 11",
        "low  lowe|r  lowe|s|t  low|l|y",
    ]


def test_a_long_training_is_shortened_in_the_still_picture():
    merges = [(0, 0)] + [(9 + place, 0) for place in range(19)]
    stepper = merge_stepper([[0] * 30], [1], merges, ALPHABET)
    still = text_of(stepper._repr_mimebundle_()["text/html"])
    assert "After 3 merges" in still
    assert "After 4 merges" not in still
    assert "After 20 merges" in still
    assert "… 16 steps are left out" in still


def test_the_still_strip_says_what_the_strip_says_and_what_was_typed():
    strip = tokenize_strip("née <b>", TOKENIZERS)
    strip.controls["text"].value = "other <b>"
    still = text_of(strip._repr_mimebundle_()["text/html"])
    assert still == f"other <b> {text_of(strip.picture.value)}"


def test_the_strip_in_words():
    words = describe_cuts("a b", [cut("words", "a b", words_only)])
    assert words.splitlines() == [
        "Tokens in this text: 2 by words",
        "Text: a b",
        "",
        "words: 2 tokens, 1.00 tokens a word, 1.50 characters a token",
        "a|b",
    ]


@pytest.mark.parametrize("widget", [lowest_stepper(), tokenize_strip("a", TOKENIZERS, {"b": "b"})])
def test_every_control_has_a_label(widget):
    assert widget.controls
    assert all(control.description for control in widget.controls.values())
