"""A learner's feedback page: what it says, what it must not hold, and where it is written."""

import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from course_lib.classroom import feedback
from course_lib.classroom.feedback import feedback_page, write_feedback
from course_lib.classroom.feedback_facts import ByHand, Decision, Written
from course_lib.classroom.feedback_style import DARK, LIGHT, STYLE
from course_lib.classroom.feedback_words import VERDICTS
from course_lib.classroom.untrusted_text import as_html, tame
from course_lib.classroom.verdicts import Alarm, ExerciseResult, SubmissionResult, Verdict
from course_lib.errors import CourseError
from course_lib.exercises.exercise import Finding
from course_lib.study.lesson import facts
from course_lib.study.markup import HUES

NAME = "03_attention"
KNOWN = facts("attention")
EXERCISES = [exercise["name"] for exercise in KNOWN["exercises"]]
FOUND = Finding(
    "overflows",
    "stable_softmax(x=tensor([[1000.0, 1001.0]]))",
    "tensor([[0.2689, 0.7311]])",
    "tensor([[nan, nan]])",
    "Is the largest value taken off first? `exp` of 1000 is inf.",
)
HOSTILE = [
    "</style><script>alert(1)</script>",
    '<a href="javascript:alert(1)">a link</a>',
    "<img src=x onerror=alert(1)>",
    "\"' onmouseover='alert(1)' style=\"x",
    "`<svg onload=alert(1)>` and `` `</code><iframe src=//x>` ``",
    "--><!--<object data=x>",
    "</title><meta http-equiv=refresh content='0;url=//x'><base href=//x>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "safe \u202egnp.exe\u202c \u2066x\u2069 \x00\x1b[31m\x08 \ud800 \u2028 \ufeff\u200b",
    "Z" + "\u0301" * 500,
    "x" * 1_000_000,
    "`" * 100_001,
]
VOID = {"meta"}
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b\u2028\u202a-\u202e\u2066-\u2069\ufeff]")


class Page(HTMLParser):
    """A page taken apart: its tags, attributes and text; it insists that all tags are closed."""

    def __init__(self, page: str):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data[:40]}")

    @property
    def words(self) -> str:
        return " ".join("".join(self.text).split())


def result(*verdicts: Verdict, finding: Finding | None = FOUND, **changes) -> SubmissionResult:
    """Return a result with these verdicts; the exercises after them are right."""
    exercises = []
    for place, known in enumerate(KNOWN["exercises"]):
        verdict = verdicts[place] if place < len(verdicts) else Verdict.PASSED
        points = float(known["points"]) if verdict is Verdict.PASSED else 0.0
        found = finding if verdict is Verdict.FAILED else None
        one = ExerciseResult(known["name"], verdict, points, known["points"], 424242, found, "NOTE")
        exercises.append(one)
    made = SubmissionResult(
        student="ada",
        lesson=NAME,
        digest="DIGEST",
        seed=31337,
        sandbox="SANDBOX",
        exercises=tuple(exercises),
        alarms=(Alarm("edited_test", "CELL", "ALARM"),),
    )
    return replace(made, **changes)


@pytest.mark.parametrize("verdict", Verdict, ids=lambda verdict: verdict.value)
def test_each_verdict_is_said_in_words(verdict: Verdict):
    page = Page(feedback_page(result(verdict)))
    known = KNOWN["exercises"][0]
    assert f"{known['number']} {known['title']}" in page.words
    assert VERDICTS[verdict].label in page.words
    assert VERDICTS[verdict].means in page.words
    assert VERDICTS[verdict].now in page.words
    assert (f'hint("{known["name"]}")' in page.words) == VERDICTS[verdict].hints
    assert ("One by one" in page.words) == (verdict is not Verdict.PASSED)


def test_a_failed_exercise_shows_what_was_found():
    page = feedback_page(result(Verdict.PASSED, Verdict.FAILED))
    words = Page(page).words
    for said in (
        FOUND.what,
        FOUND.expected,
        FOUND.got,
        "section 4, A softmax that cannot overflow",
    ):
        assert said in words
    assert "<code>exp</code> of 1000 is inf" in page
    assert "17 of 20 points for programs 8 of 9 programs are right." in words


def test_where_to_read_comes_from_the_finding_if_it_says_so():
    page = Page(feedback_page(result(Verdict.FAILED, finding=replace(FOUND, read="section 99"))))
    assert "section 99" in page.words and "section 3" not in page.words


def test_a_wrong_result_without_a_finding_still_gets_words():
    page = Page(feedback_page(result(Verdict.FAILED, finding=None)))
    assert "The check in your notebook names the mistake." in page.words


@pytest.mark.parametrize("verdict", [Verdict.TAMPERED, Verdict.NEEDS_REVIEW])
def test_what_waits_for_a_person_has_lost_no_points(verdict: Verdict):
    words = Page(
        feedback_page(
            result(verdict),
        )
    ).words
    assert "up to 2" in words and "0 of 2" not in words
    assert "1 waits for a person, who may add up to 2 points." in words
    assert "Total" in words and "18 of 20 points for programs so far" in words


