"""Backups of the whole installation: made, read back, restored, tried out, and taken before a migration.

One file holds everything but the keys, and is the same for both databases: ``sealing`` is its outer form (encryption in
chunks), ``parts`` its inner form (a manifest and named parts), ``contents`` what the manifest says of a database. A file is
written under a temporary name, synced, read back and only then given its name.
"""
