"""Every submission is graded once, whatever happens on the way, and the gradebook agrees."""

import json
import shutil

import pytest
from nbgrader.api import Gradebook

from course_lib.classroom import autograde as module
from course_lib.classroom import workers
from course_lib.classroom.autograde import autograde, is_graded
from course_lib.classroom.feedback import is_open
from course_lib.classroom.folders import is_plain_name
from course_lib.classroom.gradebook import GradebookWriter, open_gradebook
from course_lib.classroom.grades import read_grades
from course_lib.classroom.lesson import WRITTEN
from course_lib.classroom.verdicts import Verdict
from course_lib.errors import CourseError
from tests.classroom.notebooks import NAME, answers, cell, changed, code, empty, full, lesson, place

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_sandbox")]
EXERCISES = list(lesson().exercises)


def fill(*names):
    def change(notebook):
        for name in names:
            cell(notebook, name)["source"] = answers()[name]

    return change


def grades(folders, student):
    """Return {cell: (automatic score, manual score, needs a person)} from the gradebook."""
    with Gradebook(folders.gradebook_url, folders.course_id) as book:
        notebook = book.find_submission_notebook(NAME, NAME, student)
        return {
            g.name.removeprefix("test_"): (g.auto_score, g.manual_score, g.needs_manual_grade)
            for g in notebook.grades
        }


@pytest.fixture
def runs(monkeypatch):
    """The students whose submissions were run, in order."""
    seen = []
    real = workers.grade_here

    def counting(lesson, settings, handed_in):
        seen.append(handed_in.student)
        return real(lesson, settings, handed_in)

    monkeypatch.setattr(workers, "grade_here", counting)
    return seen


def test_scores_are_exact_and_in_the_gradebook(folders, submit):
    submit("alice", full())
    submit("bob", empty())
    submit("carol", changed(empty(), fill(*EXERCISES[:3])))
    submit("dora", b"no notebook")
    seen = []
    summary = autograde(folders, NAME, progress=lambda *done: seen.append(done))
    points = {student: result.points for student, result in summary.results.items()}
    assert points == {"alice": 20.0, "bob": 0.0, "carol": 8.0, "dora": 0.0}
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    worth = {name: lesson().points(name) for name in EXERCISES}
    assert {n: grades(folders, "alice")[n] for n in EXERCISES} == {
        n: (worth[n], None, False) for n in EXERCISES
    }
    assert {n: grades(folders, "bob")[n] for n in EXERCISES} == {
        n: (0.0, None, False) for n in EXERCISES
    }
    assert grades(folders, "bob")[WRITTEN] == (0.0, None, False)
    # What a person has to decide has no score yet: nobody is given a 0 in silence.
    assert {grades(folders, "dora")[n] for n in EXERCISES} == {(None, None, True)}
    assert [result.student for result in summary.for_a_person] == ["dora"]
    assert summary.results["carol"].exercises[5].verdict is Verdict.NOT_ATTEMPTED


def test_the_graded_copy_shows_verdicts_and_no_hidden_check(folders, submit):
    def wrong(notebook):
        fill(*EXERCISES)(notebook)
        cell(notebook, "decode")["source"] = "def decode(ids, vocab):\n    return 'x'"
        notebook["cells"].insert(3, code("print('20 / 20')", outputs=[]))

    submit("alice", changed(full(), wrong))
    autograde(folders, NAME)
    copy = folders.autograded("alice", NAME) / f"{NAME}.ipynb"
    text = copy.read_text(encoding="utf-8")
    notebook = json.loads(text)
    passed = cell(notebook, "test_encode")["outputs"][0]
    failed = cell(notebook, "test_decode")["outputs"][0]
    assert passed["output_type"] == "stream" and "passed: 4 of 4" in passed["text"]
    assert failed["output_type"] == "error" and "expected:" in failed["traceback"][0]
    assert "thorough=True" not in text and "HIDDEN TESTS" not in text
    assert not list(copy.parent.glob("*.json")), "nbgrader would copy it to the learner's feedback"


