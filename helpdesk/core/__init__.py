"""What every app stands on: people, actions, audit, permissions, events, clock, masking."""
