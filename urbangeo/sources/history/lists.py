"""The list of a past year."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from urbangeo.language.names import clean_name
from urbangeo.sources.boundaries import match_province
from urbangeo.sources.history.above import prefecture_of, province_of, provinces
from urbangeo.sources.history.acts import checked_year, history_of_lists
from urbangeo.sources.history.following import follow, weakest

if TYPE_CHECKING:
    import pandas as pd


def units_in(year: int, *, province: str | None = None) -> pd.DataFrame:
    """List the county-level units of Shandong and Qinghai as they were at the end of a year.

    Parameters
    ----------
    year : int
        2010 to 2025. A change counts from the year it was approved, as in the lists of the Ministry of Civil Affairs.
    province : str, optional
        Name or code of one province; both by default.

    Returns
    -------
    pandas.DataFrame
        Index ``adcode``, sorted; columns name, type, prefecture_adcode, prefecture, province_adcode, province,
        todays_adcode and todays_name (several joined by ";" where the unit was divided since), outline_changed and
        part_only (of any change since), changes (what happened since, in Chinese; empty if nothing), confidence.
        The administrative committees of Qinghai (type 行政委员会) are listed though they are no formal divisions; the
        codes of 茫崖 and 冷湖 are not verified (confidence "unconfirmed").

    Raises
    ------
    InputError
        If the year is outside 2010 to 2025.
    UnknownNameError
        If the province is not one of the two.

    Examples
    --------
    >>> units = units_in(2010, province="山东")
    >>> len(units), units.loc["370181", ["name", "todays_adcode", "todays_name"]].tolist()
    (140, ['章丘市', '370114', '章丘区'])
    >>> units.loc["371203", "prefecture"], units.loc["371203", "todays_adcode"]
    ('莱芜市', '370117')

    References
    ----------
    Table ``boundaries/code_history`` and its README; counts at year end: lists of the Ministry of Civil Affairs.
    """
    frame = _list_of(checked_year(year)).copy()
    if province is not None:
        frame = frame[frame["province_adcode"] == match_province(clean_name(province), provinces())]
    return frame


@functools.cache
def _list_of(year: int) -> pd.DataFrame:
    import pandas as pd

    history = history_of_lists()
    at = history.end_of(year)
    rows = []
    for code, name in sorted(history.states[at].items()):
        pieces = follow(code, at, len(history.acts))
        rows.append(
            {
                "adcode": code,
                "name": name,
                "type": _type_of(name),
                "prefecture_adcode": prefecture_of(code)[0],
                "prefecture": prefecture_of(code)[1],
                "province_adcode": province_of(code)[0],
                "province": province_of(code)[1],
                "todays_adcode": ";".join(piece.code for piece in pieces),
                "todays_name": ";".join(piece.name for piece in pieces),
                "outline_changed": any(piece.outline_changed for piece in pieces),
                "part_only": any(piece.part_only for piece in pieces),
                "changes": "；".join(piece.chain for piece in pieces if piece.changes),
                "confidence": weakest(change for piece in pieces for change in piece.changes),
            }
        )
    return pd.DataFrame(rows).set_index("adcode")


def _type_of(name: str) -> str:
    ends = {"自治县": "自治县", "行政委员会": "行政委员会", "县": "县", "市": "县级市", "区": "市辖区"}
    return next(kind for end, kind in ends.items() if name.endswith(end))
