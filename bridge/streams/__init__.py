"""What is known of the streams: their lives, the playback ledger, the legs as heard, the journal.

No sockets here; time is given as an argument (monotonic seconds, and UTC where people read it).
"""
