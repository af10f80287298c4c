"""The map in notebooks: run, exported, and inside frames that have no origin of their own, as editors make them."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from conftest import SealedPage
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import FrameLocator
from toy_map import toy_frames

from urbangeo.windows.maps import draw_map

pytestmark = [pytest.mark.browser, pytest.mark.slow]

READY = "html[data-urbangeo=ready]"
CELLS = (
    "import urbangeo as ug\nfrom urbangeo import draw_map, read_counties",
    "draw_map(read_counties('青海'), census=ug.read_census(2020), title='青海省')",
)


def use(inside: FrameLocator) -> None:
    """Switch a layer, search and close, as a reader of a notebook would."""
    inside.locator(READY).wait_for(state="attached")
    inside.locator("input[data-layer=labels]").uncheck()
    inside.locator(".ug-views button").last.click()
    inside.locator(".ug-search input").fill("湟中")
    inside.locator(".ug-search input").press("Enter")
    assert inside.locator(".ug-card h3 span").inner_text() == "湟中区"
    inside.locator(".ug-card").press("Escape")
    assert inside.locator(".ug-card").is_hidden()


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook with a map, run and exported to HTML."""
    notebook = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    notebook.cells = [nbformat.v4.new_code_cell(code) for code in CELLS]  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    body, _ = HTMLExporter(template_name="lab").from_notebook_node(notebook)  # type: ignore[no-untyped-call]
    path = tmp_path_factory.mktemp("notebook") / "notebook.html"
    path.write_text(body, encoding="utf-8")
    return path


def test_an_exported_notebook_holds_the_whole_map(sealed_pages: Callable[..., SealedPage], exported: Path) -> None:
    sealed = sealed_pages(1280, 900)
    asked: list[str] = []
    sealed.page.on("request", lambda request: asked.append(request.url if request.frame.parent_frame else ""))
    page = sealed.page
    page.goto(exported.resolve().as_uri(), wait_until="domcontentloaded")
    frame = page.frame_locator("iframe")
    use(frame)
    box = page.locator("iframe").bounding_box()
    assert box is not None
    assert box["height"] >= 600
    assert box["width"] > 700
    # The template of the notebook may want scripts from outside; the map does not.
    assert [url for url in asked if url and not url.startswith(("data:", "about:"))] == []
    assert sealed.page_errors == []


@pytest.mark.parametrize("sandbox", ["allow-scripts", "allow-scripts allow-forms allow-popups allow-downloads"])
def test_a_frame_without_an_origin_of_its_own(sealed_page: SealedPage, tmp_path: Path, sandbox: str) -> None:
    frames = toy_frames()
    frames["counties"]["name"] = ["湟中区", "乙县", "丙市", "丁县", "戊县"]
    chart = draw_map(frames.pop("counties"), **frames)
    editor = f"<!DOCTYPE html><meta charset=utf-8><body style='margin:0'>{chart._repr_html_()}"
    host = tmp_path / "editor.html"
    outer = f"<iframe sandbox='{sandbox}' style='width:1000px;height:680px' srcdoc=\"{html.escape(editor)}\"></iframe>"
    host.write_text(f"<!DOCTYPE html><meta charset=utf-8>{outer}", encoding="utf-8")
    page = sealed_page.open(host)
    use(page.frame_locator("iframe").frame_locator("iframe"))
    assert sealed_page.faults == []
