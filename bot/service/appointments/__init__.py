"""Appointments: taking, moving and cancelling them, the waiting list, staff's changes, and who is due a word."""
