"""The local stack: the packaged application on ministack, on this machine's loopback only."""
