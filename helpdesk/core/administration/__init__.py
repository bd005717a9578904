"""The administrator's room: people, teams and the audit trail. Same file names as in an app."""
