"""A very small IMAP server on a free port of this machine: what the client says is written down."""

import re
import socket
import threading

INTERNALDATE = 'INTERNALDATE "02-Mar-2026 09:30:00 +0800"'


class ImapServer:
    """Serves one connection; ``letters`` by UID, ``flags`` as they were stored."""

    def __init__(self, letters: dict[str, bytes]) -> None:
        self.letters, self.flags = letters, dict[str, str]()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with self._listener:
            connection, _address = self._listener.accept()
        with connection, connection.makefile("rwb") as stream:
            stream.write(b"* OK ready\r\n")
            stream.flush()
            for line in stream:
                tag, _space, command = line.decode().strip().partition(" ")
                stream.write(self._answer(command) + f"{tag} OK done\r\n".encode())
                stream.flush()
                if command == "LOGOUT":
                    return

    def _answer(self, command: str) -> bytes:
        if command.startswith("CAPABILITY"):
            return b"* CAPABILITY IMAP4rev1\r\n"
        if command.startswith("SELECT"):
            return b"* 2 EXISTS\r\n"
        if "SEARCH UNSEEN" in command:
            unseen = [uid for uid in self.letters if uid not in self.flags]
            return f"* SEARCH {' '.join(unseen)}\r\n".encode()
        if found := re.match(r"UID FETCH (\d+) (.*)", command):
            letter = self.letters[found[1]]
            if "SIZE" in found[2]:
                return f"* 1 FETCH (UID {found[1]} RFC822.SIZE {len(letter)} {INTERNALDATE})\r\n".encode()
            return f"* 1 FETCH (UID {found[1]} BODY[] {{{len(letter)}}}\r\n".encode() + letter + b")\r\n"
        if found := re.match(r"UID STORE (\d+) \+FLAGS (.*)", command):
            self.flags[found[1]] = found[2]
        return b""
