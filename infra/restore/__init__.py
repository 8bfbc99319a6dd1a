"""Restore a table without erased persons (data-model.md, Backups; operations.md, Restoring)."""
