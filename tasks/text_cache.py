"""A cache of texts made from texts, bounded by the bytes that it holds and not by how many they are."""

import sys
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from threading import Lock
from typing import TypeVar

Text = TypeVar("Text", bound=str)


class TextCache:
    """The texts used last, together at most ``most_bytes`` in memory; what they were made from is not kept."""

    def __init__(self, most_bytes: int):
        self.most_bytes = most_bytes
        self.bytes = 0
        self._texts: OrderedDict[bytes, str] = OrderedDict()
        self._lock = Lock()

    def get(self, made_from: tuple[str, ...], make: Callable[[], Text]) -> Text:
        """The text for these parts: the one kept, else what ``make`` returns."""
        key = _digest(made_from)
        with self._lock:
            if key in self._texts:
                self._texts.move_to_end(key)
                return self._texts[key]  # type: ignore[return-value]
        text = make()
        self._keep(key, text)
        return text

    def clear(self) -> None:
        with self._lock:
            self._texts.clear()
            self.bytes = 0

    def __len__(self) -> int:
        return len(self._texts)

    def _keep(self, key: bytes, text: str) -> None:
        size = sys.getsizeof(text)
        if size > self.most_bytes // 8:  # one text does not push out all others
            return
        with self._lock:
            if key in self._texts:
                return
            self._texts[key] = text
            self.bytes += size
            while self.bytes > self.most_bytes:
                _, oldest = self._texts.popitem(last=False)
                self.bytes -= sys.getsizeof(oldest)


def _digest(parts: tuple[str, ...]) -> bytes:
    found = blake2b(digest_size=16)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        found.update(len(raw).to_bytes(8, "big"))
        found.update(raw)
    return found.digest()
