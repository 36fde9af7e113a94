"""One file a page, and `components`, the widgets they share."""
