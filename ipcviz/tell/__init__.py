"""Readers of the log and the world that need no screen: narration, verdict, figures, exports."""
