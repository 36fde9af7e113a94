"""What single parts of a network compute, on numbers small enough to see. Needs no torch; tests compare with it."""
