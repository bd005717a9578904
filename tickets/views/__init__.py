"""Pages about cases: ``public`` for visitors and customers, ``desk`` for staff, ``files`` for both."""
