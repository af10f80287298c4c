"""Writing: a file is whole or was not touched, and a folder is replaced altogether or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from urbangeo.archive.files import atomic_path, replacing_folder, sha256_of, write_atomic
from urbangeo.errors import OutputError, UrbangeoError


def content_of(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder, hidden files too: content of files, None for folders."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


class FailingReplace:
    """Stands in for `Path.replace`: the call of a given number fails, the others work."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fails_at: int, error: BaseException) -> None:
        self.calls = 0
        real = Path.replace

        def replace(path: Path, target: Path) -> Path:
            self.calls += 1
            if self.calls == fails_at:
                raise error
            return real(path, target)

        monkeypatch.setattr(Path, "replace", replace)


def disk_full() -> OSError:
    return OSError(errno.ENOSPC, "No space left on device")


def test_checksum_of_a_known_text(tmp_path: Path) -> None:
    """The test vector "abc" of FIPS 180-2."""
    file = tmp_path / "abc"
    file.write_bytes(b"abc")
    assert sha256_of(file) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(st.binary(max_size=200), st.text(st.characters(codec="utf-8"), max_size=200)))
def test_what_was_written_is_read(tmp_path: Path, data: bytes | str) -> None:
    path = write_atomic(tmp_path / "file", data)
    assert path.read_bytes() == (data.encode() if isinstance(data, str) else data)
    assert list(tmp_path.iterdir()) == [path]
    assert sha256_of(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_missing_folders_are_made_and_names_given_as_text(tmp_path: Path) -> None:
    path = write_atomic(f"{tmp_path}/deep/er/表.csv", "行\r\n")
    assert path == tmp_path / "deep/er/表.csv"
    assert path.read_bytes() == "行\r\n".encode()
    assert list(path.parent.iterdir()) == [path]


def test_the_draft_has_the_same_name_and_lies_on_the_same_disk(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "map.gpkg") as draft:
        assert draft.name == "map.gpkg"
        assert draft.parent.parent == tmp_path
        assert not (tmp_path / "map.gpkg").exists()
        draft.write_bytes(b"new")
    assert content_of(tmp_path) == {"map.gpkg": b"new"}


@pytest.mark.parametrize("error", [RuntimeError("mistake"), KeyboardInterrupt(), disk_full()])
def test_failure_in_the_block_leaves_the_old_file(tmp_path: Path, error: BaseException) -> None:
    target = tmp_path / "list.csv"
    target.write_bytes(b"old")

    def write() -> None:
        with atomic_path(target) as draft:
            draft.write_bytes(b"half of the n")
            raise error

    with pytest.raises((RuntimeError, KeyboardInterrupt, OutputError)) as caught:
        write()
    assert content_of(tmp_path) == {"list.csv": b"old"}
    if isinstance(error, OSError):
        assert isinstance(caught.value, OutputError)
        assert "list.csv: No space left on device. Nothing there was changed" in str(caught.value)
    else:
        assert caught.value is error


def test_failure_of_the_last_move_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "list.csv").write_bytes(b"old")
    FailingReplace(monkeypatch, 1, PermissionError(errno.EACCES, "Permission denied"))
    with pytest.raises(OutputError, match="Permission denied"):
        write_atomic(tmp_path / "list.csv", "new")
    assert content_of(tmp_path) == {"list.csv": b"old"}


def test_a_target_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(OutputError, match="it is a folder; give a file name"):
        write_atomic(tmp_path / "out", "new")
    assert content_of(tmp_path) == {"out": None}


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"a file")
    for write in (write_atomic, lambda path, _: replacing_folder(path).__enter__()):
        with pytest.raises(OutputError) as caught:
            write(tmp_path / "out" / "deeper", "new")
        assert isinstance(caught.value, UrbangeoError)
        assert isinstance(caught.value, OSError)
        assert str(tmp_path / "out" / "deeper") in str(caught.value)
        assert "Choose a folder you may write to" in str(caught.value)
    assert content_of(tmp_path) == {"out": b"a file"}


