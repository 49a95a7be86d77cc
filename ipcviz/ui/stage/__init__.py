"""The picture: who gives on the left, what carries in the middle, who takes on the right."""
