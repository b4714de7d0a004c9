"""A folder is read whole or refused; what is no page is skipped and said."""

import pytest

from playbook.folder import read_folder
from playbook.pages import PageError

from .pages_for_tests import HEAD


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


def test_pages_come_in_the_order_of_their_names(tmp_path):
    write(tmp_path, b=f"{HEAD}# B\n", a=f"{HEAD}# A\n")
    assert [page.title for page in read_folder(tmp_path).pages] == ["A", "B"]


def test_sub_folders_and_side_files_are_no_pages_and_are_reported(tmp_path):
    write(tmp_path, a=f"{HEAD}# A\n", README="# About this repository\n")
    (tmp_path / "includes").mkdir()
    write(tmp_path / "includes", feedback="No page.")
    (tmp_path / "notes.txt").write_text("x")
    folder = read_folder(tmp_path)
    assert [page.source for page in folder.pages] == ["a.md"]
    assert [(w.file, w.code) for w in folder.warnings] == [
        ("README.md", "file-skipped"),
        ("includes/", "folder-skipped"),
        ("notes.txt", "file-skipped"),
    ]


def test_every_damaged_page_is_named_at_once(tmp_path):
    write(tmp_path, a="# No front matter\n", b=f"{HEAD}# B\n", c="---\ntitle: C\n")
    with pytest.raises(PageError) as caught:
        read_folder(tmp_path)
    assert caught.value.source == "a.md"
    assert [error.source for error in caught.value.also] == ["c.md"]


def test_a_folder_without_pages_and_a_path_that_is_no_folder_are_refused(tmp_path):
    with pytest.raises(PageError, match="holds no page"):
        read_folder(tmp_path)
    with pytest.raises(PageError, match="not a folder"):
        read_folder(tmp_path / "nowhere")


def test_warnings_of_pages_are_those_of_the_folder(tmp_path):
    write(tmp_path, a=f"{HEAD}Text without a title.\n")
    assert [w.code for w in read_folder(tmp_path).warnings] == ["title-missing"]