def test_points_that_a_person_gave_replace_the_automatic_ones():
    by_hand = ByHand(
        Written(1.5, 2, "Well doubted."),
        {EXERCISES[0]: Decision(2, "A fine answer."), EXERCISES[1]: Decision(1.5)},
        late_penalty=1,
    )
    words = Page(feedback_page(result(Verdict.TAMPERED, Verdict.FAILED), by_hand)).words
    assert "18.5 of 20 points for programs" in words and "so far" not in words
    assert "looked at by a person" in words and "waits" not in words
    assert "1.5 of 3 points, set by your instructor" in words
    assert "A fine answer." in words and "Well doubted." in words
    assert "−1" in words and "19 of 22" in words  # 18.5 + 1.5 - 1


def test_an_answer_that_a_person_accepts_is_no_mistake():
    most = KNOWN["exercises"][0]["points"]
    by_hand = ByHand(decisions={EXERCISES[0]: Decision(most)})
    words = Page(feedback_page(result(Verdict.FAILED, finding=FOUND), by_hand)).words
    assert "accepted" in words and "Every program is right" in words
    assert "not yet" not in words and "Tried" not in words and "Stuck?" not in words


def test_one_point_is_no_points():
    place = [exercise["points"] for exercise in KNOWN["exercises"]].index(1)
    verdicts = [*[Verdict.PASSED] * place, Verdict.NEEDS_REVIEW]
    words = Page(feedback_page(result(*verdicts))).words
    assert "up to 1 point The grader" in words and "may add up to 1 point." in words
    assert "1 points" not in words


def test_what_a_person_wrote_on_a_right_answer_is_shown():
    words = Page(feedback_page(result(), ByHand(decisions={EXERCISES[0]: Decision(None, "Neat!")})))
    assert "Neat!" in words.words and "2 of 2 points From your instructor" in words.words


def test_the_written_question_waits_until_it_is_graded():
    waiting = Page(feedback_page(result(), ByHand(Written(None, 2)))).words
    assert "waits for a person · up to 2 points" in waiting and "Total so far" in waiting
    graded = Page(feedback_page(result(), ByHand(Written(0, 2)))).words
    assert "graded by a person · 0 of 2 points" in graded and "20 of 22" in graded
    empty = Page(feedback_page(result(), ByHand(Written(0, 2, answered=False)))).words
    assert "not attempted · 0 of 2 points" in empty and "graded by a person" not in empty
    assert "written question" not in Page(feedback_page(result())).words.lower()


def test_instructors_matters_and_seeds_stay_out():
    every = result(*Verdict)
    page = feedback_page(every)
    for word in ("NOTE", "ALARM", "CELL", "edited_test", "424242", "31337", "DIGEST", "SANDBOX"):
        assert word not in page
    assert FOUND.misconception not in page  # a name for files and tables


def page_with(text: str) -> str:
    """Return a page that shows a text in every place where a learner's or a person's can be."""
    finding = Finding(text, text, text, text, text, text)
    by_hand = ByHand(Written(1, 2, text), {EXERCISES[0]: Decision(1, text)})
    failed = result(Verdict.FAILED, Verdict.FAILED, finding=finding, student=text)
    return feedback_page(failed, by_hand)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(text: str):
    page, harmless = page_with(text), page_with("harmless")
    taken, as_wanted = Page(page), Page(harmless)
    assert [tag for tag in taken.tags if tag != "code"] == [
        tag for tag in as_wanted.tags if tag != "code"
    ]
    assert not {"script", "a", "img", "svg", "iframe", "object", "base"} & set(taken.tags)
    allowed = {*as_wanted.attributes, ("class", "value")}
    assert set(taken.attributes) <= allowed
    assert page.count(STYLE) == 1 and page.count("</style>") == 1
    assert not HIDDEN.search(page)
    assert len(page.encode("utf-8")) < 100_000
    assert "harmless" in as_wanted.words and tame(text, 20)[:20].split()[0] in taken.words


def test_hidden_characters_are_shown_and_long_text_is_cut():
    assert tame("a\u202eb\x1b") == "a⟨U+202E⟩b⟨U+001B⟩"
    assert tame("family 👩\u200d👧, می\u200cخواهم") == "family 👩\u200d👧, می\u200cخواهم"
    assert tame("a\u200db") == "a⟨U+200D⟩b"
    assert tame("e" + "\u0301" * 9) == "e" + "\u0301" * 4
    assert tame("x" * 1_000_000).endswith(" … (999,100 more characters)")
    assert tame("one\r\ntwo\tthree", lines=True) == "one\ntwo three"
    assert tame("one\ntwo") == "one two"
    assert as_html("`a<b` & `c") == "<code>a&lt;b</code> &amp; `c"


def test_the_page_needs_and_allows_nothing_from_outside():
    page = feedback_page(result(*Verdict))
    allowed = "default-src 'none'; style-src 'unsafe-inline'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{allowed}">' in page
    assert not re.search(r"url\(|@import|https?:|src=|href=", page)


