"""Road data of a province from a public mirror, on an explicit call only: an OpenStreetMap extract, whole and verified.

The mirror is laid out as Geofabrik's: ``asia/china/<province>-latest.osm.pbf`` with its MD5 beside it. A file without a
checksum is refused unless the caller wants it marked.

References
----------
OpenStreetMap contributors, Open Database License 1.0, opendatacommons.org/licenses/odbl/1-0. Names of the extracts:
table ``network/extract_names``.
"""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from urbangeo.archive.catalog import read_table
from urbangeo.archive.files import write_atomic
from urbangeo.errors import DataIntegrityError, InputError, UnknownNameError, listed
from urbangeo.language.adcode import short_name
from urbangeo.sources.downloads import FileServer, SavedFile

if TYPE_CHECKING:
    from collections.abc import Callable

BASE_URL = "https://download.geofabrik.de"
"""The public server asked unless told otherwise."""

MAX_BYTES = 4_000_000_000
"""Largest extract that is fetched; all of China has 1 to 2 GB."""

LICENCE = "Open Database License (ODbL) 1.0, https://opendatacommons.org/licenses/odbl/1-0/"
ATTRIBUTION = "© OpenStreetMap contributors, https://www.openstreetmap.org/copyright"
_ADVICE = "Roads can also be fetched by hand from any mirror and read with read_network(path)."
_MD5 = re.compile(r"[0-9a-f]{32}")
_HEADER = b"OSMHeader"


@dataclass(frozen=True)
class RoadExtract:
    """An extract on disk, and what is known of it.

    Attributes
    ----------
    path : pathlib.Path
        The ``.osm.pbf``.
    province : str
        Full name of the province.
    verified : bool
        Whether its checksum was compared with one that was published or given.
    fetched_bytes : int
        Bytes that were sent in this call; 0 if the file was there already.
    source : dict
        What is written beside the file too: address, checksums, times, licence, attribution.
    """

    path: Path
    province: str
    verified: bool
    fetched_bytes: int
    source: dict[str, Any] = field(default_factory=dict)


def fetch_roads(
    province: str,
    *,
    folder: Path | str = ".",
    base_url: str | None = None,
    md5: str | None = None,
    on_missing_md5: Literal["refuse", "mark"] = "refuse",
    timeout_s: float = 60.0,
    max_bytes: int = MAX_BYTES,
    attempts: int = 5,
    progress: Callable[[int, int], None] | None = None,
) -> RoadExtract:
    """Download the OpenStreetMap extract of a province; nothing is fetched unless this is called.

    A file in the folder that is still the one on the server is not fetched again. A transfer that broke off is taken up
    where it stopped, in this call or the next, unless the server has another file by then. The place of the file is
    never half written.

    Parameters
    ----------
    province : str
        Name (山东, 山东省), adcode (370000) or name of the extract (shandong).
    folder : path-like, default "."
        Where the file shall lie; made if missing. Beside it ``<name>.json`` and ``<name>.LICENCE.txt`` are written.
    base_url : str, optional
        Address of another mirror of the same layout, with https; http only on this very computer.
    md5 : str, optional
        Checksum the file must have, if known from elsewhere; the server's is then not asked for.
    on_missing_md5 : {"refuse", "mark"}, default "refuse"
        What to do if the server publishes no checksum: raise, or fetch the file and say that it is not verified.
    timeout_s : float, default 60.0
        Longest wait for a sign of life, in seconds.
    max_bytes : int, default 4000000000
        Largest file that is fetched.
    attempts : int, default 5
        How often a transfer that broke off is taken up before the call gives up.
    progress : callable, optional
        Called with the bytes that are there and the bytes in all (0 if the server does not say).

    Returns
    -------
    RoadExtract
        Path, checksums, times and terms.

    Raises
    ------
    InputError
        If an option is wrong.
    UnknownNameError
        If the province is not known.
    DownloadError
        If the server cannot be reached, refuses, has no such file or no checksum, redirects to another host, is too
        slow, or breaks off time and again.
    DataIntegrityError
        If what it sends has another checksum, or is no OpenStreetMap extract.
    OutputError
        If the folder cannot be written.
    """
    row = extract_of(province)
    faults = []
    if on_missing_md5 not in {"refuse", "mark"}:
        faults.append(f"on_missing_md5 is {on_missing_md5!r}; expected 'refuse' or 'mark'")
    if md5 is not None and not _MD5.fullmatch(str(md5).casefold()):
        faults.append(f"md5 {str(md5)[:40]!r} is none; expected 32 hexadecimal digits")
    if faults:
        msg = "; ".join(faults) + "."
        raise InputError(msg)
    server = FileServer(
        title="The mirror",
        base_url=base_url or BASE_URL,
        advice=_ADVICE,
        timeout_s=timeout_s,
        max_bytes=max_bytes,
        attempts=attempts,
    )
    name = f"{row['slug']}-latest.osm.pbf"
    path = f"asia/china/{name}"
    expected = md5.casefold() if md5 is not None else server.md5_of(path)
    if expected is None and on_missing_md5 == "refuse":
        server.fail(
            f"it has no checksum {path}.md5, so nothing could be verified. Check the address; if this mirror publishes "
            "none, give md5=..., or call with on_missing_md5='mark' (--on-missing-md5 mark)"
        )
    target = Path(folder) / name
    saved = server.save(path, target, md5=expected, check=_require_pbf, progress=progress)
    source = _described(row, saved, server.base_url.rstrip("/") + "/" + path, verified=expected is not None)
    write_atomic(target.with_name(f"{name}.LICENCE.txt"), _terms(source))
    write_atomic(target.with_name(f"{name}.json"), json.dumps(source, ensure_ascii=False, indent=1) + "\n")
    return RoadExtract(target, str(row["name"]), expected is not None, saved.fetched_bytes, source)


