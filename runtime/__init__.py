"""Jobs and workers: what is accepted is durable, and the work happens in a process that may die."""