def test_a_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may write anywhere, so the refusal of the system is played."""

    def refuse(*_: Any, **__: Any) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    (tmp_path / "old.csv").write_bytes(b"old")
    with pytest.raises(OutputError, match="Permission denied"):
        write_atomic(tmp_path / "old.csv", "new")
    with pytest.raises(OutputError, match="Permission denied"):
        replacing_folder(tmp_path).__enter__()
    assert content_of(tmp_path) == {"old.csv": b"old"}


def test_a_folder_name_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "atlas").write_bytes(b"a file")
    with pytest.raises(OutputError, match="it is a file, not a folder"):
        replacing_folder(tmp_path / "atlas").__enter__()
    assert content_of(tmp_path) == {"atlas": b"a file"}


def test_files_move_in_together_and_strangers_stay(tmp_path: Path) -> None:
    folder = tmp_path / "atlas"
    folder.mkdir()
    (folder / "notes.txt").write_bytes(b"mine")
    (folder / "atlas.html").write_bytes(b"old")
    (folder / "sub").mkdir()
    (folder / "sub" / "own.txt").write_bytes(b"mine too")
    with replacing_folder(folder) as draft:
        assert list(draft.iterdir()) == []
        (draft / "atlas.html").write_bytes(b"new")
        (draft / "manifest.json").write_bytes(b"{}")
        assert (folder / "atlas.html").read_bytes() == b"old"
        assert not (folder / "manifest.json").exists()
    assert content_of(folder) == {
        "atlas.html": b"new",
        "manifest.json": b"{}",
        "notes.txt": b"mine",
        "sub": None,
        "sub/own.txt": b"mine too",
    }


def fill(folder: Path, names: str = "abcd") -> None:
    with replacing_folder(folder) as draft:
        for name in names:
            (draft / name).write_bytes(b"new " + name.encode())


@pytest.mark.parametrize("fails_at", [1, 2, 3, 4])
@pytest.mark.parametrize("error", [disk_full(), KeyboardInterrupt()])
def test_failure_in_the_middle_of_the_swap_restores_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int, error: BaseException
) -> None:
    """a and c stand there already, b and d do not; the swap fails at each of them in turn."""
    folder = tmp_path / "atlas"
    folder.mkdir()
    for name in ("a", "c", "stranger"):
        (folder / name).write_bytes(b"old " + name.encode())
    before = content_of(folder)
    FailingReplace(monkeypatch, fails_at, error)
    with pytest.raises((OutputError, KeyboardInterrupt)):
        fill(folder)
    assert content_of(folder) == before


@pytest.mark.parametrize("hinders", ["a", "c"])
def test_a_folder_in_the_place_of_a_file_undoes_the_swap(tmp_path: Path, hinders: str) -> None:
    (tmp_path / hinders).mkdir()
    (tmp_path / hinders / "own.txt").write_bytes(b"mine")
    (tmp_path / "b").write_bytes(b"old b")
    before = content_of(tmp_path)
    with pytest.raises(OutputError, match="Nothing there was changed"):
        fill(tmp_path)
    assert content_of(tmp_path) == before


def test_disks_without_hard_links_do_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """USB sticks and some network shares know no hard links; a second run must work there, and fail safely."""

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    fill(tmp_path)
    (tmp_path / "a").write_bytes(b"first run")
    fill(tmp_path)
    assert content_of(tmp_path) == {name: b"new " + name.encode() for name in "abcd"}
    (tmp_path / "a").write_bytes(b"first run")
    before = content_of(tmp_path)
    FailingReplace(monkeypatch, 3, disk_full())
    with pytest.raises(OutputError, match="No space left"):
        fill(tmp_path)
    assert content_of(tmp_path) == before


@pytest.mark.parametrize("error", [RuntimeError("mistake"), KeyboardInterrupt(), disk_full()])
@pytest.mark.parametrize("exists", [True, False])
def test_failure_in_the_block_leaves_no_trace(*, tmp_path: Path, error: BaseException, exists: bool) -> None:
    folder = tmp_path / "atlas"
    if exists:
        folder.mkdir()
        (folder / "a").write_bytes(b"old")
    before = content_of(tmp_path)

    def run() -> None:
        with replacing_folder(folder) as draft:
            (draft / "a").write_bytes(b"new")
            raise error

    with pytest.raises((RuntimeError, KeyboardInterrupt, OutputError)):
        run()
    assert content_of(tmp_path) == before


def test_failure_of_the_swap_removes_the_folder_it_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FailingReplace(monkeypatch, 3, disk_full())
    with pytest.raises(OutputError):
        fill(tmp_path / "atlas")
    assert content_of(tmp_path) == {}


def test_an_error_of_ours_passes_through_the_block_unchanged(tmp_path: Path) -> None:
    ours = OutputError("Cannot write inner.gpkg: no reason.")

    def run() -> None:
        with replacing_folder(tmp_path / "atlas"), atomic_path(tmp_path / "x"):
            raise ours

    with pytest.raises(OutputError) as caught:
        run()
    assert caught.value is ours


def test_old_files_that_cannot_be_put_back_are_kept_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("old", encoding="utf-8")
    real = Path.replace

    def replace(path: Path, target: Path) -> Path:
        # The second file cannot be moved in, and the first cannot be moved back either.
        if path.name == "b.csv" or path.parent.name == "old":
            raise disk_full()
        return real(path, target)

    monkeypatch.setattr(Path, "replace", replace)

    def write_both() -> None:
        with replacing_folder(tmp_path) as draft:
            for name in ("a.csv", "b.csv"):
                (draft / name).write_text("new", encoding="utf-8")

    with pytest.raises(OutputError, match="rescued-") as caught:
        write_both()
    rescue = next(path for path in tmp_path.iterdir() if path.name.startswith("rescued-"))
    assert str(rescue) in str(caught.value)
    assert (rescue / "a.csv").read_text(encoding="utf-8") == "old"
