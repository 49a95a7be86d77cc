"""Short-cuts: the same in fewer steps. Everything works without this folder, or with IPCVIZ_FAST=0.

A short-cut may leave out steps of the library; it never changes who runs when, and is taken only where every
function whose steps it leaves out is, to the last instruction, one that it knows (`known`).
"""