def extract_of(province: str) -> dict[str, Any]:
    """Find the extract of a province.

    Parameters
    ----------
    province : str
        Name, adcode, or name of the extract.

    Returns
    -------
    dict
        Its row of the table ``network/extract_names``.

    Raises
    ------
    UnknownNameError
        If there is none.

    Examples
    --------
    >>> extract_of("山东")["slug"]
    'shandong'
    """
    rows = read_table("network/extract_names").fillna("").to_dict("records")
    word = str(province).strip().casefold()
    by_word: dict[str, dict[str, Any]] = {}
    for row in rows:
        full = str(row["name"])
        for key in (row["adcode"], full, short_name(full), _shortest(full), row["slug"]):
            by_word[str(key)] = {str(name): value for name, value in row.items()}
    if word in by_word:
        return by_word[word]
    close = difflib.get_close_matches(word, by_word, n=3, cutoff=0.5)
    near = f" Close to it: {listed(close)}." if close else ""
    msg = (
        f"There is no extract of {str(province)[:40]!r}.{near} Expected one of the 31 provinces of the mainland, as "
        "山东, 山东省, 370000 or shandong."
    )
    raise UnknownNameError(msg)


def _shortest(name: str) -> str:
    """Leave out what follows the name of a region: 内蒙古, 广西, 西藏, 宁夏, 新疆."""
    return re.sub(r"(壮族|回族|维吾尔)?自治区$|[省市]$", "", name)


def _require_pbf(first: bytes) -> None:
    """Refuse what does not begin as an OpenStreetMap extract does: a length, then the block of its header."""
    # The length of the first header stands in four bytes, the word OSMHeader right behind it.
    if len(first) >= 4 and int.from_bytes(first[:4], "big") < 64 * 1024 and _HEADER in first[4:32]:
        return
    page = first.lstrip()[:1] == b"<"
    what = "a web page (is a login page of the network in between?)" if page else "something else"
    msg = f"The mirror sent {what} in place of an OpenStreetMap extract; nothing was kept. {_ADVICE}"
    raise DataIntegrityError(msg)


def _described(row: dict[str, Any], saved: SavedFile, url: str, *, verified: bool) -> dict[str, Any]:
    return {
        "source_id": "OSM",
        "province": row["name"],
        "adcode": row["adcode"],
        "url": url,
        "file": saved.path.name,
        "bytes": saved.path.stat().st_size,
        "md5": saved.md5,
        "sha256": saved.sha256,
        "verified": verified,
        "fetched_at": saved.fetched_at,
        "last_modified": saved.last_modified,
        "licence": LICENCE,
        "attribution": ATTRIBUTION,
        "note": row["note"],
    }


def _terms(source: dict[str, Any]) -> str:
    checked = "verified against the published MD5" if source["verified"] else "NOT verified: no checksum was published"
    return (
        f"{source['file']}\n{source['attribution']}\n{source['licence']}\n"
        "数据来自 OpenStreetMap 贡献者，按开放数据库许可（ODbL）使用：须注明来源；"
        "由其派生的数据库公开时须按同一许可提供。\n"
        "Maps and figures made from it must name OpenStreetMap; a database derived from it that is made public must be "
        "offered under the same licence.\n"
        f"{source['url']}\nfetched {source['fetched_at']}, MD5 {source['md5']}, {checked}\n"
    )
