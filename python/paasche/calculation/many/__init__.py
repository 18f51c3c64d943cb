"""Many indices from one market: in parts, each kept as it finishes, by this process or others."""
