"""E-mail by mailbox: reading letters, and the addresses by which an answer finds its case."""
