"""adcodes and names: six-digit strings, what they say of themselves, and the join that fails closed."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from urbangeo.errors import JoinError, listed
from urbangeo.language.scalars import is_missing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import pandas as pd

PATTERN = re.compile(r"[1-9][0-9]{5}", re.ASCII)

_NATIONALITIES = (
    *("蒙古", "回", "藏", "维吾尔", "苗", "彝", "壮", "布依", "朝鲜", "满", "侗", "瑶", "白", "土家", "哈尼", "哈萨克"),
    *("傣", "黎", "傈僳", "佤", "畲", "拉祜", "水", "东乡", "纳西", "景颇", "柯尔克孜", "土", "达斡尔", "仫佬", "羌"),
    *("布朗", "撒拉", "毛南", "仡佬", "锡伯", "阿昌", "普米", "塔吉克", "怒", "乌孜别克", "俄罗斯", "鄂温克", "德昂"),
    *("保安", "裕固", "京", "塔塔尔", "独龙", "鄂伦春", "赫哲", "门巴", "珞巴", "基诺", "各"),
)
_PEOPLES = rf"(?:(?:{'|'.join(_NATIONALITIES)})族)"
# Xinjiang leaves out the 族; 内蒙古 must keep its 蒙古.
_BARE_PEOPLES = "(?:维吾尔自治区|(?:哈萨克|蒙古|锡伯|塔吉克|柯尔克孜)自治[州县])"
_SUFFIX = re.compile(
    rf"(?:{_BARE_PEOPLES}|{_PEOPLES}*自治[区州县旗]|{_PEOPLES}+区|行政委员会|特别行政区|地区"
    # Named one by one: 万柏林区 and 清新区 end in the same characters.
    "|(?<=神农架)林区|(?<=六枝)特区|(?:(?<=浦东)|(?<=滨海)|(?<=沈北))新区|[省市区县盟旗])$"
)
_BLANK = {"Cc", "Cf", "Zl", "Zp", "Zs"}
_CODE = re.compile(r"([1-9][0-9]{5})(?:0{3}|0{6})?(?:\.0*)?", re.ASCII)


def adcode_faults(codes: Iterable[object]) -> list[str]:
    """Say what is wrong with a set of adcodes.

    Parameters
    ----------
    codes : iterable of object
        What should be six-digit strings.

    Returns
    -------
    list of str
        One sentence a kind of fault; empty when all are well-formed.

    Examples
    --------
    >>> adcode_faults(["370102", "630106"])
    []
    >>> adcode_faults([370102])
    ['adcodes must be text, got int: 370102 (read the file with dtype=str, else leading zeros and blanks are lost)']
    """
    wrong_type: list[object] = []
    wrong_form: list[object] = []
    for code in codes:
        if not isinstance(code, str):
            wrong_type.append(code)
        elif not PATTERN.fullmatch(code):
            wrong_form.append(code)
    faults = []
    if wrong_type:
        kinds = ", ".join(sorted({type(code).__name__ for code in wrong_type}))
        faults.append(
            f"adcodes must be text, got {kinds}: {listed(wrong_type)} "
            "(read the file with dtype=str, else leading zeros and blanks are lost)"
        )
    if wrong_form:
        faults.append(f"adcodes must be six digits, got {listed(repr(code) for code in wrong_form)}")
    return faults


def clean_code(value: object) -> str | None:
    """Read a six-digit code out of a cell as tables spoil it, or say that there is none.

    Taken are numbers, text with blanks or full-width digits, a trailing ``.0``, and the longer codes of the statistics
    bureau (nine or twelve digits) if they mean the county as a whole and so end in zeros. A code of a town or village
    is not cut down to its county: its row is no county's.

    Parameters
    ----------
    value : object
        A cell: text, an integer, a float, or missing.

    Returns
    -------
    str or None
        Six digits, or None if the cell holds no such code. Whether a division has the code is another question.

    Examples
    --------
    >>> [clean_code(value) for value in (370102, 370102.0, "３７０１０２ ", "370102000000", "370102001000", "历下区")]
    ['370102', '370102', '370102', '370102', None, None]
    """
    if isinstance(value, bool | bytes) or is_missing(value):
        return None
    if isinstance(value, float):  # numpy's 64-bit floats are floats too
        text = str(int(value)) if value.is_integer() else ""
    else:
        text = "".join(
            character
            for character in unicodedata.normalize("NFKC", str(value))
            if unicodedata.category(character) not in _BLANK
        )
    match = _CODE.fullmatch(text)
    return match.group(1) if match else None


def province_code(adcode: str) -> str:
    """Return the adcode of the province a code lies in.

    Parameters
    ----------
    adcode : str
        A six-digit code.

    Returns
    -------
    str
        The first two digits and four zeros.

    Examples
    --------
    >>> province_code("370102")
    '370000'
    """
    return adcode[:2] + "0000"


def short_name(name: str) -> str:
    """Strip the rank from the name of a division, as people speak of it.

    Two-character names keep their rank (郊区 and 城区 are no names without it).

    Parameters
    ----------
    name : str
        A full name.

    Returns
    -------
    str
        The short name.

    Examples
    --------
    >>> [short_name(n) for n in ("济南市", "大通回族土族自治县", "海西蒙古族藏族自治州", "单县", "大柴旦行政委员会")]
    ['济南', '大通', '海西', '单县', '大柴旦']
    """
    stripped = _SUFFIX.sub("", name)
    return stripped if len(stripped) >= 2 else name


def closest(name: str, known: Collection[str], count: int = 3) -> list[str]:
    """Return the known names most like one that was not found, for a message (never for a match).

    Parameters
    ----------
    name : str
        What was asked for.
    known : collection of str
        What exists.
    count : int, default 3
        How many to return at most.

    Returns
    -------
    list of str
        Best first; empty when nothing comes near.
    """
    near = difflib.get_close_matches(name, known, n=4 * count, cutoff=0.4)
    # A slip of the input method keeps the first character more often than not.
    near.sort(key=lambda other: other[:1] != name[:1])
    inside = [other for other in known if len(name) >= 2 and (name in other or other in name) and other not in near]
    return (near + inside)[:count]


def join_on_adcode(
    left: pd.DataFrame,
    right: pd.DataFrame,
    *,
    left_name: str = "boundaries",
    right_name: str = "statistics",
    left_only: Collection[str] = (),
    right_only: Collection[str] = (),
) -> Any:
    """Join two frames row to row on adcode, and refuse if any row has no partner.

    Nothing is dropped and nothing is filled in silence: a code that stands on one side only must be named in
    ``left_only`` or ``right_only``, else the join fails and lists every such code of both sides.

    Parameters
    ----------
    left, right : pandas.DataFrame
        Frames with a unique index ``adcode``. Columns of both may not share names.
    left_name, right_name : str
        What the message calls them.
    left_only, right_only : collection of str
        Codes known to stand on one side only. A ``left_only`` row is kept with missing values; a ``right_only``
        row is left out of the result.

    Returns
    -------
    pandas.DataFrame
        The columns of both, on the rows and in the order of ``left``; a GeoDataFrame if ``left`` is one.

    Raises
    ------
    JoinError
        If codes are malformed or doubled, column names clash, or a row has no partner.

    Examples
    --------
    >>> import pandas as pd
    >>> names = pd.DataFrame({"name": ["历下区"]}, index=pd.Index(["370102"], name="adcode"))
    >>> people = pd.DataFrame({"residents": [819139]}, index=pd.Index(["370102"], name="adcode"))
    >>> join_on_adcode(names, people).loc["370102", "residents"]
    np.int64(819139)
    """
    faults = []
    for frame, label in ((left, left_name), (right, right_name)):
        faults += [f"{label}: {fault}" for fault in adcode_faults(frame.index)]
        if not frame.index.is_unique:
            twice = frame.index[frame.index.duplicated()].unique()
            faults.append(f"{label}: these adcodes stand more than once: {listed(twice)}")
    clash = [column for column in right.columns if column in left.columns]
    if clash:
        faults.append(f"both frames have the columns {listed(clash)}; rename or drop one side")
    lonely_left = [code for code in left.index if code not in right.index and code not in left_only]
    lonely_right = [code for code in right.index if code not in left.index and code not in right_only]
    if lonely_left:
        faults.append(f"{len(lonely_left)} of {left_name} without {right_name}: {listed(_named(left, lonely_left))}")
    if lonely_right:
        faults.append(f"{len(lonely_right)} of {right_name} without {left_name}: {listed(_named(right, lonely_right))}")
    if faults:
        msg = (
            f"{left_name} and {right_name} do not match row to row on adcode. "
            + "; ".join(faults)
            + ". Mend the codes (old codes and functional zones are the usual cause), or name codes that stand alone."
        )
        raise JoinError(msg)
    return left.join(right[~right.index.isin(list(right_only))], how="left", validate="one_to_one")


def _named(frame: pd.DataFrame, codes: list[Any]) -> list[str]:
    if "name" not in frame:
        return [str(code) for code in codes]
    return [f"{code} {frame.loc[code, 'name']}" if frame.index.is_unique else str(code) for code in codes]
