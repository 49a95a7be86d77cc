"""What every hook stands on: writing down, places in the program, patching, getting into processes."""
