"""The capacity model as pure functions on numbers: no Django, no clock, no settings, no I/O."""
