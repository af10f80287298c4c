"""How the batch of a plan list is written."""

from __future__ import annotations

import re

from urbangeo.language.scalars import is_missing

_DIGITS = "零一二三四五六七八九十"
_BATCH = re.compile(r"(?:第?(\d{1,2})批?(?!\d))?\s*(?:[(（]?(\d{4})年?[)）]?)?")


def batch_zh(value: object) -> str:
    """Write a batch as officials do.

    Parameters
    ----------
    value : object
        A cell such as "1 (2014)", "3", "第3批" or "2020": number of the batch, year, or both; may be missing.

    Returns
    -------
    str
        For example "第一批（2014年）"; anything of another form is returned as it is, a missing cell as "".

    Examples
    --------
    >>> [batch_zh(text) for text in ("1 (2014)", "第3批", "2020", "12", "首批", None)]
    ['第一批（2014年）', '第三批', '2020年', '第12批', '首批', '']
    """
    if is_missing(value):
        return ""
    text = str(value).strip()
    match = _BATCH.fullmatch(text)
    if not text or match is None:
        return text
    number, year = match[1], match[2]
    ordinal = "" if number is None else f"第{_DIGITS[int(number)] if int(number) <= 10 else number}批"
    if year is None:
        return ordinal
    return f"{ordinal}（{year}年）" if ordinal else f"{year}年"


def batch_en(value: object) -> str:
    """Write a batch in English.

    Parameters
    ----------
    value : object
        A cell as for :func:`batch_zh`.

    Returns
    -------
    str
        For example "batch 1 (2014)"; anything of another form is returned as it is, a missing cell as "".

    Examples
    --------
    >>> [batch_en(text) for text in ("1 (2014)", "第3批", "2020", "首批", None)]
    ['batch 1 (2014)', 'batch 3', '2020', '首批', '']
    """
    if is_missing(value):
        return ""
    text = str(value).strip()
    match = _BATCH.fullmatch(text)
    if not text or match is None:
        return text
    number, year = match[1], match[2]
    if number is None:
        return str(year)
    return f"batch {number} ({year})" if year else f"batch {number}"
