"""What a live run keeps: logs of what it was told and of what it published, and snapshots."""
