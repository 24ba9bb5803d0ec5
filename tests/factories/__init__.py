"""Valid, boring objects for tests."""
