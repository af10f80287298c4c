"""What tests share: the checkout, the real test data beside it, and a browser cut off from the network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, sync_playwright

from urbangeo.door.atlas import Atlas, build_atlas

REPO_ROOT = Path(__file__).resolve().parent.parent
TESTDATA = REPO_ROOT.parent / "shared" / "testdata"
IN_CI = bool(os.environ.get("CI"))

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# As root, Chromium refuses to start inside its own sandbox; in containers /dev/shm is often too small for it.
BROWSER_ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")

# No deadline: the first example pays for imports and caches. CI draws the same examples every time.
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("dev"), derandomize=True)
settings.load_profile("ci" if IN_CI else "dev")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests of real files where the folder of real files is absent."""
    if TESTDATA.is_dir():
        return
    absent = pytest.mark.skip(reason=f"no real test data at ../shared/{TESTDATA.name}")
    for item in items:
        if item.get_closest_marker("testdata"):
            item.add_marker(absent)


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """Folder of the checkout under test."""
    return REPO_ROOT


@pytest.fixture(scope="session")
def testdata() -> Path:
    """Folder of real files for tests (mark the test `testdata`)."""
    if not TESTDATA.is_dir():
        pytest.skip("no real test data at ../shared/testdata")
    return TESTDATA


@pytest.fixture(scope="session")
def chromium_browser() -> Iterator[Browser]:
    """One headless browser for the whole run: the system's own, never a downloaded one."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        reason = f"none of {', '.join(BROWSERS)} is installed; tools/install-system-packages.sh installs one"
        if IN_CI:
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(BROWSER_ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class SealedPage:
    """A page opened with the network off, and what went wrong or was asked for while it was open."""

    page: Page
    console_errors: list[str] = field(default_factory=list)
    page_errors: list[str] = field(default_factory=list)
    foreign_requests: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """All faults in one list; an empty one means the page is sealed and quiet."""
        return self.console_errors + self.page_errors + self.foreign_requests

    def open(self, path: Path) -> Page:
        """Open a local file and wait until it has loaded; only this file may be requested."""
        address = path.resolve().as_uri()
        self.page.on("request", lambda request: self._note_request(request, address))
        self.page.goto(address, wait_until="load")
        return self.page

    def note_console(self, message: ConsoleMessage) -> None:
        """Keep warnings and errors of the console."""
        if message.type in {"error", "warning"}:
            self.console_errors.append(f"console {message.type}: {message.text}")

    def note_page_error(self, error: Error) -> None:
        """Keep errors that no script caught."""
        self.page_errors.append(f"uncaught: {error.message}")

    def _note_request(self, request: Request, address: str) -> None:
        url = request.url.split("#")[0]
        if url != address and not url.startswith(("data:", "blob:")):
            self.foreign_requests.append(f"request: {url}")


@pytest.fixture
def sealed_pages(chromium_browser: Browser) -> Iterator[Callable[..., SealedPage]]:
    """Make pages without network, each of a given width and height."""
    contexts: list[BrowserContext] = []

    def make(width: int = 1280, height: int = 900) -> SealedPage:
        context = chromium_browser.new_context(
            offline=True, locale="zh-CN", viewport={"width": width, "height": height}
        )
        contexts.append(context)
        sealed = SealedPage(context.new_page())
        sealed.page.on("console", sealed.note_console)
        sealed.page.on("pageerror", sealed.note_page_error)
        return sealed

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def sealed_page(sealed_pages: Callable[..., SealedPage]) -> SealedPage:
    """One page of ordinary size without network: `open(path)`, then look at `faults`."""
    return sealed_pages()


@pytest.fixture(scope="session")
def built_atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    """The planning-meeting pack, built once for the whole run."""
    return build_atlas(tmp_path_factory.mktemp("pack") / "atlas")
