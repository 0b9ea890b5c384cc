"""What must hold: conversations word for word, every module, real servers, a real browser."""
