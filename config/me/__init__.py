"""A person's own page of the mini-program in one request: of several apps, and so above them all."""
