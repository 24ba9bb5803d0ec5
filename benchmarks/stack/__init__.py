"""What the benchmarks of the running platform stand on: a database, a web server, a load of requests, `pgbench`."""


class CannotMeasure(Exception):
    """Something a benchmark needs is not there; the message is one sentence for whoever runs it."""
