"""Pages of the knowledge base: ``public`` for its readers, all the others for editors."""
