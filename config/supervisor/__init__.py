"""Runs the processes of the demo together: starts them, watches them, stops all of them, whatever happens."""
