"""Images that people bring: read, decoded, checked and stored."""
