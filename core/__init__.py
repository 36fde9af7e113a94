"""Everything except the pages. Nothing in here imports streamlit."""

import os

# Must be set before torch is imported: waiting threads sleep instead of spinning. On an idle machine this makes no
# difference. Beside a browser and another run, spinning makes two threads 60 times slower than one.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
