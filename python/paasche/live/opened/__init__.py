"""A day that opens: what each index holds, its prices and rates, and when its exchanges trade."""
