"""What holds for all tests: none of them touches the record of the person who runs them."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from course_lib.threads import be_patient

be_patient()  # before any test imports torch
settings.register_profile("course", deadline=None)  # a busy machine is no error in a test
settings.load_profile("course")


@pytest.fixture(autouse=True, scope="session")
def record_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOKENS_TO_TRUST_DATA", str(tmp_path_factory.mktemp("record")))
        yield
