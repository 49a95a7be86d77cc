"""The same in fewer steps; everything works without it."""
