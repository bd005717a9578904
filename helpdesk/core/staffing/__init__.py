"""Who can take what, and when: skills, languages, capacity, presence, shifts, leave."""
