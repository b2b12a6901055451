"""Grades as tables: no score that is not settled, nothing that a spreadsheet would run."""

import csv
import io
from dataclasses import replace

import pytest

from course_lib.classroom.export import (
    LMS_ENCODING,
    VERDICTS_ENCODING,
    Grade,
    canvas_table,
    moodle_table,
    verdict_table,
)
from course_lib.classroom.untrusted_text import as_cell
from course_lib.classroom.verdicts import Alarm, ExerciseResult, SubmissionResult, Verdict
from course_lib.exercises.exercise import Finding

TITLE = "Attention (1234)"
FOUND = Finding("overlapping_pairs", "", "", "", "")
FORMULAS = [
    "=1+1",
    '=HYPERLINK("http://x","y")',
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\x00=1",
    "＝1+1",
    "Ada;=1+1",
    "Ada; =1+1",
    '"=1',
    'Ada";=1+1',
    "Ada,@x",
    "'=1",
]


def result(student: str, *verdicts: Verdict, **changes) -> SubmissionResult:
    """Return a result with two exercises of 2 and 3 points; both are right if nothing is said."""
    exercises = []
    for name, points, verdict in zip(
        ("count_pairs", "encode"), (2.0, 3.0), verdicts or (Verdict.PASSED,) * 2, strict=True
    ):
        earned = points if verdict is Verdict.PASSED else 0.0
        found = FOUND if verdict is Verdict.FAILED else None
        exercises.append(ExerciseResult(name, verdict, earned, points, 1, found))
    made = SubmissionResult(
        student=student,
        lesson="01_tokenization",
        digest="",
        seed=1,
        sandbox="",
        exercises=tuple(exercises),
    )
    return replace(made, **changes)


def grade(student: str, **changes) -> Grade:
    """Return settled facts: 5 points for programs, 1.5 for the written question, 7 at most."""
    made = Grade(
        student,
        first_name=student.capitalize(),
        last_name="Lovelace",
        email=f"{student}@example.org",
        lms_user_id="",
        points_programs=5.0,
        points_written=1.5,
        late_penalty=0.0,
        max_points=7.0,
        programs_wait=False,
        written_waits=False,
    )
    return replace(made, **changes)


def read(text: str) -> list[dict[str, str]]:
    """Return the rows of a table by their headings; every row must fill every column."""
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_a_settled_score_is_the_same_in_every_table():
    results, grades = [result("ada")], [grade("ada", late_penalty=0.25)]
    canvas, left_out = canvas_table(results, grades, TITLE)
    moodle, also_left_out = moodle_table(results, grades, TITLE)
    assert read(verdict_table(results, grades))[0]["points"] == "6.25"
    assert [row[TITLE] for row in read(canvas)] == ["7", "6.25"]
    assert [row[TITLE] for row in read(moodle)] == ["6.25"]
    assert left_out == also_left_out == []


OPEN = {
    "a program needs a person": (
        result("ada", Verdict.PASSED, Verdict.TAMPERED),
        {"programs_wait": True},
    ),
    "the written question is not graded": (result("ada"), {"points_written": None}),
    "a program needs a person, the written question is to be looked at again": (
        result("ada", Verdict.PASSED, Verdict.TAMPERED),
        {"programs_wait": True, "written_waits": True},
    ),
    "nothing handed in": (None, {"points_programs": 0.0, "points_written": 0.0}),
}


@pytest.mark.parametrize("why", OPEN)
def test_a_score_that_is_not_settled_is_no_number_and_is_named(why: str):
    of_ada, changes = OPEN[why]
    results = [result("ben"), *([of_ada] if of_ada else [])]
    grades = [grade("ada", **changes), grade("ben")]
    canvas, left_out = canvas_table(results, grades, TITLE)
    moodle, also_left_out = moodle_table(results, grades, TITLE)
    assert [row[TITLE] for row in read(canvas)] == ["7", "", "6.5"]
    assert [row[TITLE] for row in read(moodle)] == ["-", "6.5"]  # an empty cell could become 0
    assert left_out == also_left_out == [("ada", why)]
    ada, ben = read(verdict_table(results, grades))
    assert ada["points"] == "" and ben["points"] == "6.5"
    assert ada["status"] == why
    assert ben["status"] == ""


def test_a_student_without_a_grade_is_named_and_gets_no_line():
    for table in (canvas_table, moodle_table):
        text, left_out = table([result("ada"), result("eve")], [grade("ada")], TITLE)
        assert "eve" not in text
        assert left_out == [("eve", "not in the gradebook")]
    rows = read(verdict_table([result("eve")], [grade("ada")]))
    assert [(row["student"], row["status"]) for row in rows] == [
        ("ada", "nothing handed in"),
        ("eve", "not in the gradebook"),
    ]


