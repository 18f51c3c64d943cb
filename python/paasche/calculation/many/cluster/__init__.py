"""A Ray cluster: its tasks as an executor, its store of objects as carrier of the market."""
