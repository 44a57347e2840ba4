"""The running bridge: the public port for Plivo, the private port for operators, and what ties them together."""
