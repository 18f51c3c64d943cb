"""Ticks of a day that was: simulated from daily bars, or made of intraday bars."""
