"""The robot's calls over SIP: a trunk dials, prompts are played, keys are heard, and what came of it is told.

`dialogue` is the conversation, without sound; `speech` and `prompts` are what is said, as clips; `talking` carries a
conversation over one call; `dialler` holds the trunk and its lines; `client` is the channel.
"""
