"""What Torch Classroom teaches, without its pages. Nothing in here imports streamlit."""

import os

# Before torch is imported: its threads shall sleep, not spin, while they wait for each other. Alone on a machine that
# makes no difference; beside a browser and another run, spinning makes two threads 60 times slower than one.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
