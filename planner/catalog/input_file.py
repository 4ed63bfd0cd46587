"""Open a file that somebody hands us: regular, readable, not too big, or a fault that says why."""

import os
import stat
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

from planner.errors import Fault, InputError

LONGEST_HINTED_NAME = 255
"""File names have at most 255 bytes on the common file systems (POSIX NAME_MAX)."""


def open_regular(path: Path | str, largest_bytes: int) -> BinaryIO:
    """Open a regular file for reading.

    Raises:
        InputError: it is missing (with the nearest names of its folder), a directory, a pipe or
            device, larger than `largest_bytes`, or the system refuses to open it.
    """
    try:
        # a pipe without a writer would block for ever without O_NONBLOCK
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise _fault(path, "there is no such file", _nearest_files(Path(path))) from error
    except OSError as error:
        raise _fault(path, f"cannot be opened ({error.strerror})") from error
    except ValueError as error:
        raise _fault(repr(str(path)), "is no file name") from error
    status = os.fstat(descriptor)
    refusal = _refusal(status, largest_bytes)
    if refusal:
        os.close(descriptor)
        raise _fault(path, refusal)
    return os.fdopen(descriptor, "rb")


def read_text(path: Path | str, largest_bytes: int) -> str:
    """The text of a UTF-8 file, with or without a byte order mark.

    Raises:
        InputError: as `open_regular`; or bytes that are no UTF-8, with their line.
    """
    with open_regular(path, largest_bytes) as file:
        try:
            data = file.read(largest_bytes + 1)
        except OSError as error:
            raise _fault(path, f"cannot be read ({error.strerror})") from error
    if len(data) > largest_bytes:
        raise _fault(path, _too_big(largest_bytes))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # the codec counts from behind the byte order mark that it took away
        before = error.object[: error.start]
        fault = Fault(
            str(path),
            "must be UTF-8 text",
            line=before.count(b"\n") + 1,
            column=error.start - before.rfind(b"\n"),
            value=f"byte 0x{error.object[error.start]:02x}",
        )
        raise InputError((fault,)) from error


def _refusal(status: os.stat_result, largest_bytes: int) -> str:
    if stat.S_ISDIR(status.st_mode):
        return "is a directory, not a file"
    if not stat.S_ISREG(status.st_mode):
        return "is a pipe or device, not a regular file"
    return _too_big(largest_bytes) if status.st_size > largest_bytes else ""


def _too_big(largest_bytes: int) -> str:
    return f"is larger than {largest_bytes // 1_000_000} MB"


def _fault(path: Path | str, rule: str, hint: str = "") -> InputError:
    return InputError((Fault(str(path), rule, hint=hint),))


def _nearest_files(path: Path) -> str:
    """Files of the folder with names like the one asked for; the folder itself when it is gone."""
    folder = path.parent
    if not folder.is_dir():
        return f"there is no folder {folder} either"
    if len(path.name) > LONGEST_HINTED_NAME or not os.access(folder, os.R_OK):
        return ""
    names = sorted(each.name for each in folder.iterdir() if each.is_file())
    near = get_close_matches(path.name, names)
    return f"did you mean {' or '.join(str(folder / name) for name in near)}?" if near else ""
