"""Write a file so that a crash leaves the old one or the new one, never a part."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` in the place of `path`, in one step.

    Raises:
        OSError: if it cannot be written; `path` is then as it was.
    """
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        with open(unfinished, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # the bytes are on the disk before the name points to them
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
