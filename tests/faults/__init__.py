"""What goes wrong around the app: processes, disks, databases, files."""
