"""What lies outside the two provinces."""

from __future__ import annotations

import functools

from urbangeo.sources.divisions import forms_of, register


@functools.cache
def china_names() -> dict[str, str]:
    """Return the names of all units of the country.

    Returns
    -------
    dict of str to str
        By code, behind the name of the province.
    """
    units = register("china")
    return {
        str(code): name if level == "province" else f"{province}{name}"
        for code, name, level, province in zip(
            units.index, units["name"], units["level"], units["province"], strict=True
        )
    }


def china_hits(said: str) -> list[str]:
    """Return what a name means in the whole country, as candidates.

    Parameters
    ----------
    said : str
        The name.

    Returns
    -------
    list of str
        Codes with names, six at most; empty if nothing.
    """
    forms = forms_of("china")
    hits = forms.get(said) or forms.get(said.removeprefix("中国"), {})
    return [f"{code} {china_names()[code]}" for code in sorted(hits)][:6]
