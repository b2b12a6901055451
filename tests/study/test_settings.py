"""The study of settings: its grades, its means and errors, its table."""

import csv
import itertools
import math
import statistics

import pytest

from course_lib import assets
from course_lib.study import settings, settings_tasks
from course_lib.study.settings_tasks import CODE, FACTS, IDEAS, KINDS, LENGTHS, PROSE, TASKS

needs_model = pytest.mark.skipif(bool(assets.missing()), reason="assets: run `course fetch`")


@pytest.fixture
def short(monkeypatch):
    for kind in KINDS:
        monkeypatch.setitem(LENGTHS, kind, 4)


def test_a_fact_is_right_if_its_word_stands_there_whole():
    said = ["The capital of France is Paris.", "PARIS", "It is Parisian.", "Comparis", ""]
    assert [settings.grades(FACTS[0], text)["right"] for text in said] == [1, 1, 0, 0, 0]


def test_a_sum_may_be_a_digit_or_a_word_but_no_part_of_another_number():
    (sum_of_seven,) = (task for task in FACTS if "3 + 4" in task.question)
    said = ["3 + 4 = 7", "It is seven.", "3 + 4 = 17", "70", "3 + 4 = 8"]
    assert [settings.grades(sum_of_seven, text)["right"] for text in said] == [1, 1, 0, 0, 0]


def test_no_question_holds_its_answer():
    for task in FACTS:
        assert not settings_tasks.has_word(task.question, task.accepted)


EVEN = next(task for task in CODE if "is_even" in task.question)


@pytest.mark.parametrize(
    ("text", "parses", "right"),
    [
        ("\n    return n % 2 == 0\n```\nThis", 1, 1),
        ("\n    return (n%2==0)  # even\n```", 1, 1),
        (" return not n % 2\n```", 1, 1),
        ('\n    """Say."""\n    return n % 2 == 0\n```', 1, 1),
        ("\n    return n % 2 == 1\n```", 1, 0),
        ("\n    return n\n```", 1, 0),
        ("\n    return\n```", 1, 0),
        ("\n    pass\n```", 1, 0),
        ("\n    n = 3\n    return n % 2 == 0\n```", 1, 0),
        ("\n    return n % 2 == 0\nprint(1)\n```", 1, 0),
        ("\n    return n % 2 === 0\n```", 0, 0),
        ("\nreturn n % 2 == 0\n```", 0, 0),
        ("\n    return n % 2 == 0", 0, 0),  # no end of the block
        ("\n```", 0, 0),
        ("\n    return '\0'\n```", 0, 0),
        (f"\n    return {'-' * 9999}n\n```", 0, 0),  # deeper than a parser goes
        ("", 0, 0),
    ],
)
def test_code_is_graded_by_its_form(text, parses, right):
    assert settings.grades(EVEN, text) == {"parses": parses, "right": right}


def test_code_that_would_do_something_is_not_run(tmp_path):
    file = tmp_path / "written"
    line = f"\n    return 1\nopen({str(file)!r}, 'w')\n```"
    assert settings.grades(EVEN, line) == {"parses": 1, "right": 0}
    assert not file.exists()


@pytest.mark.filterwarnings("error")
def test_odd_code_warns_nobody():
    assert settings.grades(EVEN, "\n    return '\\k' is 'k'\n```")["parses"] == 1


def test_every_expected_expression_is_right_itself():
    for task in CODE:
        for expression in task.accepted:
            assert settings.grades(task, f"\n    return {expression}\n```")["right"] == 1


@pytest.mark.parametrize(
    ("text", "answer", "right"),
    [
        (" African Elephant. They", "elephant", 1),
        (" polar bear, a", "polar bear", 1),
        (" Polarbear", "polarbear", 0),
        (" Sparroweye Sm. cat", "sparroweye sm", 0),
        ("\ncat", "", 0),
    ],
)
def test_an_idea_is_a_known_name_or_what_stands_before_the_first_mark(text, answer, right):
    assert settings.grades(IDEAS[0], text) == {"answer": answer, "right": right}


