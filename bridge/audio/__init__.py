"""Samples: codings, rates, levels, the playout buffer, WAV files.

numpy, and nothing of the outside: no sockets, no devices, no clock of its own.
"""
