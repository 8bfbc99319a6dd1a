"""The scenario of the Do Not Call list."""

from tests.http.examples.example_run import ExampleRun


def play(run: ExampleRun) -> None:
    """Block contacts, find the blocks, change one and remove one."""
    run.show("create_block", "phone", "again", "email")
    run.show("list_blocks", "of_a_project", "of_all_projects")
    run.show("search_blocks", "phone", "email", "history")
    run.show("get_block", "block")
    run.show("update_block", "until")
    run.show("delete_block", "removed")
