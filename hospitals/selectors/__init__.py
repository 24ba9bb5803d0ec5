"""Reads that cross tables: what patients look for and find."""
