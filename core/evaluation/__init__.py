"""How good a trained network is: `results` (numbers only), `predictions` (makes them, needs torch)."""
