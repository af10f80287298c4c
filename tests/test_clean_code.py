"""Codes as tables spoil them: read where they can be read exactly, refused where not."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbangeo.language.adcode import clean_code


@pytest.mark.parametrize(
    "value",
    [
        *(370102, 370102.0, "370102", "370102.0", "370102.", "370102.000", "３７０１０２", " 370102 ", "370 102"),
        *("\ufeff370102\u200b", "370102000", "370102000000", 370102000000, 370102000000.0, "370102000000.0"),
        *(np.int64(370102), np.float64(370102), np.float32(370102), np.str_("370102"), Decimal("370102.0")),
    ],
)
def test_spoilt_codes_are_read(value: object) -> None:
    assert clean_code(value) == "370102"


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", None, float("nan"), pd.NA, pd.NaT, math.inf, -math.inf, True, False, b"370102"),
        *("历下区", "37010", "3701022", "070102", "000000", "-370102", 370102.5, "370102.5", -370102, 0, 37),
        *("3.70102E+05", "370,102", "370102a", "六三〇一〇六", "①②③④⑤⑥x"),
    ],
)
def test_what_is_no_code_is_none(value: object) -> None:
    assert clean_code(value) is None


@pytest.mark.parametrize("town", ["370102001000", "370102001001", 370102001000.0, "370102001", "156370102"])
def test_codes_of_towns_and_villages_are_not_cut_down_to_their_county(town: object) -> None:
    assert clean_code(town) is None


@given(st.integers(100_000, 999_999))
def test_every_writing_of_a_number_is_the_same_code(number: int) -> None:
    code = str(number)
    full_width = code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    for value in (number, float(number), code, f"{code}.0", full_width, f"\u3000{code}\t", f"{code}000000"):
        assert clean_code(value) == code


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none()))
def test_a_code_is_six_digits_or_none_and_stays_itself(value: object) -> None:
    code = clean_code(value)
    if code is not None:
        assert len(code) == 6
        assert code.isascii()
        assert code.isdigit()
        assert clean_code(code) == code
