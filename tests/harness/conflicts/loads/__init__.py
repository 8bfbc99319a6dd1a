"""Work for our code in simulated time: leads, records of a stream, erasures."""
