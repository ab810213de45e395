"""A learned mouth: a small network that turns the mouth of a resting face into the speaking one."""
