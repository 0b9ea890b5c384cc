"""The desk's pages of notices, and the flyer of one."""
