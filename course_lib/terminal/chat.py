"""`course chat` on the screen: one answer, or a conversation."""

from collections.abc import Callable, Iterable
from pathlib import Path

import torch

from course_lib.errors import CourseError
from course_lib.llm.chat import Message
from course_lib.llm.sampling import GREEDY, Settings
from course_lib.runs.committed import CHECKPOINTS
from course_lib.runs.talk import Speaker, load_smollm2, load_trained
from course_lib.terminal.screen import console


def settings_for(greedy: bool, temperature: float, top_p: float) -> Settings:
    """Return the settings that the words of `course chat` stand for."""
    if not temperature >= 0:
        raise CourseError(f"--temperature takes a number from 0 on, not {temperature}.")
    if not 0 < top_p <= 1:
        raise CourseError(f"--top-p takes a number above 0, up to 1, not {top_p}.")
    return GREEDY if greedy else Settings(temperature=temperature, top_p=top_p)


def chat(
    speaker: Speaker,
    prompt: str | None,
    raw: bool,
    settings: Settings,
    max_new_tokens: int,
    seed: int | None,
) -> None:
    """Answer `prompt`, or, without one, talk until the user has had enough."""
    generator = torch.Generator()
    generator.seed() if seed is None else generator.manual_seed(seed)
    how = dict(settings=settings, max_new_tokens=max_new_tokens, generator=generator)
    if raw or not speaker.answers:
        greeting = "Begin a text, and the model goes on with it; an empty line ends."

        def reply(line: str) -> None:
            say(speaker.go_on(line, **how))
    else:
        greeting = "Say something; an empty line ends."
        reply = Conversation(speaker, how).reply

    try:
        if prompt is not None:
            reply(prompt)
        else:
            talk(reply, greeting)
    except ValueError as error:
        raise CourseError(str(error)) from error


def talk(reply: Callable[[str], None], greeting: str) -> None:
    """Reply to each line of the user; what cannot be answered is said, and the talk goes on."""
    console.print(greeting, style="dim")
    while line := ask():
        try:
            reply(line)
        except ValueError as error:
            console.print(str(error))


class Conversation:
    """What was said so far.

    Args:
        speaker: who answers.
        how: `settings`, `max_new_tokens` and `generator` of the answers.
    """

    def __init__(self, speaker: Speaker, how: dict):
        self.speaker, self.how = speaker, how
        self.messages: list[Message] = []
        self.has_forgotten = False

    def reply(self, line: str) -> None:
        """Answer `line`, and remember both.

        Raises:
            ValueError: if `line` is too long or holds a mark of the template; nothing is
                remembered of it then.
        """
        everything = [*self.messages, {"role": "user", "content": line}]
        messages = self.speaker.recent(everything, self.how["max_new_tokens"])
        answer = self.speaker.answer(messages, **self.how)
        if len(messages) < len(everything) and not self.has_forgotten:
            self.has_forgotten = True
            console.print(
                "This is more than the model reads at once: from now on the oldest messages are "
                "left out.",
                style="dim",
            )
        self.messages = [*messages, {"role": "assistant", "content": say(answer)}]


def ask() -> str:
    """Return the next line that the user writes; nothing, when they end."""
    try:
        return console.input("\n[bold]> [/bold]").strip()
    except (EOFError, KeyboardInterrupt):
        return ""
    except UnicodeDecodeError as error:
        raise CourseError(f"What you write must be UTF-8: {error}.") from error


def say(pieces: Iterable[str]) -> str:
    """Print text as it comes, and return it; Ctrl-C breaks it off."""
    said = ""
    try:
        for piece in pieces:
            print(piece, end="", flush=True)
            said += piece
    except KeyboardInterrupt:
        pass
    finally:
        print(flush=True)
    return said


def speaker_called(model: str, models: Path) -> Speaker:
    """Return who is called `model`: "smollm2", a folder, or the name of one in `models`.

    A model that comes with the course answers to its name until one of that name is trained.
    """
    places = (Path(model), models / model, CHECKPOINTS / model)
    folder = next((place for place in places if place.is_dir()), models)
    try:
        if model == "smollm2":
            return load_smollm2()
        if folder != models:
            return load_trained(folder)
    except ValueError as error:
        raise CourseError(str(error)) from error
    trained = [*models.glob("*/model.safetensors"), *CHECKPOINTS.glob("*/model.safetensors")]
    names = ["smollm2", *sorted({path.parent.name for path in trained})]
    raise CourseError(
        f"There is no model called {model}; there are {', '.join(names)}, and every folder that "
        "`course train` has written."
    )
