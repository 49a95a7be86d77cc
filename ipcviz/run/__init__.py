"""A running program: start it, drain what it reports, hold it, end it."""
