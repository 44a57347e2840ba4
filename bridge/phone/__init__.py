"""The phone: a small process that hears a stream and speaks into it.

Its own process, because a sound server that hangs, or a busy screen, must not disturb anything else.
"""
