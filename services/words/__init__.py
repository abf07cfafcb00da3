"""All that people read, a module for each feature, apart from what is done: so it can be translated in one place.

A text without values is a constant; one with values is a function of them, which takes care of its plurals, names and
times by `services.words.language`. Nothing here decides anything.
"""
