"""Chaski: the text line of a rural Andean province. docs/tour.md follows one message through these rooms."""
