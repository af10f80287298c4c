"""How the map becomes HTML: one page with everything in it, text never as markup, nothing loaded from outside.

branca renders what it is given as jinja templates, so that braces in the data would be executed; :class:`Verbatim`
elements are put in as they are. All data travel in one JSON block that the page's own script reads.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import folium
from branca.element import Element, Figure, MacroElement
from jinja2 import Template

from urbangeo.errors import InputError
from urbangeo.windows.maps.bare import bare
from urbangeo.windows.maps.live.script import engine_script

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {styles}; img-src {pictures}; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)
_INLINE_STYLES = "'unsafe-inline'"
_OWN_PICTURES = "data:"
_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>')
_FREE_VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1.0">'
_OUTSIDE = re.compile(
    r"""<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)\s*=\s*["']?((?:https?:)?//[^"'\s>]+)""", re.IGNORECASE
)
_OUTSIDE_LAYER = re.compile(
    r"""\bL\.(?:tileLayer(?:\.wms)?|imageOverlay|videoOverlay)\(\s*["']((?:https?:)?//[^"'\s]+)""", re.IGNORECASE
)
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_NOTEBOOK_HEIGHT = "640px"
_LANGUAGES = {"zh": "zh-CN", "en": "en"}
PARTS = (
    "page/open",
    "page/nodes",
    "page/frame",
    "page/base",
    "page/first",
    "page/large_lines",
    "page/geometry",
    "page/patterns",
    "page/large_canvas",
    "page/vector",
    "page/large_mosaic",
    "page/mosaic",
    "page/card",
    "page/paper",
    "page/pause",
    "page/borders",
    "page/layers",
    "page/large_layers",
    "page/context",
    "page/furniture",
    "page/labels",
    "page/legend",
    "page/search",
    "page/views",
    "page/switches",
    "page/bands",
    "page/totals",
    "page/curve",
    "page/notes",
    "page/state",
    "page/live",
    "page/live_map",
    "page/live_panel",
    "page/live_roads",
    "page/live_results",
    "page/start",
)
"""The parts of the page under ``assets``, in the order in which they run. A script may have a style sheet beside it."""
_LIVE = "page/live"
"""How the parts of the live circle begin; only pages with one carry them."""
_JSON_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def safe_json(payload: Mapping[str, Any]) -> str:
    r"""Write data as JSON that may stand inside a script element of any page.

    Parameters
    ----------
    payload : mapping
        Plain data without NaN.

    Returns
    -------
    str
        JSON without ``<``, ``>``, ``&`` and line separators; the same value for the same data.

    Examples
    --------
    >>> safe_json({"name": "</script>"})
    '{"name":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # Half of a surrogate pair cannot be written as UTF-8; it is shown as a question mark.
    text = text.encode("utf-8", "replace").decode("utf-8")
    # One character after the other: on megabytes that is many times quicker than translating all at once.
    for code, escape in _JSON_ESCAPES.items():
        text = text.replace(chr(code), escape)
    return text


class Verbatim(Element):
    """An element that is put into the page as it is, never read as a template.

    Parameters
    ----------
    content : str
        HTML, CSS or JavaScript.
    """

    def __init__(self, content: str) -> None:
        super().__init__()
        self._name = "Verbatim"
        self.content = content

    def render(self, **kwargs: Any) -> str:
        """Return the content.

        Parameters
        ----------
        **kwargs : object
            Ignored; branca passes its options through.

        Returns
        -------
        str
            The content.
        """
        del kwargs
        return self.content


class SealedFigure(Figure):
    """A page whose policy names every script in it by checksum and forbids loading: all but a base map's tiles."""

    tile_hosts: tuple[str, ...] = ()

    lang = "zh-CN"
    _template = Template(
        '<!DOCTYPE html>\n<html lang="{{this.lang}}">\n<head>\n{{this.header.render(**kwargs)}}\n</head>\n<body>\n'
        "{{this.html.render(**kwargs)}}\n<script>\n{{this.script.render(**kwargs)}}\n</script>\n</body>\n</html>\n"
    )

    def render(self, **kwargs: Any) -> str:
        """Render the page and write the checksums of its scripts into the policy.

        Parameters
        ----------
        **kwargs : object
            Passed to branca.

        Returns
        -------
        str
            HTML.
        """
        return self.policed(self.drawn(**kwargs))

    def drawn(self, **kwargs: Any) -> str:
        """Render the page with a policy that still lets every inline script run.

        Parameters
        ----------
        **kwargs : object
            Passed to branca.

        Returns
        -------
        str
            HTML.
        """
        # folium forbids readers to enlarge the page; the map's own gestures do not need that.
        return _VIEWPORT.sub(_FREE_VIEWPORT, super().render(**kwargs), count=1)

    def policed(self, page: str, *, scripts: Sequence[str] = (), styles: Sequence[str] = ()) -> str:
        """Name in the policy of a page what may run and what may be loaded; nothing else may.

        Parameters
        ----------
        page : str
            The page as drawn.
        scripts, styles : sequence of str
            Addresses it may load scripts and style sheets from.

        Returns
        -------
        str
            HTML.
        """
        digests = (hashlib.sha256(script.encode()).digest() for script in _INLINE_SCRIPT.findall(page))
        hashes = dict.fromkeys(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
        final = _policy_tag(
            scripts=[*hashes, *scripts], styles=[_INLINE_STYLES, *styles], pictures=[_OWN_PICTURES, *self.tile_hosts]
        )
        return page.replace(_OPEN_POLICY, final, 1)


class AtlasPage(MacroElement):
    """The map's own data, style and script, as a child of a folium map.

    Parameters
    ----------
    payload : dict
        Everything the page shows; kept as it is, so that pictures and slides are drawn of the same data as the page.
    """

    def __init__(self, payload: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "UrbangeoAtlas"
        self.payload = payload
        self.data = safe_json(payload)
        self.title = str(payload["title"])
        self._id = hashlib.sha256(self.data.encode()).hexdigest()[:12]

    def render(self, **kwargs: Any) -> None:  # type: ignore[override]
        """Put data, style and script into the page that holds the map.

        Parameters
        ----------
        **kwargs : object
            Ignored; branca passes its options through.
        """
        del kwargs
        figure: Any = self.get_root()
        chart: Any = self._parent
        block = f"urbangeo-{self._id}"
        title = html.escape("".join(character for character in self.title if character.isprintable()))
        figure.header.add_child(Verbatim(_OPEN_POLICY), name="urbangeo_policy", index=1)
        figure.header.add_child(
            Verbatim(
                f"<title>{title}</title>\n{_inline_style()}\n"
                f"<style>\n{_style(live=bool(self.payload.get('live')))}\n</style>\n{_inline_leaflet()}\n"
                f"<script>\n{_script(live=bool(self.payload.get('live')))}\n</script>"
            ),
            name="urbangeo_assets",
        )
        figure.html.add_child(
            Verbatim(
                f"<noscript>{html.escape(self.payload['words']['no_script'])}</noscript>\n"
                f'<script type="application/json" id="{block}">{self.data}</script>'
            ),
            name="urbangeo_data",
        )
        figure.script.add_child(Verbatim(f'urbangeo.open({chart.get_name()}, "{block}");'), name="urbangeo_start")


def _policy_tag(*, scripts: Sequence[str], styles: Sequence[str], pictures: Sequence[str]) -> str:
    policy = _POLICY.format(scripts=" ".join(scripts), styles=" ".join(styles), pictures=" ".join(pictures))
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}">'


_OPEN_POLICY = _policy_tag(scripts=["'unsafe-inline'"], styles=[_INLINE_STYLES], pictures=[_OWN_PICTURES])
"""What the page holds until its scripts are known."""


@functools.cache
def _asset(name: str) -> str:
    text = files(__package__).joinpath("assets", name).read_text(encoding="utf-8")
    if name.endswith("leaflet.css"):
        # Its pictures belong to controls this map does not use; nothing may be asked for.
        text = re.sub(r"url\((?!#)[^)]*\)", "none", text)
    return text.strip()


@functools.cache
def _script(*, live: bool) -> str:
    # Pages without a live circle carry neither its engine nor its parts.
    own = "\n".join(_asset(f"{part}.js") for part in PARTS if live or not part.startswith(_LIVE))
    return bare(f"{engine_script()}\n{own}" if live else own)


@functools.cache
def _style(*, live: bool) -> str:
    parts = [part for part in PARTS if live or not part.startswith(_LIVE)]
    own = [f"{part}.css" for part in parts if files(__package__).joinpath("assets", f"{part}.css").is_file()]
    return bare("\n".join(_asset(name) for name in ["atlas.css", *own]))


@functools.cache
def _inline_leaflet() -> str:
    licence = _asset("leaflet/LICENSE").replace("*/", "* /")
    script = re.sub(r"\n?//# sourceMappingURL=.*$", "", _asset("leaflet/leaflet.js"))
    return f"<script>\n/*!\n{licence}\n*/\n{script}\n</script>"


@functools.cache
def _inline_style() -> str:
    return f"<style>\n{_asset('leaflet/leaflet.css')}\n</style>"


class _Link(NamedTuple):
    """Where a vendored file can be loaded from, and the checksum a browser holds it against."""

    address: str
    integrity: str


@functools.cache
def _link(path: str) -> _Link:
    assets = files(__package__).joinpath("assets")
    listed_files = json.loads(assets.joinpath("vendored.json").read_text(encoding="utf-8"))["files"]
    address = next(row["address"] for row in listed_files if row["path"] == path)
    digest = hashlib.sha384(assets.joinpath(path).read_bytes()).digest()
    return _Link(address, f"sha384-{base64.b64encode(digest).decode()}")


def linked_html(m: folium.Map) -> str:
    """Render a map with Leaflet as a link instead of its text; its checksum stands beside it.

    The policy allows exactly these two files, and the hosts of the base map's tiles. Where own folium elements are on
    the map nobody knows what they load, so that there is no policy then.

    Parameters
    ----------
    m : folium.Map
        From :func:`urbangeo.draw_map`.

    Returns
    -------
    str
        HTML.
    """
    root: Any = m.get_root()
    if not isinstance(root, SealedFigure):
        page: str = root.render()
        return page
    style, script = _link("leaflet/leaflet.css"), _link("leaflet/leaflet.js")
    tail = 'crossorigin="anonymous">'
    missing = json.dumps(payload_of(m)["words"]["no_library"], ensure_ascii=False).translate(_JSON_ESCAPES)
    page = root.drawn()
    for inline, link in (
        (_inline_style(), f'<link rel="stylesheet" href="{style.address}" integrity="{style.integrity}" {tail}'),
        (_inline_leaflet(), f'<script src="{script.address}" integrity="{script.integrity}" {tail}</script>'),
        ("<noscript>", f"<script>if (!window.L) {{ document.body.append({missing}); }}</script>\n<noscript>"),
    ):
        page = page.replace(inline, link, 1)
    foreign = any(not isinstance(child, AtlasPage) for child in m._children.values())  # noqa: SLF001 - folium offers no list of them
    if foreign or set(loaded_from(page)) - {style.address, script.address}:
        return page.replace(f"{_OPEN_POLICY}\n", "", 1).replace(_OPEN_POLICY, "", 1)
    return root.policed(page, scripts=[script.address], styles=[style.address])


def loaded_from(page: str) -> list[str]:
    """List the addresses outside that elements of a page, and layers of Leaflet in its scripts, load from.

    Parameters
    ----------
    page : str
        HTML.

    Returns
    -------
    list of str
        Sorted, each once.

    Examples
    --------
    >>> loaded_from('<script src="https://example.org/x.js"></script>')
    ['https://example.org/x.js']
    >>> loaded_from('<script>L.tileLayer("https://example.org/{z}/{x}/{y}.png", {}).addTo(map);</script>')
    ['https://example.org/{z}/{x}/{y}.png']
    """
    return sorted({*_OUTSIDE.findall(page), *_OUTSIDE_LAYER.findall(page)})


def payload_of(m: folium.Map) -> dict[str, Any]:
    """Return what a map shows, as plain data.

    Parameters
    ----------
    m : folium.Map
        From :func:`urbangeo.draw_map`, perhaps with own folium layers added; those are not part of the data.

    Returns
    -------
    dict
        The data of the page: title, words, statement, geometry, counties, styles, layers and so on. It belongs to the
        map; change nothing in it.

    Raises
    ------
    InputError
        If ``m`` is not a map that draw_map made.

    Examples
    --------
    >>> from urbangeo import draw_map, read_counties
    >>> payload_of(draw_map(read_counties("青海"), title="青海省县级行政区"))["title"]
    '青海省县级行政区'
    """
    children = getattr(m, "_children", {})
    found = [child for child in children.values() if isinstance(child, AtlasPage)]
    if len(found) != 1:
        kind = "folium map of other origin" if children else type(m).__name__
        msg = f"m is a {kind}; expected the map that draw_map returns."
        raise InputError(msg)
    return found[0].payload


def tile_hosts_of(m: folium.Map) -> tuple[str, ...]:
    """Return where the base map of a map loads its tiles from.

    Parameters
    ----------
    m : folium.Map
        Any map.

    Returns
    -------
    tuple of str
        Hosts; none where there is no base map.
    """
    root: Any = m.get_root()
    return root.tile_hosts if isinstance(root, SealedFigure) else ()


def build_page(payload: dict[str, Any], centre: tuple[float, float]) -> folium.Map:
    """Make a folium map that shows a payload and needs nothing from outside.

    Parameters
    ----------
    payload : dict
        Everything the page shows.
    centre : tuple of float
        Latitude and longitude to start from; the page then fits its first view.

    Returns
    -------
    folium.Map
        The map, in a page of its own; the same HTML for the same payload.
    """
    atlas = AtlasPage(payload)
    chart = folium.Map(
        location=centre,
        tiles=None,
        zoom_start=5,
        zoom_control=False,
        attributionControl=False,
        zoomSnap=0.25,
        zoomDelta=0.5,
        wheelPxPerZoomLevel=100,
        minZoom=3,
        maxZoom=14,
    )
    chart.default_js, chart.default_css = [], []
    chart._id = atlas._id  # noqa: SLF001 - folium draws it at random; the same map shall be the same bytes
    chart.add_child(atlas)
    # A fresh page, so that the map stands in it under its fixed name.
    page = SealedFigure(height=_NOTEBOOK_HEIGHT)
    page.tile_hosts = tuple((payload.get("base_map") or {}).get("hosts", ()))
    page.lang = _LANGUAGES[payload["language"]]
    page.add_child(chart)
    return chart
