"""`check` from a learner's chair: whatever the answer does, one panel in plain words."""

import pytest
from IPython.testing.globalipapp import start_ipython

from course_lib.study import lesson, record
from course_lib.study.check import CheckFailed, check


def right_count_pairs(words, counts):
    pairs = {}
    for word, count in zip(words, counts, strict=True):
        for pair in zip(word, word[1:], strict=False):
            pairs[pair] = pairs.get(pair, 0) + count
    return pairs


def named(function, name="count_pairs"):
    function.__name__ = name
    return function


def test_a_right_answer_is_told_so_and_kept(capsys):
    check(named(right_count_pairs))
    assert "✓ count_pairs: right" in capsys.readouterr().out.replace("`", "")
    assert "count_pairs" in record.load()["passed"]


def test_the_thorough_check_says_so_and_keeps_nothing(capsys):
    check(named(right_count_pairs), thorough=True)
    assert "fresh random inputs" in capsys.readouterr().out
    assert not record.load()["passed"]


def loops_forever(words, counts):
    while True:
        try:
            while True:
                pass
        except Exception:  # noqa: BLE001 - as learners write it
            pass


def prints_a_lot(words, counts):
    for _ in range(100_000):
        print("counting")


def edits_its_input(words, counts):
    words[0].append(7)
    return right_count_pairs(words, counts)


def raises(words, counts):
    return words[10_000]


def exits(words, counts):
    raise SystemExit(1)


def forgets_the_result(words, counts):
    right_count_pairs(words, counts)


def returns_a_set(words, counts):
    return {1, 2}


def not_written(words, counts):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("answer", "misconception"),
    [
        (loops_forever, "too slow"),
        (prints_a_lot, "printed instead"),
        (edits_its_input, "changed inputs"),
        (raises, "reads past the end"),
        (exits, "raised"),
        (forgets_the_result, "returned nothing"),
        (returns_a_set, "wrong type"),
        (not_written, "not attempted"),
    ],
)
def test_a_bad_answer_ends_in_a_finding(answer, misconception, capsys, monkeypatch):
    with pytest.raises(CheckFailed, match=misconception):
        check(named(answer))
    shown = capsys.readouterr()
    assert "not yet" in shown.out
    assert "Expected" in shown.out
    assert 'hint("count_pairs")' in shown.out
    assert len(shown.out) < 3_000
    assert shown.err == ""
    assert not record.load()["passed"]


@pytest.mark.parametrize("given", [(), (None,), ("count_pairs",), ({},), (right_count_pairs,)])
def test_check_used_wrongly_says_how_to_use_it(given, capsys):
    right_count_pairs.__name__ = "my_function"
    with pytest.raises(CheckFailed):
        check(*given)
    shown = capsys.readouterr()
    assert shown.out.startswith("✗")
    assert shown.err == ""


def test_an_exercise_of_two_parts_asks_for_both(capsys):
    with pytest.raises(CheckFailed, match=r"check\(tokens_per_word, cost\)"):
        check(named(lambda text, encode: 1.0, "cost"))


def test_a_name_from_a_demonstration_cell_is_named(monkeypatch, capsys):
    monkeypatch.setattr(lesson, "demo_names", lambda topic: {"corpus"})

    def count_pairs(words, counts):
        return right_count_pairs(corpus, counts)  # noqa: F821

    with pytest.raises(CheckFailed, match="demonstration"):
        check(count_pairs)
    assert "`corpus`" in capsys.readouterr().out


@pytest.fixture(scope="module")
def notebook():
    return start_ipython()


def test_a_notebook_shows_one_line_and_no_traceback(notebook, capsys):
    notebook.run_cell(
        "from course_lib.study.check import check\n"
        "def count_pairs(words, counts):\n    return {}\n"
        "check(count_pairs)"
    )
    shown = capsys.readouterr()
    assert "not yet" in shown.out
    assert "Traceback" not in shown.out + shown.err
    assert "course_lib/" not in shown.out + shown.err


def test_a_placeholder_that_the_answer_calls_is_named(notebook, capsys):
    notebook.run_cell(
        "from course_lib.study.check import check\n"
        "def merge_pair(ids, pair, new_id):\n    raise NotImplementedError('Here.')\n"
        "def count_pairs(words, counts):\n    return merge_pair(words[0], (1, 2), 3)\n"
        "check(count_pairs)"
    )
    assert "called `merge_pair`, which is not written yet" in capsys.readouterr().out


def test_an_error_is_shown_with_the_learners_own_line(notebook, capsys):
    notebook.run_cell(
        "from course_lib.study.check import check\n"
        "def count_pairs(words, counts):\n    total = words['x']\n    return total\n"
        "check(count_pairs)"
    )
    assert "line 3: total = words['x']" in capsys.readouterr().out
