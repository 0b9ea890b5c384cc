"""What flows can do about appointments: take, wait, keep, move, cancel; and what promoters do for their people."""
