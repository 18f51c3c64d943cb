"""Live: index levels at every tick and every second, equal to the batch to the last bit."""
