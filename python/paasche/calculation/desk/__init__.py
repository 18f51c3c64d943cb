"""The desk's day: check a market, advance a run, compare two, restate one."""
