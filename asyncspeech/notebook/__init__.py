"""What a notebook shows: progress, results as they come, a transcript as a table, and as a picture.

Everything is HTML that needs no JavaScript and nothing from elsewhere, for JupyterLab, VS Code and the
classic notebook, in light and dark: text has the colour that is there already, and shading lets it
through. Outside of a notebook nothing is shown, but for `asyncspeech.Session.live`, which was asked to.
"""