def test_prose_has_no_grade():
    assert settings.grades(PROSE[0], "lived.") == {}


def test_tasks_are_complete_and_none_comes_twice():
    assert [*dict.fromkeys(task.kind for task in TASKS)] == [*KINDS] == [*LENGTHS]
    assert len(set(TASKS)) == len(TASKS)
    for task in IDEAS:
        assert len(set(task.accepted)) == len(task.accepted) > 40
        assert all(name == name.lower().strip() and name for name in task.accepted)


def test_different_answers_are_the_mean_over_all_choices():
    answers = ["cat", "dog", "cat", None, "cow", "cat", None]
    for k in range(1, 8):
        chosen = itertools.combinations(answers, k)
        counts = [len({*some} - {None}) for some in chosen]
        assert settings.expected_different(answers, k) == pytest.approx(statistics.mean(counts))
    for k in (0, 8):
        with pytest.raises(ValueError, match=f"1 to 7, the number of answers, got {k}"):
            settings.expected_different(answers, k)


def row(kind, setting, seed, task=0, **more):
    measures = {"tokens": 4, "distinct_2": 1.0, "rep_4": 0.0, "surprise": 1.0}
    return {"kind": kind, "task": task, "setting": setting, "seed": seed, **measures, **more}


def test_a_seed_counts_once_however_many_tasks_it_wrote():
    right = {0: [1, 1, 1, 1], 1: [0, 0, 0, 0], 2: [1, 0, 1, 0]}
    rows = [
        row("facts", "T 1.0", seed, task, right=value)
        for seed, values in right.items()
        for task, value in enumerate(values)
    ]
    found = settings.results(rows)["facts", "T 1.0"]
    error = statistics.stdev([1, 0, 0.5]) / math.sqrt(3)
    assert found["right"] == (pytest.approx(0.5), pytest.approx(error))
    assert found["tokens"] == (4, 0)
    assert set(found) == {"tokens", "surprise", "right"}  # nothing of repetition


def test_one_seed_has_no_error_unless_nothing_is_drawn():
    rows = [row("prose", setting, 0, distinct_2=0.4) for setting in ("greedy", "T 1.0")]
    found = settings.results(rows)
    assert found["prose", "greedy"]["distinct_2"] == (0.4, 0)
    assert found["prose", "T 1.0"]["distinct_2"].mean == 0.4
    assert math.isnan(found["prose", "T 1.0"]["distinct_2"].error)


def test_what_could_not_be_counted_is_left_out():
    rows = [row("prose", "T 1.0", seed, rep_4=value) for seed, value in enumerate([0.2, 0.4])]
    rows.append(row("prose", "T 1.0", 1, 1, rep_4=math.nan))
    assert settings.results(rows)["prose", "T 1.0"]["rep_4"].mean == pytest.approx(0.3)


def test_ideas_count_different_answers_and_those_that_are_names():
    said = ["cat", "cat", "dog", "blorp", "zug", "cat"]
    rows = [
        row("ideas", "T 1.0", seed, answer=word, right=int(word in ("cat", "dog")))
        for seed, word in enumerate(said)
    ]
    rows.append(row("ideas", "greedy", 0, answer="cat", right=1))
    found = settings.results(rows)
    assert found["ideas", "greedy"]["different"] == found["ideas", "greedy"]["names"] == (1, 0)
    different, names = (found["ideas", "T 1.0"][name] for name in ("different", "names"))
    without = [len({*said[:i], *said[i + 1 :]}) for i in range(6)]
    assert different.mean == pytest.approx(statistics.mean(without))
    jackknife = math.sqrt(5 / 6 * sum((x - statistics.mean(without)) ** 2 for x in without))
    assert different.error == pytest.approx(jackknife)
    assert names.mean == pytest.approx(1 + 5 / 6)  # the dog may be left out
    assert "different" not in settings.results(rows[:4])["ideas", "T 1.0"]  # too few seeds


