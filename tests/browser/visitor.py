"""What a visitor of the demo does with mouse and keyboard, and what they see."""

from __future__ import annotations

import re
from collections.abc import Mapping

from playwright.sync_api import Locator, Page, TimeoutError, expect

from tests.browser.journal import Journal

BACK = "Back to"
"""How the link to the place that was open last begins."""

A_THREAD = "a thread"
"""What each link to a thread by its own name counts as; the names are other ones each time."""

_THREAD = re.compile(r" · #\d+$")

CLICKS, HEARD = 3, 3000
"""How often somebody clicks, each time after so many milliseconds in which nothing came of it."""

STILL = re.compile(r"[^…]$")
"""What simcord's page says of itself once nothing is under way; all else ends in an ellipsis."""


class Visitor:
    """One page, which is the start page or shows a place. Each method waits until the page shows what it did."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.journal = Journal(page.context)
        self.offered: set[str] = set()
        """Controls of the start page that were there, by what they are called."""
        self.pressed: set[str] = set()
        """Those of them that were operated."""

    # The start page.

    @property
    def at_start(self) -> bool:
        """Whether the page is the start page."""
        return self.page.url.split("#")[0] == self.url

    def start(self) -> None:
        """Go to the start page."""
        if not self.at_start:
            self.page.goto(self.url)
        expect(self.said).not_to_be_empty()
        self.take_stock()

    @property
    def said(self) -> Locator:
        """The sentence on what came of the last press."""
        return self.page.locator("#said")

    def take_stock(self) -> None:
        """Note each control of the start page."""
        for text in self.controls().all_inner_texts():
            kind = BACK if text.startswith(BACK) else A_THREAD if _THREAD.search(text) else text
            self.offered.add(kind)

    def controls(self) -> Locator:
        return self.page.locator("a, button")

    def button(self, label: str) -> Locator:
        return self.page.get_by_role("button", name=label, exact=True)

    def link(self, label: str) -> Locator:
        return self.page.get_by_role("link", name=label, exact=True)

    def control(self, label: str, then: str, *, anyway: bool = False) -> None:
        """Press a button of the start page, and see `then` said; `anyway` also when it is shown as of no use now."""
        self.start()
        self.button(label).click(force=anyway)
        expect(self.said).to_contain_text(then)
        self.take_stock()
        self.pressed.add(label)

    def be(self, name: str) -> None:
        """Become a person."""
        self.control(f"Be {name}", f"You are {name} now.")
        expect(self.button(f"Be {name}")).to_have_attribute("aria-pressed", "true")

    def open(self, link: str) -> None:
        """Follow a link of the start page to a place."""
        self.start()
        self.link(link).click()
        self.pressed.add(link)
        self.settle()

    def go(self, name: str, channel: str) -> None:
        """Become a person, and open a channel as them."""
        self.be(name)
        self.open(f"Open #{channel}")
        expect(self.page.get_by_label("Viewing as")).to_have_text(re.compile(f"^{name}"))

    def dms(self, name: str) -> None:
        """Open a person's DMs."""
        self.open(f"{name}'s DMs")

    def race(self, name: str) -> None:
        """Become a person, and open the thread of their race that is under way."""
        self.be(name)
        self.open(f"{name}'s race")

    def part(self, name: str) -> Locator:
        """What a section of the start page shows, by its heading."""
        return self.page.get_by_role("region", name=name, exact=True)

    # A place.

    def settle(self) -> None:
        """Wait until a place's page is there and has nothing under way."""
        expect(self.page.locator("#preview-app")).to_have_attribute("aria-busy", "false")
        expect(self.page.locator("#action-status")).to_have_text(STILL)

    def messages(self, text: str = "") -> Locator:
        """The messages that contain `text`, the oldest first."""
        return self.page.locator(".channel-message").filter(has_text=text)

    def answer(self, text: str) -> Locator:
        """Wait for the newest message to contain `text`, and return it, also when there are newer ones later."""
        newest = self.messages().last
        expect(newest).to_contain_text(text)
        self.settle()
        return self.page.locator(f".channel-message[data-message-id='{newest.get_attribute('data-message-id')}']")

    def press(self, label: str, *, on: str = "") -> None:
        """Press the newest button of that label, on a message that contains `on`."""
        self.settle()
        button = self.messages(on).get_by_role("button", name=label, exact=True).last
        # A click that falls between two drawings of the page is lost, and people click again.
        for _ in range(CLICKS):
            try:
                with self.page.expect_request("**/api/action", timeout=HEARD):
                    button.click()
            except TimeoutError:
                continue
            return
        raise AssertionError(f"the page does not hear of a press of {label}")

    def slash(self, name: str, /, *, typed: Mapping[str, str] | None = None, **options: str) -> None:
        """Type a slash command, fill in its options and send it; what is `typed` is not among the suggestions."""
        self.settle()
        self.page.get_by_role("textbox", name="Message", exact=True).fill(f"/{name}")
        self.page.locator(".command-entry").filter(has=self.page.get_by_text(f"/{name}", exact=True)).click()
        for option, value in options.items():
            self._field(option).fill(value)
            if self._field(option).get_attribute("role") == "combobox":
                self.suggestion(value).click()
        for option, value in (typed or {}).items():
            self._field(option).fill(value)
        self.settle()
        self.button("Send").click()
        self.settle()

    def _field(self, option: str) -> Locator:
        """The field of an option, which is taken from the list of further ones if need be."""
        field = self.page.locator(f".command-option-input[data-option={option}]")
        if not field.is_visible():
            self.page.get_by_role("button", name=re.compile(r"^\+\d+ (more|options)$")).click()
            self.suggestion(option).click()
        return field

    def suggestion(self, text: str) -> Locator:
        """One of the suggestions under a command."""
        return self.page.locator(".command-suggestion").filter(has_text=text).first

    def form(self, title: str) -> Locator:
        """Wait for a form."""
        form = self.page.get_by_role("dialog", name=title, exact=True)
        expect(form).to_be_visible()
        self.settle()
        return form

    def fill_in(self, title: str, **answers: str) -> None:
        """Fill in a form and send it; the answers go by the ids of the questions."""
        form = self.form(title)
        for question, answer in answers.items():
            form.locator(f"[name={question}]").fill(answer)
        form.get_by_role("button", name="Submit", exact=True).click()
        expect(form).to_be_hidden()
        self.settle()

    def choose(self, select: str, *values: str) -> None:
        """Choose in the newest select that is called so; of one for several, choose them all at once."""
        self.settle()
        self.page.get_by_role("combobox", name=select, exact=True).last.click()
        options = self.page.locator(".select-list:popover-open")
        # What is chosen while the page says that it still loads the options is lost.
        expect(options.get_by_role("listbox")).to_have_attribute("aria-busy", "false")
        self.settle()
        for value in values:
            options.get_by_role("option").filter(has_text=value).first.click()
        apply = options.get_by_role("button", name="Apply", exact=True)
        if apply.is_visible():
            apply.click()
        self.settle()
