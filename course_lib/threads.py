"""Let torch's threads share a computer with other programs: the one place where that is set."""

import os


def be_patient() -> None:
    """Let threads that wait for each other sleep instead of spinning; torch is imported after it.

    Where another program needs a core too, a spinning thread keeps the one that it waits for from
    running: training was ten times slower. Notebooks and processes started later inherit it.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
