"""Planted bugs: each takes one protection away, and its tests must notice (`make mutants`)."""
