"""Bring a table back without bringing back whom the record says is gone (data.md; docs/operations.md, Restoring)."""
