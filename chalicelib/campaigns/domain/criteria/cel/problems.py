"""The errors of expressions and patterns: invalid when saved, or without a result for a lead (CAM-2)."""

MAX_VALUES = 100
"""A field with more values has no result. So the cost of an expression is bounded when it is saved."""


class InvalidExpression(Exception):
    """An expression or pattern is refused on save. It has a stable code and a position, and never repeats the text."""

    def __init__(self, code: str, message: str, text: str = "", offset: int = 0) -> None:
        line = text.count("\n", 0, offset) + 1
        character = offset - (text.rfind("\n", 0, offset) + 1) + 1
        super().__init__(message)
        self.code = code
        self.message = f"Line {line}, character {character}: {message}"


class Unevaluable(Exception):
    """The expression has no result: a missing operand, a division by zero, a wrong type, an infinity (CAM-2)."""
