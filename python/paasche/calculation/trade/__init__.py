"""The files of the trade: what a desk needs on the evening before the next session.

Closing and opening basket, pro-forma basket of the next review, corporate actions to come, the
record of announcements, reserve lists, flags.
"""
