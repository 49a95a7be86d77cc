"""What was reported: the table of events, the log in memory, the trace on disk."""
