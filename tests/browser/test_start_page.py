"""The demo's start page on a phone, by keyboard, by ear, in the dark, and without JavaScript."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.server import PATIENCE

ENOUGH = 4.5
"""The contrast of text that WCAG 2.2 asks for (1.4.3)."""

# Of every element with a text of its own: the text, its colour and what lies behind it, as the page is drawn now.
COLOURS = """
() => [...document.body.querySelectorAll("*")].filter((element) => element.checkVisibility()
    && [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()))
  .map((element) => {
    const behind = [];
    for (let at = element; at; at = at.parentElement) behind.push(getComputedStyle(at).backgroundColor);
    return [element.textContent.trim().slice(0, 40), getComputedStyle(element).color, behind];
  })
"""

# The control that has the focus, and whether one sees that it has it: by its ring, in view, and under nothing else.
FOCUS = """
() => {
  const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
  const x = box.left + box.width / 2, y = box.top + Math.min(box.height, 20) / 2;
  return {
    name: element.getAttribute("aria-label") || element.innerText,
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inView: element.contains(document.elementFromPoint(x, y)),
  };
}
"""

# Of every element that a selector finds: its name, and the box that it takes.
BOXES = """
(selector) => [...document.querySelectorAll(selector)].map((element) => {
  const box = element.getBoundingClientRect();
  return [element.getAttribute("aria-label") || element.innerText, box.left, box.top, box.width, box.height];
})
"""

SKIP = "Skip to the channels"
REACHABLE = "a[href], button, [tabindex='0']"


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Literal["light", "dark"]:
    return request.param


@pytest.fixture
def page(browser: Browser, url: str) -> Generator[Page]:
    """The start page on a desktop."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        yield visit(context.new_page(), url)


def visit(page: Page, url: str) -> Page:
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    expect(page.locator("#queue").get_by_role("listitem").first).to_be_visible()
    return page


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_nothing_sticks_out_at_any_width(width: int, browser: Browser, url: str) -> None:
    with browser.new_context(viewport={"width": width, "height": 844}) as context:
        page = visit(context.new_page(), url)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for name, left, _, box_width, _ in boxes(page):
            assert left >= 0 or name == SKIP, name
            assert left + box_width <= width, name


def boxes(page: Page, selector: str = REACHABLE) -> list[tuple[str, float, float, float, float]]:
    """Each control with its left, top, width and height; all at once, as the page replaces them."""
    found: list[tuple[str, float, float, float, float]] = page.evaluate(BOXES, selector)
    assert len(found) > 10
    return found


def test_a_finger_hits_every_button_on_a_phone(browser: Browser, url: str) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True) as context:
        page = visit(context.new_page(), url)
        for name, _, _, width, height in boxes(page, "button"):
            assert min(width, height) >= 44, name
        page.get_by_role("button", name="Let the racers rest").tap()
        # However far down the button stands, what came of it is in sight.
        expect(page.locator("#said")).to_have_text("The simulated racers rest.")
        expect(page.locator("#said")).to_be_in_viewport(ratio=1)
        page.get_by_role("button", name="Let the racers go on").tap()
        expect(page.locator("#said")).to_have_text("The simulated racers go on.")


def test_all_text_stands_out(browser: Browser, url: str, scheme: Literal["light", "dark"]) -> None:
    with browser.new_context(color_scheme=scheme, reduced_motion="reduce") as context:
        page = visit(context.new_page(), url)
        weak = weak_texts(page)
        page.get_by_role("button", name="Kill the bot").click()
        expect(page.locator("#state")).to_contain_text("The bot is dead")
        page.get_by_role("button", name="Discord answers 500").click()
        expect(page.locator("#state")).to_contain_text("Discord answers 500")
        weak |= weak_texts(page)
        page.get_by_role("button", name="Start a fresh bot").click()
        expect(page.locator("#state")).to_contain_text("The bot is running")
        for label in ("Kill the bot", "Be Mo", "Let the racers rest"):
            page.get_by_role("button", name=label).hover()
            weak |= weak_texts(page)
        assert weak == {}
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (luminance(channels(ground)[:3]) > 0.5) is (scheme == "light")


def weak_texts(page: Page) -> dict[str, float]:
    """The texts whose contrast is too low, each with its contrast."""
    texts: list[tuple[str, str, list[str]]] = page.evaluate(COLOURS)
    assert len(texts) > 50
    ratios = {text: contrast(colour, behind) for text, colour, behind in texts}
    return {text: ratio for text, ratio in ratios.items() if ratio < ENOUGH}


def contrast(colour: str, behind: list[str]) -> float:
    """The contrast of a text with the nearest ground that is not transparent (WCAG 2.2, contrast ratio)."""
    ground = next(rgba for rgba in map(channels, behind) if rgba[3])
    assert ground[3] == channels(colour)[3] == 1, "half transparent colours are not worked out here"
    lights = sorted((luminance(channels(colour)[:3]), luminance(ground[:3])))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def channels(colour: str) -> list[float]:
    """Red, green, blue (0 to 255) and alpha of a computed colour."""
    parts = [float(part) for part in colour.split("(")[1].rstrip(")").split(",")]
    return parts if len(parts) == 4 else [*parts, 1.0]


