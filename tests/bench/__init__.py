"""Measurements of speed and memory: run by hand, asserted nowhere."""
