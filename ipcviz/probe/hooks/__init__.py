"""What is observed, a file per noun."""
