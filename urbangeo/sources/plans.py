"""What the plans say: programmes, who is on their lists, and the targets they set, each with source and confidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urbangeo.archive.catalog import read_table
from urbangeo.errors import InputError, UnknownNameError, listed
from urbangeo.language.adcode import closest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

POPULATION_IN_CIRCLE = "1小时交通圈覆盖人口"
"""The indicator of the 20-million target, as the table of targets names it."""


def read_designations(
    programmes: str | Sequence[str] | None = None, *, expand_prefectures: bool = True
) -> pd.DataFrame:
    """Read which counties stand on which plan lists.

    Parameters
    ----------
    programmes : str or sequence of str, optional
        Programme codes or Chinese names; all programmes by default.
    expand_prefectures : bool, default True
        A list that names a whole prefecture is spread to its counties, with the prefecture kept in
        ``designated_adcode`` and ``designated_name``. If False such a row keeps the prefecture's code as ``adcode``.

    Returns
    -------
    pandas.DataFrame
        One row per county and list: programme, programme_zh, adcode (missing for a unit without a code), name,
        designated_adcode, designated_name, level, batch, area_name, part_of_county, valid_from, valid_to, source_id,
        confidence (two_pages, one_page, partly_legible, unconfirmed).

    Raises
    ------
    InputError
        If ``programmes`` is empty.
    UnknownNameError
        If a programme is not known; the message lists those that exist and the closest.

    Examples
    --------
    >>> zone = read_designations("国家城乡融合发展试验区")
    >>> len(zone), int((zone["confidence"] == "unconfirmed").sum())
    (10, 4)
    """
    import pandas as pd

    names = read_table("plans/programmes").set_index("programme")["name_zh"]
    table = read_table("plans/designations")
    if programmes is not None:
        wanted = [programmes] if isinstance(programmes, str) else list(programmes)
        if not wanted:
            msg = "programmes is empty; give at least one code or name, or None for all."
            raise InputError(msg)
        table = table[table["programme"].isin({_programme_code(word, names) for word in wanted})]
    table = table.assign(
        programme_zh=table["programme"].map(names),
        designated_adcode=table["adcode"],
        designated_name=table["name"],
    )
    whole = table["adcode"].str.endswith("00").fillna(value=False).astype(bool)
    if expand_prefectures:
        divisions = read_table("boundaries/divisions")
        units = divisions[divisions["type"] != "行政委员会"][["adcode", "name", "prefecture_adcode"]]
        spread = (
            table[whole]
            .drop(columns=["adcode", "name"])
            .merge(
                units,
                left_on="designated_adcode",
                right_on="prefecture_adcode",
                how="left",
                validate="many_to_many",
            )
        )
        table = pd.concat([table[~whole], spread.drop(columns="prefecture_adcode")])
    order = [
        "programme",
        "programme_zh",
        "adcode",
        "name",
        "designated_adcode",
        "designated_name",
        "level",
        "batch",
        "area_name",
        "part_of_county",
        "valid_from",
        "valid_to",
        "source_id",
        "confidence",
    ]
    return table[order].sort_values(["programme", "adcode"], kind="stable").reset_index(drop=True)


def _programme_code(word: str, names: pd.Series) -> str:
    hits = [str(code) for code, name in names.items() if word in (code, name)]
    if len(hits) == 1:
        return hits[0]
    near = closest(word, [*names.index, *names])
    hint = f" Closest: {listed(near)}." if near else ""
    choices = listed([f"{code} ({name})" for code, name in names.items()], 40)
    msg = f"Programme {word!r} is not known.{hint} These exist: {choices}."
    raise UnknownNameError(msg)


def read_targets(scope: str | None = None, *, indicator: str | None = None) -> pd.DataFrame:
    """Read the targets and baselines the plans set, word for word.

    Parameters
    ----------
    scope : str, optional
        Keep rows whose scope contains this text, such as "山东省".
    indicator : str, optional
        Keep rows whose Chinese indicator contains this text, such as "城镇化率".

    Returns
    -------
    pandas.DataFrame
        indicator_zh, indicator_en, scope, year (text, may be a span), comparator (``>=``, ``<=``, ``>``, ``<``, ``=``,
        ``~=`` for 左右, ``baseline``), value (text: some are words), unit, source_id, quote_zh.

    Raises
    ------
    UnknownNameError
        If nothing matches; the message lists the scopes or indicators that exist.

    Examples
    --------
    >>> read_targets("青海省", indicator="常住人口城镇化率")[["year", "comparator", "value"]].values.tolist()
    [['2030', '~=', '67']]
    """
    table = read_table("plans/targets")
    for column, word in (("scope", scope), ("indicator_zh", indicator)):
        if word is None:
            continue
        hits = table[column].str.contains(word, regex=False)
        if not hits.any():
            known = list(table[column].unique())
            near = closest(word, known)
            hint = f" Closest: {listed(near)}." if near else ""
            msg = f"No target with {column} {word!r}.{hint} These exist: {listed(known, 20)}."
            raise UnknownNameError(msg)
        table = table[hits]
    return table.reset_index(drop=True)


def circle_population_target() -> tuple[int, str]:
    """Return the population each 1-hour traffic circle of Shandong is to reach, and the source of the figure.

    Returns
    -------
    tuple of (int, str)
        Persons, source id.

    Raises
    ------
    UnknownNameError
        If the table of targets has no such row.
    """
    row = read_targets(indicator=POPULATION_IN_CIRCLE).iloc[0]
    if row["unit"] != "万人":
        msg = f"The target {POPULATION_IN_CIRCLE} is in {row['unit']}, expected 万人."
        raise UnknownNameError(msg)
    return int(float(row["value"]) * 10_000), str(row["source_id"])


def printed_sources() -> pd.DataFrame:
    """Return the table of sources with titles as they are printed, in Chinese.

    Returns
    -------
    pandas.DataFrame
        Index source_id; title, doc_number, publisher, date, url, reached.
    """
    table = read_table("sources/sources").set_index("source_id")
    return table.assign(title=table["title_zh"].fillna(table["title"])).drop(columns="title_zh")


def source_titles(source_ids: pd.Series | Sequence[str]) -> pd.DataFrame:
    """Look up what source ids mean, for footers and source sheets.

    Parameters
    ----------
    source_ids : series or sequence of str
        Ids; several may be joined by a semicolon.

    Returns
    -------
    pandas.DataFrame
        Index source_id, columns title (as it is printed: Chinese), doc_number, publisher, date, url, reached; one row
        per id, sorted.

    Raises
    ------
    UnknownNameError
        If an id is not in the table of sources: a figure without a source is never printed.
    """
    wanted = sorted({part for joined in source_ids for part in str(joined).split(";") if part})
    table = printed_sources()
    missing = [source_id for source_id in wanted if source_id not in table.index]
    if missing:
        msg = f"These source ids are not in the table of sources: {listed(missing)}. Add a row for each of them."
        raise UnknownNameError(msg)
    return table.loc[wanted]
