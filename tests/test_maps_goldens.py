"""The map looks as it did when its pictures were last looked at: loosely, block by block, in the real browser.

The goldens are the pictures of the manual, `docs/pictures`, taken from a finished pack by `tools/take_pictures.py` and
looked at before they are kept. Letters and lines differ a little between browsers and fonts, so pictures are brought to
80 × 45 blocks before they are compared; what matters (a fill, a circle, a legend, a statement that is gone) is larger.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

import numpy as np
import pytest
from conftest import REPO_ROOT, SealedPage
from numpy.typing import NDArray
from PIL import Image

from urbangeo.door.atlas import Atlas

pytestmark = pytest.mark.browser

PICTURES = REPO_ROOT / "docs" / "pictures"
BLOCKS = (80, 45)
MEAN_DIFFERENCE = 3.0
"""Of 255, mean over all blocks. Another view of the same pack differs by 8 or more."""


def _tool() -> ModuleType:
    path = REPO_ROOT / "tools" / "take_pictures.py"
    spec = importlib.util.spec_from_file_location("take_pictures", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["take_pictures"] = module
    spec.loader.exec_module(module)
    return module


VIEWS: dict[str, str] = _tool().VIEWS


def blocks(picture: Image.Image) -> NDArray[np.float64]:
    """Bring a picture to blocks of mean colour."""
    return np.asarray(picture.convert("RGB").resize(BLOCKS, Image.Resampling.BOX), dtype=np.float64)


def golden(name: str) -> NDArray[np.float64]:
    """Read a picture of the manual as blocks."""
    with Image.open(PICTURES / f"{name}.png") as picture:
        return blocks(picture)


def difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the mean difference of two pictures, 0 to 255."""
    return float(np.abs(one - other).mean())


def test_the_views_differ_by_more_than_is_allowed() -> None:
    """Else the comparison below could not fail."""
    seen = {name: golden(name) for name in VIEWS}
    names = sorted(seen)
    for place, name in enumerate(names):
        for other in names[place + 1 :]:
            assert difference(seen[name], seen[other]) > 2 * MEAN_DIFFERENCE, (name, other)


@pytest.mark.parametrize("name", sorted(VIEWS))
def test_the_map_looks_as_its_picture_in_the_manual(
    sealed_pages: Callable[..., SealedPage], built_atlas: Atlas, name: str, tmp_path: Path
) -> None:
    sealed = sealed_pages(1600, 900)
    page = sealed.page
    page.goto((built_atlas.folder / "atlas.html").resolve().as_uri() + "#" + quote(VIEWS[name], safe="=&,:;"))
    page.wait_for_selector("html[data-urbangeo=ready]", state="attached")
    page.wait_for_timeout(500)
    taken = page.screenshot()
    (tmp_path / f"{name}.png").write_bytes(taken)
    with Image.open(BytesIO(taken)) as picture:
        assert difference(blocks(picture), golden(name)) < MEAN_DIFFERENCE, tmp_path / f"{name}.png"
    assert sealed.faults == []