def test_what_is_graded_is_not_run_again_and_what_changed_is(folders, submit, runs):
    submit("alice", full())
    submit("bob", empty())
    autograde(folders, NAME)
    submit("bob", changed(empty(), fill("decode")))
    submit("carol", full())
    summary = autograde(folders, NAME)
    assert runs == ["alice", "bob", "bob", "carol"]
    assert summary.graded == 2
    assert {s: r.points for s, r in summary.results.items()} == {
        "alice": 20.0,
        "bob": 2.0,
        "carol": 20.0,
    }
    assert grades(folders, "bob")["decode"] == (2.0, None, False)


def test_an_appeal_sees_the_same_inputs_and_a_resubmission_fresh_ones(folders, submit):
    submit("alice", full())
    first = autograde(folders, NAME).results["alice"]
    again = autograde(folders, NAME, students=["alice"], again=True).results["alice"]
    assert (again.seed, [e.seed for e in again.exercises]) == (
        first.seed,
        [e.seed for e in first.exercises],
    )
    submit("alice", changed(full(), lambda nb: nb["cells"].append(code("x = 1"))))
    fresh = autograde(folders, NAME).results["alice"]
    assert not {e.seed for e in fresh.exercises} & {e.seed for e in first.exercises}


class Killed(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("where", ["before the copy", "before the verdicts", "before the scores"])
@pytest.mark.parametrize("nth", [0, 1])
def test_killed_anywhere_it_goes_on_and_grades_each_once(
    folders, submit, runs, monkeypatch, where, nth
):
    for student in ("alice", "bob", "carol"):
        submit(student, changed(empty(), fill(*EXERCISES[:2])))
    counted = {"n": 0}

    def dying(real, is_it):
        def step(*words):
            if is_it(*words):
                counted["n"] += 1
                if counted["n"] == nth + 1:
                    raise Killed
            return real(*words)

        return step

    with monkeypatch.context() as patch:
        if where == "before the scores":
            patch.setattr(GradebookWriter, "record", dying(GradebookWriter.record, lambda *_: True))
        else:
            ending = ".ipynb" if where == "before the copy" else ".json"
            write = dying(module.write_whole, lambda path, _: path.suffix == ending)
            patch.setattr(module, "write_whole", write)
        with pytest.raises(Killed):
            autograde(folders, NAME)
    summary = autograde(folders, NAME)
    assert {s: r.points for s, r in summary.results.items()} == dict.fromkeys(
        ("alice", "bob", "carol"), 4.0
    )
    for student in ("alice", "bob", "carol"):
        assert sum(auto or 0 for auto, *_ in grades(folders, student).values()) == 4.0
    # Only the one whose verdicts were not on the disk yet is run a second time.
    again = 0 if where == "before the scores" else 1
    assert len(runs) == 3 + again
    assert not list(folders.root.rglob("*.unfinished"))


def test_a_persons_score_stays(folders, submit):
    submit("alice", changed(empty(), fill("decode")))
    autograde(folders, NAME)
    with Gradebook(folders.gradebook_url, folders.course_id) as book:
        grade = book.find_grade("test_encode", NAME, NAME, "alice")
        grade.manual_score = 3.0
        book.db.commit()
    submit("alice", changed(empty(), fill("decode", "merge_pair", "encode")))
    autograde(folders, NAME)
    assert grades(folders, "alice")["encode"] == (4.0, 3.0, True)


def give_by_hand(folders, cell_name, points):
    with Gradebook(folders.gradebook_url, folders.course_id) as book:
        grade = book.find_grade(cell_name, NAME, NAME, "alice")
        grade.manual_score, grade.needs_manual_grade = points, False
        book.db.commit()


def essay(text):
    return changed(full(), lambda notebook: cell(notebook, WRITTEN).update(source=text))


def test_another_written_answer_asks_for_another_look(folders, submit):
    submit("alice", essay("The pieces are all it sees."))
    autograde(folders, NAME)
    give_by_hand(folders, WRITTEN, 2.0)
    autograde(folders, NAME, again=True)
    submit("alice", changed(essay("The pieces are all it sees."), lambda nb: fill("decode")(nb)))
    autograde(folders, NAME)
    assert grades(folders, "alice")[WRITTEN] == (None, 2.0, False), "the same text, as it was"
    submit("alice", essay("I know better now."))
    autograde(folders, NAME)
    assert grades(folders, "alice")[WRITTEN] == (None, 2.0, True)


def test_a_changed_written_answer_is_not_forgotten_in_a_crash(folders, submit, monkeypatch):
    submit("alice", essay("First."))
    autograde(folders, NAME)
    give_by_hand(folders, WRITTEN, 2.0)
    submit("alice", essay("Second."))
    real = module.write_whole

    def dying(file, data):
        real(file, data)
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(module, "write_whole", dying)
        autograde(folders, NAME)
    autograde(folders, NAME)
    assert grades(folders, "alice")[WRITTEN] == (None, 2.0, True)


def test_after_a_lost_gradebook_an_unreadable_written_answer_is_still_for_a_person(folders, submit):
    submit("alice", b"{")
    submit("bob", empty())
    autograde(folders, NAME)
    before = {student: grades(folders, student) for student in ("alice", "bob")}
    (folders.root / "gradebook.db").unlink()
    autograde(folders, NAME)
    assert {student: grades(folders, student) for student in before} == before
    assert before["alice"][WRITTEN] == (None, None, True)


def test_a_lost_graded_copy_is_made_again_on_the_same_inputs(folders, submit, runs):
    submit("alice", changed(empty(), fill("decode")))
    first = autograde(folders, NAME).results["alice"]
    shutil.rmtree(folders.root / "autograded")
    (folders.root / "gradebook.db").unlink()
    second = autograde(folders, NAME).results["alice"]
    assert (second.seed, second.points, runs) == (first.seed, 2.0, ["alice", "alice"])
    assert grades(folders, "alice")["decode"] == (2.0, None, False)


def test_points_by_hand_for_what_is_another_program_now_are_looked_at_again(folders, submit):
    def reach(notebook):
        notebook["cells"].insert(place(notebook, "decode"), code("import ctypes"))

    submit("alice", changed(full(), reach))
    autograde(folders, NAME)
    give_by_hand(folders, "test_decode", 2.0)
    autograde(folders, NAME, again=True)
    assert grades(folders, "alice")["decode"] == (None, 2.0, False)
    submit("alice", b"{")
    autograde(folders, NAME)
    assert grades(folders, "alice")["decode"] == (None, 2.0, True)


@pytest.mark.parametrize("where", ["record", "_penalize"])
def test_a_first_written_answer_survives_a_crash(folders, submit, monkeypatch, where):
    submit("alice", full())
    autograde(folders, NAME)
    assert grades(folders, "alice")[WRITTEN] == (0.0, None, False)
    submit("alice", essay("Now I know."))

    def dying(*_):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(GradebookWriter, where, dying)
        autograde(folders, NAME)
    autograde(folders, NAME)
    assert grades(folders, "alice")[WRITTEN] == (None, None, True)


def test_an_older_gradebook_learns_what_has_been_handed_in_since(folders, submit):
    submit("alice", full())
    autograde(folders, NAME)
    older = (folders.root / "gradebook.db").read_bytes()
    submit("alice", essay("Now I know."), "2026-01-02 00:00:00 UTC")
    autograde(folders, NAME)
    now = (folders.root / "gradebook.db").read_bytes()
    (folders.root / "gradebook.db").write_bytes(older)
    autograde(folders, NAME)
    assert grades(folders, "alice")[WRITTEN] == (None, None, True)
    with Gradebook(folders.gradebook_url, folders.course_id) as book:
        assert book.find_submission(NAME, "alice").timestamp.isoformat() == "2026-01-02T00:00:00"
    assert now != older


def test_a_gradebook_that_is_up_to_date_is_left_alone(folders, submit, monkeypatch):
    submit("alice", essay("Pieces."), "2026-01-02 00:00:00 UTC")
    submit("bob", empty())
    submit("carol", b"{")
    autograde(folders, NAME)
    written = []
    monkeypatch.setattr(GradebookWriter, "record", lambda *words: written.append(words))
    autograde(folders, NAME)
    assert written == []


def release_again(folders, change):
    for part in ("solutions", "notebooks"):
        file = folders.root / part / NAME / f"{NAME}.ipynb"
        notebook = json.loads(file.read_text(encoding="utf-8"))
        change(notebook)
        file.write_text(json.dumps(notebook), encoding="utf-8")


def test_points_that_the_lesson_has_changed_count(folders, submit):
    submit("alice", full())
    autograde(folders, NAME)

    def worth_more(notebook):
        cell(notebook, "test_decode")["metadata"]["nbgrader"]["points"] = 5

    release_again(folders, worth_more)
    submit("bob", full())
    assert autograde(folders, NAME).results["alice"].points == 23.0
    with Gradebook(folders.gradebook_url, folders.course_id) as book:
        found = {
            (student, grade.score, grade.max_score)
            for student in ("alice", "bob")
            for grade in book.find_submission_notebook(NAME, NAME, student).grades
            if grade.name == "test_decode"
        }
    assert found == {("alice", 5.0, 5.0), ("bob", 5.0, 5.0)}


def test_a_lesson_with_other_exercises_now_is_graded_anew(folders, submit):
    def without_decode(notebook):
        cells = notebook["cells"]
        notebook["cells"] = [one for one in cells if one["id"] not in ("decode", "test_decode")]

    submit("alice", full())
    autograde(folders, NAME)
    release_again(folders, without_decode)
    with pytest.raises(CourseError, match=f"nbgrader db assignment remove {NAME} --force"):
        autograde(folders, NAME)
    assert len(grades(folders, "alice")) == len(EXERCISES) + 1  # nothing is lost till then
    with Gradebook(folders.gradebook_url, folders.course_id) as book:
        book.remove_assignment(NAME)
    worth = lesson().points("decode")
    assert autograde(folders, NAME).results["alice"].points == 20.0 - worth
    assert set(grades(folders, "alice")) == {*EXERCISES, WRITTEN} - {"decode"}


def test_what_a_person_has_decided_waits_for_nobody(folders, submit):
    def reach(notebook):
        notebook["cells"].insert(place(notebook, EXERCISES[-1]), code("import ctypes"))

    submit("alice", changed(full(), reach))
    assert [r.student for r in autograde(folders, NAME).for_a_person] == ["alice"]
    give_by_hand(folders, f"test_{EXERCISES[-1]}", 1.0)
    assert autograde(folders, NAME).for_a_person == []


def test_points_by_hand_that_must_be_confirmed_keep_all_open(folders, submit):
    submit("alice", changed(empty(), fill("decode")))
    autograde(folders, NAME)
    give_by_hand(folders, "test_decode", 1.0)
    assert autograde(folders, NAME).again == []
    submit("alice", essay("More."))
    summary = autograde(folders, NAME)
    assert (summary.for_a_person, summary.again) == ([], ["alice"])
    ((grade, by_hand),) = read_grades(folders, NAME)
    assert grade.total is None and is_open(summary.results["alice"], by_hand)


def test_a_notebook_that_was_handed_in_since_is_not_graded(folders, submit):
    submit("alice", full())
    autograde(folders, NAME)
    assert is_graded(folders, lesson(), "alice")
    submit("alice", empty())
    assert not is_graded(folders, lesson(), "alice")


def test_without_a_gradebook_there_are_no_grades(folders):
    (folders.root / "gradebook.db").unlink()
    with pytest.raises(CourseError, match="no gradebook"):
        list(read_grades(folders, NAME))
    assert not (folders.root / "gradebook.db").exists()


def test_points_by_hand_for_an_answer_that_is_gone_are_looked_at_again(folders, submit):
    def wrong(notebook):
        cell(notebook, "decode")["source"] = "def decode(ids, vocab):\n    return 'x'"

    submit("alice", changed(full(), wrong))
    autograde(folders, NAME)
    give_by_hand(folders, "test_decode", 2.0)
    submit("alice", empty())
    autograde(folders, NAME)
    assert grades(folders, "alice")["decode"] == (0.0, 2.0, True)


@pytest.mark.parametrize("name", ["Zoë O'Brien", "Müller, Anna (2)", "अनिता", "Zoe\u0301", "a@b.c"])
def test_names_that_people_have_are_students_names(name):
    assert is_plain_name(name)


@pytest.mark.parametrize(
    "name", ["", "-rf", ".x", "ada ", "a/b", "a\\b", "<b>", "a\nb", "\u0301", "a;b"]
)
def test_names_that_do_harm_are_none(name):
    assert not is_plain_name(name)


def test_a_loose_notebook_is_named_also_beside_other_lessons(folders, submit):
    submit("alice", empty())
    (folders.root / "submitted" / "alice" / "03_attention.ipynb").write_bytes(full())
    assert set(dict(folders.misplaced("03_attention"))) == {"alice"}
    assert dict(folders.misplaced(NAME)) == {}


def test_notebooks_in_a_wrong_place_are_named(folders, submit):
    submit("alice", empty())
    for wrong in ("yan", "xia/01"):
        folder = folders.root / "submitted" / wrong
        folder.mkdir(parents=True)
        (folder / f"{NAME}.ipynb").write_bytes(full())
    (folders.root / "submitted" / "zoe").mkdir()
    summary = autograde(folders, NAME)
    assert list(summary.results) == ["alice"] and set(summary.refused) == {"xia", "yan"}
    assert NAME in summary.refused["yan"]


def test_whatever_may_be_a_submission_and_is_none_is_named(folders, submit):
    submit("alice", empty())
    top = folders.root / "submitted"
    deep = top / "xia" / "my work" / "week 1"
    deep.mkdir(parents=True)
    (deep / f"{NAME}.IPYNB").write_bytes(full())
    (top / "yan").mkdir()
    (top / "yan" / "all.zip").write_bytes(b"PK")
    (top / f"{NAME}.ipynb").write_bytes(full())
    (top / "zoe").symlink_to(top / "alice")
    (top / ".gitkeep").touch()
    found = dict(folders.misplaced(NAME))
    assert set(found) == {"xia", "yan", f"{NAME}.ipynb", "zoe"}
    assert "link" in found["zoe"] and "no student's folder" in found[f"{NAME}.ipynb"]


def test_what_cannot_be_read_is_graded_again_when_it_is_another_file(folders, submit):
    folder = folders.submitted("alice", NAME)
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("no notebook")
    assert autograde(folders, NAME).graded == 1
    assert autograde(folders, NAME).graded == 0
    (folder / f"{NAME}.ipynb").symlink_to(folder / "notes.txt")
    assert not is_graded(folders, lesson(), "alice")
    assert autograde(folders, NAME).graded == 1


def test_a_misplaced_notebooks_name_cannot_write_on_the_terminal(folders, submit):
    folder = folders.root / "submitted" / "yan"
    folder.mkdir(parents=True)
    (folder / "\x1b[2Jx\n.ipynb").write_bytes(full())
    assert autograde(folders, NAME).refused["yan"].isprintable()


def test_a_damaged_gradebook_is_one_clear_error(folders, submit):
    submit("alice", empty())
    file = folders.root / "gradebook.db"
    file.write_text("no database, whatever it was before")
    for use in (lambda: autograde(folders, NAME), lambda: list(read_grades(folders, NAME))):
        with pytest.raises(CourseError, match="gradebook.db cannot be used: file is not a data"):
            use()
    assert file.read_text().startswith("no database")


def test_what_fails_for_another_answer_says_so(folders, submit):
    def wrong(notebook):
        cell(notebook, "merge_pair")["source"] = "def merge_pair(*parts):\n    return [1]"

    submit("alice", changed(full(), wrong))
    found = {e.exercise: e.finding for e in autograde(folders, NAME).results["alice"].exercises}
    assert found["train_bpe"].cause.startswith("It calls your `merge_pair`, not right yet")
    assert "It calls" not in found["merge_pair"].cause


@pytest.mark.parametrize("value", ["encode(text, merges)", "[encode(text, merges)]"])
def test_the_courses_own_version_is_no_answer(folders, submit, value):
    def borrow(notebook):
        cell(notebook, "encode")["source"] = (
            "def encode(text, merges):\n"
            "    from course_lib.exercises.tokenization.library import encode\n"
            f"    return {value}"
        )

    submit("alice", changed(full(), borrow))
    found = {e.exercise: e.finding for e in autograde(folders, NAME).results["alice"].exercises}
    assert found["encode"].misconception == "calls_the_courses_version"


def test_a_late_submission_is_penalized_by_the_courses_own_rule(folders, submit):
    (folders.root / "late.py").write_text(
        "from nbgrader.plugins import BasePlugin\n"
        "class Late(BasePlugin):\n"
        "    def late_submission_penalty(self, student, score, seconds):\n"
        "        return 5.0\n"
    )
    submit("alice", full(), "2026-01-02 00:00:00 UTC")
    submit("bob", full(), "2025-12-31 00:00:00 UTC")
    folders.config.AssignLatePenalties.plugin_class = "late.Late"
    with open_gradebook(folders, lesson()), Gradebook(folders.gradebook_url) as book:
        book.update_or_create_assignment(NAME, duedate="2026-01-01 00:00:00 UTC")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folders.root))
        autograde(folders, NAME)
    with Gradebook(folders.gradebook_url, folders.course_id) as book:
        late, punctual = (
            book.find_submission_notebook(NAME, NAME, student).late_submission_penalty
            for student in ("alice", "bob")
        )
    assert (late, punctual) == (5.0, None)


