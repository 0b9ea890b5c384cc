"""Feedback: what residents say becomes cases, reaches its Mesa, and is answered to everybody who said it."""
