"""The user's own boundary file, as a counties frame: read from a local path, its labels checked, nothing guessed.

In a planning bureau this is normally the right source for a formal document. The packaged sources are read by
:func:`urbangeo.sources.boundaries.read_counties`; whether a file is fit for use is asked of ``audit_boundaries``.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.archive.files import sha256_of
from urbangeo.errors import CrsError, InputError, UnknownNameError, listed
from urbangeo.language.adcode import clean_code
from urbangeo.language.crs import CGCS2000, require_geographic, require_modern_datum
from urbangeo.language.datum import DATUM_NAMES, Datum, shift_datum
from urbangeo.language.names import clean_name
from urbangeo.language.scalars import is_missing
from urbangeo.sources.boundaries import read_counties
from urbangeo.sources.boundary_formats import FIELD_BYTES, RawBoundaries, local_file, read_raw
from urbangeo.sources.divisions import register
from urbangeo.sources.history import trace
from urbangeo.sources.matching import match_counties

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

CODE_COLUMNS = (
    *("adcode", "ad_code", "district_adcode", "county_code", "countycode", "code", "pac", "gb", "xzqdm", "xzqhdm"),
    *("行政区划代码", "行政区代码", "区划代码", "行政代码", "县级代码", "区县代码", "县区代码", "县代码"),
    *("县级码", "区划码", "代码"),
)
NAME_COLUMNS = (
    *("name", "district_name", "county_name", "county", "district", "xzqmc", "xzqhmc", "name_chn", "name_zh", "cname"),
    *("名称", "行政区划名称", "行政区名称", "区县名称", "县区名称", "县级名称", "区县名", "县区名"),
    *("县名", "区县", "县区", "县级", "县", "mc"),
)
PARENT_COLUMNS = (
    *("prefecture", "city", "city_name", "prefecture_adcode", "city_adcode", "province", "province_name"),
    *("地市", "市", "市名", "地级", "地级市", "市州", "所属市", "所在市", "省", "省份"),
)
"""Column names that are taken for code, name and prefecture without being told, in this order; case, blanks and
underscores do not count, and names cut to the ten bytes of a Shapefile are recognised."""

_UNDIVIDED = ("710000", "810000", "820000")
_CHINESE = "[\u4e00-\u9fff]"
_LAND = (73.0, 3.0, 136.0, 54.0)
_TIANDITU_GB = re.compile(r"156([1-9][0-9]{5})")
_COLUMNS = [
    *("name", "type", "prefecture_adcode", "prefecture", "province_adcode", "province"),
    *("vintage", "label_lon", "label_lat", "geometry"),
]


def read_boundary_file(
    path: Path | str,
    *,
    adcode: str | None = None,
    name: str | None = None,
    parent: str | None = None,
    layer: str | None = None,
    encoding: str | None = None,
    crs: str | None = None,
    datum: Datum | None = None,
    publisher: str | None = None,
    vintage: str | None = None,
    map_number: str | None = None,
) -> gpd.GeoDataFrame:
    """Read county polygons from a file of the user's into a counties frame.

    Codes stay those of the file, cleaned (``370102.0``, full-width digits, twelve digits, Tianditu's 156370102), save
    for the map vendors' 632825, which becomes 632857; a former code is kept with its former name, so that an audit can
    tell the year of the file. Names, types and prefectures come from the register. A file without codes is matched by
    name, and only if every row has one county. Polygons are not mended and, unless ``datum`` says GCJ-02 or BD-09, not
    moved.

    Parameters
    ----------
    path : path-like
        A local GeoPackage (.gpkg), Shapefile (.shp with its .shx and .dbf), GeoJSON (.geojson, .json) or GeoParquet
        (.parquet). Addresses, archives and virtual files (``/vsi…``, ``.vrt``) are refused.
    adcode, name, parent : str, optional
        Columns that hold code, name, and prefecture or province; found by their usual names if not given. Code or
        name must be there; ``parent`` is used only for files without codes.
    layer : str, optional
        Layer of a GeoPackage; needed if it has several with polygons.
    encoding : str, optional
        Of a Shapefile's attributes or of GeoJSON; found out if not given (UTF-8 where that fits, else GB18030) and
        stated in the notes.
    crs : str, optional
        The system the coordinates are written in, for a file that does not say. It never overrides what a file says.
    datum : {"cgcs2000", "wgs84", "gcj02", "bd09"}, optional
        The true datum, if known. Files in GCJ-02 or BD-09 bear no such label, or a wrong one; said here, it is undone.
    publisher, vintage, map_number : str, optional
        What the caller knows of the file (vintage as ``"2024-12"``); none of it is made up.

    Returns
    -------
    geopandas.GeoDataFrame
        Index ``adcode``; columns name, type, prefecture_adcode, prefecture, province_adcode, province, vintage,
        label_lon, label_lat (label point of the data package for that code, else missing), geometry; CRS EPSG:4490.
        ``attrs["source"]`` holds file name, format, layer, encoding, checksum, the CRS found, what the caller said, and
        ``notes`` in Chinese on every step taken.

    Raises
    ------
    InputError
        If the file is missing, not local, damaged, too large, of another format, not readable in any encoding, without
        code and name, with rows that are no counties, doubled codes, codes and names that contradict each other,
        missing or other geometry than polygons, or coordinates outside China.
    CrsError
        If the CRS is missing, contradicts ``crs``, cannot be true, or is of an older datum (Xian 1980, Beijing 1954)
        for which no transformation is published.

    Examples
    --------
    >>> import tempfile
    >>> from urbangeo import read_counties
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "青海.geojson"
    ...     _ = file.write_text(read_counties("青海")[["name", "geometry"]].to_json(to_wgs84=True))
    ...     frame = read_boundary_file(file, adcode="id")
    >>> len(frame), frame.loc["630106", "prefecture"], frame.attrs["source"]["format"]
    (45, '西宁市', 'GeoJSON')
    """
    file = local_file(path)
    raw = read_raw(file, layer=layer, encoding=encoding)
    if raw.frame.empty:
        msg = f"{file.name} has no rows."
        raise InputError(msg)
    found_crs = raw.frame.crs
    placed = _placed(_polygons(raw.frame, file.name), file.name, crs=crs, datum=datum, notes=raw.notes)
    codes, names = _identified(placed, file.name, raw, {"adcode": adcode, "name": name, "parent": parent})
    result = _described(placed, codes, names, vintage)
    result.attrs = {
        "source": {
            "source_id": "file",
            "publisher": publisher,
            "access": "file",
            "file": file.name,
            "format": raw.format,
            "layer": raw.layer,
            "encoding": raw.encoding,
            "sha256": sha256_of(file),
            "vintage": vintage,
            "crs": CGCS2000,
            "crs_in_file": None if found_crs is None else found_crs.to_string(),
            "datum_given": None if datum is None else DATUM_NAMES[datum],
            "terms": None,
            "map_number": map_number,
            "geometry_changed": datum in {"gcj02", "bd09"},
            "notes": raw.notes,
        }
    }
    return result


# --- where it lies ------------------------------------------------------------------------------------------------


def _polygons(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Return the frame with flat polygons, or say which rows have none."""
    import geopandas as gpd
    import pandas as pd
    import shapely

    shapes = np.asarray(frame.geometry)
    kinds = shapely.get_type_id(shapes)
    polygon = np.isin(kinds, [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON])
    blank = (kinds == -1) | shapely.is_empty(shapes)
    wrong = ~polygon & ~blank
    faults = []
    if blank.any():
        faults.append(f"{int(blank.sum())} rows without geometry ({listed(_rows(blank))})")
    if wrong.any():
        found = sorted(set(frame.geom_type[wrong]))
        faults.append(f"{int(wrong.sum())} rows that are no polygons but {listed(found)} ({listed(_rows(wrong))})")
    if not np.isfinite(shapely.get_coordinates(shapes[polygon & ~blank])).all():
        faults.append("coordinates that are no numbers")
    if faults:
        msg = f"{name} has {'; '.join(faults)}. Every row must be the polygon of one county."
        raise InputError(msg)
    attributes = pd.DataFrame(frame.drop(columns=[frame.geometry.name, "geometry"], errors="ignore"))
    return gpd.GeoDataFrame(attributes, geometry=shapely.force_2d(shapes), crs=frame.crs)


def _rows(hits: np.ndarray[Any, Any]) -> list[str]:
    return [f"row {row + 1}" for row in np.flatnonzero(hits)]


def _placed(
    frame: gpd.GeoDataFrame, name: str, *, crs: str | None, datum: Datum | None, notes: list[str]
) -> gpd.GeoDataFrame:
    """Return the frame in CGCS2000 degrees."""
    labelled = _labelled(frame, name, crs=crs, datum=datum)
    if labelled.crs is not None:
        require_modern_datum(labelled.crs, name)
    _refuse_swapped(labelled, name)
    if datum in {"gcj02", "bd09"}:
        placed = shift_datum(labelled, source=datum)
        notes.append(f"按调用者所述由 {DATUM_NAMES[datum]} 反算到 CGCS2000")
    else:
        placed = require_geographic(labelled, name)
        if labelled.crs is not None and labelled.crs.is_projected:
            notes.append(f"由 {labelled.crs.to_string()} 换算到经纬度")
    west, south, east, north = (float(value) for value in placed.total_bounds)
    if not (_LAND[0] <= west and _LAND[1] <= south and east <= _LAND[2] and north <= _LAND[3]):
        msg = (
            f"The polygons of {name} run from {west:.4g}, {south:.4g} to {east:.4g}, {north:.4g} degrees, outside "
            f"China (longitude {_LAND[0]:g}–{_LAND[2]:g}, latitude {_LAND[1]:g}–{_LAND[3]:g}). Is the CRS the true one?"
        )
        raise InputError(msg)
    return placed


def _labelled(frame: gpd.GeoDataFrame, name: str, *, crs: str | None, datum: Datum | None) -> gpd.GeoDataFrame:
    """Return the frame with the CRS of the file, or with the caller's where the file has none."""
    from pyproj import CRS as ProjCrs
    from pyproj.exceptions import CRSError

    if datum is not None and datum not in DATUM_NAMES:
        msg = f"datum={datum!r} is not known; expected one of {listed(DATUM_NAMES)}."
        raise InputError(msg)
    if crs is None:
        if frame.crs is None and datum in {"cgcs2000", "wgs84"}:
            return frame.set_crs(CGCS2000 if datum == "cgcs2000" else "EPSG:4326")
        if frame.crs is None and datum is None:
            msg = (
                f"{name} does not say its coordinate reference system. Ask whoever made it, then give crs= (such as "
                f"{CGCS2000!r}) or datum= (such as 'gcj02'); do not guess between CGCS2000 and GCJ-02."
            )
            raise CrsError(msg)
        return frame
    try:
        given = ProjCrs.from_user_input(crs)
    except CRSError as error:
        msg = f"crs={crs!r} is no coordinate reference system; expected one such as {CGCS2000!r}."
        raise CrsError(msg) from error
    if frame.crs is not None and not frame.crs.equals(given, ignore_axis_order=True):
        msg = (
            f"{name} says {frame.crs.to_string()}, crs= says {given.to_string()}. A label is not overridden here: "
            "leave crs out, or mend the file's label first (frame.set_crs(…, allow_override=True) and save it)."
        )
        raise CrsError(msg)
    return frame.set_crs(given, allow_override=True)


def _refuse_swapped(frame: gpd.GeoDataFrame, name: str) -> None:
    if frame.crs is not None and not frame.crs.is_geographic:
        return
    west, south, east, north = (float(value) for value in frame.total_bounds)
    if _LAND[0] <= south and north <= _LAND[2] and _LAND[1] <= west and east <= _LAND[3]:
        msg = f"{name} has latitude first (x runs from {west:.4g} to {east:.4g}); swap it to longitude, latitude."
        raise InputError(msg)


# --- which county each row is -------------------------------------------------------------------------------------


def _identified(
    frame: gpd.GeoDataFrame, file: str, raw: RawBoundaries, columns: dict[str, str | None]
) -> tuple[list[str], list[str | None]]:
    """Return code and name of each row, or say which rows are no single county."""
    import pandas as pd

    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    table.columns = table.columns.map(str)
    for option, column in columns.items():
        if column is not None and column not in table:
            msg = f"{option}={column!r} is no column of {file}; it has {listed(table.columns, 20)}."
            raise InputError(msg)
    code_column = columns["adcode"] or _code_column(table, file, raw)
    wordy = table[[column for column in table if column != code_column and _is_wordy(table[column])]]
    name_column = columns["name"] or _found(wordy, NAME_COLUMNS, raw.encoding)
    if code_column is None and name_column is None:
        msg = (
            f"{file} has no column that is known to hold codes or names; it has {listed(table.columns, 20)}. "
            "Name them with adcode= and name=."
        )
        raise InputError(msg)
    names = [None if name_column is None else _name(value) for value in table[name_column or table.columns[0]]]
    if code_column is None:
        parent = columns["parent"] or _found(table, PARENT_COLUMNS, raw.encoding)
        raw.notes.append(f"文件没有代码，按名称列“{name_column}”对应今天的县级单元")
        codes = _by_name(table, str(name_column), parent, file)
    else:
        raw.notes.append(f"代码取自“{code_column}”列" + ("" if name_column is None else f"，名称取自“{name_column}”列"))
        codes = _by_code(table, code_column, names, file, raw.notes)
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        rows = [f"{code} ({codes.count(code)} rows)" for code in twice]
        msg = f"{file}: these counties have several rows: {listed(rows)}. Merge them first: frame.dissolve(by=…)."
        raise InputError(msg)
    return codes, names


def _is_wordy(column: pd.Series) -> bool:
    """Say whether most cells hold Chinese characters: cut to ten bytes, 行政区划代码 and 行政区划名称 are one name."""
    return bool(column.astype("str").str.contains(_CHINESE, na=False).mean() > 0.5)


def _plain(word: str) -> str:
    return re.sub(r"[\s_\-]", "", unicodedata.normalize("NFKC", word)).casefold()


def _found(table: pd.DataFrame, known: Sequence[str], encoding: str | None) -> str | None:
    """Return the first column with a usual name."""
    columns = {_plain(column): column for column in reversed(table.columns)}
    for word in known:
        cut = word
        if encoding is not None:
            cut = word.encode(encoding, "ignore")[:FIELD_BYTES].decode(encoding, "ignore")
        for form in dict.fromkeys((word, cut)):
            if _plain(form) in columns:
                return columns[_plain(form)]
    return None


def _code_column(table: pd.DataFrame, file: str, raw: RawBoundaries) -> str | None:
    """Return the column of codes: by its name, else the only one in which every cell is a county's code."""
    usual = [column for word in CODE_COLUMNS if (column := _found(table, (word,), raw.encoding)) is not None]
    usual = [column for column in dict.fromkeys(usual) if table[column].map(_code).notna().any()]
    read = {column: [_code(cell) for cell in table[column]] for column in usual}
    others = [column for column in usual[1:] if read[column] != read[usual[0]]]
    if others:
        msg = f"{file} has several columns of codes that differ: {listed([usual[0], *others])}. Name one with adcode=."
        raise InputError(msg)
    if usual:
        return usual[0]
    counties = register("china").query("level == 'county'").index
    by_content = [column for column in table if table[column].map(_code).isin(counties).all()]
    if len(by_content) > 1:
        msg = f"{file} has several columns that look like codes: {listed(by_content)}. Name one with adcode=."
        raise InputError(msg)
    if by_content:
        raw.notes.append(f"“{by_content[0]}”列的每个值都是县级代码，作为代码列")
        return str(by_content[0])
    return None


def _code(value: object) -> str | None:
    code = clean_code(value)
    if code is None and not is_missing(value):
        match = _TIANDITU_GB.fullmatch(unicodedata.normalize("NFKC", str(value)).strip().removesuffix(".0"))
        return match.group(1) if match else None
    return code


def _name(value: object) -> str | None:
    return clean_name(value) or None


def _by_name(table: pd.DataFrame, name: str, parent: str | None, file: str) -> list[str]:
    result = match_counties(table, name=name, parent=parent, scope="china")
    issues = result.issues[result.issues["status"] != "superseded"]
    if len(issues):
        told = [f"{row.given_name} ({row.reason})" for row in issues.itertuples()]
        msg = f"{file} has no codes, and {len(issues)} of {len(table)} names do not say which county: {listed(told)}."
        raise InputError(msg)
    return [str(code) for code in result.matched["adcode"]]


def _by_code(table: pd.DataFrame, column: str, names: list[str | None], file: str, notes: list[str]) -> list[str]:
    codes = [_code(value) for value in table[column]]
    blank = [f"row {row + 1} {names[row] or ''}".strip() for row, code in enumerate(codes) if code is None]
    if blank:
        msg = (
            f"{file}: {len(blank)} of {len(codes)} rows have no six-digit code in {column!r}: {listed(blank)}. "
            "Take out rows that are no counties (border lines, islands, totals), or fill in the code."
        )
        raise InputError(msg)
    units = register("china")
    higher = [code for code in codes if code in units.index and units.loc[str(code), "level"] != "county"]
    # Files of all China draw Taiwan, Hong Kong or Macau as one unit each; nothing else is taken that way.
    higher = [
        code for code in higher if code not in _UNDIVIDED or [str(other)[:2] for other in codes].count(code[:2]) > 1
    ]
    if higher:
        msg = f"{file} holds provinces or prefectures beside counties: {listed(higher)}. Take those rows out."
        raise InputError(msg)
    cleaned = [str(code) for code in codes]
    _refuse_contradictions(cleaned, names, file, notes)
    vendor = {code: today for code in set(cleaned) if (today := _vendor_code(code)) is not None}
    notes += [f"{code} 是地图厂商所用代码，改为 {today}" for code, today in sorted(vendor.items())]
    return [vendor.get(code, code) for code in cleaned]


def _vendor_code(code: str) -> str | None:
    """Return the official code where a map vendor uses one of its own; a change without date is no change."""
    try:
        heirs = trace(code)
    except (UnknownNameError, InputError):
        return None
    row = heirs.iloc[0]
    is_alias = len(heirs) == 1 and row["change_type"] == "recode" and not row["date"] and not row["document_number"]
    return str(row["adcode"]) if is_alias else None


def _refuse_contradictions(codes: list[str], names: list[str | None], file: str, notes: list[str]) -> None:
    """Raise if a row has the code of one county and the name of another; a name nobody bears is only noted."""
    import pandas as pd

    table = pd.DataFrame({"code": codes, "name": names})
    issues = match_counties(table, code="code", name="name", scope="china").issues
    doubtful = table.loc[issues.loc[issues["cause"] == "contradiction", "row"]]
    if doubtful.empty:
        return
    by_name = match_counties(doubtful, name="name", scope="china").matched
    borne = by_name["status"] != "unmatched"
    if borne.any():
        told = [f"{code} {name}" for code, name in doubtful[borne].itertuples(index=False)]
        msg = f"{file}: code and name contradict each other: {listed(told)}. One of them is wrong; mend the file."
        raise InputError(msg)
    notes += [f"{code} 的名称“{name}”未能识别，以代码为准" for code, name in doubtful.itertuples(index=False)]


def _described(
    frame: gpd.GeoDataFrame, codes: list[str], names: list[str | None], vintage: str | None
) -> gpd.GeoDataFrame:
    """Put the polygons into a counties frame, named by the register; codes it does not know keep the file's name."""
    import geopandas as gpd
    import pandas as pd

    units = register("china")
    called = {str(code): str(name) for code, name in units["name"].items()}
    known = units.reindex(codes)
    is_known = known["name"].notna()
    # A code the register does not know still says where it lies.
    above = {"prefecture": [f"{code[:4]}00" for code in codes], "province": [f"{code[:2]}0000" for code in codes]}
    columns: dict[str, Any] = {
        "name": [name or _former_name(code) for code, name in zip(codes, names, strict=True)],
        "type": None,
    }
    for level, higher in above.items():
        columns[f"{level}_adcode"] = [code if code in called else None for code in higher]
        columns[level] = [called.get(code) for code in higher]
    guessed = pd.DataFrame(columns, index=known.index)
    table = known[guessed.columns].where(is_known, guessed).astype("str").rename_axis("adcode")
    table["vintage"] = pd.Series(vintage, index=table.index, dtype="str")
    packaged = read_counties(None).reindex(codes)
    table["label_lon"], table["label_lat"] = packaged["label_lon"].to_numpy(), packaged["label_lat"].to_numpy()
    result = gpd.GeoDataFrame(table, geometry=np.asarray(frame.geometry), crs=CGCS2000)
    return result[_COLUMNS].sort_index()


def _former_name(code: str) -> str | None:
    try:
        return str(trace(code)["old_name"].iloc[0])
    except (UnknownNameError, InputError):
        return None
