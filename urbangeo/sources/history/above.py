"""The prefecture and province a county lies in by its code, those that are no more among them."""

from __future__ import annotations

import functools

from urbangeo.archive.catalog import read_table


@functools.cache
def prefectures() -> dict[str, str]:
    """Return the names of today's prefectures, and of those that are no more.

    Returns
    -------
    dict of str to str
        By code.
    """
    divisions = read_table("boundaries/divisions")
    names = dict(zip(divisions["prefecture_adcode"], divisions["prefecture"], strict=True))
    history = read_table("boundaries/code_history")
    former = history[history["level"] == "prefecture"]
    return {str(code): str(name) for code, name in zip(former["old_adcode"], former["old_name"], strict=True)} | names


@functools.cache
def provinces() -> dict[str, str]:
    """Return the names of the provinces.

    Returns
    -------
    dict of str to str
        By code.
    """
    divisions = read_table("boundaries/divisions").drop_duplicates("province_adcode")
    return {
        str(code): str(name) for code, name in zip(divisions["province_adcode"], divisions["province"], strict=True)
    }


def prefecture_of(code: str) -> tuple[str, str]:
    """Return the prefecture of a county.

    Parameters
    ----------
    code : str
        Code of the county, past or present.

    Returns
    -------
    tuple of str
        Its code and name.
    """
    adcode = code[:4] + "00"
    return adcode, prefectures()[adcode]


def province_of(code: str) -> tuple[str, str]:
    """Return the province of a county.

    Parameters
    ----------
    code : str
        Code of the county, past or present.

    Returns
    -------
    tuple of str
        Its code and name.
    """
    adcode = code[:2] + "0000"
    return adcode, provinces()[adcode]
