"""Notices: written, checked, priced, begun at a decent hour, fed to the outbox, watched, answered."""
