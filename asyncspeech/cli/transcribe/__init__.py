"""``asyncspeech transcribe``: what is said in recordings, written to standard output or to files.

```
inputs    the files that the arguments mean
outputs   which file the transcript of each goes to; which of them are done already
run       so many at once, each a session
  printer   text on standard output
  tally     how much is done, how fast, and how long it takes yet
  progress  that on a terminal, or a line now and then; errors
  watch     captions of a recording, as it is spoken
```

A run can be stopped at any time and begun again: an output file is written whole or not at all, by the
rename of a file beside it, so that one which is there is complete.
"""
