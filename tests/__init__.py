"""Tests that mirror the package's folders; `python -m tests` runs them after style and types."""
