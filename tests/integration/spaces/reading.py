"""Pages as people read them, and who else is there."""

import time

from config.news import connection
from spaces.live import presence


def come_in(space, *people):
    pipeline = connection().pipeline()
    presence.add(pipeline, str(space.public_id), people, now=time.time())
    pipeline.execute()


def page(client, path="/"):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()
