"""The app's own widgets and state: beside the pages, the only code that imports streamlit."""
