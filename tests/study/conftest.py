import pytest


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    """Give each test a learner's record of its own."""
    folder = tmp_path / "data"
    monkeypatch.setenv("TOKENS_TO_TRUST_DATA", str(folder))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return folder
