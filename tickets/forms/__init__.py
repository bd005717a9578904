"""What people type about a case: ``public`` for customers and visitors, ``desk`` for staff."""
