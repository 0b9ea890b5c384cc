"""The labelled messages kept aside, and what measures the reading of messages."""
