"""What the demo tells while it works, in Chinese or English."""

import time


class Story:
    """Numbered chapters with the time that each took, and figures below them."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._began = self._chapter_began = time.monotonic()
        self._number = 0

    def chapter(self, zh: str, en: str) -> None:
        """Begin a chapter; what follows belongs to it."""
        self._number += 1
        elapsed = time.monotonic() - self._began
        print(f"\n[{elapsed:5.1f} s] {self._number}. {self.words(zh, en)}", flush=True)

    def tell(self, zh: str, en: str) -> None:
        print(f"          {self.words(zh, en)}", flush=True)

    def progress(self, done: int, total: int) -> None:
        """How far long work has come, in quarters."""
        for quarter in (1, 2, 3):
            if done == total * quarter // 4 and total >= 8:
                self.tell(f"… {done}/{total} 户", f"… {done} of {total} objects")

    def table(self, rows: list[tuple[str, ...]]) -> None:
        """Rows under a heading row, columns aligned by their width on the screen."""
        widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            cells = [cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True)]
            print("          " + "  ".join(cells).rstrip(), flush=True)

    def end(self, zh: str, en: str) -> None:
        elapsed = time.monotonic() - self._began
        print(f"\n[{elapsed:5.1f} s] {self.words(zh, en)}", flush=True)

    def words(self, zh: str, en: str) -> str:
        return en if self.lang == "en" else zh


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters and punctuation take two."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)
