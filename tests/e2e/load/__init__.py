"""A bounded load on the local stack: a seeded mix, invariants checked afterwards, rates as ratios (docs/testing.md)."""
