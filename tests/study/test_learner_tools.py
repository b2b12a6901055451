"""hint, mine, progress, quiz and claims, as a learner meets them."""

import json
import re

import pytest

from course_lib.exercises import registry
from course_lib.study import progress, questions, record
from course_lib.study.claims import VERDICTS, claims, verdict_of
from course_lib.study.hint import hint, hints_of
from course_lib.study.mine import mine
from course_lib.study.quiz import quiz


def test_hints_come_one_by_one_and_then_stay(capsys):
    for seen in (1, 2, 3, 3):
        hint("encode")
        shown = capsys.readouterr().out
        first_words = [text.split()[0].strip("`*") for text in hints_of("tokenization")["encode"]]
        assert [word in shown for word in first_words[:seen]] == [True] * seen
        assert ("Nearly the answer" in shown) == (seen == 3)
    assert record.load()["hints"] == {"encode": 3}


def test_a_hint_for_an_unknown_name_is_one_line(capsys):
    hint("no_such_exercise")
    assert "no exercise called no_such_exercise" in capsys.readouterr().out


def test_each_exercise_has_three_hints():
    for name in registry.exercises_of("tokenization"):
        assert len(hints_of("tokenization")[name]) == 3, name


def run_in_notebook(source, names):
    exec(source, names)
    return names


def test_mine_takes_the_learners_function_if_it_passes(capsys):
    source = (
        "def merge_pair(ids, pair, new_id):\n"
        "    out, i = [], 0\n"
        "    while i < len(ids):\n"
        "        hit = tuple(ids[i:i + 2]) == pair\n"
        "        out.append(new_id if hit else ids[i])\n"
        "        i += 2 if hit else 1\n"
        "    return out\n"
        "taken = mine('merge_pair')\n"
    )
    names = run_in_notebook(source, {"mine": mine})
    assert names["taken"] is names["merge_pair"]
    assert capsys.readouterr().out == "merge_pair: yours\n"


@pytest.mark.parametrize("body", ["return ids", "raise NotImplementedError"])
def test_mine_takes_the_librarys_function_if_not(body, capsys):
    source = f"def merge_pair(ids, pair, new_id):\n    {body}\ntaken = mine('merge_pair')\n"
    names = run_in_notebook(source, {"mine": mine})
    assert names["taken"]([1, 1, 1], (1, 1), 9) == [9, 1]
    assert "does not pass its check yet" in capsys.readouterr().out


def test_mine_takes_the_librarys_function_if_there_is_none(capsys):
    names = run_in_notebook("taken = mine('cost')", {"mine": mine})
    assert names["taken"]("abc", list, 2_000_000) == 6
    assert "is not defined yet" in capsys.readouterr().out


def test_progress_counts_points_and_names_the_next_step():
    names = list(registry.exercises_of("tokenization"))
    before = repr(progress.panel("tokenization", record.load()))
    assert f"0 of {len(names)} pass, 0 of 20 points" in before
    for name in names[:2]:
        record.record_pass(name)
    after = repr(progress.panel("tokenization", record.load()))
    assert f"2 of {len(names)} pass, 4 of 20 points" in after
    assert "Exercise 1.3" in after


def test_progress_counts_no_points_where_there_are_none():
    record.record_pass("gradient_step")
    for question in questions.questions_of("start"):
        right = [option["right"] for option in question["options"]].index(True)
        record.record_answer("start", question["id"], right)
    shown = repr(progress.panel("start", record.load()))
    assert "1 of 1 pass, for practice" in shown
    assert "points" not in shown
    assert re.search(r"Next +the next lesson$", shown)


def test_progress_ends_with_the_knowledge_check():
    for name in registry.exercises_of("tokenization"):
        record.record_pass(name)
    assert "knowledge check" in repr(progress.panel("tokenization", record.load()))
    for question in questions.questions_of("tokenization"):
        right = [option["right"] for option in question["options"]].index(True)
        record.record_answer("tokenization", question["id"], right)
    done = repr(progress.panel("tokenization", record.load()))
    assert done.startswith("✓")


def test_each_quiz_option_has_a_reason_and_each_question_one_right_answer():
    asked = questions.questions_of("tokenization")
    assert 6 <= len(asked) <= 8
    assert len({question["id"] for question in asked}) == len(asked)
    for question in asked:
        assert sum(option["right"] for option in question["options"]) == 1
        assert all(len(option["why"]) > 20 for option in question["options"])


def test_choosing_shows_the_reason_and_keeps_the_answer():
    shown = quiz("tokenization")
    first = shown.questions[0]
    for place, option in enumerate(first.question["options"]):
        first.options[place].click()
        verdict = "Right" if option["right"] else "Not this one"
        assert verdict in first.reason.value
        assert first.options[place].description.startswith("●")
        assert sum(button.description.startswith("●") for button in first.options) == 1
        assert record.load()["quiz"]["tokenization"][first.question["id"]] == place


def test_the_score_follows_and_a_reopened_quiz_remembers():
    shown = quiz("tokenization")
    for one in shown.questions:
        right = [option["right"] for option in one.question["options"]].index(True)
        one.options[right].click()
    n = len(shown.questions)
    assert f"{n} of {n} right" in shown.score.value
    assert f"{n} of {n} right" in quiz("tokenization").score.value


def test_a_static_page_of_the_quiz_gives_no_answer_away():
    bundle = quiz("tokenization")._repr_mimebundle_()
    for question in questions.questions_of("tokenization"):
        for option in question["options"]:
            assert option["why"].strip()[:30] not in json.dumps(bundle)


def test_a_quiz_record_from_an_older_lesson_does_no_harm():
    record.record_answer("tokenization", questions.questions_of("tokenization")[0]["id"], 99)
    record.record_answer("tokenization", "a question that is gone", 0)
    assert quiz("tokenization").questions[0].reason.value.count("Right") == 0


def test_claims_show_the_measured_verdict_not_the_claim():
    shown = repr(claims([("one is `two`", 1 == 2, "1"), ("x", "on Mondays", "y"), ("z", None, "")]))
    assert shown.splitlines()[0] == "false: one is two (seen: 1)"
    assert shown.splitlines()[1].startswith("holds with a condition: x, on Mondays")
    assert {verdict_of(truth) for truth in (True, False, "if", None)} == set(VERDICTS)
