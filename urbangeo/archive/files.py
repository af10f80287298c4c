"""Writing files so that nothing is ever half there: atomic files and an all-or-nothing folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from urbangeo.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text.

    Parameters
    ----------
    path : pathlib.Path
        An existing file.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _cannot_write(path: Path, error: OSError) -> str:
    reason = error.strerror or str(error)
    return (
        f"Cannot write {path}: {reason}. Nothing there was changed. "
        "Choose a folder you may write to, or free some space."
    )


@contextmanager
def atomic_path(path: Path | str) -> Iterator[Path]:
    """Give a temporary path beside the target and move it into place only if the block succeeds.

    Parameters
    ----------
    path : path-like
        The file to be written; its folder is made when missing.

    Yields
    ------
    pathlib.Path
        A file name in the same folder with the same ending, to be written by the block.

    Raises
    ------
    OutputError
        If the folder or file cannot be written. What was at ``path`` stays as it was.
    """
    target = Path(path)
    try:
        if target.is_dir():
            msg = f"Cannot write {target}: it is a folder; give a file name."
            raise OutputError(msg)
        target.parent.mkdir(parents=True, exist_ok=True)
        room = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(_cannot_write(target, error)) from error
    try:
        draft = room / target.name
        yield draft
        draft.replace(target)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(_cannot_write(target, error)) from error
    finally:
        shutil.rmtree(room, ignore_errors=True)


def write_atomic(path: Path | str, data: bytes | str) -> Path:
    """Write a whole file or nothing.

    Parameters
    ----------
    path : path-like
        The file to be written; its folder is made when missing.
    data : bytes or str
        The content; text is written as UTF-8 without changing line ends.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    content = data.encode() if isinstance(data, str) else data
    with atomic_path(path) as draft:
        draft.write_bytes(content)
    return Path(path)


@contextmanager
def replacing_folder(folder: Path | str) -> Iterator[Path]:
    """Collect a set of files in a draft folder and move them into place together.

    Files of the same names in ``folder`` are replaced; other files there are left alone. If the block or any move
    fails, everything in ``folder`` is as it was.

    Parameters
    ----------
    folder : path-like
        Where the files shall stand.

    Yields
    ------
    pathlib.Path
        An empty draft folder on the same disk.

    Raises
    ------
    OutputError
        If the folder cannot be made or written to.
    """
    target = Path(folder)
    # Where the folder does not exist yet it is undone on failure, so that a failed run leaves no trace.
    is_new = not target.exists()
    try:
        if target.exists() and not target.is_dir():
            msg = f"Cannot write into {target}: it is a file, not a folder. Choose another --out."
            raise OutputError(msg)
        target.mkdir(parents=True, exist_ok=True)
        room = Path(tempfile.mkdtemp(prefix=".draft.", dir=target))
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(_cannot_write(target, error)) from error
    try:
        draft, kept = room / "new", room / "old"
        draft.mkdir()
        kept.mkdir()
        yield draft
        _swap(draft, kept, target)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(_cannot_write(target, error)) from error
    finally:
        shutil.rmtree(room, ignore_errors=True)
        if is_new and target.exists() and not any(target.iterdir()):
            target.rmdir()


def _swap(draft: Path, kept: Path, target: Path) -> None:
    """Move every draft file to its place; on any failure put back what stood there."""
    moved: list[str] = []
    try:
        for source in sorted(draft.iterdir()):
            place = target / source.name
            if place.exists():
                _keep(place, kept / source.name)
            moved.append(source.name)
            source.replace(place)
    except BaseException:  # Ctrl-C between two moves must not leave old and new files mixed
        _put_back(moved, kept, target)
        raise


def _put_back(moved: list[str], kept: Path, target: Path) -> None:
    """Restore the old files; where the disk refuses that too, keep them aside and say where."""
    try:
        for name in moved:
            if (kept / name).exists():
                (kept / name).replace(target / name)
            else:
                (target / name).unlink(missing_ok=True)
    except OSError as error:
        rescue = Path(tempfile.mkdtemp(prefix="rescued-", dir=target))
        shutil.copytree(kept, rescue, dirs_exist_ok=True)
        msg = f"Writing into {target} failed half-way and the old files could not be put back; they are in {rescue}."
        raise OutputError(msg) from error


def _keep(place: Path, copy: Path) -> None:
    """Give a file a second name, or copy it where the disk knows no hard links (USB sticks, network shares)."""
    try:
        os.link(place, copy)
    except (AttributeError, OSError):
        shutil.copy2(place, copy)
