"""Bytes from a web service: bounded, checked, kept in the user's cache only where that is allowed.

The only module that opens a connection, and only when a caller asks for it. An answer is taken whole or not at all:
nothing that was cut short, too large, redirected to another host or unreadable reaches the cache. Addresses and
messages never hold the user's key: it is put on the request itself and nowhere else.

References
----------
pooch (Uieda et al., 2020, Journal of Open Source Software 5(45), 1943) keeps the cache: a file is written beside its
place, compared with its checksum and moved there in one step.
"""

from __future__ import annotations

import http.client
import json
import logging
import os
import re
import shutil
import ssl
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlencode, urljoin, urlsplit

from urbangeo.archive.files import sha256_of, write_atomic
from urbangeo.errors import DataIntegrityError, DownloadError, InputError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MAX_BYTES = 64 * 1024 * 1024
"""Largest answer that is read. The outlines of all of China in the data package are 3.5 MB; no county comes near."""

_CHUNK = 64 * 1024
_RECORD = "fetched.json"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PACKAGED = "The packaged outlines need no network: read_counties()."

_LEAST_IN_WAIT = 4096
"""A transfer that brings fewer bytes than this in the longest wait has stopped for all purposes."""

_PAUSE_S = 1.0
"""Pause before the second try of a file; each later one is twice as long."""

_LAST_PAUSE_S = 30.0
_FIRST_BYTES = 64
_MD5 = re.compile(r"[0-9a-f]{32}")
_SMALL_BYTES = 4096
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")

_STATUS = {
    400: "the service does not understand the request; its interface may have changed",
    401: "the key is not accepted; check it and what it was issued for",
    403: (
        "access is refused. The key may be wrong, used up, or issued for another kind of client; some services answer "
        "so to every program that is no browser. Check the key with the service, or download the file by hand"
    ),
    404: "the service does not know this unit or address; check the code, or whether the interface has moved",
    418: (
        "the service turns away this caller; this is reported for addresses outside China. "
        "Try from a network in China, or download the file by hand"
    ),
    429: "too many requests; wait, and call again later",
}


@dataclass(frozen=True)
class Answer:
    """One answer of a service, already read and found good.

    Attributes
    ----------
    content : object
        What the caller's reader made of the bytes.
    sha256 : str
        Checksum of the bytes as they were sent.
    fetched_at : str
        When they were sent: ISO 8601, UTC.
    """

    content: Any
    sha256: str
    fetched_at: str


