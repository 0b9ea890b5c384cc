"""The agenda in the hands of staff: every change written with its history, and what residents will read of it."""