def luminance(rgb: list[float]) -> float:
    """How bright a colour is, from 0 to 1 (WCAG 2.2, relative luminance)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in rgb)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_tab_reaches_every_control_in_the_order_of_the_page_and_shows_where_it_is(page: Page) -> None:
    wanted = [control.get_attribute("aria-label") or control.inner_text() for control in page.locator(REACHABLE).all()]
    assert len(wanted) > 20
    reached: list[str] = []
    for _ in wanted:
        page.keyboard.press("Tab")
        focus: dict[str, Any] = page.evaluate(FOCUS)
        assert focus["ring"], focus
        assert focus["inView"], focus
        reached.append(focus["name"])
    assert reached == wanted


def test_the_page_is_operated_by_keyboard_alone(page: Page) -> None:
    tab_to(page, "Be Rae")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("You are Rae now.")
    tab_to(page, "Let the racers rest")
    page.keyboard.press("Space")
    expect(page.locator("#said")).to_have_text("The simulated racers rest.")
    # What stands there instead has the focus, and so has what is of no use for now.
    expect(page.get_by_role("button", name="Let the racers go on")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("#said")).to_have_text("The simulated racers go on.")
    tab_to(page, "Kill the bot")
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_contain_text("The bot is dead")
    expect(page.get_by_role("button", name="Kill the bot")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_contain_text("The bot is running")
    expect(page.get_by_role("button", name="Start a fresh bot")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Kill the bot")).to_be_focused()
    tab_to(page, "Open #review")
    page.keyboard.press("Enter")
    expect(page.locator("#channel-name")).to_have_text("review")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus."""
    for _ in range(2 * page.locator(REACHABLE).count()):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUS)["name"] == name:
            return
    raise AssertionError(f"{name!r} is not reached")


@pytest.mark.parametrize("name", ["Back to #races as Olga", "Messages, the newest first", "Events, the newest first"])
def test_the_focus_is_kept_when_the_page_changes_under_it(name: str, page: Page) -> None:
    page.get_by_role("button", name="Be Olga", exact=True).click()
    expect(page.locator("#said")).to_have_text("You are Olga now.")
    page.get_by_role("link", name="Open #races").click()
    expect(page.locator("#channel-name")).to_have_text("races")
    page.go_back()
    tab_to(page, name)
    # The clock on the page has moved on, a run was handed in, and the focus is where it was.
    before = page.locator("#state").get_by_text("UTC").inner_text()
    newest = page.locator("#queue").get_by_role("listitem").first.inner_text()
    page.request.post(f"{page.url}do/hand-in")
    expect(page.locator("#state").get_by_text("UTC")).not_to_have_text(before)
    expect(page.locator("#queue").get_by_role("listitem").first).not_to_have_text(newest)
    assert page.evaluate(FOCUS)["name"] == name


def test_a_screen_reader_finds_names_landmarks_and_headings(page: Page) -> None:
    expect(page).to_have_title("Herald demo")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    for role in ("banner", "main", "contentinfo"):
        expect(page.get_by_role(role)).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    sections = ["Look around", "Try to break it", "Events on the bus", "Messages to Discord", "Audit trail"]
    expect(page.get_by_role("heading", level=2)).to_have_text(sections)
    for section in sections:
        expect(page.get_by_role("region", name=section, exact=True)).to_have_count(1)
    expect(page.get_by_role("heading", level=3)).to_have_text(["Channels", "People"])
    for group in ("The bot", "Discord", "The simulated racers"):
        expect(page.get_by_role("group", name=group, exact=True)).to_have_count(1)
    expect(page.locator("#said")).to_have_attribute("role", "status")
    expect(page.locator("#proof")).to_have_attribute("role", "status")
    for control in page.locator(REACHABLE).all():
        snapshot = control.aria_snapshot()
        assert '"' in snapshot.splitlines()[0], f"has no name: {snapshot}"
    pressed = page.locator("[aria-pressed=true]")
    expect(pressed).to_have_count(1)


def test_a_control_has_only_one_name_and_each_name_one_control(page: Page) -> None:
    names = page.locator("a, button").all_inner_texts()
    assert sorted(set(names)) == sorted(names)
    ids: list[str] = page.evaluate("[...document.querySelectorAll('[id]')].map((element) => element.id)")
    assert sorted(set(ids)) == sorted(ids)


def test_it_works_without_javascript(browser: Browser, url: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = visit(context.new_page(), url)
        press(page, "Be Rae", "You are Rae now.")
        expect(page.get_by_role("button", name="Be Rae")).to_have_attribute("aria-pressed", "true")
        press(page, "Let the racers rest", "The simulated racers rest.")
        press(page, "Kill the bot", "The bot was killed in the middle of its work.")
        expect(page.locator("#state")).to_contain_text("The bot is dead")
        press(page, "Start a fresh bot", "A fresh bot runs")
        press(page, "Let a racer hand in a run", "handed in a run.")
        press(page, "Close Rae's DMs", "Rae takes no more DMs.")
        press(page, "Open Rae's DMs", "Rae takes DMs again.")
        press(page, "Let the racers go on", "The simulated racers go on.")


def press(page: Page, label: str, then: str) -> None:
    """Press a button, and come back to a page that says what came of it."""
    page.get_by_role("button", name=label, exact=True).click()
    expect(page.locator("#said")).to_contain_text(then)
    assert page.url.count("/") == 3


def test_it_says_so_when_the_demo_has_ended(page: Page) -> None:
    page.route("**/live", lambda route: route.abort())
    page.reload()
    expect(page.locator("#said")).to_have_text("The demo does not answer. Has it been ended in its terminal?")
