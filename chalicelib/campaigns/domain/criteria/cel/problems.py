"""What can be wrong with an expression or a pattern when it is saved, and when it is worked out (CAM-2)."""

MAX_VALUES = 100
"""A field with more values has no result, so that what may be asked of each of them can be counted on save."""


class InvalidExpression(Exception):
    """A text that is refused on save: a stable code, where, and why; the message never repeats what was typed."""

    def __init__(self, code: str, message: str, text: str = "", offset: int = 0) -> None:
        line = text.count("\n", 0, offset) + 1
        character = offset - (text.rfind("\n", 0, offset) + 1) + 1
        super().__init__(message)
        self.code = code
        self.message = f"Line {line}, character {character}: {message}"


class Unevaluable(Exception):
    """What has no result: a missing operand, a division by zero, a wrong type, no number (CAM-2)."""
