"""Columns of a network: plain arrays, and texts that repeat kept as small numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Coded:
    """Texts that repeat: a small number for each row, and the texts the numbers stand for.

    Attributes
    ----------
    codes : numpy.ndarray of int, shape (rows,)
        Place of each row's text in ``values``, -1 where there is none.
    values : tuple of str
        The different texts.
    """

    codes: NDArray[Any]
    values: tuple[str, ...]

    @classmethod
    def from_texts(cls, texts: Iterable[Any]) -> Coded:
        """Give every text its number, by the alphabet, so that the order of rows does not decide.

        Parameters
        ----------
        texts : iterable of str
            One value a row; missing values become code -1.

        Returns
        -------
        Coded
            The same texts.
        """
        import pandas as pd

        made = pd.Categorical(pd.Series(list(texts), dtype="object"))
        return cls(_small(np.asarray(made.codes)), tuple(map(str, made.categories)))

    @classmethod
    def constant(cls, text: str, rows: int) -> Coded:
        """Repeat one text.

        Parameters
        ----------
        text : str
            The text.
        rows : int
            How often.

        Returns
        -------
        Coded
            A column of one value.
        """
        return cls(np.zeros(rows, dtype=np.int8), (text,))

    def __len__(self) -> int:
        return len(self.codes)

    def is_in(self, texts: Iterable[str]) -> NDArray[np.bool_]:
        """Say which rows hold one of some texts.

        Parameters
        ----------
        texts : iterable of str
            Texts to look for.

        Returns
        -------
        numpy.ndarray of bool, shape (rows,)
            False where the text is missing.
        """
        wanted = set(texts)
        table = np.array([value in wanted for value in self.values] + [False], dtype=bool)
        return np.asarray(table[self.codes])

    def take(self, rows: Any) -> Coded:
        """Pick rows.

        Parameters
        ----------
        rows : array_like of int or bool
            Places, or a mask.

        Returns
        -------
        Coded
            The rows picked, with the same values.
        """
        return Coded(self.codes[rows], self.values)

    def texts(self) -> NDArray[Any]:
        """Write the texts out.

        Returns
        -------
        numpy.ndarray of object, shape (rows,)
            One str a row, None where there is none.
        """
        table = np.array([*self.values, None], dtype=object)
        return np.asarray(table[self.codes])


Column = NDArray[Any] | Coded


def take_column(column: Column, rows: Any) -> Column:
    """Pick rows of a column of either kind.

    Parameters
    ----------
    column : Column
        An array or coded texts.
    rows : array_like of int or bool
        Places, or a mask.

    Returns
    -------
    Column
        The rows picked.
    """
    return column.take(rows) if isinstance(column, Coded) else column[rows]


def join_columns(first: Column, second: Column) -> Column:
    """Put one column below another.

    Parameters
    ----------
    first, second : Column
        Columns of one kind.

    Returns
    -------
    Column
        All rows.
    """
    if isinstance(first, Coded) and isinstance(second, Coded):
        values = tuple(dict.fromkeys((*first.values, *second.values)))
        place = {value: number for number, value in enumerate(values)}
        renumber = np.array([place[value] for value in second.values] + [-1], dtype=np.int64)
        return Coded(_small(np.concatenate([first.codes.astype(np.int64), renumber[second.codes]])), values)
    plain = [column.texts() if isinstance(column, Coded) else column for column in (first, second)]
    return np.concatenate(plain)


def frame_columns(columns: Mapping[str, Column]) -> dict[str, Any]:
    """Turn columns into what a pandas frame is made of.

    Parameters
    ----------
    columns : mapping of str to Column
        Named columns.

    Returns
    -------
    dict of str to array
        Coded texts written out as pandas text.
    """
    import pandas as pd

    return {
        name: pd.array(column.texts(), dtype="str") if isinstance(column, Coded) else column
        for name, column in columns.items()
    }


def column_of(series: Any) -> Column:
    """Turn a column of a frame into a network column: texts are coded, numbers and truths stay arrays.

    Parameters
    ----------
    series : pandas.Series
        The column; it is not changed.

    Returns
    -------
    Column
        The same values.
    """
    from pandas.api import types

    if types.is_bool_dtype(series.dtype) and not series.isna().any():
        return np.asarray(series, dtype=bool)
    if types.is_numeric_dtype(series.dtype) and not types.is_bool_dtype(series.dtype):
        plain = series.to_numpy()
        return np.asarray(plain if plain.dtype.kind in "iuf" else series.to_numpy(dtype=float, na_value=np.nan))
    return Coded.from_texts(
        None if missing else str(value) for value, missing in zip(series, series.isna(), strict=True)
    )


def _small(codes: NDArray[Any]) -> NDArray[Any]:
    """Keep codes in the smallest integers that hold them."""
    top = int(codes.max(initial=0))
    kind = np.int8 if top < 128 else np.int16 if top < 32_768 else np.int32
    return codes.astype(kind)
