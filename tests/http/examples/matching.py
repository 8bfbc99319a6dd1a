"""What varies in an answer from run to run, and how an answer is compared with its example.

Ids, tokens, digests and signed links vary. Each value of an example is the name of one value of the run, everywhere.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

VARYING = re.compile(
    "|".join(
        f"(?P<{kind}>{pattern})"
        for kind, pattern in {
            "link": r"https?://[^\s\"]+\?[^\s\"]*(?:Signature|X-Amz-)[^\s\"]*",
            "source_token": r"lw_source_[0-9a-z]{26}_[\w-]{43}",
            "receipt": r"rct_[0-9a-z_]+_\d{9,11}",
            "id": r"(?<![0-9a-z])(?:[a-z]{2,10}_){1,2}[0-9a-z]{26,64}(?![0-9a-z])",
            "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "digest": r"(?<!\w)[0-9a-f]{32,128}(?!\w)",
            "secret": r"(?<!\w)[A-Z2-7]{16,64}(?!\w)",
            "opaque": r"(?<![\w./:-])[\w-]{30,}(?:\.[\w-]+)*=*(?![\w./-])",
            "signed_at": r"\d{8}T\d{6}Z",
            "signed_by": r"[A-Za-z]+/\d{8}(?=/[\w-]+/s3/)",
        }.items()
    )
)
_SIGNED = re.compile(r"\d{8}T\d{6}Z|[A-Za-z]+/\d{8}")


def form_of(text: str) -> str:
    """Return a text in which each varying part is replaced by its kind."""
    return VARYING.sub(lambda found: f"({found.lastgroup})", text)


def parts_of(text: str) -> list[str]:
    """Return the varying parts of a text, in order."""
    return [found[0] for found in VARYING.finditer(text)]


class Names:
    """Which value of this run each varying value of the examples means."""

    def __init__(self) -> None:
        self._real: dict[str, str] = {}
        self._shown: dict[str, str] = {}

    def learn(self, shown: str, real: str) -> bool:
        """Note that a value of the examples means a value of this run; return False if it means another one.

        The instant of a signature names nothing: two of the same second may be of two seconds in a slower run.
        """
        if _SIGNED.fullmatch(shown):
            return True
        if self._real.get(shown, real) != real:
            return False
        self._real[shown] = real
        self._shown[real] = shown
        return True

    def shown_for(self, real: str) -> str | None:
        """Return the value of the examples that means a real one."""
        return self._shown.get(real)

    def real(self, value: Any) -> Any:
        """Return a value of an example with the values of this run in it."""
        if isinstance(value, Mapping):
            return {self.real(key): self.real(entry) for key, entry in value.items()}
        if isinstance(value, list | tuple):
            return [self.real(entry) for entry in value]
        if not isinstance(value, str):
            return value
        return self._real.get(value) or VARYING.sub(lambda found: self._real.get(found[0], found[0]), value)

    def differences(self, shown: Any, real: Any, place: str = "answer") -> Iterator[str]:
        """Yield how an answer differs from its example, and learn what the varying parts mean."""
        if isinstance(shown, Mapping) and isinstance(real, Mapping):
            yield from self._of_objects(shown, real, place)
        elif isinstance(shown, list) and isinstance(real, list):
            real = [one for one in real if one in shown or not _is_skipped_check(one)]
            if len(shown) != len(real):
                yield f"{place} has {len(real)} items; the example has {len(shown)}"
            for number, (one, other) in enumerate(zip(shown, real, strict=False)):
                yield from self.differences(one, other, f"{place}[{number}]")
        elif isinstance(shown, str) and isinstance(real, str):
            yield from self._of_texts(shown, real, place)
        elif type(shown) is not type(real):
            yield f"{place} is {_kind(real)}; the example has {_kind(shown)}"
        elif shown != real:
            yield f"{place} is {real!r}; the example has {shown!r}"

    def _of_objects(self, shown: Mapping[str, Any], real: Mapping[str, Any], place: str) -> Iterator[str]:
        keys = {form_of(key): key for key in shown}
        others = {form_of(key): key for key in real}
        for form in others.keys() - keys.keys():
            yield f"{place}.{others[form]} is new: the example lacks it"
        for form in keys.keys() - others.keys():
            yield f"{place}.{keys[form]} is gone: the example still has it"
        for form in [form for form in keys if form in others]:
            yield from self._of_texts(keys[form], others[form], f"{place}, key")
            yield from self.differences(shown[keys[form]], real[others[form]], f"{place}.{keys[form]}")

    def _of_texts(self, shown: str, real: str, place: str) -> Iterator[str]:
        if self._real.get(shown) == real:
            return
        if form_of(shown) != form_of(real):
            yield f"{place} is {real!r}; the example has {shown!r}"
            return
        for one, other in zip(parts_of(shown), parts_of(real), strict=True):
            if not self.learn(one, other):
                yield f"{place} names another thing than {one} elsewhere in the examples"


def _is_skipped_check(value: Any) -> bool:
    """Return True for a line of a trace that an example may lack: so a new check that is off changes no example."""
    return isinstance(value, Mapping) and value.get("outcome") == "skipped"


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__
