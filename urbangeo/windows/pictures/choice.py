"""What a picture shows of a map: which view, which layers, which fill; names that do not exist are refused."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from urbangeo.errors import InputError, listed
from urbangeo.language.adcode import closest
from urbangeo.windows.maps.statement import without_context
from urbangeo.windows.maps.words import Words
from urbangeo.windows.pictures.decode import ground_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from urbangeo.windows.pictures.decode import Ground

_TWIN = "_over_classes"
"""What the name of a style ends in that stands for another over the classes of a fill; as in the page's script."""

DRAWN = ("context", "areas", "circles", "changes", "roads", "seats", "centres", "problems", "graticule", "labels")
"""Kinds of layers that a still picture can show."""


@dataclass(frozen=True)
class Choice:
    """A payload and what is shown of it.

    Attributes
    ----------
    atlas : mapping
        The payload of the page.
    view : mapping
        ``id``, ``name`` and ``bounds`` of the view.
    layers : tuple of mapping
        Layers that are on, in the order of the panel.
    fill : mapping
        The fill of the counties; without ``values`` for none.
    """

    atlas: Mapping[str, Any]
    view: Mapping[str, Any]
    layers: tuple[Mapping[str, Any], ...]
    fill: Mapping[str, Any]

    @property
    def words(self) -> Mapping[str, Any]:
        """The words of the page."""
        found: Mapping[str, Any] = self.atlas["words"]
        return found

    @cached_property
    def ground(self) -> Ground:
        """The counties, in degrees."""
        return ground_of(self.atlas["geometry"])

    def said(self, key: str, **fields: object) -> str:
        """Say what only pictures say.

        Parameters
        ----------
        key : str
            The rest of a key of ``style/page_words`` that begins with "picture.".
        **fields : object
            What stands in its braces.

        Returns
        -------
        str
            In the language of the map.
        """
        return self._told.said(f"picture.{key}", **fields)

    @property
    def statement(self) -> list[str]:
        """The statement, as far as it is true of what is drawn."""
        return self._of_what_is_drawn("statement")

    @property
    def about(self) -> list[str]:
        """What the map tells about itself, as far as it is true of what is drawn."""
        return self._of_what_is_drawn("about")

    def _of_what_is_drawn(self, key: str) -> list[str]:
        lines = [str(line) for line in self.atlas[key]]
        return lines if self.is_on("context") else without_context(lines, words=self._told)

    def of_the_screen(self) -> tuple[str, str]:
        """Return what the page says that is true of the screen only: its projection and its script."""
        return self._told.said("made.crs"), self._told.said("made.credit")

    def of_neighbours(self) -> str:
        """Return what is true only where neighbouring provinces are seen."""
        return self._told.said("made.grey_around")

    @cached_property
    def _told(self) -> Words:
        return Words(self.atlas.get("language", "zh"))

    def is_on(self, kind: str) -> bool:
        """Tell whether a layer of a kind is on.

        Parameters
        ----------
        kind : str
            For example "labels".

        Returns
        -------
        bool
            True if one is.
        """
        return any(layer["kind"] == kind for layer in self.layers)

    @property
    def leaves_out_live(self) -> bool:
        """Whether a live circle is on when the page opens, which no picture can show."""
        return any(layer["kind"] == "live" and layer["on"] for layer in self.atlas["layers"])

    def tables(self) -> list[Mapping[str, Any]]:
        """List the tables of totals that belong to the view: all of them, or that of the circle it shows.

        A map on which the circles are switched off has none.

        Returns
        -------
        list of mapping
            Tables of the payload.
        """
        totals: list[Mapping[str, Any]] = list(self.atlas["totals"])
        has_circles = any(layer["kind"] == "circles" for layer in self.atlas["layers"])
        if has_circles and not self.is_on("circles"):
            return []
        kind, _, origin = str(self.view["id"]).partition(":")
        if kind != "circle":
            return totals
        # A circle without totals has no table: another circle's beside it would be taken for its own.
        return [table for table in totals if table["origin"] == origin]


def choose(
    atlas: Mapping[str, Any],
    *,
    view: str | None = None,
    layers_on: Sequence[str] | None = None,
    fill: str | None = None,
) -> Choice:
    """Settle what is shown.

    Parameters
    ----------
    atlas : mapping
        The payload of the page.
    view : str, optional
        Key or name of a view; the whole map by default.
    layers_on : sequence of str, optional
        Keys of layers; those that are on when the page opens by default.
    fill : str, optional
        Key of a fill; none by default, as the page opens.

    Returns
    -------
    Choice
        What is shown.

    Raises
    ------
    InputError
        If the map has no such view, layer or fill.
    """
    views, fills = list(atlas["views"]), list(atlas["fills"])
    # What moves under the hand is left to the page.
    layers = [layer for layer in atlas["layers"] if layer["kind"] in DRAWN]
    chosen_view = views[0]
    if view is not None:
        chosen_view = _pick(view, views, "view")
    chosen_fill = fills[0] if fill is None else _pick(fill, fills, "fill")
    on = [layer for layer in layers if layer["on"]]
    if layers_on is not None:
        if isinstance(layers_on, str):
            msg = f"layers_on is the text {layers_on!r}; expected a list of layer keys."
            raise InputError(msg)
        wanted = [_pick(key, layers, "layers_on")["id"] for key in layers_on]
        on = [layer for layer in layers if layer["id"] in wanted]
    if chosen_fill.get("values"):
        # A plain colour would mix with those of the classes, and neither legend would be true.
        styles = dict(atlas["styles"])
        styles |= {name: styles[name + _TWIN] for name in atlas["styles"] if name + _TWIN in styles}
        atlas = dict(atlas, styles=styles)
    return Choice(atlas, chosen_view, tuple(on), chosen_fill)


def _pick(key: str, items: list[Any], what: str) -> Any:
    found = next((item for item in items if item["id"] == key), None)
    found = found or next((item for item in items if item["name"] == key), None)
    if found is None:
        known = [str(item["id"]) for item in items]
        near = closest(str(key), known)
        hint = f" Closest: {listed(near)}." if near else ""
        msg = f"{what} names {key!r}, which this map does not have.{hint} It has {listed(known, 30)}."
        raise InputError(msg)
    return found
