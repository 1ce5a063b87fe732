"""``import davlock``: the same questions as the commands ask, with values in place of screens.

The names that programs may use stand in ``davlock.__all__``. Everything in here may change.

Like a command, a call of these functions reads the clock, makes its own sender, and puts the write gate in front of
it. Unlike a command, it prints nothing, reads no environment, and sets no signal handler.
"""
