"""What became of a unit: followed from act to act, in one piece or several."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from urbangeo.language.adcode import short_name
from urbangeo.sources.history.above import prefecture_of
from urbangeo.sources.history.acts import Change, history_of_lists

if TYPE_CHECKING:
    from collections.abc import Iterable

_CONFIDENCE = ("unconfirmed", "other_date", "compiled")


@dataclass(frozen=True)
class Piece:
    """A unit, or a part of one, followed through some changes."""

    code: str
    name: str
    changes: tuple[Change, ...]
    part_only: bool
    outline_changed: bool
    chain: str

    def through(self, change: Change, words: str, *, code: str, name: str, part_only: bool) -> Piece:
        """Go through a change.

        Parameters
        ----------
        change : Change
            What happened.
        words : str
            What it is, in Chinese.
        code, name : str
            Of the unit after it.
        part_only : bool
            Whether only a part went this way.

        Returns
        -------
        Piece
            The piece after it.
        """
        when = f"{change.date or '日期不详'}，{change.document or '文号不详'}，{words}"
        return Piece(
            code,
            name,
            (*self.changes, change),
            self.part_only or part_only,
            self.outline_changed or change.outline_changed,
            f"{self.chain} →（{when}）→ {code} {name}",
        )


@functools.cache
def follow(code: str, start: int, stop: int) -> tuple[Piece, ...]:
    """Follow a unit from before one act to before another.

    Parameters
    ----------
    code : str
        Its code before the first act.
    start, stop : int
        Numbers of the acts.

    Returns
    -------
    tuple of Piece
        Several where it was divided, sorted by code.
    """
    history = history_of_lists()
    name = history.states[start][code]
    pieces = [Piece(code, name, (), part_only=False, outline_changed=False, chain=f"{code} {name}")]
    for act in history.acts[start:stop]:
        pieces = [after for piece in pieces for after in _through(piece, act)]
    return tuple(sorted(pieces, key=lambda piece: piece.code))


def _through(piece: Piece, act: tuple[Change, ...]) -> list[Piece]:
    """Return what an act makes of a unit."""
    out = [change for change in act if change.old == piece.code]
    whole = [change for change in out if change.kind != "transfer"]
    if whole:
        return [
            piece.through(
                change, _words(change, act), code=change.new, name=change.new_name, part_only=change.part_only
            )
            for change in whole
        ]
    if out:  # some towns left; the unit lives on without them
        towards = "、".join(f"{change.new} {change.new_name}" for change in out)
        stays = piece.through(out[0], f"一部分划归{towards}", code=piece.code, name=piece.name, part_only=True)
        moved = [
            piece.through(change, _words(change, act), code=change.new, name=change.new_name, part_only=True)
            for change in out
        ]
        return [stays, *moved]
    into = [change for change in act if change.new == piece.code]
    if into:
        origin = "、".join(f"{change.old} {change.old_name}" for change in into)
        words = f"划入{origin}的一部分"
        return [piece.through(into[0], words, code=piece.code, name=piece.name, part_only=False)]
    return [piece]


def _words(change: Change, act: tuple[Change, ...]) -> str:
    """Say in Chinese what a change is."""
    partners = [other for other in act if other.new == change.new and other.old != change.old]
    others = "、".join(f"{other.old} {other.old_name}" for other in partners)
    renamed = "" if change.old_name == change.new_name else "并更名"
    words = {
        "upgrade": f"撤{_rank(change.old_name)}设{_rank(change.new_name)}",
        "merge": f"与{others}合并",
        "split": f"拆分，一部分归{change.new} {change.new_name}" if change.part_only else f"划入{others}的一部分",
        "transfer": f"一部分划归{change.new} {change.new_name}",
        "parent_change": f"划归{prefecture_of(change.new)[1]}{renamed}",
        "rename": "更名",
        "recode": "代码变更",
    }
    return words[change.kind]


def _rank(name: str) -> str:
    return name[-1]


def heirs_of(code: str, name: str, pieces: tuple[Piece, ...]) -> set[str]:
    """Say which pieces go on what a unit was.

    Parameters
    ----------
    code, name : str
        Of the unit.
    pieces : tuple of Piece
        What became of it.

    Returns
    -------
    set of str
        Codes: one, or none where it was divided and nobody goes on.
    """
    if len(pieces) == 1:
        return {pieces[0].code}
    kept = {piece.code for piece in pieces if piece.code == code}
    named = {piece.code for piece in pieces if short_name(piece.name) == short_name(name)}
    return kept or (named if len(named) == 1 else set())


def weakest(changes: Iterable[Change]) -> str:
    """Return the lowest mark of confidence among changes.

    Parameters
    ----------
    changes : iterable of Change
        What happened.

    Returns
    -------
    str
        The mark; the highest where nothing happened.
    """
    return min((change.confidence for change in changes), key=_CONFIDENCE.index, default=_CONFIDENCE[-1])
