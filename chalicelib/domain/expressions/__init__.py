"""Expressions (CEL) and patterns: what is offered of them, what they may cost, and how they are worked out (CAM-1)."""
