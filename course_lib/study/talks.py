"""Chats as text, as tokens, and answered: what lesson 07 uses while its learner writes the same."""

from course_lib.llm.chat import END, START, answer_prompt, encode_chat, render_chat
from course_lib.llm.lora import count_trainable, merge_lora
from course_lib.llm.sft import answer, answers, encode_example, prompt_ids

__all__ = [
    "END",
    "START",
    "answer",
    "answer_prompt",
    "answers",
    "count_trainable",
    "encode_chat",
    "encode_example",
    "merge_lora",
    "prompt_ids",
    "render_chat",
]
