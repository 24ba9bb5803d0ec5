"""What pages of the admin show and hand out: plots, tables, files."""
