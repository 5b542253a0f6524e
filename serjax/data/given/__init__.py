"""Features that somebody has computed, in place of a front end: read, and joined.

A source is a folder of .npy, a table or Kaldi's archives: it lists what it has
(`Entry`), and reads an utterance's frames. `store.store_given` joins it to the
utterances.
"""
