"""What runs behind the queue: drain, delivery, sweeper."""
