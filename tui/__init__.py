"""The terminal UI: screens, widgets, keys. It owns no truth: the store is fed by the bridge, the phone is a process."""
