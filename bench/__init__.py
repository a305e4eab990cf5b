"""What Keepstep costs, each time against a floor measured in the same run. See README.md."""
