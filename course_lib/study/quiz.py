"""`quiz("tokenization")`: a lesson's knowledge check, with a reason behind every option.

Questions and answers come from the topic's quiz.yaml, never from the notebook. Every option is a
button, so the whole check works with Tab and Space.
"""

from collections.abc import Callable

import ipywidgets

from course_lib.study import record
from course_lib.study.markup import inline_html, page
from course_lib.study.questions import questions_of, quiz_score
from course_lib.study.widgets.explorable import VIEW

STYLE = """
.ttt-question{margin:0 0 .4em;max-width:880px}
.ttt-question .jupyter-button.ttt-option{width:100%;max-width:780px;height:auto;min-height:34px;
text-align:left;white-space:normal;line-height:1.45;padding:6px 12px;margin:3px 0;font-size:14px;
background:none;border:1.5px solid var(--jp-border-color1,#bbb);border-radius:5px;
color:var(--jp-content-font-color1,inherit);overflow-wrap:anywhere}
.ttt-question .jupyter-button.ttt-option:hover{border-color:#2f6bc2;box-shadow:none}
.ttt-question .jupyter-button.ttt-chosen{border-width:2.5px;border-color:#6e7278}
.ttt-question .jupyter-button.ttt-option:focus-visible{outline:3px solid #2f6bc2!important;
outline-offset:2px}
[data-jp-theme-light="false"] .ttt-question .jupyter-button.ttt-option:focus-visible{
outline-color:#699de8!important}
.ttt-why{padding:2px 12px 0}
"""


class Question:
    """One question: its options as buttons, and the reason behind the one last chosen."""

    def __init__(
        self, number: int, question: dict, chosen: int | None, on_choice: Callable[[int], None]
    ):
        self.number, self.question, self.on_choice = number, question, on_choice
        self.options = [ipywidgets.Button() for _ in question["options"]]
        self.reason = ipywidgets.HTML()
        for place, button in enumerate(self.options):
            button.add_class("ttt-option")
            button.on_click(lambda _, place=place: self.choose(place))
        text = ipywidgets.HTML(page(f"<p>{question_html(number, question)}</p>"))
        self.box = ipywidgets.VBox([text, *self.options, self.reason])
        self.box.add_class("ttt-question")
        self._draw(chosen)

    def choose(self, place: int) -> None:
        """Take the option at this place as the learner's answer."""
        self._draw(place)
        self.on_choice(place)

    def _draw(self, chosen: int | None) -> None:
        for place, (button, option) in enumerate(
            zip(self.options, self.question["options"], strict=True)
        ):
            button.description = f"{'●' if place == chosen else '○'}  {plain(option['text'])}"
            (button.add_class if place == chosen else button.remove_class)("ttt-chosen")
        reason = "" if chosen is None else reason_html(self.question["options"][chosen])
        self.reason.value = page(f'<div class="ttt-why" aria-live="polite">{reason}</div>')


class Quiz:
    """A lesson's questions with the score below them. The record keeps what was chosen."""

    def __init__(self, topic: str):
        self.topic = topic
        chosen = record.load()["quiz"].get(topic, {})
        self.questions = [
            Question(number, question, _valid(chosen, question), self._keep(question))
            for number, question in enumerate(questions_of(topic), start=1)
        ]
        self.score = ipywidgets.HTML()
        style = ipywidgets.HTML(f"<style>{STYLE}</style>")
        self.box = ipywidgets.VBox([style, *(one.box for one in self.questions), self.score])
        self._show_score()

    def _keep(self, question: dict) -> Callable[[int], None]:
        def keep(place: int) -> None:
            record.record_answer(self.topic, question["id"], place)
            self._show_score()

        return keep

    def _show_score(self) -> None:
        right, asked = quiz_score(self.topic, record.load())
        self.score.value = page(
            f'<p class="ttt-title" aria-live="polite">{right} of {asked} right</p>'
        )

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {
            VIEW: self.box._repr_mimebundle_()[VIEW],
            "text/html": page(_still_html(self.questions)),
            "text/plain": repr(self),
        }

    def __repr__(self) -> str:
        lines = []
        for one in self.questions:
            lines.append(f"{one.number}. {plain(one.question['question'])}")
            lines.extend(f"   ○ {plain(option['text'])}" for option in one.question["options"])
        return "\n".join(lines)


def quiz(topic: str) -> Quiz:
    """Return a topic's knowledge check, with the answers chosen so far."""
    return Quiz(topic)


def question_html(number: int, question: dict) -> str:
    """Return a question as HTML with its number."""
    return f"<strong>{number}.</strong> {inline_html(question['question'].strip())}"


def reason_html(option: dict) -> str:
    """Return whether an option is right, and why, as HTML."""
    verdict = "✓ Right." if option["right"] else "✗ Not this one."
    return f"<p><strong>{verdict}</strong> {inline_html(option['why'].strip())}</p>"


def plain(text: str) -> str:
    """Return text without the marks for code and bold: a button shows text as it is."""
    return text.strip().replace("`", "").replace("**", "")


def _still_html(questions: list[Question]) -> str:
    """Return all questions and options as HTML, for pages where widgets do not run."""
    blocks = []
    for one in questions:
        options = "".join(
            f"<li>{inline_html(option['text'].strip())}</li>" for option in one.question["options"]
        )
        blocks.append(f"<p>{question_html(one.number, one.question)}</p><ul>{options}</ul>")
    return "".join(blocks)


def _valid(chosen: dict, question: dict) -> int | None:
    place = chosen.get(question["id"])
    return place if place in range(len(question["options"])) else None
