"""Telephone calls, written down while they last: a server for Twilio Media Streams.

    python -m examples.twilio --simulate examples/audio/telephone.flac      without a telephone
    python -m examples.twilio --port 8080 --public-url wss://voice.example.com/calls

A call has one track or two: ``inbound`` is what Twilio hears from the caller, ``outbound`` what the
caller hears. Each has a session of its own, which takes the mu-law as it is. What is missing of it is
told, and silence takes its place, so that times stay those of the call. The call ends with ``stop``, or
with its connection; either way, what was said until then is written down.

::

    door            the server: which connections are taken
      switchboard   calls, from their connection to the last word
        track       one side of a call, and its session
        messages    what Twilio says, in order
    simulator       makes calls, as Twilio would
"""
