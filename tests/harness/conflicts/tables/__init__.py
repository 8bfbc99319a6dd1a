"""Tables held in memory, and the operations on their rows, each at one instant."""
