"""What rides inside the watched program: standard library only, no thread, every patch undone by name."""