@dataclass(frozen=True)
class Service:
    """A web service, and how it is asked.

    Attributes
    ----------
    title : str
        What messages call it.
    base_url : str
        Scheme, host and path before what is asked for.
    secret : mapping of str to str
        Query parameters that must appear nowhere else.
    cache : pathlib.Path or None
        Folder of kept answers; None keeps nothing.
    timeout_s : float
        Longest wait for a sign of life, and for a whole answer.
    max_bytes : int
        Largest answer that is read.
    refresh : bool
        Whether kept answers are asked for again.
    checksums : mapping of str to str
        SHA-256 that answers must have, by name.
    """

    title: str
    base_url: str
    secret: Mapping[str, str] = field(default_factory=dict, repr=False)
    cache: Path | None = None
    timeout_s: float = 30.0
    max_bytes: int = MAX_BYTES
    refresh: bool = False
    checksums: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a service that could not be asked safely.

        Raises
        ------
        InputError
            If the address, a limit or a checksum is none.
        """
        faults = [*_address_faults(self.base_url), *_checksum_faults(self.checksums)]
        if not 0 < self.timeout_s < float("inf"):
            faults.append(f"timeout_s is {self.timeout_s!r}, expected seconds above 0")
        if self.max_bytes < 1:
            faults.append(f"max_bytes is {self.max_bytes!r}, expected at least 1")
        if faults:
            msg = f"{self.title} cannot be asked: " + "; ".join(faults) + "."
            raise InputError(msg)

    @property
    def host(self) -> str:
        """Host and port, as a folder may be called."""
        return urlsplit(self.base_url).netloc.replace(":", "_")

    def get(self, name: str, path: str, query: Mapping[str, str], reader: Callable[[bytes], Any]) -> Answer:
        """Return one answer, from the cache if it is kept there and as it was recorded.

        Parameters
        ----------
        name : str
            Name of the answer, and of its file in the cache.
        path : str
            Path behind the base address.
        query : mapping of str to str
            What is asked; no secrets.
        reader : callable
            Makes something of the bytes, and raises one of our errors if they are not what was asked for. Nothing it
            refuses is kept.

        Returns
        -------
        Answer
            What the reader made, with checksum and time.

        Raises
        ------
        DownloadError
            If the service cannot be reached, refuses, redirects elsewhere, is too slow, or cuts the answer short.
        DataIntegrityError
            If the answer has another checksum than it must have, or the reader refuses it.
        OutputError
            If the cache cannot be written.
        """
        url = urljoin(self.base_url.rstrip("/") + "/", path.lstrip("/"))
        if query:
            url += "?" + urlencode(query)
        if self.cache is None:
            return self._straight(name, url, reader)
        try:
            return self._kept(self.cache / self.host, name, url, reader)
        except (DownloadError, DataIntegrityError, OutputError):
            raise
        except ValueError:
            # pooch's own message names two checksums and no remedy.
            self._other_than_recorded(name)
        except OSError as error:
            msg = (
                f"The download cache {self.cache} cannot be used: {error.strerror or error}. "
                "Give another folder as cache, or free some space."
            )
            raise OutputError(msg) from error

    def _straight(self, name: str, url: str, reader: Callable[[bytes], Any]) -> Answer:
        import hashlib

        body = self._download(url)
        found, expected = hashlib.sha256(body).hexdigest(), self._expected(name)
        if expected not in {None, found}:
            self._other_than_recorded(name)
        return Answer(reader(body), found, _now())

    def _kept(self, folder: Path, name: str, url: str, reader: Callable[[bytes], Any]) -> Answer:
        import pooch

        record = _read_record(folder).get(name, {})
        expected = self._expected(name)
        usable = (folder / name).is_file() and record and not self.refresh and expected in {None, record["sha256"]}

        def download(address: str, output_file: str, _: object) -> None:
            body = self._download(address)
            reader(body)
            Path(output_file).write_bytes(body)

        def retrieve(as_name: str, known_hash: str | None) -> Path:
            return Path(pooch.retrieve(url, known_hash, fname=as_name, path=folder, downloader=download))

        with _quiet_pooch():
            if usable:
                # A kept file that was altered since is fetched anew, and must then be what it was.
                kept = retrieve(name, record["sha256"])
            else:
                # Beside the kept one, so that a failure leaves that as it was.
                draft_name = f".new-{os.getpid()}-{name}"
                (folder / draft_name).unlink(missing_ok=True)
                draft = retrieve(draft_name, expected)
                kept, record = folder / name, {"sha256": sha256_of(draft), "fetched_at": _now()}
                draft.replace(kept)
                write_atomic(folder / _RECORD, _record_text(_read_record(folder) | {name: record}))
        return Answer(reader(kept.read_bytes()), record["sha256"], record["fetched_at"])

    def _expected(self, name: str) -> str | None:
        return self.checksums.get(name)

    def _other_than_recorded(self, name: str) -> NoReturn:
        msg = (
            f"{self.title} now sends something else for {name} than the checksum on record says; nothing was taken. "
            "If a newer state of the data is wanted, leave out checksums and call with refresh=True (--refresh)."
        )
        raise DataIntegrityError(msg)

    def _download(self, url: str) -> bytes:
        """Read one address, within the limits, following no redirect to another host."""
        secret = urlencode(self.secret)
        full = url + ("&" if "?" in url else "?") * bool(secret) + secret
        headers = {"User-Agent": "urbangeo", "Accept": "application/json", "Accept-Encoding": "identity"}
        # Only http and https come here: the base address was checked, and redirects stay on it.
        request = urllib.request.Request(full, headers=headers)  # noqa: S310
        deadline = time.monotonic() + self.timeout_s
        try:
            with urllib.request.build_opener(_SameHost(self.title)).open(request, timeout=self.timeout_s) as response:
                return self._body(response, deadline)
        except DownloadError:
            raise
        except urllib.error.HTTPError as error:
            code = error.code
            error.close()
            words = _STATUS.get(code, "the service is out of order; call again later" if code >= 500 else "unexpected")
            self._failed(f"it answered with HTTP status {code}: {words}")
        except (OSError, http.client.HTTPException) as error:
            # Without a cause: errors of the library may carry the address, and with it the key.
            self._failed(_reason(error, self.timeout_s))

    def _body(self, response: http.client.HTTPResponse, deadline: float) -> bytes:
        declared = response.headers.get("Content-Length", "")
        promised = int(declared) if declared.isdecimal() else None
        parts, size = [], 0
        while True:
            if size > self.max_bytes or (promised or 0) > self.max_bytes:
                self._failed(f"the answer is larger than {self.max_bytes:,} bytes; that is no county outline")
            if time.monotonic() > deadline:
                self._failed(_slow(self.timeout_s))
            part = response.read1(_CHUNK)
            if not part:
                break
            parts.append(part)
            size += len(part)
        if promised is not None and size != promised:
            self._failed(f"the answer was cut short: {size:,} of {promised:,} bytes arrived; call again")
        return b"".join(parts)

    def _failed(self, why: str) -> NoReturn:
        msg = f"{self.title} ({urlsplit(self.base_url).netloc}) could not be used: {why}. {_PACKAGED}"
        # Raised without what it came from: the address in there holds the key.
        raise DownloadError(msg) from None


@dataclass(frozen=True)
class SavedFile:
    """A file as it lies on disk, and how it came there.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    md5, sha256 : str
        Checksums of its bytes.
    fetched_at : str
        When it was fetched or found unchanged: ISO 8601, UTC.
    last_modified : str
        What the server said of its age, empty if nothing.
    fetched_bytes : int
        Bytes that were sent in this call; 0 if the file was there already, less than its size if a broken transfer was
        taken up.
    """

    path: Path
    md5: str
    sha256: str
    fetched_at: str
    last_modified: str
    fetched_bytes: int


@dataclass(frozen=True)
class FileServer:
    """A server of large files, from which one is fetched in as many pieces as the network makes of it.

    Attributes
    ----------
    title : str
        What messages call it.
    base_url : str
        Scheme, host and path before the path of a file.
    advice : str
        What to do if the server cannot be used.
    timeout_s : float
        Longest wait for a sign of life.
    max_bytes : int
        Largest file that is fetched.
    attempts : int
        How often a transfer that broke off is taken up.
    """

    title: str
    base_url: str
    advice: str = ""
    timeout_s: float = 60.0
    max_bytes: int = 4_000_000_000
    attempts: int = 5

    def __post_init__(self) -> None:
        """Refuse a server that could not be asked safely.

        Raises
        ------
        InputError
            If the address or a limit is none.
        """
        faults = _address_faults(self.base_url)
        if not 0 < self.timeout_s < float("inf"):
            faults.append(f"timeout_s is {self.timeout_s!r}, expected seconds above 0")
        faults += [
            f"{name} is {getattr(self, name)!r}, expected at least 1"
            for name in ("max_bytes", "attempts")
            if getattr(self, name) < 1
        ]
        if faults:
            msg = f"{self.title} cannot be asked: " + "; ".join(faults) + "."
            raise InputError(msg)

    def md5_of(self, path: str) -> str | None:
        """Ask for the checksum that lies beside a file.

        Parameters
        ----------
        path : str
            Path of the file behind the base address; ``.md5`` is added.

        Returns
        -------
        str or None
            32 digits, None if the server has no such file.

        Raises
        ------
        DownloadError
            If the server cannot be reached, refuses, or redirects elsewhere.
        DataIntegrityError
            If what lies there is no checksum.
        """
        try:
            with self.open(path + ".md5", {}) as response:
                body = response.read(_SMALL_BYTES)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 404:
                return None
            self.fail(_status_words(error.code))
        except DownloadError:
            raise
        except (OSError, http.client.HTTPException) as error:
            self.fail(_reason(error, self.timeout_s))
        words = body.decode("ascii", "replace").casefold().split()
        if not words or not _MD5.fullmatch(words[0]):
            what = "a web page" if body.lstrip()[:1] == b"<" else "something else"
            msg = (
                f"{self.title} sent {what} in place of the checksum {path}.md5; nothing was fetched. Is a login page "
                "of the network in between? Open any page in a browser, then call again."
            )
            raise DataIntegrityError(msg)
        return words[0]

    def save(
        self,
        path: str,
        target: Path,
        *,
        md5: str | None,
        check: Callable[[bytes], None],
        progress: Callable[[int, int], None] | None = None,
    ) -> SavedFile:
        """Fetch a file into its place, whole and verified, or leave the place as it was.

        What has arrived when a transfer breaks off is kept beside the target and taken up by the next try, in this call
        or a later one, if the server still has the same file.

        Parameters
        ----------
        path : str
            Path of the file behind the base address.
        target : pathlib.Path
            Where it shall lie; a file there that has the checksum already is not fetched again.
        md5 : str or None
            Checksum it must have; None if none is known.
        check : callable
            Takes the first 64 bytes and raises one of our errors if the file is not what was asked for.
        progress : callable, optional
            Called with bytes that are there and bytes in all (0 if not known).

        Returns
        -------
        SavedFile
            The file, with checksums.

        Raises
        ------
        DownloadError
            If the server cannot be reached, refuses, redirects elsewhere, is too slow, or breaks off time and again.
        DataIntegrityError
            If the file has another checksum, or is something else.
        OutputError
            If it cannot be written.
        """
        import pooch

        transfer = _Transfer(self, path, target, md5, check, progress)
        # Without a checksum pooch would take any file of that name for the right one.
        name = target.name if md5 is not None else f".new-{os.getpid()}-{target.name}"
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with _quiet_pooch():
                known = None if md5 is None else f"md5:{md5}"
                place = Path(
                    pooch.retrieve(transfer.url, known, fname=name, path=target.parent, downloader=transfer.into)
                )
            if place.name != target.name:
                place.replace(target)
            return SavedFile(
                path=target,
                md5=md5 or pooch.file_hash(str(target), alg="md5"),
                sha256=sha256_of(target),
                fetched_at=_now(),
                last_modified=transfer.last_modified,
                fetched_bytes=transfer.sent,
            )
        except (DownloadError, OutputError, DataIntegrityError):
            raise
        except ValueError:
            # pooch's own message names two checksums and no remedy.
            msg = (
                f"{self.title} sent a file whose checksum is not {md5}; nothing was kept. If the server has just "
                "changed it, call again; if it stays so, the file there is damaged."
            )
            raise DataIntegrityError(msg) from None
        except OSError as error:
            msg = (
                f"The folder {target.parent} cannot be used: {error.strerror or error}. What was there is as it was. "
                "Give another folder, or free some space."
            )
            raise OutputError(msg) from error

    def open(self, path: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        """Ask for a file, and return what the server answers before any of it is read.

        Parameters
        ----------
        path : str
            Path of the file behind the base address.
        headers : mapping of str to str
            What else to say.

        Returns
        -------
        http.client.HTTPResponse
            To be closed by the caller.
        """
        url = urljoin(self.base_url.rstrip("/") + "/", path.lstrip("/"))
        plain = {"User-Agent": "urbangeo", "Accept-Encoding": "identity", **headers}
        # Only http and https come here: the base address was checked, and redirects stay on it.
        request = urllib.request.Request(url, headers=plain)  # noqa: S310
        opener = urllib.request.build_opener(_SameHost(self.title, self.advice))
        response: http.client.HTTPResponse = opener.open(request, timeout=self.timeout_s)
        return response

    def fail(self, why: str) -> NoReturn:
        """Say why the server cannot be used, and what to do.

        Parameters
        ----------
        why : str
            The reason, without a full stop.

        Raises
        ------
        DownloadError
            Always.
        """
        msg = f"{self.title} ({urlsplit(self.base_url).netloc}) could not be used: {why}. {self.advice}".strip()
        raise DownloadError(msg) from None


class _Broken(Exception):  # noqa: N818
    """A transfer broke off in a way that another try may mend."""


class _Transfer:
    """One file on its way: what has arrived lies beside the target until all has."""

    def __init__(  # noqa: PLR0917
        self,
        server: FileServer,
        path: str,
        target: Path,
        md5: str | None,
        check: Callable[[bytes], None],
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self.server, self.path, self.md5, self.check = server, path, md5, check
        self.url = urljoin(server.base_url.rstrip("/") + "/", path.lstrip("/"))
        self.part = target.with_name(f".{target.name}.part")
        self.note = target.with_name(f".{target.name}.part.json")
        self.progress = progress or (lambda _done, _total: None)
        self.sent = 0
        self.last_modified = ""
        self.worthless = False

    def into(self, _url: str, output_file: str, _pooch: object) -> None:
        """Fetch all of it, and put it where pooch wants to verify it."""
        pause = _PAUSE_S
        for attempt in range(1, self.server.attempts + 1):
            try:
                self._once()
                break
            except _Broken as error:
                if attempt == self.server.attempts:
                    kept = self.part.stat().st_size if self.part.exists() else 0
                    rest = f"; {kept:,} bytes are kept, and the next call goes on from there" if kept else ""
                    self.server.fail(f"{error}, {attempt} times{rest}")
            time.sleep(pause)
            pause = min(2 * pause, _LAST_PAUSE_S)
        self.part.replace(output_file)
        self.note.unlink(missing_ok=True)

    def _once(self) -> None:
        """Take the file up where it broke off, or begin anew; return only if all has arrived."""
        have, validator = self._kept()
        headers = {"Range": f"bytes={have}-"} if have else {}
        if have and validator:
            # A server that has another file by now answers with all of that.
            headers["If-Range"] = validator
        try:
            response = self.server.open(self.path, headers)
        except urllib.error.HTTPError as error:
            code = error.code
            error.close()
            if code == 416:
                self._drop()
                msg = "the server no longer has the part that was asked for"
                raise _Broken(msg) from None
            if code >= 500:
                raise _Broken(_status_words(code)) from None
            self.server.fail(_status_words(code))
        except DownloadError:
            raise
        except (OSError, http.client.HTTPException) as error:
            self._interrupted(error)
        try:
            with response:
                self._receive(response, have)
        finally:
            if self.worthless:
                self._drop()

    def _interrupted(self, error: OSError | http.client.HTTPException) -> NoReturn:
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(cause, ssl.SSLError):
            # Another try meets the same certificate.
            self.server.fail(_reason(error, self.server.timeout_s))
        raise _Broken(_reason(error, self.server.timeout_s)) from None

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        try:
            return response.read1(_CHUNK)
        except (OSError, http.client.HTTPException) as error:
            self._interrupted(error)

    def _kept(self) -> tuple[int, str]:
        """Say how much of this very file is there, and how the server tells it from another."""
        try:
            note = json.loads(self.note.read_text(encoding="utf-8"))
            have = self.part.stat().st_size
        except (OSError, ValueError, RecursionError):
            note, have = {}, 0
        same = isinstance(note, dict) and note.get("url") == self.url and note.get("md5") == self.md5
        validator = str(note.get("validator") or "") if same else ""
        # Without anything to tell two states of a file apart the halves of two could be joined.
        if not same or not (validator or self.md5):
            self._drop()
            return 0, ""
        return have, validator

    def _drop(self) -> None:
        self.part.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    def _receive(self, response: http.client.HTTPResponse, have: int) -> None:
        total, have = self._agreed(response, have)
        self.last_modified = response.headers.get("Last-Modified", "")
        tag = response.headers.get("ETag", "")
        validator = tag if tag and not tag.startswith("W/") else self.last_modified
        note = {"url": self.url, "md5": self.md5, "validator": validator}
        if not have:
            self._drop()
        write_atomic(self.note, json.dumps(note, indent=1) + "\n")
        first = b"" if not have else None
        with self.part.open("ab") as stream:
            began, brought = time.monotonic(), 0
            self.progress(have, total)
            while part := self._read(response):
                if first is not None:
                    # Looked at before it is kept: a page of a hotel's network must not grow into a file.
                    first += part
                    if len(first) < _FIRST_BYTES:
                        continue
                    self._look(first)
                    part, first = first, None
                stream.write(part)
                have += len(part)
                self.sent += len(part)
                brought += len(part)
                if have > self.server.max_bytes:
                    self._too_large(have)
                self.progress(have, total)
                if time.monotonic() - began > self.server.timeout_s:
                    if brought < _LEAST_IN_WAIT:
                        msg = f"it sent only {brought:,} bytes in {self.server.timeout_s:g} s"
                        raise _Broken(msg)
                    began, brought = time.monotonic(), 0
            if first is not None:
                self._look(first)
                stream.write(first)
                have += len(first)
                self.sent += len(first)
        if total and have < total:
            msg = f"the file was cut short: {have:,} of {total:,} bytes arrived"
            raise _Broken(msg)

    def _look(self, first: bytes) -> None:
        self.worthless = True
        self.check(first[:_FIRST_BYTES])
        self.worthless = False

    def _agreed(self, response: http.client.HTTPResponse, have: int) -> tuple[int, int]:
        """Return the size of the whole file (0 if not known) and how much of it goes before this answer."""
        encoding = response.headers.get("Content-Encoding", "identity").casefold()
        if encoding not in {"", "identity"}:
            self.server.fail(f"it sent the file packed as {encoding[:20]}, which was not asked for")
        declared = response.headers.get("Content-Length", "")
        size = int(declared) if declared.isdecimal() else 0
        if response.status == 206:
            found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if found is None or int(found[1]) != have:
                self._drop()
                msg = "the server sent another part of the file than was asked for"
                raise _Broken(msg)
            total = int(found[3])
        else:
            have, total = 0, size
        if total > self.server.max_bytes:
            self._too_large(total)
        free = shutil.disk_usage(self.part.parent).free
        if total - have > free:
            msg = (
                f"The file needs {(total - have) / 1e6:,.0f} MB and {self.part.parent} has {free / 1e6:,.0f} MB free. "
                "Free some space, or give another folder."
            )
            raise OutputError(msg)
        return total, have

    def _too_large(self, size: int) -> NoReturn:
        self.worthless = True
        self.server.fail(
            f"the file has {size / 1e6:,.0f} MB or more, and more than {self.server.max_bytes / 1e6:,.0f} MB is not "
            "fetched"
        )


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follow a redirect only to the very host that was asked: another would be shown the user's key."""

    max_redirections = 3

    def __init__(self, title: str, advice: str = _PACKAGED) -> None:
        self.title = title
        self.advice = advice

    def redirect_request(  # noqa: PLR0917
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        asked, new = urlsplit(req.full_url), urlsplit(newurl)
        if (asked.scheme, asked.netloc) != (new.scheme, new.netloc):
            fp.close()
            words = (
                f"{self.title} ({asked.netloc}) sent the request on to another host ({new.scheme}://{new.hostname}), "
                "which was not followed: the key and the data are a matter between you and the service. Often the "
                f"network wants a login first: open any page in a browser. {self.advice}"
            )
            raise DownloadError(words)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def read_json(body: bytes, title: str) -> Any:
    """Read JSON sent by a service.

    Parameters
    ----------
    body : bytes
        The answer.
    title : str
        What messages call the service.

    Returns
    -------
    object
        The parsed document.

    Raises
    ------
    DataIntegrityError
        If it is not JSON.
    """
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        page = body.lstrip()[:1] == b"<"
        what = "a web page (is a login page of the network in between?)" if page else "something that is not JSON"
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:120]
        msg = f"{title} sent {what} in place of data: {reason}. Nothing was kept; call again later."
        raise DataIntegrityError(msg) from None


