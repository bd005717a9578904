"""Pages of the chat: ``visitor`` and ``widget`` for customers, ``desk`` and ``verbs`` for agents."""
