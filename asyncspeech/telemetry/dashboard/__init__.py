"""A page that shows what many processes do, from the metrics that they serve.

Bottom to top: `address` and `reading` ask the endpoints, `samples` reads an answer, `endpoint`
remembers what each has counted, `history` what all of them did in the last quarter of an hour,
`quantile` and `board` make figures of it, `charts` and `page` show them, and `server` runs the whole.
All below `page` is plain Python, to which the time is told.
"""