def default_cache() -> Path:
    """Return the folder where this computer keeps what urbangeo downloaded.

    Returns
    -------
    pathlib.Path
        The user's own cache folder, as the operating system has it.
    """
    import pooch

    return Path(pooch.os_cache("urbangeo"))


def _status_words(code: int) -> str:
    words = {
        403: "access is refused",
        404: "it has no file of this name",
        429: "too many requests; wait, and call again later",
    }.get(code, "the server is out of order; call again later" if code >= 500 else "unexpected")
    return f"it answered with HTTP status {code}: {words}"


def _no_constant(word: str) -> NoReturn:
    msg = f"{word} is no JSON number"
    raise ValueError(msg)


def _address_faults(base_url: str) -> list[str]:
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return [f"base_url {base_url!r} is no address ({error})"]
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if not host or not secure:
        return [f"base_url {base_url!r} must begin with https:// (http:// only on this very computer)"]
    if parts.username or parts.password or parts.query or parts.fragment:
        return ["base_url may hold no user name, question mark or fragment"]
    return []


def _checksum_faults(checksums: Mapping[str, str]) -> list[str]:
    wrong = [name for name, digest in checksums.items() if not _SHA256.fullmatch(str(digest))]
    return [f"the checksum of {name} is no SHA-256 of 64 digits in lower case" for name in wrong[:3]]


