"""Write a file so that a crash leaves the old one or the new one, never a part."""

import os
from pathlib import Path


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` in the place of `path`, in one step; folders above it are made.

    Raises:
        OSError: if the disk is full or the folder may not be written; `path` is then as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # the bytes are on the disk before the name points to them
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
