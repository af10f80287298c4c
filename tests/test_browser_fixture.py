"""The sealed page itself: it must see the faults it is there for, or every browser test is worth nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import SealedPage

pytestmark = pytest.mark.browser


def write_page(folder: Path, body: str) -> Path:
    path = folder / "page.html"
    head = "<!doctype html><meta charset='utf-8'><link rel='icon' href='data:,'><title>图</title>"
    path.write_text(head + body, encoding="utf-8")
    return path


def test_a_quiet_page_has_no_faults(sealed_page: SealedPage, tmp_path: Path) -> None:
    page = sealed_page.open(write_page(tmp_path, "<h1>一小时交通圈</h1>"))
    assert page.inner_text("h1") == "一小时交通圈"
    assert sealed_page.faults == []


def test_a_script_error_is_seen(sealed_page: SealedPage, tmp_path: Path) -> None:
    sealed_page.open(write_page(tmp_path, "<script>throw new Error('broken')</script>"))
    assert any("broken" in fault for fault in sealed_page.page_errors)


def test_a_console_error_is_seen(sealed_page: SealedPage, tmp_path: Path) -> None:
    sealed_page.open(write_page(tmp_path, "<script>console.error('bad layer')</script>"))
    assert sealed_page.console_errors == ["console error: bad layer"]


@pytest.mark.parametrize("address", ["https://example.org/tile.png", "neighbour.png"])
def test_a_request_for_anything_else_is_seen(sealed_page: SealedPage, tmp_path: Path, address: str) -> None:
    sealed_page.open(write_page(tmp_path, f"<img src='{address}'>"))
    assert any(address in request for request in sealed_page.foreign_requests)
