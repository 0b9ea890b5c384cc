"""The desk's pages of appointments: campaign days, their lists, the counter, and days without messages."""
