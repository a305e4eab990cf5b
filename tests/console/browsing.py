"""A browser as a person has one, which remembers everything that a person would never see go wrong."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = Path(__file__).parent / "screenshots"
AXE = ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WATCH = """
document.addEventListener('securitypolicyviolation', (event) => {
  console.error(`CSP: ${event.violatedDirective} blocked ${event.blockedURI} ${event.sample}`);
});
"""
# what axe does not look at: the outline of what can be changed stands out from what is behind it, three to one; what
# is checked has a white sign in it
FAINT = """(include) => {
  const parts = (color) => (color.match(/[\\d.]+/g) || []).map(Number);
  const light = (color) => {
    const [red, green, blue] = parts(color).slice(0, 3).map((one) => one / 255)
      .map((one) => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const opaque = (color) => parts(color).length === 3 || parts(color)[3] === 1;
  const behind = (element) => {
    for (let one = element.parentElement; one; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if (opaque(color)) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const ratio = (one, other) => {
    const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  const controls = '.mantine-Input-input, .mantine-Checkbox-input, .mantine-Radio-radio, .mantine-Switch-track';
  return [...document.querySelectorAll(`:is(${include}) :is(${controls})`)]
    .filter((one) => one.checkVisibility() && !one.matches('[data-disabled], :disabled, :checked, :checked + *, [data-variant=unstyled]'))
    .map((one) => {
      const style = getComputedStyle(one);
      const seen = parseFloat(style.borderTopWidth) > 0 ? style.borderTopColor : style.backgroundColor;
      return [ratio(seen, behind(one)), one.outerHTML.slice(0, 200)];
    })
    .filter(([found]) => found < 3)
    .slice(0, 5);
}"""


@contextmanager
def chromium() -> Generator[Browser]:
    """Give Debian's Chromium. It is closed with the file of tests that asked: its event loop goes with it."""
    path = which("chromium") or which("chromium-browser")
    assert path, "Debian's chromium is missing: make .make/browser"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Tab:
    """One tab. *wrong*: what went wrong in it that no person would see: errors of the page and of its policy."""

    page: Page
    url: str
    wrong: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def open(self, path: str = "/") -> Page:
        """Open a page of the console, and wait until it stands still."""
        self.page.goto(f"{self.url}{path}")
        self.page.wait_for_load_state("domcontentloaded")
        return self.page

    def sign_in(self, name: str = "ana", password: str = "the quick brown fox 9", to: str = "/") -> Page:
        """Sign in as a person does."""
        page = self.open("/sign-in")
        page.get_by_role("textbox", name="Name").fill(name)
        page.get_by_role("textbox", name="Password").fill(password)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_role("button", name="My account").wait_for()
        if to != "/":
            self.open(to)
            page.get_by_role("button", name="My account").wait_for()
        return page

    def allow(self, *parts: str) -> None:
        """Expect errors whose text holds one of *parts*: a refused request is one in the browser's own console."""
        self.expected += parts

    def check_axe(self, *, include: str = "") -> None:
        """Fail where WCAG 2.2 AA is not met, in either scheme."""
        for scheme in ("light", "dark"):
            self.scheme(scheme)
            found = self.violations(include) or self.faint(include)
            if found:  # a busy machine paints the new scheme late
                self.page.wait_for_timeout(1500)
                found = self.violations(include) or self.faint(include)
            assert not found, f"{scheme}: {found}"
        self.scheme("light")

    def violations(self, include: str = "") -> list[Any]:
        """Return what axe-core finds, each with where."""
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate(
            "([rules, include]) => axe.run(include || document, {runOnly: {type: 'tag', values: rules}})",
            [RULES, include],
        )
        return [
            (one["id"], one["help"], [node["html"][:300] for node in one["nodes"]][:5]) for one in found["violations"]
        ]

    def faint(self, include: str = "") -> list[Any]:
        """Return the controls whose outline is hardly seen, each with how much it stands out."""
        return self.page.evaluate(FAINT, include or "body")

    def scheme(self, name: str) -> None:
        """Turn to the light or the dark scheme."""
        self.page.emulate_media(color_scheme=name)
        self.page.locator(f"html[data-mantine-color-scheme={name}]").wait_for(state="attached")
        self.page.wait_for_timeout(200)  # the style of the new scheme comes a frame later

    def shoot(self, name: str, *, narrow: bool = True) -> None:
        """Take pictures of the page: light and dark, and as narrow as a telephone."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.evaluate("window.scrollTo(0, 0)")
        for scheme in ("light", "dark"):
            self.scheme(scheme)
            self.page.evaluate("scrollTo(0, 0)")
            self.page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}.png", full_page=True)
        self.scheme("light")
        if narrow:
            self.page.set_viewport_size({"width": 360, "height": 740})
            self.page.screenshot(path=SCREENSHOTS / f"{name}-narrow.png", full_page=True)
            # nothing is wider than the screen: whoever reads must not scroll to the side
            assert self.page.evaluate("document.documentElement.scrollWidth") <= 360, f"{name} is wider than 360 px"
            self.page.set_viewport_size({"width": 1280, "height": 800})


@contextmanager
def tab_of(browser: Browser, url: str) -> Generator[Tab]:
    """Give a tab with no history; what went wrong in it fails the test."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800},
        locale="en-GB",
        timezone_id="Europe/Zagreb",
        reduced_motion="reduce",
        color_scheme="light",
    )
    context.set_default_timeout(15_000)
    context.add_init_script(WATCH)
    page = context.new_page()
    tab = Tab(page, url)
    page.on("pageerror", lambda error: tab.wrong.append(f"page error: {error}"))
    page.on(
        "console",
        lambda told: tab.wrong.append(f"console: {told.text} {told.location['url']}") if told.type == "error" else None,
    )
    yield tab
    context.close()
    unexpected = [one for one in tab.wrong if not any(part in one for part in tab.expected)]
    assert not unexpected, "\n".join(unexpected)
