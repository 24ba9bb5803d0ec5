"""The waitlist (候补): joining and leaving it, passing seats on to it, clearing it."""