def test_the_page_can_be_read_in_every_way():
    page = feedback_page(result(*Verdict), ByHand(Written(None, 2)))
    taken = Page(page)
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert "<title>Feedback for ada: Attention" in page
    assert taken.tags.count("h1") == 1 and taken.tags.count("caption") == 1
    assert page.count('scope="col"') == 3
    assert page.count('scope="row"') == len(EXERCISES) + 3  # programs, written question, total
    labels = [words.label for words in VERDICTS.values()]
    assert len(set(labels)) == len(labels) - 1  # both that wait say so
    assert len({(words.mark, words.label) for words in VERDICTS.values()}) == len(set(labels))


def luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_every_ink_keeps_its_contrast(colors: dict[str, str]):
    for ink in ("ink", "soft", *HUES):
        for behind in ("paper", "card"):
            one, other = sorted((luminance(colors[ink]), luminance(colors[behind])))
            assert (other + 0.05) / (one + 0.05) >= 4.5, (ink, behind)


def test_practice_has_no_points():
    exercise = facts("start")["exercises"][0]["name"]
    one = ExerciseResult(exercise, Verdict.PASSED, 0.0, 0.0, 1)
    words = Page(feedback_page(result(lesson="00_start", exercises=(one,)))).words
    assert "An exercise for practice" in words and "of 0" not in words


def test_a_page_is_written_where_nbgrader_keeps_it(tmp_path: Path):
    path = write_feedback(tmp_path, result(Verdict.FAILED))
    assert path == tmp_path / "feedback" / "ada" / NAME / f"{NAME}.html"
    assert path.read_text(encoding="utf-8") == feedback_page(result(Verdict.FAILED))
    write_feedback(tmp_path, result())
    assert path.read_text(encoding="utf-8") == feedback_page(result())
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_write_that_breaks_off_leaves_the_old_page(tmp_path: Path, monkeypatch):
    path = write_feedback(tmp_path, result())
    seen = []

    def full_disk(descriptor: int) -> None:
        seen.append(path.read_text(encoding="utf-8") == feedback_page(result()))
        raise OSError("no space left")

    monkeypatch.setattr(feedback.os, "fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_feedback(tmp_path, result(Verdict.FAILED))
    assert seen == [True]
    assert path.read_text(encoding="utf-8") == feedback_page(result())
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("link", ["feedback", "feedback/ada", f"feedback/ada/{NAME}"])
def test_a_link_on_the_way_is_refused(tmp_path: Path, link: str):
    outside, course = tmp_path / "outside", tmp_path / "course"
    outside.mkdir()
    (course / link).parent.mkdir(parents=True)
    os.symlink(outside, course / link)
    with pytest.raises(CourseError, match="is a link"):
        write_feedback(course, result())
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("exists", [True, False])
def test_a_page_that_is_a_link_is_refused(tmp_path: Path, exists: bool):
    victim, folder = tmp_path / "gradebook.db", tmp_path / "feedback" / "ada" / NAME
    if exists:
        victim.write_text("grades")
    folder.mkdir(parents=True)
    os.symlink(victim, folder / f"{NAME}.html")
    with pytest.raises(CourseError, match="is a link"):
        write_feedback(tmp_path, result())
    assert (victim.read_text() == "grades") if exists else not victim.exists()


def test_a_file_in_place_of_a_folder_is_a_clear_error(tmp_path: Path):
    (tmp_path / "feedback").write_text("")
    with pytest.raises(CourseError, match="is a file, not a folder"):
        write_feedback(tmp_path, result())


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../ada", "a/b", "/ada", "a\\b", "C:ada", ".ada", " ada", "a\x00b", "a\nb"]
    + ["a\u202eb", "\ud800", "é" * 128],
)
@pytest.mark.parametrize("part", ["student", "lesson"])
def test_a_name_that_is_no_folder_is_refused(tmp_path: Path, name: str, part: str):
    with pytest.raises(CourseError, match="cannot be the name of a folder"):
        write_feedback(tmp_path, result(**{part: name}))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["ada.lovelace", "ada@example.org", "Zoë Müller", "s-1_2"])
def test_names_of_students_are_let_through(tmp_path: Path, name: str):
    assert write_feedback(tmp_path, result(student=name)).is_file()


def test_a_file_that_is_no_notebook_is_to_be_handed_in_again():
    waiting = (Verdict.NEEDS_REVIEW,) * len(EXERCISES)
    unreadable = (Alarm("unreadable", "", "no JSON"),)
    page = Page(feedback_page(result(*waiting, finding=None, alarms=unreadable)))
    text = " ".join(page.text)
    assert "hand it in again" in text and "One by one" not in text
    decided = ByHand(decisions={EXERCISES[0]: Decision(1.0)})
    page = Page(feedback_page(result(*waiting, finding=None, alarms=unreadable), decided))
    assert "One by one" in " ".join(page.text)