def test_the_verdict_table_has_every_verdict_and_alarm():
    alarms = (
        Alarm("symlink", "", "secret"),
        Alarm("edited_test", "", ""),
        Alarm("symlink", "", ""),
    )
    one = result("ada", Verdict.FAILED, Verdict.PASSED, alarms=alarms)
    text = verdict_table([one], [grade("ada", points_programs=3.0, late_penalty=1.0)])
    (row,) = read(text)
    assert row == {
        "student": "ada",
        "points": "3.5",
        "max": "7",
        "programs": "3",
        "written": "1.5",
        "penalty": "1",
        "status": "",
        "alarms": "edited_test symlink",
        "count_pairs.verdict": "failed",
        "count_pairs.points": "0",
        "count_pairs.misconception": "overlapping_pairs",
        "encode.verdict": "passed",
        "encode.points": "3",
        "encode.misconception": "",
    }


@pytest.mark.parametrize("verdict", [Verdict.TAMPERED, Verdict.NEEDS_REVIEW])
def test_points_that_wait_for_a_person_are_no_zero(verdict: Verdict):
    results = [result("ada", verdict, Verdict.PASSED)]
    (waiting,) = read(verdict_table(results, [grade("ada", programs_wait=True)]))
    assert waiting["count_pairs.points"] == waiting["programs"] == waiting["points"] == ""
    assert waiting["count_pairs.verdict"] == verdict and waiting["encode.points"] == "3"
    (settled,) = read(verdict_table(results, [grade("ada", points_programs=4.0)]))
    assert (settled["programs"], settled["points"], settled["status"]) == ("4", "5.5", "")


def test_points_that_a_person_gave_are_the_exercises_points():
    results = [result("ada", Verdict.FAILED, Verdict.NEEDS_REVIEW)]
    by_hand = {"count_pairs": 1.5, "encode": 3.0}
    (row,) = read(verdict_table(results, [grade("ada", points_programs=4.5, by_hand=by_hand)]))
    assert (row["count_pairs.points"], row["encode.points"]) == ("1.5", "3")
    assert (row["programs"], row["count_pairs.verdict"]) == ("4.5", "failed")


def test_no_score_is_below_zero():
    _, left_out = canvas_table([result("ada")], [grade("ada", late_penalty=9.0)], TITLE)
    text, _ = canvas_table([result("ada")], [grade("ada", late_penalty=9.0)], TITLE)
    assert read(text)[1][TITLE] == "0" and left_out == []


def test_the_layout_of_canvas():
    grades = [grade("ada", lms_user_id="4711"), grade("ben", lms_user_id="S-12")]
    text, _ = canvas_table([result("ada"), result("ben")], grades, TITLE)
    assert text.splitlines() == [
        "Student,ID,SIS User ID,SIS Login ID,Section,Attention (1234)",
        "    Points Possible,,,,,7",
        '"Lovelace, Ada",4711,,ada,,6.5',
        '"Lovelace, Ben",,S-12,ben,,6.5',
    ]


def test_canvas_gets_no_login_that_may_be_anothers():
    grades = [grade(login) for login in ("ADA", "a,-2+3", "ada", "ben")]
    text, left_out = canvas_table([result(one.student) for one in grades], grades, TITLE)
    assert [row["SIS Login ID"] for row in read(text)[1:]] == ["ben"]
    assert left_out == [
        ("ADA", "no line, since another student has the same login"),
        ("a,-2+3", "no line, since Canvas would get another login than it has"),
        ("ada", "no line, since another student has the same login"),
    ]


def test_a_number_of_canvas_needs_no_login():
    grades = [grade("ADA", lms_user_id="1"), grade("ada", lms_user_id="2")]
    text, left_out = canvas_table([result(one.student) for one in grades], grades, TITLE)
    assert [row["ID"] for row in read(text)[1:]] == ["1", "2"] and left_out == []


def test_canvas_never_has_to_guess_between_two_students_of_one_name():
    same = {"first_name": "Ada", "last_name": "Lovelace"}
    grades = [grade("ada", lms_user_id="4711", **same), grade("eve", **same)]
    text, _ = canvas_table([], grades, TITLE)
    assert [row["Student"] for row in read(text)][1:] == ["Lovelace, Ada", "eve"]


