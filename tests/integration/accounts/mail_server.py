"""A mail server of a test's own, which says what it is told to say."""

import socket
import threading
from contextlib import suppress
from functools import partial


class MailServer:
    """Speaks SMTP to one client at a time; letters it has taken are in `taken`.

    says: what it answers to a command instead of 250, a line each, used up one by one; "hang up"
    closes the connection there and "silence" answers nothing. "dot" is the end of a letter.
    """

    def __init__(self):
        self.taken = []
        self.connections = 0
        self.says = {}
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.is_up = True
        self.clients = []
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self):
        self.is_up = False
        # Closing alone would leave accept() waiting, and the port open.
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for client in self.clients:
            with suppress(OSError):
                client.close()

    def _serve(self):
        while self.is_up:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.clients.append(client)
            threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client):
        with suppress(OSError, EOFError), client, client.makefile("rb") as lines:
            if not self._answer(client, "hello", "220 here"):
                return
            while line := lines.readline():
                verb = line.split()[0].lower().decode()
                if verb == "quit":
                    client.sendall(b"221 bye\r\n")
                    return
                usual = "354 go on" if verb == "data" else "250 fine"
                said = self._answer(client, verb, usual)
                if not said:
                    return
                if verb == "data" and said.startswith("354"):
                    letter = b""
                    while (row := lines.readline()) != b".\r\n":
                        if not row:
                            return
                        letter += row
                    said = self._answer(
                        client, "dot", "250 taken", partial(self.taken.append, letter)
                    )
                    if not said:
                        return

    def _answer(self, client, step, usual, if_usual=None):
        queued = self.says.get(step, [])
        said = queued.pop(0) if queued else usual
        if said.startswith("taken, "):
            # It has the letter, whatever the client hears of it.
            if_usual()
            said = said.removeprefix("taken, ")
        elif said == usual and if_usual:
            if_usual()
        if said == "hang up":
            return None
        if said != "silence":
            client.sendall(f"{said}\r\n".encode())
        return said
