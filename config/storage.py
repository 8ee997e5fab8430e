"""Static files under hashed names, the imports between JavaScript modules included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    # Off by default; without it a page would load a module once hashed and once not: two sockets.
    support_js_module_import_aggregation = True
