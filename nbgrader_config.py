"""How nbgrader works on this course: `nbgrader generate_assignment 01_tokenization`, and so on."""

from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearSolutions

from course_lib.classroom.release import ReleasePrograms

c = get_config()  # noqa: F821 - nbgrader defines it

c.CourseDirectory.course_id = "tokens-to-trust"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
# gradebook.db, submitted/, autograded/ and feedback/ keep nbgrader's names, and are git-ignored.

# nbgrader's own steps; ours stands where ClearSolutions stood, and does its work too.
c.GenerateAssignment.preprocessors = [
    ReleasePrograms if step is ClearSolutions else step
    for step in GenerateAssignment.class_traits()["preprocessors"].default()
]

c.ClearSolutions.code_stub = {
    "python": "# Your code here\n"
    'raise NotImplementedError("Put your answer in place of this line.")'
}
c.ClearSolutions.text_stub = "*Your answer here.*"

c.Execute.timeout = 300  # seconds for one cell; the longest of lesson 08 takes two minutes

# nbgrader's pages show what learners wrote to people who are logged in: there, no script runs.
c.HTMLExporter.filters = {"markdown2html": "course_lib.classroom.safe_markdown.markdown2html"}
