"""The screens: the switchboard, one stream, and the dialogs."""
