"""Speech-to-text sessions for asyncio on Google Cloud Speech-to-Text V2."""
