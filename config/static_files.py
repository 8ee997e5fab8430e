"""Serving static files: WhiteNoise, with fewer words for each of the many files of a page."""

from typing import Any

from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

REVALIDATION = {"ETag", "Last-Modified"}


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    def get_static_file(self, path: str, url: str, stat_cache: Any = None) -> StaticFile:
        """What never changes under its name is never asked for again, so need not say how."""
        file = super().get_static_file(path, url, stat_cache)
        if self.immutable_file_test(path, url):
            file.alternatives = [
                (encoding, found, [each for each in headers if each[0] not in REVALIDATION])
                for encoding, found, headers in file.alternatives
            ]
        return file