def test_a_name_cannot_pass_for_the_row_of_points_possible():
    grades = [grade("eve", first_name="x", last_name="Points Possible")]
    text, _ = canvas_table([result("eve")], grades, TITLE)
    assert text.count("Points Possible") == 1


@pytest.mark.parametrize("number", ["12abc", "٤٢", "1~2", "", "9" * 20])
def test_only_a_number_is_an_id_of_canvas(number: str):
    text, _ = canvas_table([result("ada")], [grade("ada", lms_user_id=number)], TITLE)
    assert read(text)[1]["ID"] == "" and read(text)[1]["SIS User ID"] == number


def test_canvas_gets_one_maximum():
    with pytest.raises(ValueError, match="one maximum"):
        canvas_table([], [grade("ada"), grade("ben", max_points=8.0)], TITLE)
    assert len(read(canvas_table([], [], TITLE)[0])) == 1


def test_the_layout_of_moodle():
    text, _ = moodle_table([result("ada")], [grade("ada", lms_user_id="4711")], TITLE)
    assert text.splitlines() == [
        "First name,Last name,Username,ID number,Email address,Attention (1234)",
        "Ada,Lovelace,ada,4711,ada@example.org,6.5",
    ]
    nobody_has_one = [grade("ada", email=""), grade("ben", email="")]
    text, left_out = moodle_table([result("ada"), result("ben")], nobody_has_one, TITLE)
    assert text.splitlines()[0] == "First name,Last name,Username,Attention (1234)"
    assert left_out == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"email": ""}, "the gradebook has no Email address"),
        ({"email": "ADA@example.org"}, "another student has the same Email address"),
        ({"email": "=1@example.org"}, "Moodle would get another Email address than it has"),
        ({"email": "a\u202e@example.org"}, "Moodle would get another Email address than it has"),
    ],
)
def test_moodle_never_credits_somebody_else(changes: dict, why: str):
    grades = [grade("ada"), grade("ben"), grade("eve", **changes)]
    text, left_out = moodle_table([result(one.student) for one in grades], grades, TITLE)
    assert ("eve", f"no line, since {why}") in left_out
    assert "eve" not in text and "Ben" in text
    assert ("Ada" in text) == (len(left_out) == 1)  # who shares an address has no line either


def runs(cell: str) -> bool:
    """Return whether a spreadsheet could take a cell for a formula; Moodle's "-" is none."""
    return cell.lstrip(' "')[:1] in set("=+-@＝＋－＠") and cell != "-"


@pytest.mark.parametrize("name", FORMULAS, ids=range(len(FORMULAS)))
def test_no_cell_is_a_formula(name: str):
    alarms = (Alarm(name, "", ""),)
    failed = replace(FOUND, misconception=name)
    wrong = ExerciseResult("count_pairs", Verdict.FAILED, 0.0, 2.0, 1, failed)
    results = [result(name, alarms=alarms, exercises=(wrong,))]
    grades = [grade(name, first_name=name, last_name=name, lms_user_id=name)]
    for first, last in ((name, name), ("", name), (name, "")):
        grades = [replace(grades[0], first_name=first, last_name=last)]
        tables = (
            verdict_table(results, grades),
            canvas_table(results, grades, name)[0],
            moodle_table(results, grades, name)[0],
        )
        for text in tables:
            for separator in ",;|":
                for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
                    assert [cell for cell in row if runs(cell)] == []
            assert "\r" not in text and "\t" not in text and "\x00" not in text


def test_an_honest_name_stays_as_it_is():
    for name in ("Zoë Müller-Lüdenscheidt", "O'Neill", "山田 太郎", "Jean-Luc", "a@b.org", "x_1"):
        assert as_cell(name) == name


def test_no_name_breaks_a_row_or_a_cell():
    grades = [grade("ada", first_name='A"d,a\r\nx', last_name="L\n" * 50)]
    for text in (
        canvas_table([result("ada")], grades, TITLE)[0],
        moodle_table([result("ada")], grades, TITLE)[0],
    ):
        assert read(text)[-1][TITLE] == "6.5"
        assert "\r" not in text and text.count("\n") == len(read(text)) + 1


def test_only_our_own_table_begins_with_a_mark():
    assert "ë".encode(VERDICTS_ENCODING)[:3] == b"\xef\xbb\xbf"
    assert "ë".encode(LMS_ENCODING) == b"\xc3\xab"


def test_mixed_up_input_is_refused():
    with pytest.raises(ValueError, match="each student once"):
        verdict_table([result("ada"), result("ada")], [])
    with pytest.raises(ValueError, match="one lesson"):
        verdict_table([result("ada"), result("ben", lesson="03_attention")], [])
