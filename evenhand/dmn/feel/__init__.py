"""FEEL, the expression language of OMG DMN: texts to small trees of nodes, evaluated within a limit of steps.

Nothing here reads a file, a clock or a name of Python; there are no regular expressions of the user's to run away with.
"""
