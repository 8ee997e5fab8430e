"""A Redis of a test's own, to be killed."""

import os
from pathlib import Path

import redis

from config.embedded.redis import binary
from tests.stack import Program
from tests.waiting import wait_until

READY_WITHIN_S = 10


class OwnRedis:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "redis.sock"
        self.url = f"unix://{self.path}"
        self.client = redis.Redis.from_url(self.url, socket_timeout=2)
        arguments = ["--port", "0", "--unixsocket", str(self.path), "--save", ""]
        command = [str(binary().path), *arguments, "--dir", str(folder)]
        self.program = Program("own-redis", command, dict(os.environ))

    def start(self) -> None:
        self.program.start()
        wait_until(self.answers, within=READY_WITHIN_S)

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False
