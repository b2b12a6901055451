import json
import os
import subprocess
import sys

import pytest

from course_lib.study import record


def test_a_new_learner_has_an_empty_record():
    assert record.load() == {"version": 1, "passed": {}, "hints": {}, "quiz": {}}


def test_what_was_done_is_kept():
    record.record_pass("encode")
    assert record.record_hint("encode") == 1
    assert record.record_hint("encode") == 2
    record.record_answer("tokenization", "bytes", 3)
    kept = record.load()
    assert list(kept["passed"]) == ["encode"]
    assert kept["hints"] == {"encode": 2}
    assert kept["quiz"] == {"tokenization": {"bytes": 3}}


def test_hints_are_counted_up_to_three():
    assert [record.record_hint("encode") for _ in range(5)] == [1, 2, 3, 3, 3]


def test_the_date_of_the_first_pass_stays(monkeypatch):
    monkeypatch.setattr(record.time, "strftime", lambda _: "2026-01-01")
    record.record_pass("encode")
    monkeypatch.setattr(record.time, "strftime", lambda _: "2026-12-31")
    record.record_pass("encode")
    assert record.load()["passed"] == {"encode": "2026-01-01"}


@pytest.mark.parametrize("damage", ["", "{", '["passed"]', '{"passed": 3}', "null"])
def test_a_damaged_file_is_set_aside_and_work_goes_on(damage):
    record.record_pass("encode")
    record.data_file().write_text(damage)
    record.record_pass("decode")
    assert list(record.load()["passed"]) == ["decode"]
    assert record.data_file().with_suffix(".json.damaged").read_text() == damage


def test_a_crash_before_the_replacement_loses_nothing(monkeypatch):
    record.record_pass("encode")

    def power_cut(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", power_cut)
    with pytest.raises(KeyboardInterrupt):
        record.record_pass("decode")
    assert list(json.loads(record.data_file().read_text())["passed"]) == ["encode"]


def test_two_notebooks_writing_at_once_lose_nothing(data_folder):
    program = (
        "import sys; from course_lib.study import record\n"
        "for i in range(20): record.record_pass(f'{sys.argv[1]}{i}')"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, name]) for name in "ab"]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert len(record.load()["passed"]) == 40


def test_a_grading_run_leaves_no_trace(monkeypatch, data_folder):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    record.record_pass("encode")
    assert record.record_hint("encode") == 1
    assert not data_folder.exists()