def _read_record(folder: Path) -> dict[str, dict[str, str]]:
    """Read what is on record for a folder; entries that cannot be read count as none and are fetched again."""
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    if not isinstance(record, dict):
        return {}
    return {
        str(name): {"sha256": entry["sha256"], "fetched_at": entry["fetched_at"]}
        for name, entry in record.items()
        if isinstance(entry, dict)
        and isinstance(entry.get("fetched_at"), str)
        and _SHA256.fullmatch(str(entry.get("sha256")))
    }


def _record_text(record: dict[str, dict[str, str]]) -> str:
    return json.dumps(record, indent=1, sort_keys=True) + "\n"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _slow(timeout_s: float) -> str:
    return f"no complete answer within {timeout_s:g} s; call again later, or allow more with timeout_s"


def _reason(error: OSError | http.client.HTTPException, timeout_s: float) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return _slow(timeout_s)
    if isinstance(cause, ssl.SSLError):
        return "its certificate could not be verified; a proxy of the network may stand in between"
    if isinstance(cause, http.client.IncompleteRead):
        return "the answer was cut short; call again"
    if isinstance(cause, http.client.HTTPException):
        return "it does not speak HTTP as expected; a proxy of the network may stand in between"
    words = (cause.strerror if isinstance(cause, OSError) else None) or "no connection"
    return f"no connection ({words}); check the network, or the proxy settings of the system"


@contextmanager
def _quiet_pooch() -> Iterator[None]:
    """Keep pooch from announcing every file on standard error; the command line tells in its own words."""
    import pooch

    logger = pooch.get_logger()
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)
