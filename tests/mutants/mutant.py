"""One planted bug: what it changes, and the tests that must notice."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mutant:
    """A bug in plain words, the rule that it breaks, the text that it replaces in a file, and the tests by node id."""

    name: str
    rule: str
    file: str
    text: str
    planted: str
    tests: tuple[str, ...]

    def text_with_bug(self, tree: Path) -> str:
        """Return the file with the bug; raise ValueError unless its text occurs exactly once."""
        sound = (tree / self.file).read_text()
        count = sound.count(self.text)
        if count != 1:
            raise ValueError(
                f"{self.name}: the text occurs {count} times in {self.file}; the list follows the code"
            )
        return sound.replace(self.text, self.planted)
