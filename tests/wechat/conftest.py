"""The emulator fixtures, also registered in tests/conftest.py for every other folder."""

from wechat.emulator.testing import emulator, emulator_keys_folder

__all__ = ["emulator", "emulator_keys_folder"]
