"""What can be read of a folder is read; what cannot, and what is no page, is named with its file and line."""

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


def test_pages_that_are_no_text_are_warnings_and_the_others_are_read(tmp_path):
    write(tmp_path, a="", b=f"{HEAD}# B\n")
    (tmp_path / "c.md").write_bytes(HEAD.encode() + b"\xff\n")

    folder = read_folder(tmp_path)

    assert [page.title for page in folder.pages] == ["B"]
    assert [(w.file, w.line, w.code) for w in folder.warnings] == [
        ("a.md", 1, "page-not-read"),
        ("c.md", 6, "page-not-read"),
    ]
    assert "save the page again as UTF-8" in folder.warnings[1].message


def test_where_no_page_can_be_read_all_are_named(tmp_path):
    write(tmp_path, a="", c=" ")
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
