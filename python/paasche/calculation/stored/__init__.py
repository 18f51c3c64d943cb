"""A run on disk: its tables and state, the past it rests on, and how it is calculated once more."""
