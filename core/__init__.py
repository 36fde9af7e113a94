"""What Torch Classroom teaches, without its pages. Nothing in here imports streamlit."""