def test_two_writers_at_a_time_are_refused(folders):
    with (
        open_gradebook(folders, lesson()),
        pytest.raises(CourseError, match="Another `course` command"),
        open_gradebook(folders, lesson()),
    ):
        pass


def test_names_that_are_no_folders_of_students_are_left_out(folders, submit):
    submit("alice", empty())
    submit("-rf", full())
    submit("<b>", full())
    summary = autograde(folders, NAME)
    assert list(summary.results) == ["alice"]
    assert set(summary.refused) == {"-rf", "<b>"}


def test_an_unknown_student_is_a_mistake_of_one_line(folders, submit):
    submit("alice", empty())
    with pytest.raises(CourseError, match="bob has handed nothing in"):
        autograde(folders, NAME, students=["bob"])


def test_a_hand_in_the_machinery_is_held_for_a_person(folders, submit):
    def reach(notebook):
        notebook["cells"].insert(place(notebook, "decode"), code("import ctypes"))

    submit("alice", changed(full(), reach))
    result = autograde(folders, NAME).results["alice"]
    verdicts = [e.verdict for e in result.exercises]
    cut = EXERCISES.index("decode")
    assert verdicts == [Verdict.PASSED] * cut + [Verdict.NEEDS_REVIEW] * (len(EXERCISES) - cut)
    assert grades(folders, "alice")["decode"] == (None, None, True)


def test_several_processes_give_the_same_scores(folders, submit):
    for number in range(4):
        submit(f"s{number}", changed(empty(), fill(*EXERCISES[: 2 * number])))
    summary = autograde(folders, NAME, workers=2)
    expected = [sum(lesson().points(n) for n in EXERCISES[: 2 * k]) for k in range(4)]
    assert [summary.results[f"s{k}"].points for k in range(4)] == expected
