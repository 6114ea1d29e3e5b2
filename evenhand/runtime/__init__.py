"""The ground the rooms stand on: settings, embedded PostgreSQL, keys, the lake's files, jobs."""
