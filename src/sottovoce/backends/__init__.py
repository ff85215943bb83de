"""The only place that names a database, a cloud or a cluster."""
