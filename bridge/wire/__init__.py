"""What travels: Plivo's frames, callbacks, documents and signatures, and the operators' messages.

Nothing here does I/O or reads a clock.
"""