@needs_model
def test_a_seed_writes_the_same_each_time_and_greedy_is_written_once(short):
    names = ["greedy", "T 1.3"]
    one, two = (settings.measure(IDEAS[3], names, range(2)) for _ in range(2))
    assert one == two
    assert [(r["setting"], r["seed"]) for r in one] == [("greedy", 0), ("T 1.3", 0), ("T 1.3", 1)]
    assert one[1]["answer"] != one[2]["answer"]
    assert all(r["task"] == TASKS.index(IDEAS[3]) and r["tokens"] <= 4 for r in one)


@needs_model
def test_all_prose_has_one_length(monkeypatch):
    monkeypatch.setitem(LENGTHS, "prose", 20)
    rows = settings.measure(PROSE[1], ["T 0.3", "T 0.7"], range(2))  # some would end sooner
    assert [r["tokens"] for r in rows] == [20] * 4


@needs_model
def test_a_row_does_not_depend_on_what_else_is_asked_for(short):
    (alone,) = settings.measure(PROSE[0], ["T 0.7"], [1])
    among = settings.measure(PROSE[0], ["greedy", "T 0.7", "T 1.6"], range(3))
    (same,) = (r for r in among if (r["setting"], r["seed"]) == ("T 0.7", 1))
    assert same == {**alone, "surprise": pytest.approx(alone["surprise"], abs=1e-3)}


@needs_model
def test_the_table_is_read_as_it_was_measured(short, monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "TASKS", [FACTS[0], CODE[0], PROSE[0], IDEAS[0]])
    monkeypatch.setattr(settings, "files", lambda _: tmp_path)
    settings.write_results(tmp_path / settings.SETTINGS_CSV, ["greedy"], [3])
    expected = [r for task in settings.TASKS for r in settings.measure(task, ["greedy"], [3])]
    found = settings.read()
    assert [set(r) for r in found] == [set(r) for r in expected]
    for got, wanted in zip(found, expected, strict=True):
        for name, value in wanted.items():
            is_float = isinstance(value, float)
            assert got[name] == (pytest.approx(value, abs=6e-4, nan_ok=True) if is_float else value)
    with (tmp_path / settings.SETTINGS_CSV).open(encoding="utf-8") as file:
        assert next(csv.reader(file)) == [*settings.COLUMNS, *settings.GRADES]


@needs_model
def test_live_shows_shares_by_temperature(short, monkeypatch):
    monkeypatch.setattr(settings, "LIVE_FACTS", FACTS[:1])
    shares = settings.live(0)
    assert [*shares] == ["greedy", "T 0.3", "T 0.7", "T 1.0", "T 1.3", "T 1.6"]
    assert all(0 <= share <= 1 for share in shares.values())


@needs_model
@pytest.mark.slow
def test_facts_suffer_from_heat():
    shares = settings.live(0)
    assert shares["T 0.3"] > shares["T 1.6"] + 0.3


COMMITTED = settings.files("course_lib.study") / settings.SETTINGS_CSV


@pytest.mark.skipif(not COMMITTED.is_file(), reason="the table is not measured yet")
def test_the_committed_table_is_complete():
    rows = settings.read()
    keys = {(r["task"], r["setting"], r["seed"]) for r in rows}
    seeds = {r["seed"] for r in rows}
    assert len(keys) == len(rows) == len(TASKS) * ((len(settings.SETTINGS) - 1) * len(seeds) + 1)
    assert len(seeds) >= settings.ASKED + 1
    assert all(TASKS[r["task"]].kind == r["kind"] for r in rows)
    for r in rows:
        if r["kind"] == "ideas":
            again = settings_tasks.idea(r["answer"], TASKS[r["task"]].accepted)
            assert again == (r["answer"], r["right"])
    assert {r["tokens"] for r in rows if r["kind"] == "prose"} == {LENGTHS["prose"]}
    found = settings.results()
    assert set(found) == {(kind, name) for kind in KINDS for name in settings.SETTINGS}
