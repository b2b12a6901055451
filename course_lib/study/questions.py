"""The questions of a knowledge check, and how many of them a learner has right."""

from importlib.resources import files

import yaml


def quiz_score(topic: str, kept: dict) -> tuple[int, int]:
    """Return (questions answered right, questions asked) of a topic's quiz."""
    questions = questions_of(topic)
    chosen = kept["quiz"].get(topic, {})
    right = sum(
        bool(question["options"][chosen[question["id"]]]["right"])
        for question in questions
        if chosen.get(question["id"]) in range(len(question["options"]))
    )
    return right, len(questions)


def questions_of(topic: str) -> list[dict]:
    """Return a topic's quiz: [{"id", "question", "options": [{"text", "right", "why"}]}]."""
    text = (files(f"course_lib.exercises.{topic}") / "quiz.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)
