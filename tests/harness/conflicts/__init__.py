"""Simulated time and conflicting transactions: what no emulator of DynamoDB has (docs/testing.md, Conflicts)."""
