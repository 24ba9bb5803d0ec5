"""Appeals: `subjects` says what may be appealed against and until when, `filing` and `deciding` write."""
