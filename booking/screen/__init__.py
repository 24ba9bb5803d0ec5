"""The screen in the waiting room: a public page per department, with masked names, that updates by itself."""
