"""The screen: given a world and a clock it draws; nothing else in ipcviz knows it."""
