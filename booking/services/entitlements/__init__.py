"""Perks of a tier as entitlements (权益): granted by the clock, used by a move or at the desk."""
