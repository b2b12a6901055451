"""The one step that this course adds to nbgrader's own when a release is made."""

from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearSolutions

from course_lib.classroom.markers import BUILD_NOTE, RELEASE, faulty_version, has_marker


class ReleasePrograms(ClearSolutions):
    """Take answers out as nbgrader does, and put a bug hunt's faulty program in their place.

    It stands where ClearSolutions stood in nbgrader_config.py and obeys the same settings.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        nb, resources = super().preprocess(nb, resources)
        note = nb.metadata.get(BUILD_NOTE, {})
        for key in set(note) - {"source"}:
            del note[key]  # hashes of the solved notebook say nothing about this one
        return nb, resources

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict]:
        if has_marker(cell.source, RELEASE):
            cell.source = faulty_version(cell.source)
            return cell, resources
        return super().preprocess_cell(cell, resources, cell_index)
