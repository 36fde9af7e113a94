"""The lessons as data, one file each."""
