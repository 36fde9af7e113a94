"""What single parts of a network compute, each with a picture that one can move. Recipes name those that they need."""
