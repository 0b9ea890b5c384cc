"""The inbox at the desk: what residents said, to be read, answered, moved and joined by their Mesas."""
