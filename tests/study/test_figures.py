"""What the course draws: charts, strips of tokens, tables. Seen by everybody, on every page."""

import base64
import io
import itertools
import re

import numpy as np
import pytest
from matplotlib import pyplot as plt
from PIL import Image

from course_lib.study import figures
from course_lib.study.markup import DARK_FILTER, DARK_HUES, HUES, Picture
from course_lib.study.strips import MAX_TOKENS, strip_html, token_strip, visible
from course_lib.study.tables import table

pytestmark = pytest.mark.usefixtures("course_style")

JUPYTER_DARK = "#111111"
# What a full red-, green- or blue-blind eye sees of linear RGB (Machado et al., 2009).
EYES = {
    "typical": np.eye(3),
    "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritan": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


@pytest.fixture
def shown(monkeypatch):
    """Collect what `figures.show` displays."""
    bundles = []
    monkeypatch.setattr(figures, "display", lambda bundle, **_: bundles.append(bundle))
    return bundles


def linear_rgb(color: str) -> np.ndarray:
    """Return a hex color as linear RGB in [0, 1]."""
    rgb = np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2."""
    darker, lighter = sorted(linear_rgb(color) @ [0.2126, 0.7152, 0.0722] for color in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Return linear RGB in Oklab, where distance is about what an eye sees as difference."""
    lms = [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
    lab = [[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]
    return np.array(lab) @ np.cbrt(np.clip(np.array(lms) @ rgb, 0, 1))


def darkened(color: str) -> str:
    """Return what CSS's invert(...) hue-rotate(180deg) makes of a color."""
    amount = float(re.fullmatch(r"invert\((.+)\) hue-rotate\(180deg\)", DARK_FILTER).group(1))
    rgb = np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    turned = amount * (1 - rgb) + (1 - amount) * rgb
    weights = np.array([0.213, 0.715, 0.072])
    rotated = np.clip((2 * np.outer(np.ones(3), weights) - np.eye(3)) @ turned, 0, 1)
    return "#" + "".join(f"{round(value * 255):02x}" for value in rotated)


def line_chart(n_lines=3):
    fig, ax = plt.subplots()
    for slope in range(n_lines):
        ax.plot([0, 1, 2], [0, slope, 2 * slope], label=f"line {slope}")
    ax.set(title="A title", xlabel="x", ylabel="y")
    return fig, ax


@pytest.mark.parametrize("name", HUES)
def test_every_hue_can_carry_text_in_both_themes(name):
    assert contrast(HUES[name], "#ffffff") >= 4.5
    assert contrast(DARK_HUES[name], JUPYTER_DARK) >= 4.5


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("hues", [HUES, DARK_HUES], ids=["light", "dark"])
def test_hues_differ_to_every_eye(hues, eye):
    seen = {
        name: oklab(np.clip(EYES[eye] @ linear_rgb(color), 0, 1)) for name, color in hues.items()
    }
    near = {
        pair: round(float(np.linalg.norm(seen[pair[0]] - seen[pair[1]])), 3)
        for pair in itertools.combinations(hues, 2)
    }
    assert min(near.values()) >= 0.08, near  # 0.02 is about the least difference that can be seen


@pytest.mark.parametrize("name", HUES)
def test_the_dark_theme_of_the_pages_has_the_colors_of_its_figures(name):
    there, here = darkened(HUES[name]), DARK_HUES[name]
    assert np.abs(linear_rgb(there) - linear_rgb(here)).max() < 0.02, (there, here)
    assert contrast(darkened("#ffffff"), JUPYTER_DARK) < 1.02  # a figure's page is the notebook's


def test_text_on_figures_is_legible():
    for color in (figures.INK, figures.QUIET):
        assert contrast(color, "#ffffff") >= 4.5
        assert contrast(darkened(color), JUPYTER_DARK) >= 4.5
    fig, ax = line_chart()
    texts = [*ax.get_xticklabels(), *ax.get_yticklabels(), ax.xaxis.label, ax.yaxis.label, ax.title]
    assert min(text.get_fontsize() for text in texts) * figures.DPI / 72 >= 14  # CSS pixels


def test_lines_differ_without_color():
    _, ax = line_chart(5)
    assert len({str(line._dash_pattern) for line in ax.get_lines()}) == 5


def test_show_gives_one_output_with_picture_and_words(shown):
    fig, _ = line_chart()
    figures.show(fig, alt="Three lines from one point.")
    (bundle,) = shown
    assert set(bundle) == {"image/png", "text/html", "text/plain"}
    assert bundle["text/plain"] == "Three lines from one point."
    assert 'alt="Three lines from one point."' in bundle["text/html"]
    assert f"base64,{bundle['image/png']}" in bundle["text/html"]
    assert plt.get_fignums() == []


def test_show_draws_two_pixels_for_one_and_stays_small(shown):
    figures.show(line_chart(5)[0], alt="Five lines.")
    png = base64.b64decode(shown[0]["image/png"])
    drawn = Image.open(io.BytesIO(png))
    width = int(re.search(r'width="(\d+)"', shown[0]["text/html"]).group(1))
    assert 700 <= width <= 880
    assert abs(drawn.width - 2 * width) <= 1
    assert len(png) <= 60_000


def test_the_same_figure_gives_the_same_bytes(shown):
    for _ in range(2):
        figures.show(line_chart()[0], alt="Three lines.")
    assert shown[0] == shown[1]


def test_alt_text_cannot_become_html(shown):
    figures.show(line_chart()[0], alt='"><script>alert(1)</script>')
    assert "<script>" not in shown[0]["text/html"]


@pytest.mark.parametrize("alt", ["", "  \n"])
def test_a_figure_without_alt_text_is_refused(shown, alt):
    with pytest.raises(ValueError, match="alt must say"):
        figures.show(line_chart()[0], alt=alt)
    assert shown == []


def test_line_labels_stand_at_the_ends_and_do_not_touch():
    fig, ax = plt.subplots()
    for name, end in {"a": 1.0, "b": 1.001, "c": 1.002, "far": 5.0}.items():
        ax.plot([0, 1], [0, end], label=name)
    ax.plot([0, 1], [2, 2])  # without a label
    figures.label_lines(ax)
    fig.draw_without_rendering()
    boxes = {text.get_text(): text.get_window_extent() for text in ax.texts}
    assert set(boxes) == {"a", "b", "c", "far"}
    for low, high in itertools.pairwise(["a", "b", "c", "far"]):
        assert boxes[low].y1 <= boxes[high].y0
    assert all(box.x0 > ax.transData.transform((1, 0))[0] for box in boxes.values())
    colors = {line.get_label(): line.get_color() for line in ax.get_lines()}
    assert all(text.get_color() == colors[text.get_text()] for text in ax.texts)


def test_a_logarithmic_axis_shows_the_named_ticks_alone():
    fig, ax = plt.subplots()
    ax.plot([20, 1800], [0.4, 6])
    ax.set(xscale="log", yscale="log")
    figures.log_ticks(ax.xaxis, [20, 1800])
    figures.log_ticks(ax.yaxis, [0.5, 1])
    fig.draw_without_rendering()
    for axis, expected in [(ax.xaxis, ["20", "1,800"]), (ax.yaxis, ["0.5", "1"])]:
        labels = [label.get_text() for label in axis.get_ticklabels(which="both")]
        assert labels == expected


@pytest.mark.parametrize(
    ("token", "shown_as"),
    [
        (" the", "·the"),
        ("a\n\tb\r", "a⏎⇥b␍"),
        ("    ", "····"),
        (b"\xe2\x82", "<e2><82>"),
        (b"caf\xc3\xa9", "café"),
        (b"ok\xff", "ok<ff>"),
        (b"\xed\xa0\x80", "<ed><a0><80>"),
        ("\ud800", "U+D800"),
        ("\x1b[31m", "U+001B[31m"),
        ("\u202eabc", "U+202Eabc"),
        ("\u200b", "U+200B"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("\u200d", "U+200D"),
        ("\u200d👩", "U+200D👩"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("\ufe0f", "U+FE0F"),
        ("\u0301", "◌\u0301"),
        ("e\u0301", "e\u0301"),
        ("", ""),
    ],
)
def test_everything_in_a_token_can_be_seen(token, shown_as):
    assert visible(token) == shown_as


def test_a_strip_reads_the_same_in_a_terminal_and_without_styles():
    strip = token_strip(["low", " est"], ids=[10, 7], title="Two tokens")
    assert strip.text == "Two tokens\nlow|·est\nids 10 7"
    bare = re.sub(r"<style>.*?</style>|<[^>]*>", "", strip.html, flags=re.S)
    assert bare == "Two tokenslow 10|·est 7"


def test_boxes_have_borders_and_neighbors_differ():
    strip = strip_html(["a"] * 9)
    hues = re.findall(r"ttt-token ttt-(\w+)", strip)
    assert len(hues) == 9
    assert all(one != other for one, other in itertools.pairwise(hues))
    assert re.search(r"\.ttt-token\{[^}]*border:1\.5px solid", token_strip(["a"]).html)


@pytest.mark.parametrize("tokens", [["<script>", "&amp;", '"'], [b"<script>", b"&amp;", b'"']])
def test_text_in_a_strip_cannot_become_html(tokens):
    strip = strip_html(tokens)
    assert "<script>" not in strip
    assert "&lt;script&gt;" in strip
    assert "&amp;amp;" in strip


@pytest.mark.parametrize(
    ("tokens", "direction"),
    [
        (["مر", "حبا"], "rtl"),
        ([" ", "1", "שלום"], "rtl"),
        (["low", "مر"], "ltr"),
        ([b"\xd9", b"\x85"], "ltr"),
        (["1", "!"], "ltr"),
    ],
)
def test_a_strip_runs_as_its_script_is_read(tokens, direction):
    assert f'dir="{direction}"' in strip_html(tokens)


def test_a_strip_of_nothing_says_so():
    assert token_strip([]).text == "no tokens"
    assert "no tokens" in token_strip([]).html


def test_a_long_text_is_cut_off_with_its_length_said():
    many = token_strip(["ab"] * 10_000)
    assert many.html.count('class="ttt-token') == MAX_TOKENS
    assert "… and 9,600 more tokens" in many.html
    assert many.text.count("|") == MAX_TOKENS - 1
    assert many.text.endswith("ab … and 9,600 more tokens")
    assert "… and 1 more token<" in token_strip(["a"] * (MAX_TOKENS + 1)).html
    one = token_strip(["a" * 10_000])
    assert "… (10,000 characters)" in one.html
    assert len(one.text) < 100


def test_a_strip_with_another_number_of_ids_is_refused():
    with pytest.raises(ValueError, match="2 tokens, got 1 ids"):
        token_strip(["a", "b"], ids=[1])


def test_a_picture_gives_html_and_words():
    picture = Picture("<b>x</b>", "x")
    assert picture._repr_mimebundle_() == {"text/html": "<b>x</b>", "text/plain": "x"}


ROWS = [["characters", 65, 1_115_394, "0%", 1.23456], ["words", 25_670, None, "4.1%", 12345.6]]
COLUMNS = ["Cut into", "Vocabulary", "Tokens", "Unseen", "Ratio"]


def test_a_table_reads_the_same_in_a_terminal():
    assert table(ROWS, COLUMNS, "What to see").text.splitlines() == [
        "What to see",
        "Cut into    Vocabulary     Tokens  Unseen   Ratio",
        "characters          65  1,115,394      0%    1.23",
        "words           25,670               4.1%  12,346",
    ]


def test_a_table_names_its_caption_columns_and_rows():
    drawn = table(ROWS, COLUMNS, "What to see").html
    assert "<caption>What to see</caption>" in drawn
    assert drawn.count('scope="col"') == 5
    assert drawn.count('scope="row"') == 2
    assert '<td class="ttt-number">25,670</td>' in drawn
    assert '<th scope="row">words</th>' in drawn


def test_a_column_with_one_text_is_not_numbers():
    drawn = table([["a", "12"], ["b", "n/a"]], ["name", "value"], "Mixed").html
    assert "ttt-number" not in drawn.split("</style>")[1]


@pytest.mark.parametrize(
    ("text", "is_number"),
    [
        ("1,024", True),
        (" 75%", True),
        ("−$1.50", True),
        ("2e-19", True),
        ("1.7e-61", True),
        (".72", True),
        ("12×", True),
        ("e", False),
        ("2e", False),
        ("1.2.3", False),
        ("4 to 5", False),
        ("", False),
        ("%", False),
    ],
)
def test_what_reads_as_a_number_is_set_flush_right(text, is_number):
    drawn = table([["a", text]], ["name", "value"], "One").html.split("</style>")[1]
    assert ("ttt-number" in drawn) == is_number


def test_wide_letters_keep_plain_columns_in_line():
    lines = table([["你好", 1], ["ab", 2]], ["text", "n"], "Wide").text.splitlines()
    assert lines[2:] == ["你好  1", "ab    2"]


def test_text_in_a_table_cannot_become_html():
    drawn = table([["<script>"]], ["<i>"], "<b>").html
    assert not re.search("<script>|<i>|<b>", drawn)


@pytest.mark.parametrize(
    ("rows", "caption", "message"),
    [([["a"]], "What to see", "expected 2 values a row, got 1"), ([], " ", "needs a caption")],
)
def test_a_table_that_does_not_fit_is_refused(rows, caption, message):
    with pytest.raises(ValueError, match=message):
        table(rows, ["one", "two"], caption)


def test_an_empty_table_keeps_its_headings():
    assert table([], ["one", "two"], "Nothing yet").text == "Nothing yet\none  two"
