"""Phones that run the mini-program in Chromium, driven from here: `miniprogram/runner/testing/remote.mjs` does as it is told."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.miniprogram.conftest import MINIPROGRAM

REMOTE = "runner/testing/remote.mjs"


class PhoneFailed(AssertionError):
    """What was wanted did not come about on the phone; with all that is to be read there."""


class Phones:
    """One browser, in which each test opens phones of its own."""

    def __init__(self, *, backend: str, emulator: str) -> None:
        self._remote = subprocess.Popen(
            ["node", REMOTE, backend, emulator], cwd=MINIPROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._opened: list[Phone] = []
        assert self._remote.stdout is not None
        assert self._remote.stdout.readline() == "ready\n", "the browser did not start"

    def open(self, person: str, **options: Any) -> "Phone":
        """A phone with nothing on it, in the hands of this person (options as of `PhoneOptions` in runner/testing/phones.js)."""
        # A person may have several.
        phone = Phone(self, f"{person} {len(self._opened) + 1}")
        self.carry_out(phone.name, "open", {"person": person, **options})
        self._opened.append(phone)
        return phone

    def carry_out(self, phone: str, what: str, *given: Any) -> Any:
        assert self._remote.stdin is not None
        assert self._remote.stdout is not None
        self._remote.stdin.write(json.dumps({"phone": phone, "do": what, "given": given}) + "\n")
        self._remote.stdin.flush()
        told = json.loads(self._remote.stdout.readline() or '{"error": "the browser has ended", "screen": ""}')
        if "error" in told:
            raise PhoneFailed(f"The phone of {phone}: {what} {given}: {told['error']}\n\nOn the screen:\n{told['screen']}")
        return told["value"]

    def put_away(self) -> list[str]:
        """Close the phones; what a real one would have refused, and errors of scripts."""
        problems: list[str] = []
        while self._opened:
            phone = self._opened.pop()
            problems += phone.problems()
            phone.close()
        return problems

    def end(self) -> None:
        assert self._remote.stdin is not None
        self._remote.stdin.close()
        self._remote.wait(20)


class Phone:
    """What a person does with a phone, and sees on it. Everything waits until it can be done."""

    def __init__(self, phones: Phones, name: str) -> None:
        self._phones = phones
        self.name = name

    def _do(self, what: str, *given: Any) -> Any:
        return self._phones.carry_out(self.name, what, *given)

    def tap(self, *texts: str) -> None:
        for text in texts:
            self._do("tap", text)

    def tap_on(self, words: str) -> None:
        """Taps what these words are only a part of, or the name of for those who cannot see it."""
        self._do("tapOn", words)

    def tap_twice(self, text: str) -> None:
        self._do("tapTwice", text)

    def write(self, placeholder: str, text: str) -> None:
        self._do("write", placeholder, text)

    def tick_all(self) -> None:
        """Ticks every box of the page that is not ticked."""
        self._do("tickAll")

    def tab(self, text: str) -> None:
        self._do("tab", text)

    def back(self) -> None:
        self._do("back")

    def pull_down(self) -> None:
        """Has the page read itself anew."""
        self._do("pullDown")

    def sees(self, *texts: str) -> None:
        for text in texts:
            self._do("sees", text)

    def refuses(self, text: str) -> None:
        """Waits until the button with this text cannot be tapped."""
        self._do("refuses", text)

    def misses(self, text: str) -> None:
        """Waits until the text is nowhere to be seen."""
        self._do("misses", text)

    def text(self) -> str:
        return str(self._do("text"))

    def answer(self, word: str) -> None:
        """Answers a sheet of WeChat's: payment, permission, messages, a question of the mini-program."""
        self._do("answer", word)

    def choose(self, word: str, *files: Path) -> None:
        """Answers the sheet, and chooses these files where the phone then asks for them."""
        self._do("choose", word, [str(file) for file in files])

    def loses_answer(self) -> None:
        """The next write is carried out, but the phone does not hear of it."""
        self._do("loseAnswer")

    def reaches(self, route: str) -> None:
        self._do("reaches", route)

    def stall(self) -> None:
        """From now on no answer comes: what loads goes on loading."""
        self._do("stall")

    def opens(self, path: str) -> None:
        """Starts the mini-program anew at this page, as from a message."""
        self._do("restart", path)

    def set(self, **changes: Any) -> None:
        self._do("set", changes)

    def store(self, key: str, value: Any) -> None:
        self._do("store", key, value)

    def picture(self, file: str, **options: Any) -> None:
        self._do("picture", file, options)

    def problems(self) -> list[str]:
        return [str(problem) for problem in self._do("problems")]

    def close(self) -> None:
        self._do("close")
