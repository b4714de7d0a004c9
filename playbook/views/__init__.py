"""Pages of the playbook browser and of the task catalogue: for every signed-in reader, nothing to change."""
