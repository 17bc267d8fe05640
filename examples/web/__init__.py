"""Live captions in a browser: a page that hears the microphone, and the service behind it.

    python -m examples.web

A conversation outlives its connection. The page counts the frames that it records and keeps those that
the service has not taken; the service counts the captions that it has, and a page that comes back says
how many of them it knows. So neither audio nor a caption is lost with a socket, and none comes twice.

::

    app             pages, transcripts, and who may open a web socket
      line          one web socket: what the page says, and what it has to be told
        protocol    the messages
      conversations those that are there: found by token, counted, ended when the service stops
        conversation  one session of asyncspeech, for as long as its page comes back
          pace      no faster than speech, after a while
    endings         every way in which a conversation ends, in words
    limits          how much of everything
    server          uvicorn, which lets conversations finish before it stops
    static/         the page
"""
