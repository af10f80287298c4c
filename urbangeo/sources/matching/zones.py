"""Functional zones, which statistics print like counties."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from urbangeo.archive.catalog import read_table
from urbangeo.language.names import is_zone_code
from urbangeo.language.scalars import is_missing
from urbangeo.sources.matching.vocabulary import ways_to_write

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

ZONE_NAME = re.compile(
    r"开发区|高新|经开|新区$|新城$|示范区|保税区|度假区|试验区|产业园|工业园|园区|管理区|管委会|港经济"
)
_HIGH_TECH = re.compile(r"高新?技术(?:产业)?(?:开发区|区)?|高新区?")
_ECONOMIC = re.compile(r"经济(?:技术)?(?:开发区|区)?|经开区?|开发区")


@dataclass(frozen=True)
class Zone:
    """A functional zone of the census table."""

    code: str
    name: str
    prefecture: str
    host: str | None

    def is_meant(self, said: str, adcode: str | None, prefectures: Collection[str]) -> bool:
        """Tell whether a row means this zone.

        Parameters
        ----------
        said : str
            Its name.
        adcode : str or None
            Its code.
        prefectures : collection of str
            Codes of the prefectures the row can lie in.

        Returns
        -------
        bool
            True if it does.
        """
        if not said:
            return self.code == adcode
        heads = ways_to_write(self.prefecture)
        if said == self.name:
            return True
        # Behind the prefecture's name, or in its part of the table: 济南高新区, or 高新区 under 济南市.
        if not prefectures and not any(said.startswith(head) for head in heads):
            return False
        if prefectures and self.prefecture not in prefectures:
            return False
        return _zone_key(said, heads) == _zone_key(self.name, heads)


def _zone_key(name: str, heads: Sequence[str]) -> str:
    for head in sorted(heads, key=len, reverse=True):
        name = name.removeprefix(head)
    return _ECONOMIC.sub("经开", _HIGH_TECH.sub("高新", name))


@functools.cache
def zones() -> tuple[Zone, ...]:
    """List the functional zones of the census.

    Returns
    -------
    tuple of Zone
        Read once.
    """
    census = read_table("census/census")
    rows = census[(census["unit_type"] == "zone") & census["adcode"].map(is_zone_code)].drop_duplicates("adcode")
    return tuple(
        Zone(
            str(row.adcode),
            str(row.name),
            str(row.adcode)[:4] + "00",
            None if is_missing(row.host_adcode) else str(row.host_adcode),
        )
        for row in rows.itertuples()
    )
