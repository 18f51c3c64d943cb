"""The loop of a live run: clock, calculation, journal, publication, and sinks at work."""
