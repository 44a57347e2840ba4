"""Fixtures for tests of every folder."""

pytest_plugins = ["tests.sound_rig"]
