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
from typing import TYPE_CHECKING, Any

import folium
from branca.element import Element, Figure, MacroElement
from jinja2 import Template

if TYPE_CHECKING:
    from collections.abc import Mapping

_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)
_POLICY_TAG = '<meta http-equiv="Content-Security-Policy" content="{policy}">'
_OPEN_SCRIPTS = "'unsafe-inline'"
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_NOTEBOOK_HEIGHT = "640px"
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
    return text.encode("utf-8", "replace").decode("utf-8").translate(_JSON_ESCAPES)


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
    """A page whose policy names every script in it by checksum and forbids all loading from outside."""

    _template = Template(
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n{{this.header.render(**kwargs)}}\n</head>\n<body>\n'
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
        page: str = super().render(**kwargs)
        digests = (hashlib.sha256(script.encode()).digest() for script in _INLINE_SCRIPT.findall(page))
        hashes = " ".join(dict.fromkeys(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests))
        return page.replace(policy_tag(_OPEN_SCRIPTS), policy_tag(hashes), 1)


class AtlasPage(MacroElement):
    """The map's own data, style and script, as a child of a folium map.

    Parameters
    ----------
    payload : mapping
        Everything the page shows.
    """

    def __init__(self, payload: Mapping[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "UrbangeoAtlas"
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
        figure.header.add_child(Verbatim(policy_tag(_OPEN_SCRIPTS)), name="urbangeo_policy", index=1)
        figure.header.add_child(
            Verbatim(
                f"<title>{title}</title>\n<style>\n{_asset('leaflet/leaflet.css')}\n</style>\n"
                f"<style>\n{_asset('atlas.css')}\n</style>\n<script>\n{_leaflet()}\n</script>\n"
                f"<script>\n{_asset('atlas.js')}\n</script>"
            ),
            name="urbangeo_assets",
        )
        figure.html.add_child(
            Verbatim(
                "<noscript>本图需要启用 JavaScript 才能显示。</noscript>\n"
                f'<script type="application/json" id="{block}">{self.data}</script>'
            ),
            name="urbangeo_data",
        )
        figure.script.add_child(Verbatim(f'urbangeoAtlas({chart.get_name()}, "{block}");'), name="urbangeo_start")


def policy_tag(scripts: str) -> str:
    """Return the Content-Security-Policy element of a page.

    Parameters
    ----------
    scripts : str
        What may run, in the words of the policy.

    Returns
    -------
    str
        A meta element.
    """
    return _POLICY_TAG.format(policy=_POLICY.format(scripts=scripts))


@functools.cache
def _asset(name: str) -> str:
    text = files(__package__).joinpath("assets", name).read_text(encoding="utf-8")
    if name.endswith("leaflet.css"):
        # Its pictures belong to controls this map does not use; nothing may be asked for.
        text = re.sub(r"url\((?!#)[^)]*\)", "none", text)
    return text.strip()


@functools.cache
def _leaflet() -> str:
    licence = _asset("leaflet/LICENSE").replace("*/", "* /")
    script = re.sub(r"\n?//# sourceMappingURL=.*$", "", _asset("leaflet/leaflet.js"))
    return f"/*!\n{licence}\n*/\n{script}"


def build_page(payload: Mapping[str, Any], centre: tuple[float, float]) -> folium.Map:
    """Make a folium map that shows a payload and needs nothing from outside.

    Parameters
    ----------
    payload : mapping
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
    page.add_child(chart)
    return chart
