"""Files that are none, or not what they should be, and what is said of them."""

import os
import stat
from pathlib import Path

import pytest

from planner.catalog.input_file import open_regular, read_text
from planner.errors import InputError

LARGEST = 1_000_000


def refusal(path, largest=LARGEST):
    with pytest.raises(InputError) as caught:
        read_text(path, largest)
    (fault,) = caught.value.faults
    return fault


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("text", ["", "é\n", "a\r\nb\rc\n", "\U0001f600", "\0"])
def test_text_comes_back_as_it_was(tmp_path, text):
    path = tmp_path / "file"
    path.write_bytes(text.encode())
    assert read_text(path, LARGEST) == text
    assert read_text(str(path), LARGEST) == text
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_text(path, LARGEST) == text


def test_missing_file_with_the_nearest_names(tmp_path):
    (tmp_path / "quickstart.yaml").touch()
    (tmp_path / "quickstart.yml").mkdir()
    fault = refusal(tmp_path / "quickstat.yaml")
    assert fault.rule == "there is no such file"
    assert fault.source == str(tmp_path / "quickstat.yaml")
    assert fault.hint == f"did you mean {tmp_path / 'quickstart.yaml'}?"


def test_missing_folder(tmp_path):
    fault = refusal(tmp_path / "gone" / "a.yaml")
    assert fault.hint == f"there is no folder {tmp_path / 'gone'} either"


def test_directory(tmp_path):
    assert refusal(tmp_path).rule == "is a directory, not a file"


def test_a_file_as_a_folder(tmp_path):
    (tmp_path / "a").touch()
    assert refusal(tmp_path / "a" / "b").rule == "cannot be opened (Not a directory)"


def test_pipe_without_a_writer_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe").rule == "is a pipe or device, not a regular file"


def test_device():
    assert refusal("/dev/zero").rule == "is a pipe or device, not a regular file"


def test_link_to_itself(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert refusal(tmp_path / "loop").rule.startswith("cannot be opened (Too many levels")


def test_names_that_no_file_can_have(tmp_path):
    assert refusal("a\0b").rule == "is no file name"
    assert "\0" not in refusal("a\0b").source
    assert refusal(tmp_path / ("a" * 5000)).rule == "cannot be opened (File name too long)"


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="a file that fails when it is read")
def test_file_that_can_be_opened_but_not_read():
    assert stat.S_ISREG(Path("/proc/self/mem").stat().st_mode)
    assert refusal("/proc/self/mem").rule == "cannot be read (Input/output error)"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission(tmp_path):
    path = tmp_path / "secret"
    path.touch(mode=0)
    assert refusal(path).rule == "cannot be opened (Permission denied)"


def test_size_is_bounded_without_reading(tmp_path):
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(10**12)
    assert refusal(path).rule == "is larger than 1 MB"
    assert refusal(path, 50_000_000).rule == "is larger than 50 MB"
    path.write_bytes(b"x" * LARGEST)
    assert len(read_text(path, LARGEST)) == LARGEST
    path.write_bytes(b"x" * (LARGEST + 1))
    assert refusal(path).rule == "is larger than 1 MB"


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="a file that says it has no bytes")
def test_size_is_bounded_where_the_system_does_not_know_it():
    assert Path("/proc/cpuinfo").stat().st_size == 0
    assert refusal("/proc/cpuinfo", 10).rule == "is larger than 0 MB"


@pytest.mark.parametrize(
    ("data", "line", "column", "value"),
    [
        ("a: 1\n".encode("utf-16"), 1, 1, "byte 0xff"),
        ("a: 1\nb: é".encode("latin-1"), 2, 4, "byte 0xe9"),
        (b"a\nb\n\x80", 3, 1, "byte 0x80"),
        (b"\xef\xbb\xbfa\nbc\xfe", 2, 3, "byte 0xfe"),
        (b"\xed\xa0\x80", 1, 1, "byte 0xed"),
    ],
    ids=["utf-16", "latin-1", "continuation", "after a byte order mark", "surrogate"],
)
def test_bytes_that_are_no_utf8(tmp_path, data, line, column, value):
    path = tmp_path / "file"
    path.write_bytes(data)
    fault = refusal(path)
    assert fault.rule == "must be UTF-8 text"
    assert (fault.line, fault.column, fault.value) == (line, column, value)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files")
def test_refused_files_are_closed(tmp_path):
    (tmp_path / "latin").write_bytes(b"\xe9")
    os.mkfifo(tmp_path / "pipe")
    before = open_files()
    for name in ("latin", "pipe", ".", "gone"):
        refusal(tmp_path / name)
    assert open_files() == before


def test_open_file_reads_bytes(tmp_path):
    (tmp_path / "file").write_bytes(b"\xff\0")
    with open_regular(tmp_path / "file", 10) as file:
        assert file.read() == b"\xff\0"
