"""An obvious, slow, exact index calculation, written from the rules alone.

It shares no code with the package: every number is a ``fractions.Fraction``, every loop is a loop,
and each function names the rule it follows (R = SPEC part A, B = SPEC part B, D = DESIGN section).

    case        what goes in: plain tables and a methodology
    refusal     cases the rules refuse, by kind
    calendars   sessions of an exchange, sessions of an index
    effects     corporate actions of one security on one ex-date, combined
    fx          rates into the currency of the index
    prices      closes, carried closes, opening reference prices
    shares      snapshots: when they are listed, judged, used
    bands       free float to weighting ratio
    capping     caps to weights
    book        one name in the index: what it holds and why
    basket      reviews and interim changes: who holds how much
    index       the daily loop: divisor, levels
    published   four decimals, half up

``strategies`` draws cases, ``adapter`` hands a case to the package and compares (the only module
here that imports it), ``reduce`` cuts a failing case down.
"""
